"""The days before an exam at the command line: receipts, refusals, and who may write."""

from __future__ import annotations

import csv
import json
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from exam_server.desk.rules.roster_row import RosterRow
from exam_server.serving.command import command_of
from exam_server.serving.listening import Listening
from tests.builders.exam_day import child, kaochang
from tests.builders.services import free_port, wait_for_port
from tests.builders.typed import (
    EXAM,
    PASSWORD,
    Typed,
    done,
    make,
    refused,
    roster_file,
    some_people,
    typed,
)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Typed:
    return make(tmp_path_factory.mktemp("typed"))


@contextmanager
def server(day: Typed) -> Iterator[None]:
    """The centre's server while the block runs."""
    port = free_port()
    with (
        (day.folder / "server.log").open("wb") as log,
        child(command_of(day.home, Listening("127.0.0.1", port)), log) as process,
    ):
        wait_for_port(port, process, 60)
        yield


# --- receipts ----------------------------------------------------------------------------


def test_from_nothing_to_a_sitting_that_is_ready(day: Typed) -> None:
    answers = day.answers
    assert set(answers["init"]) == {"ok", "home", "recipient", "signer"}
    assert Path(answers["init"]["recipient"]).read_text().strip()
    assert answers["staff"]["role"] == "chief_proctor"
    roster = answers["roster"]
    assert (roster["registered"], roster["seated"], roster["unpaid"]) == (3, 3, 0)
    assert roster["ignored"] == []
    (appraisal, certificate) = sorted(roster["remarks"], key=lambda one: str(one["column"]))[-2:]
    assert {one["code"] for one in (appraisal, certificate)} == {"eligibility_unknown"}
    assert "3 人" in appraisal["zh"]
    assert "3 persons" in appraisal["en"]
    assert answers["ready"] == {"ok": True, "candidates": 3}
    assert len(answers["package"]["forms"]) == 2
    assert answers["package"]["forms"] == sorted(
        form["form_id"] for form in answers["pack"]["forms"]
    )


