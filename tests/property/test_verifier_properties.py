"""What must hold for every journal: canonical bytes, the sum of time, scores, no crash."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_server.verify import jsonform
from exam_server.verify.attempt import Rules, fold
from exam_server.verify.balance import Clocks, account
from exam_server.verify.entries import Entry
from exam_server.verify.finding import Findings, printable
from exam_server.verify.scoring import Credit, Item, Key, fraction, score, written
from exam_server.verify.timing import ServiceTime
from exam_server.verify.verify import room_grants, verify
from question_bank.items.key import FormKey, ItemKey, Void
from question_bank.items.scoring import score_form
from question_bank.items.shape import CreditRule, ItemType
from tests.builders.journal_builder import MINUTE, Room, canonical
from tests.builders.journal_day import eventful_day

# --- canonical JSON -----------------------------------------------------------------

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(values)
def test_the_own_writer_writes_what_the_page_says(value: Any) -> None:
    """Against the settings of json.dumps that §1 names; two writers, one byte form."""
    try:
        expected = canonical(value)
    except UnicodeEncodeError:  # a lone surrogate has no canonical form
        with pytest.raises(jsonform.NotJson):
            jsonform.write(value)
        return
    assert jsonform.write(value) == expected
    assert jsonform.read(expected) == value
    assert jsonform.is_canonical(value, expected)


@given(values)
def test_any_other_bytes_of_the_same_value_are_not_canonical(value: Any) -> None:
    for other in (json.dumps(value), json.dumps(value, indent=1, ensure_ascii=False)):
        raw = other.encode("utf-8", "surrogatepass")
        try:
            same = raw == canonical(value)
        except UnicodeEncodeError:
            same = False
        assert jsonform.is_canonical(value, raw) == same


@given(st.binary(max_size=60))
def test_no_bytes_make_the_reader_stumble(raw: bytes) -> None:
    try:
        value = jsonform.read(raw)
    except jsonform.NotJson:
        return
    assert printable(value).isprintable()


# --- time ---------------------------------------------------------------------------

acts = st.lists(
    st.tuples(
        st.sampled_from(["work", "pause", "room", "outage", "reboot", "grant", "grant_room"]),
        st.integers(1, 4_000_000),
    ),
    max_size=25,
)


@given(late=st.integers(0, 600_000), happenings=acts)
def test_the_time_fold_equals_a_clock_that_ran_along(
    late: int, happenings: list[tuple[str, int]]
) -> None:
    """The builder adds up tick by tick what the fold computes afterwards from the entries."""
    room = Room()
    room.assign("a1", "c1", "ethics", 1, 60)
    room.room("bell", forms=["form-ethics"], keys_digest="ab" * 32, checked_in=1)
    room.goes_by(500)
    room.start("a1", late_ms=late)
    for act, amount in happenings:
        _happen(room, act, amount)
    if room.paused:
        _toggle_room(room)
    room.submit("a1", "candidate")
    attempt = _folded(room)
    assert attempt.time.spent_ms == room.seats["a1"].spent_ms
    assert attempt.time.granted_ms == room.seats["a1"].granted_ms
    assert attempt.time.comparable
    seat = room.seats["a1"]
    balance = account(_chains(room)["a1"], Clocks(_chains(room)[room.id]), seat.granted_ms)
    assert balance is not None
    assert balance.left == seat.left_ms


def _happen(room: Room, act: str, amount: int) -> None:
    match act:
        case "work":
            room.goes_by(amount)
        case "pause" if room.seats["a1"].state == "in_progress":
            room.pause("a1")
        case "pause":
            room.resume("a1")
        case "room":
            _toggle_room(room)
        case "outage" | "reboot":
            room.outage(amount, reboot=act == "reboot")
            room.take_heads()
        case "grant":
            room.grant("a1", amount % 9 + 1)
        case "grant_room":
            room.grant_room(["a1"], amount % 9 + 1)


def _toggle_room(room: Room) -> None:
    room.room("resumed" if room.paused else "paused", reason="火警")
    room.paused = not room.paused


def _chains(room: Room) -> dict[str, list[Entry]]:
    return {
        name: [
            Entry(
                line=0,
                usable=True,
                **{name: value for name, value in entry.items() if name != "at"},
            )
            for entry in chain
        ]
        for name, chain in room.chains.items()
    }


def _folded(room: Room) -> Any:
    chains, findings = _chains(room), Findings()
    service = ServiceTime(chains[room.id], findings)
    grants = room_grants(chains[room.id], service).get("a1", [])
    attempt = fold(chains["a1"], None, service, grants, Rules(5000, 10_000 * MINUTE), findings)
    assert findings.total == 0, findings.listed
    return attempt


# --- scoring ------------------------------------------------------------------------

decimals = st.sampled_from(["0", "0.25", "0.5", "1", "1.5", "2", "3"])
letters = st.sets(st.sampled_from("abcde"), min_size=1).map(lambda chosen: "".join(sorted(chosen)))
items = st.lists(
    st.tuples(
        st.sampled_from(list(ItemType)),
        decimals,
        letters,
        st.none() | letters,
        st.none() | letters,
        st.sampled_from([None, None, None, *Void]),
    ),
    max_size=12,
)
rules = st.builds(
    CreditRule,
    multiple=st.sampled_from(["exact", "partial_per_option", "partial_fixed", "proportional"]),
    partial_value=decimals,
    wrong_option=st.sampled_from(["zero", "minus"]),
    minus_value=decimals,
    true_false_penalty=decimals,
    floor=st.sampled_from([None, "0", "-1", "0.5"]),
)


@given(rule=rules, drawn=items)
def test_the_own_scorer_agrees_with_the_scorer_of_the_bank(
    rule: CreditRule, drawn: list[tuple[ItemType, str, str, str | None, str | None, Void | None]]
) -> None:
    """Two scorers written apart from the same rule give the same points for any answers, under
    keys as they were sealed and corrected ones."""
    keys: list[ItemKey] = []
    responses: dict[str, str] = {}
    for number, (kind, points, right, given_letters, other, void) in enumerate(drawn):
        count = 2 if kind is ItemType.TRUE_FALSE else 5

        def possible(some: str, kind: ItemType = kind, count: int = count) -> str:
            if kind is ItemType.MULTIPLE or not some:
                return some
            return "ab"[ord(some[0]) % 2] if count == 2 else some[0]

        name = f"i{number}"
        alone = points not in [k.points for k in keys if k.type is kind]
        keys.append(
            ItemKey(
                item_id=name,
                type=kind,
                points=points,
                correct=possible(right),
                options=count,
                accepted=(possible(other),) if other else (),
                void=None if alone else void,  # a section with nothing left cannot be scaled
            )
        )
        responses[name] = possible(given_letters or "")
    bank = score_form(
        FormKey(form_id="f", version=1, salt="00", credit=rule, items=tuple(keys)), responses
    )
    own = score(
        Key(
            digest="",
            credit=Credit(
                multiple=rule.multiple,
                partial=fraction(rule.partial_value),
                minus=fraction(rule.minus_value) if rule.wrong_option == "minus" else None,
                penalty=fraction(rule.true_false_penalty),
                floor=None if rule.floor is None else fraction(rule.floor),
            ),
            items={
                k.item_id: Item(
                    k.type.value,
                    fraction(k.points),
                    (k.correct, *k.accepted),
                    k.void and k.void.value,
                )
                for k in keys
            },
        ),
        responses,
    )
    assert own is not None
    assert own == Fraction(bank.points)
    assert Decimal(written(own)) == bank.points


# --- hostile files ------------------------------------------------------------------

HONEST = eventful_day()
PACKED = HONEST.pack()
strange: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.text(max_size=8)
    | st.just([])
    | st.just({})
    | st.just([[[{"a": []}]]])
    | st.just("\ud800")
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if not isinstance(value, dict | list):
        return [path] if path else []
    members = list(value.items() if isinstance(value, dict) else enumerate(value))
    inner = [found for key, part in members for found in _paths(part, (*path, key))]
    return ([path] if path else []) + inner


STATEMENT_PATHS = _paths(HONEST.statement)
ENTRY_PATHS = _paths(HONEST.entries)


def _lenient(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _put(whole: Any, path: tuple[Any, ...], value: Any) -> Any:
    whole = copy.deepcopy(whole)
    holder = whole
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return whole


@given(path=st.sampled_from(STATEMENT_PATHS), value=strange)
def test_no_value_in_the_statement_makes_it_stumble(
    path: tuple[Any, ...], value: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    journal = b"".join(canonical(entry) + b"\n" for entry in HONEST.entries)
    spoilt = _lenient(_put(HONEST.statement, path, value))
    _verified(HONEST.pack_raw(journal, spoilt), tmp_path_factory)


@given(path=st.sampled_from(ENTRY_PATHS), value=strange)
def test_no_value_in_an_entry_makes_it_stumble(
    path: tuple[Any, ...], value: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    lines = _put(HONEST.entries, path, value)
    journal = b"".join(_lenient(line) + b"\n" for line in lines)
    data = HONEST.pack_raw(journal, canonical(HONEST.statement))
    assert _verified(data, tmp_path_factory) == 1


@given(flips=st.lists(st.tuples(st.integers(0, len(PACKED) - 1), st.integers(1, 255)), min_size=1))
def test_no_flipped_bytes_make_it_stumble(
    flips: list[tuple[int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = bytearray(PACKED)
    for place, mask in flips:
        data[place] ^= mask
    _verified(bytes(data), tmp_path_factory)


def _verified(data: bytes, folders: pytest.TempPathFactory) -> int:
    path: Path = folders.getbasetemp() / "hostile.zip"
    path.write_bytes(data)
    return verify(path, outside=[], scoring=[]).status
