"""What the board sends with each act. Reasons are checked by the use cases, not here."""

from __future__ import annotations

import msgspec


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why."""

    reason: str = ""


class SecondPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another member of staff who types their own login and password, and the code of their
    authenticator where they have one."""

    login: str
    password: str
    code: str = ""


class Grant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """补时: seconds, why, and a second person beyond the proctor's limit."""

    seconds: int
    reason: str = ""
    second: SecondPerson | None = None


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message to one candidate or to the room."""

    text: str


class IncidentAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """异常情况: kind is equipment | health | violation | other."""

    kind: str
    text: str


class Proposal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first person's view of a recovery case: count the late answers, or not."""

    apply: bool
    reason: str = ""


class Verdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The second person's view of the first one's proposal."""

    agree: bool
    reason: str = ""


class UnsealAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """启封: the bell code as typed, and the second person."""

    code: str
    second: SecondPerson
