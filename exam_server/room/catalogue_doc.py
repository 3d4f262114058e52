"""``python -m exam_server.room.catalogue_doc``: docs/reference/events.md from the catalogue."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from exam_server.room.rules.catalogue import ATTEMPT, KINDS, SITTING, Kind

PAGE = Path("docs/reference/events.md")
_ACTORS = {
    "candidate": "考生",
    "system": "系统",
    "proctor": "监考员",
    "chief_proctor": "主考",
    "centre_admin": "考点系统管理员",
    "authority": "工考机构",
}
_REASONS = {"required": "必填 required", "optional": "可填 optional", "none": ""}
_HEAD = """\
# Events 事件目录

Every kind of fact that the journal can hold. Made from `exam_server/room/catalogue.toml` by
`python -m exam_server.room.catalogue_doc`; a test compares the two. What the fields mean and which
rules hold between entries: [journal.md](journal.md).

*Unusual* ● marks what the console counts beside a candidate as an unusual event. `?` marks a field
that may be missing. *Reason* is the field `reason` in a person's own words.
"""


def page() -> str:
    """The whole page."""
    parts = [_HEAD, _roles()]
    for chain, title in (
        (ATTEMPT, "On an attempt's chain 作答链"),
        (SITTING, "On the sitting's chain 场次链"),
    ):
        kinds = [kind for kind in KINDS.values() if chain in kind.chains]
        parts.append(f"## {title}\n\n" + "\n".join(_table(kinds, chain)) + "\n")
    return "\n".join(parts)


def _roles() -> str:
    return "Actors: " + " · ".join(f"`{name}` {zh}" for name, zh in _ACTORS.items()) + ".\n"


def _table(kinds: Iterable[Kind], chain: str) -> Iterator[str]:
    yield "| Kind | 名称 | Name | Data | Who acts | Reason | Unusual |"
    yield "|---|---|---|---|---|---|---|"
    for kind in kinds:
        fields = ", ".join(f"`{name}`" for name in kind.facts[chain].listed) or "–"
        actors = ", ".join(name for name in _ACTORS if name in kind.actors)
        unusual = "●" if kind.unusual else ""
        cells = (f"`{kind.name}`", kind.zh, kind.en, fields, actors, _REASONS[kind.reason], unusual)
        yield "| " + " | ".join(cells) + " |"


def main() -> None:
    """Write the page below the folder the command is given in."""
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}: {len(KINDS)} kinds\n")


if __name__ == "__main__":
    main()
