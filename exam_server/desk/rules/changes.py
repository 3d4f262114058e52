"""What may change about a registered person, when, and what it means (DOMAIN A10, D30, D31).

One table: a row for every change, a column for every stage the person may have reached. The
rooms act on what the table says; nobody decides it anywhere else.
"""

from __future__ import annotations

from enum import StrEnum

from exam_server.errors import Refusal
from exam_server.profiles.model import Profile

Names = tuple[str, str]  # in Chinese, in English


class Registration(StrEnum):
    """Whether a registration 报名 holds. *Why* not is in the record of acts."""

    IN_FORCE = "in_force"
    WITHDRAWN = "withdrawn"  # 退考: by the person's own wish
    DISQUALIFIED = "disqualified"  # 资格不通过: by the office's decision


class Change(StrEnum):
    """One change of a registration after the roster came in."""

    WITHDRAWN = "withdrawn"  # 退考
    REINSTATED = "reinstated"  # the withdrawal or the disqualification holds no more
    CONDITION_CLEARED = "condition_cleared"  # 容缺后补: the documents are in
    DISQUALIFIED = "disqualified"  # they are not, or are not good; or a commitment was false
    PAID = "paid"
    PAYMENT_LOST = "payment_lost"
    ROUTE_SITS = "route_sits"  # a special route is decided, the person sits
    ROUTE_LEAVES = "route_leaves"  # the same, and the person does not sit
    NAME = "name"
    PHOTO = "photo"
    NEEDS = "needs"  # 合理便利: time factor, large print, a room apart


class Stage(StrEnum):
    """How far a person has come."""

    LISTED = "listed"  # on the roster, without a seat
    SEATED = "seated"  # seat and ticket number are fixed, tickets may be printed
    ASSIGNED = "assigned"  # forms are assigned, the person has not come yet
    PRESENT = "present"  # at a machine
    ENDED = "ended"  # every subject has ended
    RELEASED = "released"  # the results are out


class Effect(StrEnum):
    """What a change does beside being recorded."""

    KEPT = "kept"  # nothing else
    UNSEATED = "unseated"  # the seat is free again; the ticket number is nobody else's
    MARKED_ABSENT = "marked_absent"  # the room's list shows the person as absent
    REPRINT = "reprint"  # printed tickets and seat lists are out of date
    SEAT_AGAIN = "seat_again"  # the seat is to be looked at again
    NOT_COUNTED = "not_counted"  # what was or will be scored counts for nothing
    REFUSED = "refused"


_E = Effect
#                        listed     seated        assigned          present
#                        ended          released
TABLE: dict[Change, tuple[Effect, ...]] = {
    Change.WITHDRAWN: (
        _E.KEPT, _E.UNSEATED, _E.MARKED_ABSENT, _E.REFUSED, _E.REFUSED, _E.REFUSED,
    ),
    # also after the publication: who was struck off by mistake is published again
    Change.REINSTATED: (_E.KEPT, _E.KEPT, _E.KEPT, _E.KEPT, _E.KEPT, _E.KEPT),
    Change.CONDITION_CLEARED: (_E.KEPT, _E.KEPT, _E.KEPT, _E.KEPT, _E.KEPT, _E.KEPT),
    Change.DISQUALIFIED: (
        _E.KEPT, _E.UNSEATED, _E.MARKED_ABSENT, _E.NOT_COUNTED, _E.NOT_COUNTED, _E.NOT_COUNTED,
    ),
    Change.PAID: (_E.KEPT, _E.KEPT, _E.KEPT, _E.KEPT, _E.KEPT, _E.KEPT),
    Change.PAYMENT_LOST: (
        _E.KEPT, _E.UNSEATED, _E.REFUSED, _E.REFUSED, _E.REFUSED, _E.REFUSED,
    ),
    Change.ROUTE_SITS: (_E.KEPT, _E.KEPT, _E.KEPT, _E.KEPT, _E.KEPT, _E.REFUSED),
    Change.ROUTE_LEAVES: (
        _E.KEPT, _E.UNSEATED, _E.MARKED_ABSENT, _E.REFUSED, _E.REFUSED, _E.REFUSED,
    ),
    Change.NAME: (_E.KEPT, _E.REPRINT, _E.REPRINT, _E.KEPT, _E.KEPT, _E.KEPT),
    Change.PHOTO: (_E.KEPT, _E.REPRINT, _E.REPRINT, _E.KEPT, _E.KEPT, _E.KEPT),
    Change.NEEDS: (
        _E.KEPT, _E.SEAT_AGAIN, _E.REFUSED, _E.REFUSED, _E.REFUSED, _E.REFUSED,
    ),
}  # fmt: skip
CHANGES: dict[Change, Names] = {
    Change.WITHDRAWN: ("退考", "withdrawn"),
    Change.REINSTATED: ("恢复报名", "reinstated"),
    Change.CONDITION_CLEARED: ("容缺材料补齐", "documents are in"),
    Change.DISQUALIFIED: ("资格不通过", "disqualified"),
    Change.PAID: ("已缴费", "paid"),
    Change.PAYMENT_LOST: ("未缴费", "not paid"),
    Change.ROUTE_SITS: ("特殊情形：参加机考", "special route, sits"),
    Change.ROUTE_LEAVES: ("特殊情形：不参加机考", "special route, does not sit"),
    Change.NAME: ("更正姓名", "name corrected"),
    Change.PHOTO: ("更换照片", "photo replaced"),
    Change.NEEDS: ("合理便利", "special needs"),
}
STAGES: dict[Stage, Names] = {
    Stage.LISTED: ("已登记，未编排", "registered, not placed"),
    Stage.SEATED: ("已编排机位", "seated"),
    Stage.ASSIGNED: ("试卷已分配，未签到", "forms assigned, not arrived"),
    Stage.PRESENT: ("已签到或作答中", "checked in or answering"),
    Stage.ENDED: ("考试已结束", "exam over"),
    Stage.RELEASED: ("成绩已发布", "results released"),
}
EFFECTS: dict[Effect, Names] = {
    Effect.KEPT: ("已登记", "recorded"),
    Effect.UNSEATED: ("机位已空出，准考证作废", "the seat is free, the ticket is void"),
    Effect.MARKED_ABSENT: ("考场名单记为缺考", "absent in the room's list"),
    Effect.REPRINT: ("准考证和座次表须重新打印", "print ticket and seat lists again"),
    Effect.SEAT_AGAIN: ("请核对机位是否合适", "look at the seat again"),
    Effect.NOT_COUNTED: ("成绩不计入", "scores do not count"),
    Effect.REFUSED: ("不能办理", "not possible"),
}
_COLUMN = {stage: place for place, stage in enumerate(Stage)}


def effect_of(change: Change, stage: Stage) -> Effect:
    """What ``change`` does to a person at ``stage``.

    Refusal ``change_too_late`` 409 where it can no longer be made.
    """
    effect = TABLE[change][_COLUMN[stage]]
    if effect is Effect.REFUSED:
        names = {"change": CHANGES[change], "stage": STAGES[stage]}
        facts = {name: zh for name, (zh, _) in names.items()}
        facts |= {f"{name}_en": en for name, (_, en) in names.items()}
        raise Refusal("change_too_late", 409, {**facts})
    return effect


def kept_from_seat(profile: Profile, *, route: str, paid: bool, registration: str) -> str | None:
    """Why a person is given no seat and is in no line; None for who sits.

    ``withdrawn`` | ``disqualified`` | ``route`` | ``unpaid``.
    """
    if registration != Registration.IN_FORCE:
        return registration
    if not profile.sits(route):
        return "route"
    return None if paid else "unpaid"
