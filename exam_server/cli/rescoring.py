"""Correcting scoring keys from the command line, at the authority's own machine."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path

import click
import msgspec

from exam_server.auth.actions import check_password
from exam_server.auth.factor import use_as_second
from exam_server.auth.identity import Staff
from exam_server.cli.options import at_the_office, home_option, json_option, reading, writing
from exam_server.cli.output import measured, put
from exam_server.context import Centre
from exam_server.desk.views import find_exam
from exam_server.errors import Refusal
from exam_server.results.actions.correcting import (
    approve_correction,
    propose_correction,
    reject_correction,
    withdraw_correction,
)
from exam_server.results.actions.key_custody import KeySource, open_keys
from exam_server.results.actions.late_scoring import score_late
from exam_server.results.actions.trial import try_out
from exam_server.results.corrections import Change, forms_of, found_correction, versions_after
from exam_server.results.late import late_forms
from exam_server.results.views.correction_table import correction_csv
from exam_server.results.views.corrections import (
    NOBODY,
    CorrectionCard,
    correction_cards,
    correction_detail,
)
from exam_server.vault.actions.packages import refusal_of
from exam_server.words import state_word
from question_bank.errors import BankError
from question_bank.items.correction import corrected_entry

who_option = click.option(
    "--as",
    "login",
    required=True,
    help="办理人的账号，口令随后输入 · who acts; asks for the password",
)
scoring_option = click.option(
    "--scoring",
    type=click.Path(path_type=Path, dir_okay=False),
    help="机构自存的评分密钥文件；没有时输入开考口令 · the authority's key file, else bell codes",
)
second_option = click.option(
    "--second", "second_login", required=True, help="第二人的账号 · the other custodian"
)
reason_option = click.option("--reason", required=True, help="原因，写入记录 · why, for the record")


@click.group()
def rescore() -> None:
    """更正答案与重新计分 · Correct scoring keys, with the consequences shown first."""


@rescore.command("propose")
@home_option
@click.option("--exam", "exam_name", required=True, help="考试项目名称或编号 · exam")
@click.option(
    "--item",
    "items",
    multiple=True,
    required=True,
    help="试卷/试题=方式[:字母]，编号见 bank places；方式 full drop scale key accept restore"
    " · FORM/ITEM=CHANGE[:LETTERS]",
)
@reason_option
@who_option
@json_option
def rescore_propose(
    home: Path, exam_name: str, items: tuple[str, ...], reason: str, login: str, as_json: bool
) -> None:
    """提出更正；成绩不变 · Propose a correction; no score changes."""
    changes = [_change(text) for text in items]
    with writing(home) as centre:
        actor = _person(centre, login)
        exam_id = centre.store.read(lambda session: find_exam(session, exam_name).id)
        ident = centre.store.write(
            lambda tx: propose_correction(
                tx, exam_id=exam_id, changes=changes, reason=reason, keys=centre.keys, actor=actor
            )
        )
    put(
        {"correction": ident},
        as_json=as_json,
        zh=f"已提出更正 {ident}，下一步试算（kaochang rescore try）。",
        en="proposed; the trial is next",
    )


@rescore.command("try")
@home_option
@click.argument("correction")
@scoring_option
@second_option
@who_option
@json_option
def rescore_try(
    home: Path, correction: str, scoring: Path | None, second_login: str, login: str, as_json: bool
) -> None:
    """试算：两人启用评分密钥，看谁受影响 · Score everybody anew beside the scores there are."""
    with writing(home) as centre:
        actor, second = _person(centre, login), _person(centre, second_login)
        forms = centre.store.read(lambda session: forms_of(found_correction(session, correction)))
        _told(
            try_out(
                centre.store,
                correction_id=correction,
                source=_opened(centre, forms, scoring, actor, second),
                keys=centre.keys,
                actor=actor,
                second=second,
            ),
            "试算 · scoring",
        )
    _show(home, correction, None, as_json)


@rescore.command("late")
@home_option
@scoring_option
@second_option
@who_option
@json_option
def rescore_late(
    home: Path, scoring: Path | None, second_login: str, login: str, as_json: bool
) -> None:
    """补评：更正答案之后送到的作答，按更正后的答案计分 · Score what came in after a correction."""
    with writing(home) as centre:
        actor, second = _person(centre, login), _person(centre, second_login)
        forms = centre.store.read(late_forms)
        scored = _told(
            score_late(
                centre.store,
                source=_opened(centre, forms, scoring, actor, second),
                keys=centre.keys,
                actor=actor,
                second=second,
            ),
            "补评 · scoring",
        )
    put(
        {"scored": scored},
        as_json=as_json,
        zh=f"已补评 {scored} 份作答。",
        en="scored by the corrected key",
    )


@rescore.command("show")
@home_option
@click.argument("correction")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="前后对照表（CSV，全部人员） · the table before/after of everybody, as CSV",
)
@json_option
def rescore_show(home: Path, correction: str, out: Path | None, as_json: bool) -> None:
    """一张更正单：内容、影响、进展 · One correction: what, with which consequences, how far."""
    _show(home, correction, out, as_json)


@rescore.command("list")
@home_option
@click.option("--exam", "exam_name", required=True, help="考试项目名称或编号 · exam")
@json_option
def rescore_list(home: Path, exam_name: str, as_json: bool) -> None:
    """列出全部更正单，含否决和撤回的 · Every correction, the rejected ones too."""
    with reading(home) as centre:
        cards = centre.store.read(
            lambda session: correction_cards(
                session, find_exam(session, exam_name).id, keys=centre.keys, viewer=NOBODY
            )
        )
    put(
        {"corrections": msgspec.to_builtins(cards)},
        as_json=as_json,
        zh="\n".join(_line(card) for card in cards) or "没有更正单。",
        en=f"{len(cards)} corrections",
    )


@rescore.command("approve")
@home_option
@click.argument("correction")
@who_option
@json_option
def rescore_approve(home: Path, correction: str, login: str, as_json: bool) -> None:
    """批准；第二人批准后成绩随即更改 · Approve; the second person's approval takes effect."""
    with writing(home) as centre:
        actor = _person(centre, login)
        applied = centre.store.write(
            lambda tx: approve_correction(tx, correction_id=correction, actor=actor)
        )
    put(
        {"applied": applied},
        as_json=as_json,
        zh="已批准，更正生效，成绩已更改；受影响的合格线须重新划定。"
        if applied
        else "已批准，须由另一人作第二个批准。",
        en="in effect; the lines concerned are to be decided again"
        if applied
        else "approved; another person's approval is next",
    )


