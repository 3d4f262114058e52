"""A small eventful day in one room, as an export: the sample that tests falsify."""

from __future__ import annotations

from typing import Any

from tests.builders.journal_builder import CHIEF, MINUTE, PROCTOR, Export, Json, Room

CREDIT = {
    "multiple": "exact",
    "partial_value": "0",
    "wrong_option": "zero",
    "minus_value": "0",
    "true_false_penalty": "0",
    "floor": "0",
}
_ITEMS = [
    ("i1", "single", 4, "b"),
    ("i2", "single", 4, "d"),
    ("i3", "multiple", 4, "ac"),
    ("i4", "multiple", 5, "bce"),
    ("i5", "true_false", 2, "a"),
]


def shapes_and_keys() -> tuple[Json, Json]:
    """Two forms of five items each: their shapes, and their scoring keys."""
    shapes: Json = {}
    keys: Json = {}
    for subject in ("ethics", "theory"):
        form = f"form-{subject}"
        items = [(f"{subject[0]}{name}", kind, n, right) for name, kind, n, right in _ITEMS]
        sections: list[Json] = [
            {
                "type": kind,
                "points": "1",
                "items": [
                    {"id": i, "options": n, "fixed": ""} for i, k, n, _ in items if k == kind
                ],
            }
            for kind in ("single", "multiple", "true_false")
        ]
        shapes[form] = {
            "form_id": form,
            "subject": subject,
            "trade": "*",
            "level": "*",
            "sections": sections,
            "credit": CREDIT,
        }
        keys[form] = {
            "version": 1,
            "salt": "5a" * 32,
            "credit": CREDIT,
            "items": {
                i: {"type": kind, "points": "1", "correct": right, "options": n}
                for i, kind, n, right in items
            },
            "golden": {
                "responses": {items[0][0]: items[0][3], items[1][0]: "a", items[2][0]: "ac"},
                "points": "2",
            },
        }
    return shapes, keys


def eventful_day() -> Export:
    """Four people, two subjects; everything that the journal's page has a rule for."""
    room = Room()
    shapes, keys = shapes_and_keys()
    _before_the_bell(room)
    _first_subject(room)
    _second_subject(room)
    _after(room, keys)
    return room.export(shapes, keys)


def _before_the_bell(room: Room) -> None:
    room.room("planned", CHIEF, exam="二〇二六年工考", centre="商洛考点", mode="formal")
    for person in ("an", "bo", "ci", "du"):
        room.assign(f"{person}1", f"c-{person}", "ethics", 1, 60)
        room.assign(f"{person}2", f"c-{person}", "theory", 2, 60)
    room.room("ready", CHIEF)
    room.goes_by(20 * MINUTE)
    for person in ("an", "bo"):
        _check_in(room, person)
    room.append("an1", "hand_raised", "candidate")
    room.append("an1", "hand_lowered", PROCTOR)
    room.room("unsealed", package="p1", first=PROCTOR, second=CHIEF)


def _check_in(room: Room, person: str) -> None:
    name = f"{person}1"
    room.append(name, "logged_in", "candidate", seat=1, terminal=f"t-{person}")
    room.append(name, "confirmed", "candidate")
    room.append(name, "pledged", "candidate")
    room.append(name, "checked_in", "candidate")
    room.seats[name].state = "checked_in"


