"""A centre's result package reaches the authority: taken in as announced, or refused whole."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from collections.abc import Callable
from datetime import date
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select

from exam_server.build import build_id
from exam_server.clock import Instant
from exam_server.errors import Refusal
from exam_server.results.actions.announcing import announce
from exam_server.results.actions.intake import Imported, import_results
from exam_server.results.actions.practical import import_practical
from exam_server.results.package import result_package
from exam_server.results.practical_lists import Source
from exam_server.results.tables import ImportedResults, PracticalImport
from exam_server.results.views.intake import announced_cards, imported_practical, imported_table
from exam_server.room.actions import closing, ending
from exam_server.storage.acts import Act
from exam_server.vault.tables import Package
from question_bank.canonical import canonical
from question_bank.sealing import package as sealed
from tests.builders.room_day import ADMIN, AUTHORITY, CHIEF, PROCTOR, RoomDay
from tests.builders.room_terminal import Terminal

Json = dict[str, Any]
Change = Callable[[Json, Json], object]


class Office:
    """The authority's desk: what it announced, and what it does with a file."""

    def __init__(self, room: RoomDay) -> None:
        self.room = room
        self.key = room.centre.keys.signing
        row = room.centre.store.read(lambda session: session.scalars(select(Package)).one())
        self.paper = sealed.read(room.settings.data / row.path)
        self.announced: Json = {
            "exam_id": room.exam_id,
            "package": self.paper,
            "centre": "商洛市考点",
            "centre_key": self.key.public_key().public_bytes_raw(),
            "golden": {form: key["golden"]["points"] for form, key in room.scoring.items()},
            "builds": [build_id()],
            "seats": {person.ticket: "02" for person in room.people},
            "actor": AUTHORITY,
        }

    def announce(self, **changes: Any) -> str:
        return self.room.do(announce, **(self.announced | changes))

    def take_in(self, data: bytes) -> Imported:
        return self.room.do(import_results, data=data, actor=AUTHORITY)

    def kept(self) -> int:
        query = select(func.count()).select_from(ImportedResults)
        return self.room.centre.store.read(lambda session: session.scalar(query)) or 0

    def refusal(self, data: bytes) -> Refusal:
        """It is refused, and nothing of it is kept."""
        before = self.kept()
        with pytest.raises(Refusal) as refused:
            self.take_in(data)
        assert self.kept() == before
        return refused.value


def packed(room: RoomDay, later_ms: int = 0) -> bytes:
    now = room.clock.now()
    return room.centre.store.read(
        lambda session: result_package(
            session,
            exam_id=room.exam_id,
            sitting_id=room.sitting_id,
            signing=room.centre.keys.signing,
            now=Instant(now.wall_ms + later_ms, now.boot_ms, now.boot),
        )
    )


