"""``python -m exam_server.verify`` as people and scripts meet it, and on hostile files."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from exam_server.verify import archive, entries
from exam_server.verify.__main__ import main
from exam_server.verify.reported import Report
from exam_server.verify.verify import verify
from tests.builders.journal_builder import Export, canonical, public_text, signing_key
from tests.builders.journal_day import eventful_day


@pytest.fixture(scope="module")
def honest() -> Export:
    return eventful_day()


@pytest.fixture
def file(honest: Export, tmp_path: Path) -> Path:
    path = tmp_path / "journal-m0sitting.zip"
    path.write_bytes(honest.pack())
    return path


@pytest.fixture
def scoring(honest: Export, tmp_path: Path) -> Path:
    path = tmp_path / "scoring.json"
    path.write_bytes(canonical(honest.scoring))
    return path


def test_a_good_file_ends_in_one_line_and_status_0(
    file: Path, scoring: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(file), "--scoring", str(scoring), "--lang", "zh"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "结论：全部一致。"
    assert any("独立重算的成绩" in line and " 7 " in line for line in lines)


def test_what_was_not_checked_is_said(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(file), "--lang", "en"])
    out = capsys.readouterr().out
    for option in ("--key", "--scoring", "--head"):
        assert option in out


def test_a_head_from_the_printed_sheet_is_found(
    honest: Export, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    digest = honest.chain("bo1")[3]["digest"][:16].upper()
    typed = " ".join(digest[at : at + 4] for at in range(0, 16, 4))
    assert main([str(file), "--head", typed, "--seq", "4", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["outside"] == [{"chain": "bo1", "seq": 4}]
    assert main([str(file), "--head", typed, "--seq", "5"]) == 1


def test_the_key_on_record_may_be_text_or_a_file(
    honest: Export, file: Path, tmp_path: Path
) -> None:
    key = tmp_path / "centre.pub"
    key.write_text(public_text(honest.key) + "\n")
    assert main([str(file), "--key", str(key)]) == 0
    assert main([str(file), "--key", public_text(honest.key)]) == 0
    assert main([str(file), "--key", public_text(signing_key("another"))]) == 1


@pytest.mark.parametrize("wrong", [["--head", "12ab"], ["--seq", "3"], ["--key", "nonsense"]])
def test_wrong_options_are_refused_with_words(
    file: Path, wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([str(file), *wrong])
    assert ended.value.code == 2
    assert wrong[0] in capsys.readouterr().err


def test_json_carries_findings_counts_and_sums(
    honest: Export, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = honest.copy()
    export.chain("bo1")[2]["at"] += 1
    path = tmp_path / "bad.zip"
    path.write_bytes(export.pack())
    assert main([str(path), "--json", "--lang", "en"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["verdict"] == "findings"
    assert report["findings"][0] | {"text": "", "remedy": ""} == {
        "code": "digest_differs",
        "chain": "bo1",
        "seq": 3,
        "line": honest.entries.index(honest.chain("bo1")[2]) + 1,
        "facts": {"kind": "confirmed"},
        "text": "",
        "remedy": "",
    }
    assert report["counts"]["entries"] == len(honest.entries)
    assert report["sums"].keys() == {"c-an", "c-bo", "c-ci"}


def test_it_runs_as_a_program_of_its_own(file: Path) -> None:
    environment = {**os.environ, "LANG": "en_GB.UTF-8", "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-m", "exam_server.verify", str(file)],
        capture_output=True,
        check=False,
        env=environment,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0
    assert done.stdout.decode().splitlines()[-1] == "Verdict: everything holds."


def test_it_needs_nothing_but_the_standard_library_and_cryptography() -> None:
    code = (
        "import sys, exam_server.verify.__main__;"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    foreign = {
        name
        for name in done.stdout.split()
        if name not in sys.stdlib_module_names and not name.startswith("_")
    }
    assert foreign <= {"cryptography", "cffi", "exam_server", "sitecustomize"}


# --- files that cannot be verified --------------------------------------------------


def verified(data: bytes, tmp_path: Path) -> Report:
    path = tmp_path / "hostile.zip"
    path.write_bytes(data)
    return verify(path)


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in members.items():
            opened.writestr(name, data)
    return buffer.getvalue()


def code_of(report: Report) -> str:
    assert report.unreadable is not None
    assert report.status == 2
    return report.unreadable.code


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.zip"), "--lang", "zh"]) == 2
    assert capsys.readouterr().out.splitlines()[-1] == "结论：无法校验。"
    assert main([str(tmp_path), "--json"]) == 2


@pytest.mark.parametrize("data", [b"", b"PK", b"hello" * 99, b"PK\x05\x06" + b"\0" * 18])
def test_files_that_are_no_export(data: bytes, tmp_path: Path) -> None:
    assert code_of(verified(data, tmp_path)) in ("file_not_zip", "file_not_export")


def test_every_cut_of_the_zip_is_unreadable_or_found(honest: Export, tmp_path: Path) -> None:
    data = honest.pack()
    for length in range(0, len(data), 97):
        assert verified(data[:length], tmp_path).status == 2


def test_a_bomb_is_not_swallowed(
    honest: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is on what is really decompressed, not on what the headers claim."""
    monkeypatch.setitem(archive.MOST_BYTES, "journal.jsonl", 1_000_000)
    bomb = zipped({"journal.jsonl": b"\0" * 5_000_000, "sitting.json": b"{}"})
    assert len(bomb) < 10_000
    assert code_of(verified(bomb, tmp_path)) == "member_too_large"
    many = zipped({f"m{number}": b"" for number in range(100)})
    assert code_of(verified(many, tmp_path)) == "file_not_export"
    monkeypatch.setattr(archive, "MOST_BYTES_OF_FILE", 100)
    assert code_of(verified(honest.pack(), tmp_path)) == "file_too_large"