@rescore.command("reject")
@home_option
@click.argument("correction")
@reason_option
@who_option
@json_option
def rescore_reject(home: Path, correction: str, reason: str, login: str, as_json: bool) -> None:
    """否决，记录保留 · Reject; it stays on record."""
    with writing(home) as centre:
        actor = _person(centre, login)
        centre.store.write(
            lambda tx: reject_correction(tx, correction_id=correction, reason=reason, actor=actor)
        )
    put({"correction": correction}, as_json=as_json, zh="已否决。", en="rejected")


@rescore.command("withdraw")
@home_option
@click.argument("correction")
@reason_option
@who_option
@json_option
def rescore_withdraw(home: Path, correction: str, reason: str, login: str, as_json: bool) -> None:
    """由提出人撤回，记录保留 · Withdraw one's own; it stays on record."""
    with writing(home) as centre:
        actor = _person(centre, login)
        centre.store.write(
            lambda tx: withdraw_correction(tx, correction_id=correction, reason=reason, actor=actor)
        )
    put({"correction": correction}, as_json=as_json, zh="已撤回。", en="withdrawn")


@rescore.command("key")
@home_option
@click.argument("correction")
@click.option(
    "--scoring",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="封装时的评分密钥文件 · the scoring key file as it was sealed",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="写到哪里，不覆盖已有文件 · the new file, never an existing one",
)
@json_option
def rescore_key(home: Path, correction: str, scoring: Path, out: Path, as_json: bool) -> None:
    """写出更正后的评分密钥，供核验，不得离开机构 · The corrected key, for verification only."""
    with reading(home) as centre:
        forms = centre.store.read(lambda session: versions_after(session, centre.keys, correction))
    try:
        sealed = json.loads(scoring.read_bytes())
        entries = {form: corrected_entry(form, sealed[form], some) for form, some in forms.items()}
    except BankError as error:
        raise refusal_of(error) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refusal("scoring_file_unreadable", 422, {"form": ", ".join(forms)}) from error
    _write_new(out, json.dumps(entries, ensure_ascii=False).encode())
    put({"file": str(out)}, as_json=as_json, zh=f"已写出：{out}", en=f"{len(entries)} keys")


