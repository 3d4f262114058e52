"""What counts at the hub leaves it as a file, and a stranger finds whatever was changed in it."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from exam_server.errors import Refusal
from exam_server.results.actions.intake import import_results
from exam_server.results.actions.release import release_groups
from exam_server.results.corrections import versions_after
from exam_server.results.tables import Correction, ImportedResults
from exam_server.upkeep.hub_proof import announce_proof, write_proof
from exam_server.verify.report import as_text
from exam_server.verify.reported import Report
from exam_server.verify.verify import verify
from question_bank.canonical import canonical
from question_bank.items.correction import corrected_entry
from tests.builders.hub_corrects import Province
from tests.builders.results_day import Day
from tests.builders.results_read import AUTHORITY, GROUP, put_line_into_effect

Change = Callable[[dict[str, Any]], None]


class Office:
    """A key was corrected, a late paper scored, a line drawn and everybody's result published."""

    def __init__(self, province: Province, folder: Path) -> None:
        self.province, self.hub, self.folder = province, province.hub, folder
        province.send()
        province.correct()
        province.recover_one()
        province.accept(province.send().id)
        self.waiting = self.write("waiting.zip")
        province.score_late()
        put_line_into_effect(self.hub, province.propose_line())
        self.hub.store.write(
            partial(
                release_groups,
                exam_id=self.hub.exam_id,
                groups=[GROUP],
                actor=AUTHORITY,
            )
        )
        self.keys = [province.scoring, self._corrected_key()]
        self.honest = self.write("proof.zip")

    def write(self, name: str) -> Path:
        path = self.folder / name
        exam = self.hub.exam_id
        self.hub.store.write(lambda tx: announce_proof(tx, exam_id=exam, actor=AUTHORITY.actor))
        with path.open("wb") as file:
            self.hub.store.read(
                lambda session: write_proof(
                    session,
                    file,
                    exam_id=exam,
                    signing=self.hub.keys.signing,
                    now=self.hub.store.now(),
                )
            )
        return path

    def _corrected_key(self) -> Path:
        """As ``rescore key`` writes it."""
        sealed = json.loads(self.province.scoring.read_bytes())
        forms = self.hub.store.read(
            lambda session: versions_after(
                session, self.hub.keys, session.scalars(select(Correction.id)).one()
            )
        )
        path = self.folder / "scoring-2.json"
        path.write_text(
            json.dumps({form: corrected_entry(form, sealed[form], forms[form]) for form in forms})
        )
        return path

    def changed(self, change: Change) -> Path:
        """The office itself bends its file and signs it: every digest of the file fits."""
        with zipfile.ZipFile(self.honest) as opened:
            members = {name: opened.read(name) for name in opened.namelist()}
        scores = json.loads(members["scores.json"])
        change(scores)
        members["scores.json"] = canonical(scores)
        head = json.loads(members["head.json"])
        head["files"]["scores.json"] = hashlib.sha256(members["scores.json"]).hexdigest()
        members["head.json"] = canonical(head)
        members["head.sig"] = base64.b64encode(self.hub.keys.signing.sign(members["head.json"]))
        return self.packed(members)

    def packed(self, members: dict[str, bytes]) -> Path:
        path, buffer = self.folder / "changed.zip", BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        path.write_bytes(buffer.getvalue())
        return path

    def check(self, path: Path) -> Report:
        return verify(path, scoring=self.keys)

    def late(self, scores: dict[str, Any]) -> dict[str, Any]:
        """The row that has every sort of version: its centre's, corrected, late, scored late."""
        (row,) = (row for row in scores["results"] if len(row["scores"]) == 4)
        found: dict[str, Any] = row
        return found


@pytest.fixture
def office(day: Day, tmp_path: Path) -> Iterator[Office]:
    province = Province(day, tmp_path)
    yield Office(province, tmp_path)
    province.centre.close()


def codes(report: Report) -> set[str]:
    return {found.code for found in report.findings}


def test_a_hub_is_proved_and_every_change_of_the_file_is_named(office: Office) -> None:
    """One room for all of it: it takes a while until everything has happened in it."""
    an_honest_hub_is_proved(office)
    one_altered_score_is_found_and_named(office)
    every_lie_of_the_office_is_named(office)
    what_was_packed_signed_and_kept_cannot_be_swapped(office)
    what_came_before_files_were_kept_is_brought_again(office)


def an_honest_hub_is_proved(office: Office) -> None:
    report = office.check(office.honest)
    assert (report.status, [found.code for found in report.findings]) == (0, [])
    counts = report.counts
    assert (counts["packages"], counts["corrections"], counts["attempts"]) == (2, 1, 6)
    assert counts["recomputed"] == counts["scores"] == 6 + 3 + 2
    assert (counts["waiting"], counts["released"]) == (0, 6)
    assert "独立重算的成绩" in as_text(report, "zh")
    assert "everything holds" in as_text(report, "en")
    waiting = office.check(office.waiting)
    assert (codes(waiting), waiting.counts["waiting"]) == (set(), 1)


