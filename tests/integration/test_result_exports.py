"""Results leave the house: sheets for people, a signed package for the authority."""

from __future__ import annotations

import csv
import json
import zipfile
from io import BytesIO, StringIO

import msgspec
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from exam_server.clock import SystemClock
from exam_server.desk.tables import Candidate
from exam_server.desk.views import id_number_of
from exam_server.errors import Refusal
from exam_server.results.actions.lines import propose_line
from exam_server.results.export import neutral, results_csv, results_xlsx
from exam_server.results.package import result_package
from exam_server.results.package_file import read_result_file
from exam_server.results.rules.params import LineParams
from exam_server.room.tables import Attempt
from tests.builders.results_day import Day
from tests.builders.results_read import (
    APPROVER,
    AUTHORITY,
    GROUP,
    put_line_into_effect,
    table_of,
)

# --- out of the house -----------------------------------------------------------------


def whole_ids(day: Day) -> list[str]:
    numbers = day.store.read(
        lambda session: [
            id_number_of(person, day.keys.fields) for person in session.scalars(select(Candidate))
        ]
    )
    assert len(numbers) == 7
    return numbers


def test_the_csv_opens_in_a_spreadsheet_and_shows_no_id_number(
    sat: tuple[Day, list[str]],
) -> None:
    day, _ = sat
    day.sweep()
    data = results_csv(table_of(day))
    assert data.startswith(b"\xef\xbb\xbf")
    head, *lines = list(csv.reader(StringIO(data.decode("utf-8-sig"), newline="")))
    assert head[:4] == ["准考证号", "姓名", "性别", "身份证号"]
    assert "职业道德 得分" in head
    first = dict(zip(head, lines[0], strict=True))
    assert (first["合计"], first["职业道德 得分"], first["状态"]) == ("8", "4", "有效")
    assert "********" in first["身份证号"]
    assert dict(zip(head, lines[5], strict=True))["合计"] == ""
    assert not any(number in data.decode("utf-8-sig") for number in whole_ids(day))


def test_the_workbook_has_scores_as_numbers_and_both_languages(
    sat: tuple[Day, list[str]],
) -> None:
    day, _ = sat
    day.sweep()
    for language in ("zh", "en"):
        data = results_xlsx(table_of(day), language)
        book = CalamineWorkbook.from_filelike(BytesIO(data))
        head, *lines = book.get_sheet_by_index(0).to_python()
        assert len(lines) == 7
        column = head.index("合计" if language == "zh" else "Sum")
        assert lines[0][column] == 8.0


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_text_that_a_spreadsheet_would_run_is_neutralised(day: Day, start: str) -> None:
    assert neutral(start) == "'" + start
    assert neutral("王建国") == "王建国"
    (row,) = day.people(1)
    day.register([msgspec.structs.replace(row, unit=start, name="=cmd")])
    text = results_csv(table_of(day)).decode("utf-8-sig")
    (_, line) = csv.reader(StringIO(text, newline=""))
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in line)


def packed(day: Day) -> bytes:
    return day.store.read(
        lambda session: result_package(
            session,
            exam_id=day.exam_id,
            sitting_id=day.sitting_id,
            signing=day.keys.signing,
            now=SystemClock().now(),
        )
    )


def test_the_result_package_is_signed_and_names_every_head(sat: tuple[Day, list[str]]) -> None:
    day, _ = sat
    day.sweep()
    data = packed(day)
    public = day.keys.signing.public_key().public_bytes_raw()
    file = read_result_file(data)
    assert file.signer == public
    assert len(file.results.table.rows) == 7
    assert len(file.results.scores) == 11
    with zipfile.ZipFile(BytesIO(data)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        results = json.loads(archive.read("results.json"))
    assert file.manifest.heads == {name: tuple(head) for name, head in manifest["heads"].items()}
    heads = day.store.read(
        lambda session: {
            attempt.id: [attempt.head_seq, attempt.head]
            for attempt in session.scalars(select(Attempt))
        }
    )
    assert heads.items() <= manifest["heads"].items()
    assert day.sitting_id in manifest["heads"]
    assert not any(number in json.dumps(results) for number in whole_ids(day))
    people = day.store.read(lambda session: session.scalars(select(Candidate.id_lookup)).all())
    assert not any(lookup in json.dumps(results) for lookup in people)


def test_the_package_tells_every_step_of_a_line(sat: tuple[Day, list[str]]) -> None:
    day, _ = sat
    day.sweep()
    params = LineParams(mode="line", line="4")
    line_id = day.store.write(
        lambda tx: propose_line(
            tx,
            exam_id=day.exam_id,
            group=GROUP,
            params=params,
            reason="参照上年",
            actor=AUTHORITY,
        )
    )
    put_line_into_effect(day, line_id)
    with zipfile.ZipFile(BytesIO(packed(day))) as archive:
        (line,) = json.loads(archive.read("results.json"))["lines"]
    assert (line["state"], line["line"]) == ("effective", "4")
    assert [(step["step"], step["by"], step["reason"]) for step in line["steps"]] == [
        ("proposed", AUTHORITY.id, "参照上年"),
        ("approved", APPROVER.id, ""),
        ("effective", AUTHORITY.id, ""),
    ]


def test_a_result_package_that_was_touched_is_refused(sat: tuple[Day, list[str]]) -> None:
    day, _ = sat
    day.sweep()
    data = packed(day)
    for name in ("results.json", "manifest.json"):
        with pytest.raises(Refusal, match="result_package_altered"):
            read_result_file(rewritten(data, name))
    for broken in (b"", b"PK\x03\x04", data[: len(data) // 2]):
        with pytest.raises(Refusal, match="result_package_unreadable"):
            read_result_file(broken)


def rewritten(data: bytes, changed: str) -> bytes:
    """The package with one digit of one part changed."""
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name == changed:
                part = part.replace(b'"4"', b'"3"', 1) if b'"4"' in part else part[::-1]
            target.writestr(name, part)
    return buffer.getvalue()