def test_an_encrypted_or_strange_compression_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as opened:
        opened.writestr("journal.jsonl", b"x" * 1000)
        opened.writestr("sitting.json", b"{}")
    assert code_of(verified(buffer.getvalue(), tmp_path)) == "member_damaged"


def test_members_missing_added_or_repeated_are_found(honest: Export, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(honest.pack())) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    for name in ("head.json", "head.sig", "centre.pub"):
        left = {key: value for key, value in members.items() if key != name}
        codes = {found.code for found in verified(zipped(left), tmp_path).findings}
        assert "member_missing" in codes
    for name in ("journal.jsonl", "sitting.json"):
        left = {key: value for key, value in members.items() if key != name}
        assert code_of(verified(zipped(left), tmp_path)) == "file_not_export"
    added = zipped({**members, "readme.txt": b"hello"})
    assert {found.code for found in verified(added, tmp_path).findings} == {"member_extra"}
    buffer = io.BytesIO(zipped(members))
    with zipfile.ZipFile(buffer, "a") as opened, pytest.warns(UserWarning, match="Duplicate"):
        opened.writestr("sitting.json", members["sitting.json"])
    repeated = verified(buffer.getvalue(), tmp_path)
    assert {found.code for found in repeated.findings} == {"member_repeated"}


def test_a_head_that_is_not_one_is_found(honest: Export, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(honest.pack())) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    for head in (b"", b"[]", b"{}", b'{"seq":1.5}', members["head.json"] + b" "):
        signature = base64.b64encode(honest.key.sign(head))
        spoilt = {**members, "head.json": head, "head.sig": signature}
        codes = {found.code for found in verified(zipped(spoilt), tmp_path).findings}
        assert codes == {"head_malformed"}
    other = {**members, "head.sig": b"AAAA"}
    assert {f.code for f in verified(zipped(other), tmp_path).findings} == {"signature_wrong"}
    other = {**members, "centre.pub": b"!"}
    assert {f.code for f in verified(zipped(other), tmp_path).findings} == {"key_malformed"}


def test_a_head_of_another_sitting_is_found(honest: Export, tmp_path: Path) -> None:
    export = honest.copy()
    with zipfile.ZipFile(io.BytesIO(honest.pack())) as opened:
        export.head = json.loads(opened.read("head.json"))
    assert export.head is not None
    export.head["sitting"] = "m9other"
    codes = {found.code for found in verified(export.pack(), tmp_path).findings}
    assert codes == {"head_of_other_sitting"}


