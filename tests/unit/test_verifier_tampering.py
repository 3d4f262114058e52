"""Somebody changes an exported journal: the verifier finds it and names the entry.

The forger here always owns the machine: what was changed is signed again with a key of
the forger's, unless a story says otherwise.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from exam_server.verify.finding import Finding
from exam_server.verify.outside import OutsideHead
from exam_server.verify.reported import Report
from exam_server.verify.verify import verify
from tests.builders.journal_builder import Export, Json, canonical, sha, signing_key
from tests.builders.journal_day import eventful_day

Place = tuple[str, int]


@pytest.fixture(scope="module")
def honest() -> Export:
    return eventful_day()


@pytest.fixture
def forged(honest: Export) -> Export:
    export = honest.copy()
    export.key = signing_key("forger")
    return export


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., Report]:
    path = tmp_path / "journal.zip"

    def run(export: Export, **known: Any) -> Report:
        path.write_bytes(export.pack())
        return verify(path, **known)

    return run


Check = Callable[..., Report]


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values without members."""
    members = list(value.items() if isinstance(value, dict) else enumerate(value))
    for key, inner in members:
        if isinstance(inner, dict | list) and inner:
            yield from leaves(inner, (*path, key))
        else:
            yield (*path, key)


def parent(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path[:-1]:
        value = value[key]
    return value


def another(value: Any, dice: random.Random) -> Any:
    """A different value of the same sort, as somebody would put it to go unnoticed."""
    match value:
        case bool():
            return not value
        case int():
            return value + dice.choice([-1, 1, 7, 60_000])
        case str() if value:
            place = dice.randrange(len(value))
            return value[:place] + dice.choice("0123456789abcdef" * 2 + "甲") + value[place + 1 :]
        case str():
            return "a"
        case None:
            return 1
        case _:
            return [*value, "x"] if isinstance(value, list) else {**value, "x": 1}


def changed(value: Any, dice: random.Random) -> Any:
    while (new := another(value, dice)) == value:
        pass
    return new


def names(findings: list[Finding] | Any, place: Place, line: int | None = None) -> bool:
    return any(
        (found.chain, found.seq) == place or (line is not None and found.line == line)
        for found in findings
    )


def place_of(entry: Json) -> Place:
    return entry["chain"], entry["seq"]


def test_the_honest_export_holds(honest: Export, check: Check) -> None:
    assert check(honest).status == 0


def test_any_changed_field_of_any_entry_is_named(forged: Export, check: Check) -> None:
    dice = random.Random(1)
    missed = []
    for line, entry in enumerate(forged.entries, start=1):
        place = place_of(entry)
        for path in list(leaves(entry)):
            holder = parent(entry, path)
            true = holder[path[-1]]
            holder[path[-1]] = changed(true, dice)
            if not names(check(forged).findings, place, line):
                missed.append((place, path, true, holder[path[-1]]))
            holder[path[-1]] = true
    assert missed == []


def test_any_field_taken_out_of_any_entry_is_named(forged: Export, check: Check) -> None:
    missed = []
    for line, entry in enumerate(forged.entries, start=1):
        place, before = place_of(entry), dict(entry)
        for field, value in before.items():
            del entry[field]
            if not names(check(forged).findings, place, line):
                missed.append((place, field))
            entry[field] = value
        entry["extra"] = 1
        if not names(check(forged).findings, place, line):
            missed.append((place, "extra"))
        del entry["extra"]
    assert missed == []


def test_any_entry_taken_out_is_named(honest: Export, forged: Export, check: Check) -> None:
    """Of the sitting's own last entry only the signed head knows: that one is kept."""
    last = honest.chain(honest.sitting_id)[-1]
    for number, entry in enumerate(honest.entries):
        export = forged.copy()
        del export.entries[number]
        if entry is last:
            export.head = honest.head_of(b"", b"")
        assert names(check(export).findings, place_of(entry)), place_of(entry)


def test_any_entry_put_in_twice_is_found(forged: Export, check: Check) -> None:
    for number, entry in enumerate(list(forged.entries)):
        forged.entries.insert(number, entry)
        assert any(found.line in (number + 1, number + 2) for found in check(forged).findings), (
            place_of(entry)
        )
        del forged.entries[number]


def test_any_two_entries_exchanged_are_named(forged: Export, check: Check) -> None:
    entries = forged.entries
    for first in range(len(entries) - 1):
        places = place_of(entries[first]), place_of(entries[first + 1])
        entries[first], entries[first + 1] = entries[first + 1], entries[first]
        findings = check(forged).findings
        assert any(names(findings, place) for place in places), places
        entries[first], entries[first + 1] = entries[first + 1], entries[first]


def test_the_data_of_two_entries_exchanged_is_named(forged: Export, check: Check) -> None:
    entries = forged.entries
    pairs = [
        (one, other) for one, other in itertools.pairwise(entries) if one["data"] != other["data"]
    ]
    for one, other in pairs:
        one["data"], other["data"] = other["data"], one["data"]
        findings = check(forged).findings
        assert names(findings, place_of(one))
        assert names(findings, place_of(other))
        one["data"], other["data"] = other["data"], one["data"]


def test_a_chain_cut_short_is_named(honest: Export, check: Check) -> None:
    """The forger cuts the tail of a candidate's chain and mends the statement to fit."""
    for name in sorted(row["id"] for row in honest.statement["attempts"]):
        length = len(honest.chain(name))
        for kept in range(1, length):
            export = honest.copy()
            export.key = signing_key("forger")
            export.entries = [e for e in export.entries if e["chain"] != name or e["seq"] <= kept]
            row = next(row for row in export.statement["attempts"] if row["id"] == name)
            row["head_seq"], row["head"] = kept, export.chain(name)[-1]["digest"]
            findings = check(export).findings
            assert any(f.chain == name and (f.seq or 0) > kept for f in findings), (name, kept)


def test_the_sitting_cut_short_is_named(honest: Export, check: Check) -> None:
    for kept in range(len(honest.chain(honest.sitting_id))):
        export = honest.copy()
        export.head = honest.head_of(b"", b"")
        export.entries = [
            e for e in export.entries if e["chain"] != export.sitting_id or e["seq"] <= kept
        ]
        assert names(check(export).findings, place_of(honest.chain(honest.sitting_id)[-1]))


def test_an_attempt_taken_out_whole_is_named(forged: Export, check: Check) -> None:
    for name in [row["id"] for row in forged.statement["attempts"]]:
        export = forged.copy()
        export.entries = [entry for entry in export.entries if entry["chain"] != name]
        statement = export.statement
        statement["attempts"] = [row for row in statement["attempts"] if row["id"] != name]
        statement["scores"] = [row for row in statement["scores"] if row["attempt"] != name]
        statement["responses"].pop(name)
        assert any(found.chain == name for found in check(export).findings)


def test_a_changed_digest_mended_upwards_breaks_the_next_link(forged: Export, check: Check) -> None:
    """The forger recomputes the one digest only: the entry after it no longer fits."""
    last = forged.chain(forged.sitting_id)[-1]
    for entry in (entry for entry in forged.entries if entry is not last):
        export = forged.copy()
        target = next(e for e in export.entries if place_of(e) == place_of(entry))
        target["at"] += 1
        export_digest(target)
        findings = check(export).findings
        after = (entry["chain"], entry["seq"] + 1)
        assert names(findings, after) or names(findings, place_of(entry)), place_of(entry)


def export_digest(entry: Json) -> None:
    entry["digest"] = sha(canonical({k: v for k, v in entry.items() if k != "digest"}))


def test_every_chain_recomputed_is_found_by_one_outside_head(honest: Export, check: Check) -> None:
    """The perfect lie holds by itself; one line of a printed sheet breaks it."""
    last = honest.chain(honest.sitting_id)[-1]
    printed = OutsideHead.typed(last["digest"], last["seq"])
    short = OutsideHead.typed(last["digest"][:16], None)
    for number in range(len(honest.entries)):
        export = honest.copy()
        export.key = signing_key("forger")
        export.entries[number]["at"] += 1
        export.recompute()
        assert check(export).status == 0
        report = check(export, outside=[printed])
        assert [(f.code, f.chain, f.seq) for f in report.findings] == [
            ("outside_head_missing", honest.sitting_id, last["seq"])
        ]
        assert check(export, outside=[short]).status == 1


def test_a_recomputed_chain_is_found_by_the_candidates_own_receipt(
    honest: Export, check: Check
) -> None:
    receipt = next(e for e in honest.chain("bo1") if e["kind"] == "response")
    seen = OutsideHead.typed(receipt["digest"], receipt["seq"])
    assert check(honest, outside=[seen]).outside == [("bo1", receipt["seq"])]
    export = honest.copy()
    export.chain("bo1")[0]["at"] -= 1
    export.recompute()
    assert check(export, outside=[seen]).status == 1


def test_another_signing_key_is_found_by_the_key_on_record(
    honest: Export, forged: Export, check: Check
) -> None:
    on_record = honest.key.public_key().public_bytes_raw()
    assert check(honest, known_key=on_record).status == 0
    codes = {found.code for found in check(forged, known_key=on_record).findings}
    assert codes == {"key_differs", "signature_wrong"}


def test_any_changed_value_of_the_statement_breaks_the_signed_digest(
    honest: Export, check: Check
) -> None:
    """Not even the forger's key is needed: names, limits and shapes are signed as well."""
    dice = random.Random(2)
    signed = honest.copy()
    signed.head = honest.head_of(*_bytes_of(honest))
    for path in list(leaves(signed.statement)):
        holder = parent(signed.statement, path)
        true = holder[path[-1]]
        holder[path[-1]] = changed(true, dice)
        if path == ("sitting",):  # then every entry is of another sitting
            assert check(signed).status == 1
        else:
            codes = {found.code for found in check(signed).findings}
            assert "member_differs" in codes, path
        holder[path[-1]] = true


def _bytes_of(export: Export) -> tuple[bytes, bytes]:
    journal = b"".join(canonical(entry) + b"\n" for entry in export.entries)
    return journal, canonical(export.statement)


CONTEXT = {"limits", "shapes", "format"}
"""What no entry repeats: it stands under the signature alone. ``spent_ms`` may differ by less
than a second where the left time is zero; that limit has its own story below."""


def test_any_value_of_the_statement_that_the_journal_knows_is_refuted_by_it(
    forged: Export, check: Check
) -> None:
    dice = random.Random(3)
    missed = []
    for path in list(leaves(forged.statement)):
        if path[0] in CONTEXT or path[-1] == "spent_ms":
            continue
        holder = parent(forged.statement, path)
        true = holder[path[-1]]
        holder[path[-1]] = changed(true, dice)
        if check(forged).status != 1:
            missed.append((path, true, holder[path[-1]]))
        holder[path[-1]] = true
    assert missed == []


def test_any_row_taken_out_of_the_statement_is_found(forged: Export, check: Check) -> None:
    for name in ("attempts", "scores"):
        for number in range(len(forged.statement[name])):
            row = forged.statement[name].pop(number)
            chain = row.get("id", row.get("attempt"))
            assert any(f.chain == chain for f in check(forged).findings), row
            forged.statement[name].insert(number, row)
    for attempt, items in forged.statement["responses"].items():
        for item in list(items):
            row = items.pop(item)
            assert any(f.chain == attempt for f in check(forged).findings), (attempt, item)
            items[item] = row


def test_a_second_more_or_less_spent_is_refuted(forged: Export, check: Check) -> None:
    rows = [row for row in forged.statement["attempts"] if row["spent_ms"]]
    assert len(rows) >= 5
    for row in rows:
        for difference in (-1000, 1000):
            row["spent_ms"] += difference
            codes = {found.code for found in check(forged).findings if found.chain == row["id"]}
            assert "spent_differs" in codes
            row["spent_ms"] -= difference