def test_the_same_on_postgresql(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAOCHANG_DATABASE_URL", postgres_url)
    made = make(tmp_path)
    assert made.answers["ready"] == {"ok": True, "candidates": 3}
    assert not list(made.home.rglob("*.sqlite3"))
    files = done("export", made.sitting, home=made.home)["files"]
    assert len(files) == 4


def test_keys_are_for_their_owner_only_and_never_made_twice(day: Typed) -> None:
    for path in (day.home / "keys").glob("*.key"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path.name
    before = {path: path.read_bytes() for path in (day.home / "keys").iterdir()}
    error = refused("init", "--password", PASSWORD, home=day.home)
    assert error["code"] == "keys_exist"
    assert {path: path.read_bytes() for path in (day.home / "keys").iterdir()} == before


def test_preflight_proves_everything_but_the_content(day: Typed) -> None:
    report = day.answers["preflight"]
    assert report["ok"]
    assert len(report["checks"]) > 4
    assert all(check["ok"] for check in report["checks"])
    told = typed("preflight", str(day.folder / "day.kcp"), home=day.home)
    assert "预检通过" in told.stdout
    assert "pre-flight passed" in told.stdout


def test_a_package_for_another_centre_fails_and_is_not_taken_in(day: Typed, tmp_path: Path) -> None:
    other = tmp_path / "other"
    done("init", "--password", PASSWORD, home=other)
    result = typed("preflight", str(day.folder / "day.kcp"), "--json", home=other)
    report = json.loads(result.stdout)
    assert (result.exit_code, report["ok"]) == (1, False)
    assert not list((other / "data").rglob("*.kcp"))
    told = typed("preflight", str(day.folder / "day.kcp"), home=other)
    assert "预检未通过" in told.stdout
    assert "换一份试卷包" in told.stderr


def test_the_doctor_finds_a_healthy_machine_and_an_open_key(day: Typed) -> None:
    report = done("doctor", home=day.home)
    names = {one["name"] for one in report["findings"]}
    assert {"disk", "keys", "database", "certificate", "clock"} <= names
    assert all({"name", "level", "zh", "en"} == set(one) for one in report["findings"])
    key = day.home / "keys" / "wrap.key"
    key.chmod(0o644)
    try:
        told = typed("doctor", home=day.home)
        scripted = typed("doctor", "--json", home=day.home)
    finally:
        key.chmod(0o600)
    assert told.exit_code == scripted.exit_code == 1
    assert "chmod 600" in told.stdout
    assert "kaochang doctor" in told.stderr
    assert json.loads(scripted.stdout)["ok"] is False


# --- rosters -----------------------------------------------------------------------------


def test_a_bad_roster_names_every_problem_by_row_and_imports_nothing(
    day: Typed, tmp_path: Path
) -> None:
    home = tmp_path / "centre"
    done("init", "--password", PASSWORD, home=home)
    done("exam", "create", EXAM, "--profile", "shaanxi-2024", "--year", "2026", home=home)
    sitting = done("sitting", "plan", "上午", "--exam", EXAM, "--centre", "一", "--room", "02",
                   "--rows", "2", "--columns", "10", "--start", "2026-06-20T09:00",
                   home=home)["sitting"]  # fmt: skip
    path = tmp_path / "bad.csv"
    good = some_people(4)
    head = "姓名,性别,身份证号码,报考工种,报考等级,准考证号,考场,机位,所在市,工作单位"
    rows = [head.split(","), *map(line_of, good)]
    rows[2][2] = rows[2][2][:17] + ("0" if rows[2][2][17] != "0" else "1")
    rows[3][4] = "特级工"
    rows[4][2] = rows[1][2]
    rows[4][1] = rows[1][1]
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    error = refused("roster", "import", str(path), "--exam", EXAM, home=home)
    assert error["code"] == "roster_problems"
    assert [(row["row"], row["code"]) for row in error["rows"]] == [
        (3, "roster_id_check"),
        (4, "roster_level"),
        (5, "roster_id_twice"),
    ]
    assert all(row["zh"] and row["en"] and row["column"] for row in error["rows"])
    told = typed("roster", "import", str(path), "--exam", EXAM, home=home)
    assert "一行也没有导入" in told.stderr
    assert "nothing was imported" in told.stderr
    assert told.stderr.count(" · ") >= 3
    assert not any(person.id_number in told.output for person in good)
    assert refused("sitting", "ready", sitting, home=home)["code"] == "sitting_empty"
    whole = roster_file(tmp_path, good)
    assert done("roster", "import", whole, "--exam", EXAM, home=home)["registered"] == 4


def line_of(one: RosterRow) -> list[str]:
    """A candidate as a line of the test's roster."""
    sex = "男" if one.sex == "M" else "女"
    place = [one.ticket or "", one.room or "", str(one.seat)]
    return [one.name, sex, one.id_number, one.trade, "高级工", *place, one.city, one.unit]


def test_files_that_are_not_there_are_told(day: Typed, tmp_path: Path) -> None:
    missing = str(tmp_path / "nowhere.xlsx")
    assert refused("roster", "import", missing, "--exam", EXAM, home=day.home)["code"] == (
        "file_unreadable"
    )
    assert refused("preflight", missing, home=day.home)["code"] == "package_missing"
    assert refused("package", "import", missing, home=day.home)["code"] == "package_missing"
    assert refused("export", "no-such-sitting", home=day.home)["code"] == "not_found"


def test_the_roster_template_is_never_written_over_a_file(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    assert typed("roster", "template", str(path)).exit_code == 0
    before = path.read_bytes()
    again = typed("roster", "template", str(path))
    assert again.exit_code == 1
    assert "没有覆盖" in again.stderr
    assert path.read_bytes() == before


# --- what a notice leaves open -----------------------------------------------------------


def test_a_profile_with_open_questions_asks_for_each_and_takes_the_answers(tmp_path: Path) -> None:
    home = tmp_path / "centre"
    done("init", "--password", PASSWORD, home=home)
    command = ("exam", "create", EXAM, "--profile", "henan-2023", "--year", "2026")
    error = refused(*command, home=home)
    assert error["code"] == "profile_incomplete"
    asked = {row["column"] for row in error["rows"]}
    assert {"subjects.ethics.minutes", "pass_rule.line", "line_authority.L3"} <= asked
    answers = {
        "minutes": "60",
        "sections": '[{type = "single", count = 100, points = "1"}]',
        "basis": "sum",
        "line": "180",
        "rate": "0.8",
        "fees.exam.yuan.all": "320",
    }
    values = [
        f"{path}={answers.get(last) or answers.get(table, 'province')}"
        for path in asked
        for table, _, last in (path.rpartition("."),)
    ]
    typed_values = [part for value in values for part in ("--set", value)]
    assert done(*command, *typed_values, home=home)["exam"]
    assert refused(*command, "--set", "minutes", home=home)["code"] == "value_malformed"


def test_a_start_that_is_no_time_is_told(day: Typed) -> None:
    error = refused("sitting", "plan", "下午", "--exam", EXAM, "--centre", "一", "--room", "03",
                    "--rows", "1", "--columns", "2", "--start", "nine o'clock",
                    home=day.home)  # fmt: skip
    assert error["code"] == "start_malformed"


# --- beside a running server -------------------------------------------------------------


def test_while_the_server_runs_writing_is_refused_and_reading_is_not(day: Typed) -> None:
    writing = [
        ("staff", "add", "late", "--name", "晚", "--role", "proctor", "--password", PASSWORD),
        ("exam", "create", "另一项", "--profile", "shaanxi-2024", "--year", "2026"),
        ("roster", "import", roster_file(day.folder, some_people()), "--exam", EXAM),
        ("package", "import", str(day.folder / "day.kcp")),
        ("preflight", str(day.folder / "day.kcp")),
        ("sitting", "ready", day.sitting),
    ]
    with server(day):
        for command in writing:
            assert refused(*command, home=day.home)["code"] == "server_running", command[0]
        told = typed(*writing[0], home=day.home)
        assert "正在运行" in told.stderr
        assert "is running" in told.stderr
        assert len(done("export", day.sitting, home=day.home)["files"]) == 4
        assert done("doctor", home=day.home)["findings"]
        second = kaochang("serve", "--home", str(day.home), "--insecure-http", "--host",
                          "127.0.0.1", "--port", str(free_port()))  # fmt: skip
        assert second.returncode == 1
        assert "正在运行" in second.stderr
    done("staff", "add", "late", "--name", "晚", "--role", "proctor", "--password", PASSWORD,
         home=day.home)  # fmt: skip


# --- export and verify -------------------------------------------------------------------


def test_an_export_verifies_and_a_changed_one_does_not(day: Typed) -> None:
    files = [Path(name) for name in done("export", day.sitting, home=day.home)["files"]]
    assert {path.suffix for path in files} == {".xlsx", ".csv", ".zip"}
    assert all(path.stat().st_size > 0 for path in files)
    (journal,) = (path for path in files if path.name.startswith("journal-"))
    proof = typed("verify", str(journal))
    assert proof.exit_code == 0, proof.output
    with zipfile.ZipFile(journal) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["journal.jsonl"] = members["journal.jsonl"].replace(b'"seat":1', b'"seat":2', 1)
    with zipfile.ZipFile(journal.with_name("changed.zip"), "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    changed = typed("verify", str(journal.with_name("changed.zip")), "--json")
    assert changed.exit_code == 1
    assert json.loads(changed.stdout)["findings"]


def test_verify_without_a_file_says_so_in_both_languages(tmp_path: Path) -> None:
    missing = str(tmp_path / "nowhere.zip")
    told = typed("verify", missing)
    assert told.exit_code == 2
    assert "没有文件" in told.stdout
    assert "There is no file" in typed("verify", missing, "--lang", "en").stdout
    assert json.loads(typed("verify", missing, "--json").stdout)["verdict"] == "unreadable"


def test_where_there_is_no_centre_every_command_says_what_to_do(tmp_path: Path) -> None:
    for command in (("doctor",), ("export", "x"), ("sitting", "ready", "x")):
        error = refused(*command, home=tmp_path / "empty")
        assert error["code"] == "no_centre"
        assert "kaochang init" in error["zh"]
        assert "kaochang init" in error["en"]
    assert not (tmp_path / "empty").exists()


def test_a_password_is_asked_for_twice_and_not_shown(tmp_path: Path) -> None:
    short = typed("init", home=tmp_path / "a", answers="short\nshort\n")
    assert short.exit_code == 1
    assert "口令太短" in short.stderr
    assert "口令 · password" in short.output
    assert not (tmp_path / "a").exists(), "a second try finds nothing half made"
    typo = typed("init", home=tmp_path / "b", answers="long-enough\nlong-enouhg\n")
    assert typo.exit_code == 1
    good = typed("init", home=tmp_path / "c", answers=f"{PASSWORD}\n{PASSWORD}\n")
    assert good.exit_code == 0
    assert PASSWORD not in good.output


def test_who_cannot_log_in_any_more_is_let_in_from_the_machine(tmp_path: Path) -> None:
    home = tmp_path / "centre"
    done("init", "--password", PASSWORD, home=home)
    given = done("staff", "restore", "admin", "--reason", "手机丢失", home=home)
    assert given["login"] == "admin"
    assert given["password"] != PASSWORD
    assert refused("staff", "restore", "nobody", "--reason", "x", home=home)["code"] == "not_found"
    nothing = refused("staff", "restore", "admin", "--reason", " ", home=home)
    assert nothing["code"] == "reason_required"


def test_the_authority_announces_and_sees_what_came_back(day: Typed, tmp_path: Path) -> None:
    """At a machine with an authority's account; a centre's own has none and is told so."""
    announce = (
        *("results", "announce", str(day.folder / "day.kcp"), "--exam", EXAM),
        *("--centre", "第一考点", "--centre-key", day.answers["init"]["signer"]),
        *("--scoring", str(day.folder / "scoring.json"), "--build", "this"),
        *("--roster", roster_file(tmp_path, some_people())),
    )
    assert refused(*announce, home=day.home)["code"] == "no_authority"
    office = tmp_path / "office"
    done("init", "--name", "省工考机构", "--password", PASSWORD, home=office)
    done("staff", "add", "office", "--name", "王", "--role", "authority", "--password", PASSWORD,
         home=office)  # fmt: skip
    assert refused(*announce, home=office)["code"] == "not_found"  # the exam
    done("exam", "create", EXAM, "--profile", "shaanxi-2024", "--year", "2026", home=office)
    assert refused(*announce[:-2], home=office)["code"] == "announced_nobody"  # no plan, no roster
    assert done("results", "list", home=office)["announced"] == []
    announced = done(*announce, home=office)
    assert announced["candidates"] == 3
    assert announced["package"] == day.answers["pack"]["package"]
    (listed,) = done("results", "list", home=office)["announced"]
    assert (listed["centre"], listed["outstanding"], listed["packages"]) == ("第一考点", 3, [])
    (early,) = (
        name
        for name in done("export", day.sitting, home=day.home)["files"]
        if Path(name).name.startswith("result-package-")
    )
    error = refused("results", "import", early, home=office)
    assert error["code"] == "result_package_incomplete"
    proof = ("results", "proof", "--exam", EXAM, "--out", str(tmp_path / "proof.zip"))
    assert refused(*proof, home=office)["code"] == "proof_nothing"
    assert not (tmp_path / "proof.zip").exists()
    assert len(error["rows"]) == 3
    wrong = tmp_path / "key.pub"
    wrong.write_text("no key")
    strange = [str(wrong) if part == announce[8] else part for part in announce]
    assert refused(*strange, home=office)["code"] == "centre_key_malformed"
