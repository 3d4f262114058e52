"""Documentation is tested like code: links lead somewhere, pages agree with the program."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from exam_server.room.catalogue_doc import PAGE, page
from exam_server.room.rules.catalogue import ATTEMPT, KINDS, SITTING, read
from exam_server.verify.kinds import ATTEMPT_KINDS, SITTING_KINDS
from exam_server.verify.kinds import Kind as VerifiedKind

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\(([^)\s]+)\)")
STAFF_ROLES = {"proctor", "chief_proctor", "centre_admin", "authority"}


def documents() -> list[Path]:
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as they are made by the usual rule."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in kept}


def broken_links(path: Path) -> Iterator[str]:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in LINK.findall(text):
        if "://" in target or target.startswith("mailto:"):
            continue
        name, _, anchor = target.partition("#")
        found = path if not name else (path.parent / name).resolve()
        if not found.exists() or (anchor and anchor not in anchors(found)):
            yield f"{path.relative_to(ROOT)}: {target}"


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    assert list(broken_links(path)) == []


def test_the_index_of_the_guides_names_each() -> None:
    folder = ROOT / "docs" / "guides"
    index = (folder / "README.md").read_text(encoding="utf-8")
    others = {path.name for path in folder.glob("*.md")} - {"README.md"}
    assert [name for name in sorted(others) if f"({name})" not in index] == []


def test_the_page_of_events_is_made_from_the_catalogue() -> None:
    """When this is red: ``python -m exam_server.room.catalogue_doc``."""
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_journal_page_names_every_kind_with_its_fields(kind: str) -> None:
    text = (ROOT / "docs/reference/journal.md").read_text(encoding="utf-8")
    section = text.split("## 5.")[1].split("## 6.")[0]
    assert f"`{kind}`" in section
    for chain in KINDS[kind].chains:
        for field in KINDS[kind].facts[chain].listed:
            assert f"`{field.removesuffix('?')}`" in section


@pytest.mark.parametrize(("chain", "table"), [(ATTEMPT, ATTEMPT_KINDS), (SITTING, SITTING_KINDS)])
def test_the_verifiers_own_table_says_what_the_catalogue_says(
    chain: str, table: dict[str, VerifiedKind]
) -> None:
    """Two tables written apart; here alone they meet."""
    kinds = {name: kind for name, kind in KINDS.items() if chain in kind.chains}
    assert table.keys() == kinds.keys()
    for name, kind in kinds.items():
        fields = kind.facts[chain]
        assert table[name].fields.keys() == fields.required, name
        assert table[name].optional.keys() == fields.optional, name


def test_the_verifier_lets_nobody_act_whom_the_catalogue_does_not() -> None:
    """Where a kind lies on both chains the catalogue names the actors of both together."""
    for name, kind in KINDS.items():
        sorts = {"staff" if actor in STAFF_ROLES else actor for actor in kind.actors}
        verified: set[str] = set()
        for table in (ATTEMPT_KINDS, SITTING_KINDS):
            verified |= table[name].actors if name in table else frozenset()
        assert verified == sorts, name


def test_the_entry_shown_on_the_journal_page_is_an_entry() -> None:
    text = (ROOT / "docs/reference/journal.md").read_text(encoding="utf-8")
    example = json.loads(re.findall(r"```json\n(.*?)```", text, re.DOTALL)[0])
    fields = KINDS[example["kind"]].facts[ATTEMPT]
    assert example["data"].keys() == fields.required
    assert len(example) == 11


def test_a_kind_that_needs_a_reason_has_the_field() -> None:
    for kind in KINDS.values():
        for chain in kind.chains:
            fields = kind.facts[chain]
            if kind.reason == "required":
                assert "reason" in fields.required, kind.name
            if kind.reason == "optional":
                assert "reason" in fields.optional, kind.name


def test_a_kind_says_what_is_wrong_with_its_data() -> None:
    granted = KINDS["granted"]
    data = {"ms": 1, "reason": "x"}
    assert granted.problem(ATTEMPT, "staff:s1", data) is None
    assert granted.problem(SITTING, "staff:s1", data) == "granted lacks attempts"
    assert granted.problem(ATTEMPT, "staff:s1", {**data, "y": 1}) == "granted has unknown y"
    assert "does not belong" in str(KINDS["bell"].problem(ATTEMPT, "staff:s1", {}))


@pytest.mark.parametrize(
    ("kind", "actor", "may"),
    [
        ("hand_lowered", "candidate", True),
        ("hand_lowered", "staff:s1", True),
        ("hand_lowered", "system", False),
        ("lost", "system", True),
        ("lost", "staff:s1", False),
        ("lost", "demo", False),
    ],
)
def test_a_kind_says_who_may_not_write_it(kind: str, actor: str, may: bool) -> None:
    problem = KINDS[kind].problem(ATTEMPT, actor, {})
    assert problem == (None if may else f"{kind} is not for {actor} to write")


@pytest.mark.parametrize(
    "table",
    [
        '[x]\nchain=["attempt"]',
        '[x]\nchain=["y"]\nactor=["system"]\nreason="none"\nzh=""\nen=""\nunusual=false\nfields=[]',
        '[x]\nchain=["sitting"]\nactor=[]\nreason="none"\nzh=""\nen=""\nunusual=false\nfields=[]',
        '[x]\nchain=["sitting"]\nactor=["system"]\nreason="?"\nzh=""\nen=""\nunusual=false\nfields=[]',
    ],
)
def test_a_catalogue_that_is_not_well_formed_is_refused(table: str, tmp_path: Path) -> None:
    path = tmp_path / "catalogue.toml"
    path.write_text(table)
    with pytest.raises(ValueError, match="catalogue: x"):
        read(path)


def test_every_test_that_a_statement_rests_on_is_there() -> None:
    page = (ROOT / "docs" / "statements.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if re.match(r"\| \d+ \|", line)]
    assert [int(row.split("|")[1]) for row in rows] == list(range(1, 11))
    for row in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", row)
        assert named, row
        for path, test in named:
            source = (ROOT / path).read_text(encoding="utf-8")
            assert f"def {test}" in source if test else "def test_" in source, (path, test)
