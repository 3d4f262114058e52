"""Setting up an exam 考试项目 and its sittings 场次."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import Literal

from sqlalchemy import select

from exam_server.auth.identity import OFFICE, Staff, require
from exam_server.desk.rules.chain import chain_start
from exam_server.desk.rules.floor import SEATS_AT_MOST
from exam_server.desk.rules.lifecycle import SittingState
from exam_server.desk.tables import Exam, Seat, Sitting
from exam_server.errors import Refusal, not_found
from exam_server.ids import new_id
from exam_server.profiles.profile import Profile, builtins_of, office_of
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx

Mode = Literal["formal", "trial", "practice"]


def create_exam(tx: Tx, *, name: str, year: int, mode: Mode, profile: Profile, actor: Staff) -> str:
    """A new exam with ``profile`` frozen into it; its id.

    Refusals: ``forbidden`` 403; ``name_empty`` 422; ``exam_exists`` 409 for the same name and
    year.
    """
    require(actor, *OFFICE, action="create_exam")
    if not name.strip():
        raise Refusal("name_empty", 422)
    same = select(Exam.id).where(Exam.name == name.strip(), Exam.year == year)
    if tx.session.scalar(same) is not None:
        raise Refusal("exam_exists", 409, {"name": name, "year": year})
    exam = Exam(
        id=new_id(),
        name=name.strip(),
        year=year,
        mode=mode,
        profile=profile.name,
        rules=builtins_of(profile),
        office=office_of(profile),
        permutation_seed=secrets.token_hex(32),
    )
    tx.session.add(exam)
    tx.session.flush()
    facts = {"exam": exam.id, "name": exam.name, "mode": mode, "profile": profile.name}
    record(tx, kind="exam_created", actor=actor.actor, data=facts)
    return exam.id


def plan_sitting(
    tx: Tx,
    *,
    exam_id: str,
    name: str,
    centre: str,
    room: str,
    rows: int,
    columns: int,
    planned_start_ms: int,
    actor: Staff,
    aisle_after: int = 0,
    spare: Collection[int] = (),
    out_of_use: Collection[int] = (),
) -> str:
    """A new sitting with a seat row for every machine of its plan; its id.

    Seats are numbered row by row from 1 to ``rows`` × ``columns``; ``spare`` and
    ``out_of_use`` name the seats no candidate is given. The sitting's journal begins with
    its ``ready`` or ``planned`` entry, written by the room.
    Refusals: ``forbidden`` 403; ``not_found`` 404; ``name_empty``, ``seat_plan`` 422;
    ``sitting_exists`` 409 for the same room and planned start.
    """
    require(actor, *OFFICE, action="plan_sitting")
    if tx.session.get(Exam, exam_id) is None:
        raise not_found("exam", exam_id)
    if not name.strip() or not room.strip() or not centre.strip():
        raise Refusal("name_empty", 422)
    _check_plan(rows, columns, aisle_after, {*spare, *out_of_use})
    same = select(Sitting.id).where(
        Sitting.centre == centre, Sitting.room == room, Sitting.planned_start_ms == planned_start_ms
    )
    if tx.session.scalar(same) is not None:
        raise Refusal("sitting_exists", 409, {"room": room})
    sitting_id = new_id()
    tx.session.add(
        Sitting(
            id=sitting_id,
            exam_id=exam_id,
            name=name.strip(),
            centre=centre.strip(),
            room=room.strip(),
            rows=rows,
            columns=columns,
            aisle_after=aisle_after,
            planned_start_ms=planned_start_ms,
            state=SittingState.PLANNED.value,
            head=chain_start(sitting_id),
        )
    )
    tx.session.flush()
    tx.session.add_all(
        Seat(id=new_id(), sitting_id=sitting_id, number=number, use=use)
        for number, use in _seats(rows * columns, set(spare), set(out_of_use))
    )
    tx.session.flush()
    facts = {"sitting": sitting_id, "exam": exam_id, "name": name.strip(), "room": room.strip()}
    record(tx, kind="sitting_planned", actor=actor.actor, data=facts)
    return sitting_id


def _check_plan(rows: int, columns: int, aisle_after: int, unused: set[int]) -> None:
    count = rows * columns
    sound = (
        rows > 0
        and columns > 0
        and count <= SEATS_AT_MOST
        and 0 <= aisle_after < columns
        and all(1 <= number <= count for number in unused)
    )
    if not sound:
        raise Refusal(
            "seat_plan", 422, {"rows": rows, "columns": columns, "at_most": SEATS_AT_MOST}
        )


def _seats(count: int, spare: set[int], out_of_use: set[int]) -> list[tuple[int, str]]:
    return [
        (
            number,
            "out_of_use" if number in out_of_use else "spare" if number in spare else "candidate",
        )
        for number in range(1, count + 1)
    ]
