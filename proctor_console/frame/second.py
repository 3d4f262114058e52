"""The second person of an act, as a page sends who they are."""

from __future__ import annotations

import msgspec


class SecondPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another member of staff who types their own login and password, and the code of their
    authenticator where they have one."""

    login: str
    password: str
    code: str = ""