def _opened(
    centre: Centre, forms: Collection[str], scoring: Path | None, actor: Staff, second: Staff
) -> KeySource:
    """The key file that was named, else what the bell codes open."""
    if scoring is not None:
        return KeySource({}, scoring)
    codes = click.prompt("开考口令 · bell codes", hide_input=True, err=True).split(",")
    return centre.store.read(
        lambda session: open_keys(
            session,
            form_ids=forms,
            codes=codes,
            keys=centre.keys,
            data=centre.settings.data,
            actor=actor,
            second=second,
        )
    )


def _told(steps: Iterator[tuple[int, int]], what: str) -> int:
    """Go through the steps with a bar; how many were scored."""
    before, total = next(steps)
    with measured(what, total) as moved:
        for done, _ in steps:
            moved(done - before)
            before = done
    return before


def _show(home: Path, correction: str, out: Path | None, as_json: bool) -> None:
    with reading(home) as centre:
        one = centre.store.read(
            lambda session: correction_detail(session, correction, keys=centre.keys, viewer=NOBODY)
        )
        if out is not None:
            _write_new(out, centre.store.read(lambda session: correction_csv(session, correction)))
    lines = [_line(one.card)]
    for group in one.groups:
        effect = group.effect
        lines.append(
            f"  {group.city} {group.trade} {group.level_name}：{effect.people} 人，"
            f"升 {effect.raised} 降 {effect.lowered}；线 {effect.line or '—'}，"
            f"重划 {effect.redrawn or '—'}；升至线上 {effect.up}，降至线下 {effect.down}"
        )
    up = sum(group.effect.up for group in one.groups)
    down = sum(group.effect.down for group in one.groups)
    put(
        {"correction": msgspec.to_builtins(one)},
        as_json=as_json,
        zh="\n".join(lines),
        en=f"{one.card.state}; {up} reach the line, {down} fall below it",
    )


def _line(card: CorrectionCard) -> str:
    what = "；".join(
        f"{one.subject} 第 {one.number} 题 {one.change}{' ' + one.letters if one.letters else ''}"
        for one in card.changes
    )
    return f"{card.id} · {state_word('correction', card.state)} · {what} · {card.reason}"


def _change(text: str) -> Change:
    """``FORM/ITEM=CHANGE[:LETTERS]``; Refusal ``correction_item`` 422."""
    place, _, what = text.partition("=")
    form, _, item = place.partition("/")
    change, _, letters = what.partition(":")
    if not (form and item and change):
        raise Refusal("correction_item", 422, {"form": form, "item": item})
    return Change(form, item, change, letters)


def _person(centre: Centre, login: str) -> Staff:
    """Somebody of the authority, by their own password and code, as at the console."""
    at_the_office(centre)
    password = click.prompt(f"{login} 的密码 · password", hide_input=True, err=True)
    found = centre.store.read(
        lambda session: check_password(session, login=login, password=password)
    )
    code = click.prompt(f"{login} 的动态码 · code", default="", show_default=False, err=True)
    centre.store.write(
        lambda tx: use_as_second(tx, staff=found, typed=code, fields=centre.keys.fields)
    )
    return found


def _write_new(path: Path, content: bytes) -> None:
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError as error:
        raise Refusal("file_exists", 409, {"file": str(path)}) from error
    except OSError as error:
        raise Refusal("file_unwritable", 409, {"file": str(path)}) from error
    path.chmod(0o600)
