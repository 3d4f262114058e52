"""Every command, option and usage error speaks both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from exam_server.cli import main
from exam_server.cli.bilingual import translate

translate(main)
CHINESE, ENGLISH = re.compile(r"[\u4e00-\u9fff]"), re.compile(r"[A-Za-z]{3}")
APART = ("verify",)  # has a parser of its own, see below


def commands(group: click.Group = main, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command with what is typed to reach it."""
    for name, command in sorted(group.commands.items()):
        whole = f"{path} {name}".strip()
        if whole in APART:
            continue
        yield whole, command
        if isinstance(command, click.Group):
            yield from commands(command, whole)


ALL = dict(commands())


def both(text: str | None) -> bool:
    """Chinese first, then English after the middle dot."""
    chinese, dot, english = (text or "").partition(" · ")
    return bool(dot and CHINESE.search(chinese) and ENGLISH.search(english))


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and everything that was said."""
    result = CliRunner().invoke(main, arguments, prog_name="kaochang")
    return result.exit_code, result.output


def test_the_promised_commands_are_all_there() -> None:
    promised = {"init", "serve", "demo", "bank import", "pack", "preflight", "roster import",
                "export", "doctor"}  # fmt: skip
    assert promised <= set(ALL)
    assert "verify" in main.commands


@pytest.mark.parametrize("path", sorted(ALL))
def test_a_command_says_what_it_does_in_both_languages(path: str) -> None:
    assert both(ALL[path].help), ALL[path].help
    code, text = run(*path.split(), "--help")
    assert code == 0
    assert "用法 · Usage: kaochang " + path in text
    assert "显示说明后退出" in text


@pytest.mark.parametrize(
    ("path", "option"),
    [
        (path, option.opts[0])
        for path, command in sorted(ALL.items())
        for option in command.params
        if isinstance(option, click.Option)
    ],
)
def test_an_option_says_what_it_is_for_in_both_languages(path: str, option: str) -> None:
    (found,) = (one for one in ALL[path].params if option in one.opts)
    assert isinstance(found, click.Option)
    assert both(found.help), found.help


def test_verify_explains_itself_in_both_languages() -> None:
    code, text = run("verify", "--help")
    assert code == 0
    for option in ("--head", "--key", "--scoring"):
        told = text.split(option, 2)[-1].split("--")[0]
        assert CHINESE.search(told), option
        assert ENGLISH.search(told), option


@pytest.mark.parametrize(
    ("typed", "chinese", "english"),
    [
        ("frobnicate", "没有命令 frobnicate", "No such command 'frobnicate'"),
        ("doctor --fast", "没有选项 --fast", "No such option '--fast'"),
        ("exam create X --year 2026", "缺少选项 --profile", "Missing option '--profile'"),
        ("roster import --exam X", "缺少参数 FILE", "Missing argument 'FILE'"),
        ("demo --minutes soon", "选项 --minutes 的值不对", "Invalid value for '--minutes'"),
        ("export", "缺少参数 SITTING_ID", "Missing argument 'SITTING_ID'"),
        ("bank import", "缺少参数 FILE", "Missing argument 'FILE'"),
        ("doctor --home", "选项 --home 的用法不对", "Option '--home' requires an argument"),
        ("doctor much", "命令写得不对", "unexpected extra argument"),
    ],
)
def test_misuse_is_explained_and_ends_with_2(typed: str, chinese: str, english: str) -> None:
    code, text = run(*typed.split())
    assert code == 2
    assert chinese in text
    assert english in text
    assert "--help" in text


def test_the_version_is_told() -> None:
    code, text = run("--version")
    assert code == 0
    assert re.search(r"kaochang.* \d+", text)


def test_the_reference_page_names_every_command_and_no_other() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/command-line.md").read_text("utf-8")
    table = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    named = {name for cell in table for name in re.findall(r"`([a-z -]+)`", cell)}
    leaves = {path for path, one in ALL.items() if not isinstance(one, click.Group)} | {*APART}
    assert named == leaves
