"""A candidate asks for the official result, and somebody checks the transcript."""

from __future__ import annotations

import logging
import re
from threading import BoundedSemaphore

import pytest
from werkzeug.test import TestResponse

from exam_server.clock import Instant
from exam_server.documents import own
from exam_server.results.views import transcript
from exam_server.results.views.transcript import Transcript, own_transcript
from tests.builders.printed import text_of as text_of_pdf
from tests.builders.published import ScoredOffice, draw_line, publish

NOTHING = "没有查到。"


def ask(at: ScoredOffice, number: str, ticket: str, **more: str) -> TestResponse:
    data = {"id_number": number, "ticket": ticket, **more}
    return at.app.test_client().post("/query", data=data)


def ask_from(at: ScoredOffice, number: str, ticket: str, machine: int) -> TestResponse:
    data, where = {"id_number": number, "ticket": ticket}, {"REMOTE_ADDR": f"10.3.0.{machine}"}
    return at.app.test_client().post("/query", data=data, environ_base=where)


def text_of(answer: TestResponse) -> str:
    assert answer.status_code in (200, 409, 429)
    return answer.get_data(as_text=True)


def code_in(text: str) -> str:
    found = re.search(r'data-test="code">([0-9A-Z-]+)<', text)
    assert found is not None
    return found.group(1)


def later(at: ScoredOffice, seconds: int) -> None:
    """Whoever had to wait has waited."""
    at.office.clock.advance(seconds * 1000)