def test_a_journal_of_another_sitting_is_found(honest: Export, tmp_path: Path) -> None:
    export = honest.copy()
    export.statement["sitting"] = "m9other"
    codes = {found.code for found in verified(export.pack(), tmp_path).findings}
    assert {"entry_of_other_sitting", "sitting_chain_missing"} <= codes


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"", "entry_not_json"),
        (b"{", "entry_not_json"),
        (b"\xff\xfe", "entry_not_json"),
        (b"[" * 100_000, "entry_not_json"),
        (b'{"a":1.5}', "entry_not_json"),
        (b'{"a":NaN}', "entry_not_json"),
        (b'{"a":1,"a":1}', "entry_not_json"),
        (b"9" * 5000, "entry_not_json"),
        (b"[]", "entry_malformed"),
        (b'{"seq":1}', "entry_malformed"),
        (b'"\\ud800"', "entry_malformed"),
    ],
)
def test_lines_that_are_no_entries_are_named_by_their_number(
    line: bytes, code: str, honest: Export, tmp_path: Path
) -> None:
    statement = canonical(honest.statement)
    journal = b"".join(canonical(entry) + b"\n" for entry in honest.entries)
    report = verified(honest.pack_raw(journal + line + b"\n", statement), tmp_path)
    expected = len(honest.entries) + 1
    assert [(found.code, found.line) for found in report.findings] == [(code, expected)]


def test_a_journal_without_its_last_line_feed_or_without_lines(
    honest: Export, tmp_path: Path
) -> None:
    statement = canonical(honest.statement)
    journal = b"".join(canonical(entry) + b"\n" for entry in honest.entries)
    cut = verified(honest.pack_raw(journal[:-1], statement), tmp_path)
    assert [found.code for found in cut.findings] == ["journal_cut"]
    empty = verified(honest.pack_raw(b"", statement), tmp_path)
    assert "journal_empty" in {found.code for found in empty.findings}


def test_an_entry_written_otherwise_is_not_canonical(honest: Export, tmp_path: Path) -> None:
    statement = canonical(honest.statement)
    lines = [canonical(entry) for entry in honest.entries]
    at = next(n for n, line in enumerate(lines) if b'"c-' in line)  # it names a candidate
    for spoilt in (
        json.dumps(honest.entries[at]).encode(),
        lines[at].replace(b":", b": ", 1),
        lines[at].replace(b'"c-', b'"\\u0063-'),
    ):
        assert spoilt != lines[at]
        assert json.loads(spoilt) == honest.entries[at], "only written otherwise"
        changed = [*lines[:at], spoilt, *lines[at + 1 :]]
        packed = honest.pack_raw(b"\n".join(changed) + b"\n", statement)
        codes = {(f.code, f.line) for f in verified(packed, tmp_path).findings}
        assert codes == {("entry_not_canonical", at + 1)}


def test_a_line_without_end_is_not_read(
    honest: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "MOST_BYTES_OF_LINE", 100)
    codes = {found.code for found in verified(honest.pack(), tmp_path).findings}
    assert "entry_too_long" in codes


def test_ten_thousand_findings_are_counted_and_a_thousand_listed(
    honest: Export, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = b"[]\n" * 10_000
    path = tmp_path / "many.zip"
    path.write_bytes(honest.pack_raw(journal, canonical(honest.statement)))
    assert main([str(path), "--lang", "en"]) == 1
    out = capsys.readouterr().out
    assert out.count("✗") == 1000
    assert "more are not listed" in out


def test_names_from_a_hostile_file_cannot_write_to_the_terminal(
    honest: Export, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = honest.copy()
    export.statement["exam"] = "\x1b[2J\x07" + "长" * 500
    export.chain("an1")[2]["actor"] = "\x1b]0;x\x07\u202e"
    path = tmp_path / "escape.zip"
    path.write_bytes(export.pack())
    main([str(path)])
    out = capsys.readouterr().out
    assert not {"\x1b", "\x07", "\u202e"} & set(out)
    assert max(map(len, out.splitlines())) < 400


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}x", b'{"f":1}', b'{"f":{"credit":{},"items":{}}}', b'{"f":{"items":[]}}'],
)
def test_a_file_that_is_no_scoring_key_is_refused(
    content: bytes, file: Path, tmp_path: Path
) -> None:
    key = tmp_path / "key.json"
    key.write_bytes(content)
    assert code_of(verify(file, scoring=[key])) == "scoring_unreadable"


def test_a_scoring_key_of_another_exam_scores_nothing(file: Path, tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    key.write_bytes(b"{}")
    report = verify(file, scoring=[key])
    assert (report.status, report.counts["recomputed"]) == (0, 0)