def _first_subject(room: Room) -> None:
    room.room("bell", forms=["form-ethics"], keys_digest="ab" * 32, checked_in=2)
    room.take_heads()
    room.goes_by(800)
    room.start("an1", spent_ms=800)
    room.goes_by(7_000)
    room.start("bo1")
    room.append("bo1", "opened", "candidate", elapsed_ms=15, data={"ms": 12})
    room.answer("an1", "ei1", "b", 1)
    room.answer("an1", "ei3", "a", 2)
    room.goes_by(5 * MINUTE)
    room.answer("an1", "ei3", "ac", 5)
    room.answer("an1", "ei3", "c", 4, kind="superseded")
    room.answer("bo1", "ei1", "a", 1)
    _check_in(room, "ci")
    room.goes_by(2_000)
    room.start("ci1", late_ms=307_800)
    room.pause("an1")
    room.goes_by(3 * MINUTE)
    room.resume("an1")
    _room_stands_still(room)
    _machine_changes(room)
    room.append("du1", "absent", PROCTOR, reason="未到场")
    room.append("du2", "absent", PROCTOR, reason="未到场")
    room.seats["du1"].state = room.seats["du2"].state = "absent"
    room.grant("bo1", 5)
    room.goes_by(10 * MINUTE)
    room.submit("an1", "candidate")
    room.answer("an1", "ei2", "d", 9, kind="late_evidence", reason="submitted")


def _room_stands_still(room: Room) -> None:
    room.room("paused", reason="火警")
    room.paused = True
    room.goes_by(4 * MINUTE)
    room.room("resumed", reason="解除")
    room.paused = False
    room.goes_by(MINUTE)
    room.outage(45_000)
    room.take_heads()
    room.goes_by(20_000)
    room.answer("bo1", "ei5", "a", 3)


def _machine_changes(room: Room) -> None:
    room.append("bo1", "lost", "system")
    room.append("bo1", "terminal_released", PROCTOR, reason="死机")
    room.append("bo1", "machine_changed", "candidate", **{"from": 2, "to": 9})
    for name in ("bo1", "bo2"):
        room.seats[name].fence = 2
        room.append(name, "fenced", "system", fence=2)
    room.append("bo1", "reconnected", "system", silent_ms=4_000)
    room.answer("bo1", "ei2", "d", 1)
    room.answer("bo1", "ei4", "bc", 7, kind="late_evidence", fence=1, reason="fence")
    room.append("bo1", "focus_lost", "candidate", elapsed_ms=700)


def _second_subject(room: Room) -> None:
    room.start("an2")
    room.answer("an2", "ti1", "b", 1)
    room.goes_by(MINUTE)
    room.outage(90_000, reboot=True)
    room.goes_by(30_000)
    room.grant_room(["an2", "bo1", "ci1"], 12)
    room.room("message", text="补时十二分钟")
    room.room("incident", kind="equipment", text="停电一次", id="x1")
    room.answer("an2", "ti1", "", 2)
    room.answer("an2", "ti4", "bce", 3)
    for name in ("bo1", "ci1"):
        _run_out(room, name)
    room.submit("an2", "proctor", reason="身体不适")
    room.start("bo2")
    room.goes_by(2_000)
    room.submit("bo2", "candidate")
    room.start("ci2")
    _run_out(room, "ci2")


def _run_out(room: Room, name: str) -> None:
    """Time goes by until zero; the server ends the attempt a moment after the grace."""
    seat = room.seats[name]
    room.goes_by(seat.left_ms + 4_000)
    subject = seat.subject[0]
    room.answer(name, f"{subject}i5", "b", 40)
    room.goes_by(1_500)
    room.submit(name, "time")


def _close(room: Room) -> None:
    """Everybody has ended: the counts as the attempts give them."""
    people: dict[str, list[str]] = {}
    for seat in room.seats.values():
        people.setdefault(seat.candidate, []).append(seat.state)
    absent = sum(set(states) == {"absent"} for states in people.values())
    present = len(people) - absent
    counts = {"expected": len(people), "present": present, "absent": absent}
    room.room("closed", **counts, submitted=present, explained=0)


def _after(room: Room, keys: dict[str, Any]) -> None:
    for name, seat in room.seats.items():
        if seat.state == "submitted":
            room.score(name, keys, 1)
    _close(room)
    room.take_heads()
    evidence = next(e for e in room.chains["an1"] if e["kind"] == "late_evidence")
    room.goes_by(30 * MINUTE)
    room.recover("an1", evidence, "case-1")
    room.score("an1", keys, 2, reason="计入迟到作答")