def test_nothing_is_told_but_the_published_result_of_who_knows_both_numbers(
    scored: ScoredOffice, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    first, second = scored.rows[0], scored.rows[1]
    mine = (first.id_number, str(first.ticket))
    wrong = [
        ask(scored, *mine),  # before the publication
        ask(scored, first.id_number, str(second.ticket)),
        ask(scored, second.id_number, str(first.ticket)),
        ask(scored, "611002199001019990", "9"),
        ask(scored, "", ""),
        ask(scored, "\0", "\0"),
    ]
    scored.publish()
    later(scored, 3600)
    wrong.append(ask(scored, first.id_number, str(second.ticket)))
    told = {text_of(answer) for answer in wrong}
    assert len(told) == 1, "one answer for all of them"
    assert NOTHING in told.pop()

    found = text_of(ask(scored, f" {first.id_number.lower()} ", str(first.ticket)))
    assert first.name in found
    assert 'data-test="sum">8<' in found
    assert "待操作技能结果" in found
    assert first.id_number not in found, "an ID number is whole nowhere"
    absent = scored.rows[4]
    told_absent = text_of(ask(scored, absent.id_number, str(absent.ticket)))
    assert "缺考" in told_absent
    assert "practical result due" in text_of(ask(scored, *mine, lang="en"))
    assert ask(scored, *mine).headers["Cache-Control"] == "no-store"
    for number in (first.id_number, second.id_number):
        assert number not in caplog.text


def test_a_transcript_is_checked_by_its_code_and_a_corrected_one_is_told_apart(
    scored: ScoredOffice,
) -> None:
    scored.publish()
    row, other = scored.rows[0], scored.rows[1]
    code = code_in(text_of(ask(scored, row.id_number, str(row.ticket))))
    assert code != code_in(text_of(ask(scored, other.id_number, str(other.ticket))))

    def check(given: str, ticket: str = str(row.ticket)) -> str:
        later(scored, 3600)
        return text_of(
            scored.app.test_client().post("/query/check", data={"ticket": ticket, "code": given})
        )

    assert "核验码正确，下面是" in check(code)
    assert row.name in check(code.lower().replace("-", " "))
    assert "没有查到这份成绩单" in check(code, str(other.ticket))
    assert "没有查到这份成绩单" in check(code[:-1] + ("0" if code[-1] != "0" else "1"))

    draw_line(scored.day, line="5")
    publish(scored.day, reason="合格线调整")
    assert "已被更正" in check(code)
    old = fetch(scored, str(row.ticket), code)
    assert old.status_code == 409
    assert "不能下载" in text_of(old)
    newest = code_in(text_of(ask(scored, row.id_number, str(row.ticket))))
    assert newest != code
    assert "核验码正确，下面是" in check(newest)


def test_a_printed_code_stays_right_when_an_outcome_is_worded_otherwise(
    scored: ScoredOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored.publish()
    row = scored.rows[0]
    code = code_in(text_of(ask(scored, row.id_number, str(row.ticket))))
    monkeypatch.setattr(transcript, "decided", lambda *_: "另一种说法")
    told = text_of(
        scored.app.test_client().post(
            "/query/check", data={"ticket": str(row.ticket), "code": code}
        )
    )
    assert "核验码正确，下面是" in told
    assert "另一种说法" in told


def test_the_transcript_as_pdf_says_what_was_published_and_its_code_verifies(
    scored: ScoredOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored.publish()
    later(scored, 3600)
    row = scored.rows[2]
    ticket = str(row.ticket)
    code = code_in(text_of(ask(scored, row.id_number, ticket)))
    answer = fetch(scored, ticket, code)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "no-store"
    fields = scored.day.keys.fields
    found = scored.day.store.read(
        lambda session: own_transcript(session, fields, id_number=row.id_number, ticket=ticket)
    )
    assert found is not None
    text = text_of_pdf(answer.data)
    assert text == "".join(words_of(found).split())
    assert row.id_number not in text
    (printed,) = re.findall(r"核验码([0-9A-Z-]+?)任何人", text)
    told = text_of(
        scored.app.test_client().post("/query/check", data={"ticket": ticket, "code": printed})
    )
    assert "核验码正确，下面是" in told
    assert row.name in told

    monkeypatch.setattr(own, "_places", BoundedSemaphore(1))
    with own._places:
        busy = fetch(scored, ticket, code)
    assert (busy.status_code, "请过一分钟再试" in busy.get_data(as_text=True)) == (503, True)


def fetch(at: ScoredOffice, ticket: str, code: str, address: str = "10.1.1.1") -> TestResponse:
    return at.app.test_client().post(
        "/query/transcript",
        data={"ticket": ticket, "code": code},
        environ_base={"REMOTE_ADDR": address},
    )


def words_of(one: Transcript) -> str:
    """All words of the printed transcript, in their order."""
    labels = f"姓名{one.name}准考证号{one.ticket}身份证号{one.id_masked}工作单位{one.unit}"
    states = {"missing": "尚无结果"}
    lines = "".join(
        f"{line.name}{line.points or states[line.state]}{line.full or '—'}" for line in one.lines
    )
    again = f"第{one.version}版" if one.version > 1 else ""
    return (
        f"{one.exam}成绩单{labels}工种{one.trade}等级{one.level}科目成绩满分{lines}"
        f"合计{one.sum}{one.full}合格线{one.line}结论{one.result}"
        f"发布：{one.office}{one.released_on}{again}核验码{one.code}"
        "任何人可凭准考证号和核验码在“核验成绩单”页核对本成绩单。"
    )


def test_whoever_guesses_a_code_waits_for_the_pdf_as_for_the_page(scored: ScoredOffice) -> None:
    scored.publish()
    later(scored, 3600)
    row = scored.rows[1]
    ticket = str(row.ticket)
    code = code_in(text_of(ask(scored, row.id_number, ticket)))
    told = [text_of(fetch(scored, ticket, f"{at}", f"10.2.0.{at}")) for at in range(7)]
    assert "没有查到这份成绩单" in told[0]
    assert "秒" in told[-1], "from wherever the guesses come"
    assert fetch(scored, ticket, code, "10.2.0.99").mimetype == "text/html", "nor the right one"
    page = {"ticket": ticket, "code": code}
    same = scored.app.test_client().post("/query/check", data=page)
    assert "核验码正确" not in text_of(same), "one door"
    later(scored, 120)
    assert fetch(scored, ticket, code, "10.2.0.99").mimetype == "application/pdf"


def test_whoever_guesses_waits_by_address_and_by_number(scored: ScoredOffice) -> None:
    scored.publish()
    row = scored.rows[0]
    tickets = [str(900 + at) for at in range(7)]

    def guess(ticket: str, address: str) -> str:
        answer = scored.app.test_client().post(
            "/query",
            data={"id_number": f"{row.id_number[:6]} {row.id_number[6:]}", "ticket": ticket},
            environ_base={"REMOTE_ADDR": address},
        )
        return text_of(answer)

    told = [guess(ticket, f"10.0.0.{at}") for at, ticket in enumerate(tickets)]
    assert NOTHING in told[0]
    assert "请等" in told[-1] or "秒" in told[-1], "from wherever the guesses come"
    assert 'data-test="sum"' not in guess(str(row.ticket), "10.0.0.99"), (
        "not even the right one yet"
    )
    later(scored, 120)
    assert 'data-test="sum">8<' in guess(str(row.ticket), "10.0.0.99")
    other = scored.rows[1]
    # the ticket is on a list; of the ID number only the birth date is hidden there
    numbers = [f"{other.id_number[:10]}{at:02}{other.id_number[12:]}" for at in range(20, 27)]
    told = [
        text_of(ask_from(scored, number, str(other.ticket), at))
        for at, number in enumerate(numbers)
    ]
    assert "秒" in told[-1], "one ticket with many ID numbers, from wherever they come"
    later(scored, 120)
    assert 'data-test="sum">6<' in text_of(ask(scored, other.id_number, str(other.ticket)))
    now: Instant = scored.office.centre.now()
    for _ in range(60):
        scored.office.centre.queries.take("10.9.9.9", now)
    assert NOTHING not in guess("1", "10.9.9.9"), "an address that asks for a list is slowed"