def every_lie_of_the_office_is_named(office: Office) -> None:
    for said, change in _LIES:
        found = office.check(office.changed(partial(change, office)))
        assert found.status == 1, said
        assert said in codes(found), (said, found.findings)


def one_altered_score_is_found_and_named(office: Office) -> None:
    """Whoever holds the machine may sign what they like: it does not follow from the answers."""

    def raise_it(scores: dict[str, Any]) -> None:
        office.late(scores)["scores"][-1]["points"] = "3.5"

    report = office.check(office.changed(raise_it))
    with zipfile.ZipFile(office.honest) as opened:
        attempt = office.late(json.loads(opened.read("scores.json")))["attempt"]
    wrong = next(found for found in report.findings if found.code == "score_wrong")
    assert (wrong.chain, wrong.facts["file"], wrong.facts["own"]) == (attempt, "3.5", "4")
    assert codes(report) == {"score_wrong", "score_without_decision", "released_differs"}


def what_was_packed_signed_and_kept_cannot_be_swapped(office: Office) -> None:
    with zipfile.ZipFile(office.honest) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    first, second = (name for name in members if name.startswith("packages/"))
    assert {"package_digest_differs", "member_differs"} <= codes(
        office.check(office.packed({**members, first: members[second]}))
    )
    assert {"package_missing", "member_differs"} <= codes(
        office.check(office.packed({n: part for n, part in members.items() if n != first}))
    )
    broken = bytearray(members["acts.jsonl"])
    broken[broken.index(b"late_scored")] ^= 1
    assert {"act_digest_differs", "score_without_decision"} <= codes(
        office.check(office.packed({**members, "acts.jsonl": bytes(broken)}))
    )
    assert "signature_wrong" in codes(verify(office.honest, known_key=bytes(32)))


def what_came_before_files_were_kept_is_brought_again(office: Office) -> None:
    with zipfile.ZipFile(office.honest) as opened:
        files = [opened.read(name) for name in opened.namelist() if name.endswith(".zip")]
    office.hub.store.write(lambda tx: tx.session.execute(update(ImportedResults).values(file=None)))
    with pytest.raises(Refusal, match="proof_package_gone"):
        office.write("gone.zip")
    for data in files:
        found = office.hub.store.write(partial(import_results, data=data, actor=AUTHORITY))
        assert not found.new
    assert office.check(office.write("again.zip")).status == 0


def _points(office: Office, scores: dict[str, Any]) -> None:
    row = next(row for row in scores["results"] if len(row["scores"]) == 1)
    row["scores"][0]["points"] = "4.5"


def _dropped(office: Office, scores: dict[str, Any]) -> None:
    scores["results"].pop()


def _person(office: Office, scores: dict[str, Any]) -> None:
    office.late(scores)["attempt"] = "another"


def _order(office: Office, scores: dict[str, Any]) -> None:
    scores["corrections"][0]["keys"][office.late(scores)["form"]]["version"] = 3


def _approval(office: Office, scores: dict[str, Any]) -> None:
    scores["corrections"][0]["items"][0][2] = "drop"


def _trial(office: Office, scores: dict[str, Any]) -> None:
    scores["corrections"][0]["trial"][0][4] = "1.5"


def _unrecorded(office: Office, scores: dict[str, Any]) -> None:
    scores["corrections"][0]["id"] = "another"


def _released(office: Office, scores: dict[str, Any]) -> None:
    results = scores["released"][0]["results"]
    results[office.late(scores)["candidate"]]["subjects"]["theory"] = "3"


def _sum(office: Office, scores: dict[str, Any]) -> None:
    scores["released"][0]["results"][office.late(scores)["candidate"]]["sum"] = "9"


def _version(office: Office, scores: dict[str, Any]) -> None:
    del office.late(scores)["scores"][1]


def _key(office: Office, scores: dict[str, Any]) -> None:
    scores["packages"][0]["key"] = base64.b64encode(bytes(32)).decode()


def _other_key(office: Office, scores: dict[str, Any]) -> None:
    scores["packages"][0]["forms"][office.late(scores)["form"]] = "0" * 64


def _aside(office: Office, scores: dict[str, Any]) -> None:
    first = next(one for one in scores["packages"] if one["state"] == "counts")
    first["state"] = "set_aside"


def _package(office: Office, scores: dict[str, Any]) -> None:
    scores["packages"][0]["id"] = "another"


_LIES: list[tuple[str, Callable[[Office, dict[str, Any]], None]]] = [
    ("score_of_no_package", _points),
    ("result_missing", _dropped),
    ("result_of_other", _person),
    ("correction_out_of_order", _order),
    ("correction_differs", _approval),
    ("correction_digest_differs", _trial),
    ("correction_not_recorded", _unrecorded),
    ("released_differs", _released),
    ("sum_differs", _sum),
    ("score_version_wrong", _version),
    ("package_signature_wrong", _key),
    ("package_not_recorded", _package),
    ("package_other_key", _other_key),
    ("package_not_recorded", _aside),
]