def changed(data: bytes, change: Change, key: Ed25519PrivateKey) -> bytes:
    """The package as somebody with a signing key would make it say something else."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        results = json.loads(archive.read("results.json"))
        manifest = json.loads(archive.read("manifest.json"))
    change(manifest, results)
    content = canonical(results)
    manifest["results_sha256"] = hashlib.sha256(content).hexdigest()
    signed = canonical(manifest)
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("results.json", content)
        archive.writestr("manifest.json", signed)
        archive.writestr("manifest.sig", base64.b64encode(key.sign(signed)))
        archive.writestr("centre.pub", base64.b64encode(key.public_key().public_bytes_raw()))
    return buffer.getvalue()


def play(room: RoomDay) -> None:
    """One has everything right in one subject, one nothing, one never comes; the room closes."""
    there = room.begin(0, 1)
    for terminal in there:
        if terminal is there[0]:
            terminal.answer_right()
        else:
            wrong(terminal, 1)
        terminal.hand_in()
        terminal.open(2)
        wrong(terminal, 2)
        terminal.hand_in(subject=2)
    room.wait(minutes=31)
    absent = room.people[2].id
    room.do(ending.mark_absent, candidate_id=absent, actor=CHIEF, reason="未到场")
    room.do(closing.close_sitting, sitting_id=room.sitting_id, actor=PROCTOR)
    room.tick()


def wrong(terminal: Terminal, subject: int) -> None:
    """The first item of a subject, and not its right letter."""
    form = terminal.room.attempt(terminal.person, subject).form_id
    right = terminal.room.correct[form][terminal.items(subject)[0]]
    terminal.answer(0, "b" if right == "a" else "a", subject=subject)


@pytest.fixture
def office(room: RoomDay) -> Office:
    play(room)
    return Office(room)


def test_a_package_as_announced_is_taken_in_once(office: Office, room: RoomDay) -> None:
    office.announce()
    ticket = room.people[0].ticket
    bring = partial(
        import_practical, exam_id=room.exam_id, data=f"准考证号,操作技能\n{ticket},合格\n".encode(),
        source=Source("商考〔2026〕4号", date(2026, 6, 4)), reason="",
        fields=room.centre.keys.fields,
    )  # fmt: skip
    room.do(bring, actor=ADMIN)
    data = packed(room)
    found = office.take_in(data)
    assert room.centre.store.read(lambda s: imported_practical(s, found.id)) == {ticket: "pass"}
    lists = room.centre.store.read(lambda s: s.scalars(select(PracticalImport)).all())
    assert [one.imported_id for one in lists] == [None]  # it was here already: nothing to add
    assert (found.centre, found.rows, found.new) == ("商洛市考点", 3, True)
    again = office.take_in(data)
    assert (again.id, again.new) == (found.id, False)
    assert office.kept() == 1
    acts = room.centre.store.read(
        lambda s: [act.kind for act in s.scalars(select(Act).order_by(Act.seq))]
    )
    assert acts.count("results_imported") == 1

    (card,) = room.centre.store.read(announced_cards)
    assert (card.centre, card.candidates, card.outstanding) == ("商洛市考点", 3, 0)
    here, centre, table, _ = room.centre.store.read(lambda s: imported_table(s, found.id))
    assert (centre, here.build, here.state) == ("商洛市考点", build_id(), "counts")
    assert [row.sum for row in table.rows] == ["4", "0", None]


def test_a_later_package_of_the_same_sitting_takes_the_place_of_the_first(
    office: Office, room: RoomDay
) -> None:
    office.announce()
    early, late = packed(room), packed(room, later_ms=60_000)
    first, second = office.take_in(early), office.take_in(late)
    assert second.new
    card, _, _, _ = room.centre.store.read(lambda s: imported_table(s, first.id))
    assert card.state == "superseded"
    older = changed(late, lambda m, _: m.update(created_ms=m["created_ms"] - 1), office.key)
    assert office.refusal(older).code == "result_package_older"
    shrunk = changed(late, lambda m, _: _falls(m, room.sitting_id), office.key)
    assert office.refusal(shrunk).code == "result_package_older"


def _falls(manifest: Json, chain: str) -> None:
    manifest["created_ms"] += 60_000
    manifest["heads"][chain][0] -= 1


def test_only_the_authority_announces_and_takes_in(office: Office, room: RoomDay) -> None:
    data = packed(room)
    for actor in (PROCTOR, CHIEF, ADMIN):
        with pytest.raises(Refusal, match="forbidden"):
            office.announce(actor=actor)
        with pytest.raises(Refusal, match="forbidden"):
            room.do(import_results, data=data, actor=actor)


def test_a_centre_that_was_never_announced_is_refused(office: Office, room: RoomDay) -> None:
    assert office.refusal(packed(room)).code == "result_package_unknown_centre"
    office.announce()
    stranger = Ed25519PrivateKey.generate()
    forged = changed(packed(room), lambda *_: None, stranger)
    assert office.refusal(forged).code == "result_package_other_centre"


def row_of(results: Json, number: int) -> Json:
    found: Json = results["table"]["rows"][number]
    return found


def subject_of(results: Json, number: int) -> Json:
    found: Json = row_of(results, number)["subjects"]["ethics"]
    return found


def one_point_more(_manifest: Json, results: Json) -> None:
    """In the table and in its sum, not in the scores below."""
    subject_of(results, 1)["points"] = "1"
    row_of(results, 1)["sum"] = "1"


def nobody_of_that_seat(manifest: Json, results: Json) -> None:
    """The candidate is left out without a trace."""
    gone = results["table"]["rows"].pop(1)
    attempts = {subject["attempt_id"] for subject in gone["subjects"].values()}
    results["scores"] = [one for one in results["scores"] if one["attempt"] not in attempts]
    manifest["rows"] -= 1
    for attempt in attempts:
        del manifest["heads"][attempt]


def an_attempt_left_out(manifest: Json, results: Json) -> None:
    subject = row_of(results, 0)["subjects"].pop("theory")
    results["scores"] = [s for s in results["scores"] if s["attempt"] != subject["attempt_id"]]


def somebody_else(_manifest: Json, results: Json) -> None:
    row_of(results, 0)["ticket"] = "999999999999"


def nobodys(score: Json) -> Json:
    return score | {"attempt": "x"}


def practical(ticket: str, result: str = "pass", document: str = "商考〔2026〕4号") -> Json:
    """A list of practical results, of one person if any."""
    results = {ticket: {"result": result, "points": None}} if ticket else {}
    return {"document": document, "document_date": "2026-06-04", "document_sha256": "ab" * 32,
            "digest": "ab" * 32, "reason": "", "results": results}  # fmt: skip


REFUSED: list[tuple[str, Change]] = [
    ("result_package_other_paper", lambda m, _: m.update(packages=["k" * 20])),
    ("result_package_other_paper", lambda m, _: m["packages"].append("k" * 20)),
    ("result_package_other_paper", lambda m, _: m["forms"].update(other="ab" * 32)),
    ("result_package_other_key", lambda m, _: m.update(forms=dict.fromkeys(m["forms"], "ab" * 32))),
    ("result_package_other_key", lambda _, r: r["scores"][0].update(scoring_digest="ab" * 32)),
    ("result_package_other_build", lambda m, _: m.update(build="9.9.9-0000000000000000")),
    ("result_package_golden", lambda m, _: m["golden"].clear()),
    ("result_package_golden", lambda m, _: m["golden"][0].update(points="77")),
    ("result_package_golden", lambda m, _: m["golden"][0].update(points="NaN")),
    ("result_package_incomplete", nobody_of_that_seat),
    ("result_package_incomplete", an_attempt_left_out),
    ("result_package_incomplete", somebody_else),
    ("result_package_incomplete", lambda m, _: m.update(rows=2)),
    ("result_package_incomplete", lambda _, r: row_of(r, 0).update(status="pending")),
    ("result_package_incomplete", lambda _, r: r["scores"].pop(0)),
    ("result_package_contradicts", one_point_more),
    ("result_package_contradicts", lambda _, r: row_of(r, 0).update(sum="8")),
    ("result_package_contradicts", lambda _, r: r["scores"][0].update(points="3.5")),
    ("result_package_contradicts", lambda _, r: r["scores"][0].update(version=2)),
    (
        "result_package_contradicts",
        lambda _, r: r["scores"].append(r["scores"][0] | {"attempt": "x"}),
    ),
    ("result_package_unreadable", lambda m, _: m.update(note="x")),
    ("result_package_unreadable", lambda m, _: m.update(format="kaochang/results/1")),
    ("result_package_format", lambda m, _: m.update(format="kaochang/results/3")),
    ("result_package_practical", lambda _, r: r["practical"].append(practical("9" * 12))),
    ("result_package_practical", lambda _, r: r["practical"].append(practical("", document=" "))),
    (
        "result_package_practical",
        lambda _, r: r["practical"].append(practical(str(row_of(r, 0)["ticket"]), "score")),
    ),
    ("result_package_unreadable", lambda _, r: r.pop("scores")),
]


def test_what_differs_from_the_announcement_is_refused_whole(office: Office, room: RoomDay) -> None:
    """Signed with the centre's own key: not a broken file, but another story than agreed."""
    office.announce()
    honest = packed(room)
    found = [(code, office.refusal(changed(honest, lie, office.key)).code) for code, lie in REFUSED]
    assert found == [(code, code) for code, _ in REFUSED]
    assert office.take_in(honest).new


def test_a_refusal_names_who_is_missing(office: Office, room: RoomDay) -> None:
    office.announce()
    refused = office.refusal(changed(packed(room), nobody_of_that_seat, office.key))
    gone = {str(row["column"]) for row in refused.rows}
    assert gone <= {person.ticket for person in room.people}
    assert len(gone) == refused.facts["count"] == 1


def test_every_touched_byte_is_noticed(office: Office, room: RoomDay, tmp_path: Path) -> None:
    office.announce()
    data = packed(room)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name, content in parts.items():
        for at in range(0, len(content), max(1, len(content) // 40)):
            spoilt = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
            buffer = BytesIO()
            with zipfile.ZipFile(buffer, "w") as archive:
                for other, kept in parts.items():
                    archive.writestr(other, spoilt if other == name else kept)
            assert office.refusal(buffer.getvalue()).code in {
                "result_package_altered",
                "result_package_unreadable",
            }


def test_a_room_that_is_still_sitting_is_not_taken_in(room: RoomDay) -> None:
    (terminal,) = room.begin(0)
    terminal.hand_in()
    room.tick()
    office = Office(room)
    office.announce()
    assert office.refusal(packed(room)).code == "result_package_incomplete"
