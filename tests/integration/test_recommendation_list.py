"""Who passed, as the office needs them: lists for units that recommend, and the forms 合格表."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from python_calamine import CalamineWorkbook

from exam_server.auth.identity import Role
from exam_server.cli import main
from exam_server.desk.tables import Exam
from exam_server.storage.tx import Tx
from tests.builders.office import Person
from tests.builders.printed import pages_of
from tests.builders.published import ScoredOffice


@pytest.fixture
def hebei(tmp_path: Path, sqlite_tables: Path) -> Iterator[ScoredOffice]:
    """As in Hebei units recommend 1 : 1.2; no practical result is waited for."""
    path = shutil.copy(sqlite_tables, tmp_path / "kaochang.sqlite3")
    made = ScoredOffice(f"sqlite:///{path}", tmp_path / "office")

    def change(tx: Tx) -> None:
        exam = tx.session.get_one(Exam, made.day.exam_id)
        publish = exam.rules["publish"] | {"recommend_ratio": "1.2"}
        passing = exam.rules["pass_rule"] | {"practical": "none"}
        exam.rules = exam.rules | {"publish": publish, "pass_rule": passing}

    made.day.store.write(change)
    made.publish()
    yield made
    made.close()


def test_the_lists_come_back_with_the_rule_they_were_made_by(hebei: ScoredOffice) -> None:
    authority = Person(hebei.office, "chen", Role.AUTHORITY)
    authority.enrol()
    address = f"/console/release/{hebei.day.exam_id}/recommend"
    units = sorted({row.unit for row in hebei.rows[:3]})

    def send(text: str) -> bytes:
        file = (BytesIO(text.encode("utf-8-sig")), "quotas.csv")
        return authority.post(address, quotas=file).get_data()  # type: ignore[arg-type]

    assert "不是岗位数" in send(f"单位,核定岗位数\n{units[0]},若干\n").decode()
    assert "找不到表头" in send("什么\n").decode()
    made = send("单位,核定岗位数\n" + "".join(f"{unit},1\n" for unit in units))
    book = CalamineWorkbook.from_filelike(BytesIO(made))
    rule, _, *rows = book.get_sheet_by_index(0).to_python()
    assert "1 : 1.2" in str(rule[0])
    assert "去尾取整" in str(rule[0])
    told = {str(row[4]): (str(row[2]), str(row[8]), str(row[9])) for row in rows}
    assert told.keys() == {row.name for row in hebei.rows[:3]}, "who passed, and nobody else"
    assert {one[0] for one in told.values()} == {"1"}, "1.2 is one"
    for row in hebei.rows[:3]:
        same = [other for other in hebei.rows[:3] if other.unit == row.unit]
        first = same[0].name == row.name  # they have 8, 6 and 4 points, in this order
        assert told[row.name][2] == ("名额内" if first else "名额外")
    assert all("*" in str(row[5]) for row in rows)
    assert len(hebei.office.acts("recommendation_listed")) == 1


def test_the_command_prints_a_form_for_everybody_who_passed(
    hebei: ScoredOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAOCHANG_DATABASE_URL", hebei.url)
    Person(hebei.office, "chen", Role.AUTHORITY)
    out = tmp_path / "printed"

    def run(*more: str) -> dict[str, object]:
        asked = ["paper", "print", "passed", "--home", str(hebei.home), "--out", str(out), "--json"]
        ran = CliRunner().invoke(main, [*asked, "--exam", "工考", *more])
        told: dict[str, object] = json.loads(ran.stdout)
        return told

    told = run("--by", "whole")
    assert (told["people"], told["files"]) == (3, 1)
    (file,) = out.iterdir()
    assert (str(file), file.stat().st_mode & 0o077) == (told["file"], 0), "whole ID numbers"
    pages = ["".join(page.split()) for page in pages_of(file.read_bytes())]
    for row in hebei.rows[:3]:
        (page,) = (one for one in pages if row.id_number in one)
        for said in ("附件3", "升等级考核合格表", row.name, row.unit, "高级工"):
            assert said in page, said
    assert len(pages) == 3, "neither who failed nor who was absent"
    alone = run("--ticket", str(hebei.rows[1].ticket))
    assert alone["people"] == 1
    failed = run("--ticket", str(hebei.rows[3].ticket))
    assert failed["error"]["code"] == "nobody_passed"  # type: ignore[index]
    assert [act["people"] for act in hebei.office.acts("printed")] == [3, 1]
