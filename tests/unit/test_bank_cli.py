"""The authority at the command line: template, check, import, pack; told in both languages."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from question_bank.cli import commands
from question_bank.sealing import opening, package
from question_bank.sealing.recipient import public_text
from tests.builders.radio_bank import MAPPING, radio_like

NOW = 1_780_000_000_000
PLAN = (
    'exam = "验证"\n[[forms]]\nsubject = "theory"\nfull_mark = "4"\n'
    '[[forms.sections]]\ntype = "single"\ncount = 3\n'
    '[[forms.sections]]\ntype = "multiple"\ncount = 1\n'
)


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    group = click.Group("kaochang", commands=list(commands(lambda: NOW)))
    return CliRunner().invoke(group, arguments)


def done(*arguments: str) -> Result:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result


def test_from_template_to_sealed_package(desk: Path) -> None:
    radio_like(desk)
    centre = X25519PrivateKey.generate()
    (desk / "centre.pub").write_text(public_text(centre.public_key()))
    (desk / "plan.toml").write_text(PLAN, "utf-8")
    imported = done("bank", "import", "full.csv", "--mapping", MAPPING, "--name", "radio")
    assert "已导入" in imported.output
    assert "9 new" in imported.output
    told = done(
        "pack", "--blueprint", "plan.toml", "--recipient", "centre.pub", "--out", "a.kcp",
        "--scoring", "a.json", "--json",
    )  # fmt: skip
    body = json.loads(told.stdout)
    sealed = package.read(desk / "a.kcp", {bytes.fromhex(body["signer"])})
    unsealed = opening.open_content_keys(sealed, centre, body["bell_code"])
    assert set(unsealed.content_keys) == {form["form_id"] for form in body["forms"]}
    assert set(json.loads((desk / "a.json").read_text())) == set(unsealed.content_keys)
    assert (desk / "a.json").stat().st_mode & 0o077 == 0
    again = done("bank", "scoring-key", body["package"], "b.json")
    assert "不得离开" in again.output
    assert (desk / "a.json").read_bytes() == (desk / "b.json").read_bytes()


def test_a_person_is_shown_the_bell_code_once_in_both_languages(desk: Path) -> None:
    radio_like(desk)
    (desk / "centre.pub").write_text(public_text(X25519PrivateKey.generate().public_key()))
    (desk / "plan.toml").write_text(PLAN, "utf-8")
    done("bank", "import", "full.csv", "--mapping", MAPPING)
    told = done("pack", "--blueprint", "plan.toml", "--recipient", "centre.pub", "--out", "a.kcp")
    assert "开考口令，只显示这一次" in told.output
    assert "shown this once" in told.output
    assert not list(desk.glob("*.json"))  # the scoring key is written only when asked for


def test_check_tells_and_imports_nothing(desk: Path) -> None:
    radio_like(desk)
    result = done("bank", "check", "full.csv", "--mapping", MAPPING)
    assert "检查通过：9 题" in result.output
    assert "row 5" in result.output
    assert not (desk / "kaochang-authority").exists()


def test_a_refusal_names_rows_and_remedies_in_both_languages(desk: Path) -> None:
    radio_like(desk, figures=False)
    result = run("bank", "import", "full.csv", "--mapping", MAPPING)
    assert result.exit_code == 1
    assert "一道题也没有导入" in result.stderr
    assert "nothing was imported" in result.stderr
    assert "第 7 行“J”列" in result.stderr
    assert "row 7, column “J”" in result.stderr
    assert not (desk / "kaochang-authority").exists()


def test_a_refusal_can_be_read_by_programs(desk: Path) -> None:
    radio_like(desk, figures=False)
    result = run("bank", "import", "full.csv", "--mapping", MAPPING, "--json")
    body = json.loads(result.stdout)
    assert result.exit_code == 1
    assert body["ok"] is False
    assert body["error"]["code"] == "import_refused"
    assert [row["row"] for row in body["error"]["rows"]] == [7, 9]
    assert all(row["zh"] and row["en"] for row in body["error"]["rows"])


def test_what_can_be_read_can_be_imported_without_the_broken_figures(desk: Path) -> None:
    radio_like(desk, figures=False)
    result = done(
        "bank", "import", "full.csv", "--mapping", MAPPING, "--leave-out-broken-figures", "--json"
    )
    body = json.loads(result.stdout)
    assert (body["items"], body["new"], len(body["left_out"])) == (7, 7, 2)
    listed = json.loads(done("bank", "list", "--json").stdout)
    assert listed["banks"][0]["items"] == 7
    assert "7 题" in done("bank", "list").output


def test_the_template_is_written_once_and_never_over_a_file(desk: Path) -> None:
    done("bank", "template", "t.xlsx")
    before = (desk / "t.xlsx").read_bytes()
    result = run("bank", "template", "t.xlsx")
    assert result.exit_code == 1
    assert "没有覆盖" in result.stderr
    assert (desk / "t.xlsx").read_bytes() == before


def test_packing_never_writes_over_a_package(desk: Path) -> None:
    (desk / "a.kcp").write_text("here before")
    (desk / "x").write_text("")
    result = run("pack", "--blueprint", "x", "--recipient", "x", "--out", "a.kcp")
    assert result.exit_code == 1
    assert "没有覆盖" in result.stderr
    assert (desk / "a.kcp").read_text() == "here before"


def test_a_folder_that_is_not_there_is_told(desk: Path) -> None:
    result = run("bank", "template", "nowhere/t.xlsx")
    assert result.exit_code == 1
    assert "无法写入" in result.stderr


def test_a_wrong_centre_key_and_a_missing_bank_are_told(desk: Path) -> None:
    (desk / "plan.toml").write_text(PLAN, "utf-8")
    (desk / "centre.pub").write_bytes(b"\xff\xfe not a key")
    arguments = ["pack", "--blueprint", "plan.toml", "--recipient", "centre.pub", "--out", "a.kcp"]
    assert "考点公钥有误" in run(*arguments).stderr
    (desk / "centre.pub").write_text(public_text(X25519PrivateKey.generate().public_key()))
    assert "还没有题库" in run(*arguments).stderr


def test_generated_items_can_be_packed_for_load(desk: Path) -> None:
    assert "60 items" in done("bank", "generate", "--count", "20").output
    assert "generated" in done("bank", "list").output


@pytest.mark.parametrize("verb", ["import", "check", "template", "list", "generate", "scoring-key"])
def test_every_help_is_in_both_languages(verb: str) -> None:
    text = done("bank", verb, "--help").output
    assert " · " in text
    assert any("一" <= mark <= "鿿" for mark in text)
    assert " · " in done("pack", "--help").output
