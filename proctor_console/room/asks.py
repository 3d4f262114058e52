"""What the board sends with each act. Reasons are checked by the use cases, not here."""

from __future__ import annotations

from typing import Annotated

import msgspec

from proctor_console.frame.second import SecondPerson


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why."""

    reason: str = ""


class Explain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is explained (blank | unsynced), and why it is so."""

    cause: str
    reason: str = ""


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """换机: why, and the spare they are sent to; no seat: any spare."""

    reason: str = ""
    seat: Annotated[int, msgspec.Meta(ge=0, le=10_000)] | None = None


class Swap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """对调: the other candidate's id, and why."""

    other: str
    reason: str = ""


class Workstation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a machine is from now on: spare or out_of_use, and why."""

    seat: Annotated[int, msgspec.Meta(ge=0, le=10_000)]
    use: str
    reason: str = ""


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
