"""Every document that can be printed: who may, for whom, and whether it shows ID numbers whole."""

from __future__ import annotations

from typing import Literal

import msgspec

from exam_server.auth.identity import OFFICE, ROOM_STAFF, Role, Staff, require
from exam_server.errors import not_found

By = Literal["whole", "room", "unit", "county"]
_DESK = (Role.CHIEF_PROCTOR, Role.CENTRE_ADMIN, Role.AUTHORITY)
_ROOM = (*ROOM_STAFF, Role.AUTHORITY)
_RESULTS = (Role.AUTHORITY,)
_PEOPLE: tuple[By, ...] = ("whole", "room", "unit", "county")
_UNITS: tuple[By, ...] = ("whole", "unit", "county")


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """``by``: into which files it may be divided, the usual one first. ``whole_ids``: a statutory
    form, the ID number is whole (invariant 11). ``city``: a city's office may print it, of its
    own people. ``listed``: also as xlsx and csv. ``alone``: for one person as well."""

    id: str
    zh: str
    en: str
    roles: tuple[Role, ...]
    by: tuple[By, ...]
    whole_ids: bool = False
    city: bool = False
    listed: bool = False
    alone: bool = False

    @property
    def of_room(self) -> bool:
        """Whether it is about a room and nothing else."""
        return self.by == ("room",)


_ALL = (
    Document(id="ticket", zh="准考证", en="Admission tickets", roles=_DESK, by=_PEOPLE,
             city=True, alone=True),
    Document(id="door", zh="门贴和座次表", en="Door sheet and seat plan", roles=_ROOM,
             by=("room",)),
    Document(id="desk", zh="桌贴", en="Desk labels", roles=_ROOM, by=("room",)),
    Document(id="sign_in", zh="签到表", en="Sign-in sheet", roles=_ROOM, by=("room",),
             listed=True),
    Document(id="room_log", zh="考场情况记录单", en="Room sheet", roles=_ROOM, by=("room",)),
    Document(id="exceptions", zh="缺考违纪登记表", en="Absences and incidents", roles=_ROOM,
             by=("room",), listed=True),
    Document(id="room_scores", zh="考场成绩单", en="Scores of the room", roles=_DESK, by=("room",),
             listed=True),
    Document(id="roster", zh="名册", en="Roster", roles=OFFICE,
             by=("whole", "unit", "county"), whole_ids=True, city=True, listed=True),
    Document(id="transcript", zh="成绩单", en="Transcripts", roles=_RESULTS, by=_UNITS, city=True,
             alone=True),
    Document(id="passed_list", zh="合格人员名单", en="Qualified people", roles=_RESULTS, by=_UNITS,
             city=True, listed=True),
    Document(id="passed", zh="合格表", en="Forms of the qualified", roles=_RESULTS,
             by=("county", "unit", "whole"), whole_ids=True, city=True, alone=True),
)  # fmt: skip
DOCUMENTS = {one.id: one for one in _ALL}


def document_named(ident: str) -> Document:
    """The document; ``not_found`` 404."""
    if ident not in DOCUMENTS:
        raise not_found("document", ident)
    return DOCUMENTS[ident]


def require_printing(staff: Staff, document: Document) -> None:
    """Refusal ``forbidden`` 403 for whoever may not print it."""
    require(staff, *document.roles, action="print", of_city=document.city)


def printable_by(staff: Staff) -> list[Document]:
    """What this member of staff may print."""
    return [
        one
        for one in DOCUMENTS.values()
        if staff.role in one.roles and (staff.city is None or one.city)
    ]
