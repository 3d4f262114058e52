"""``python -m exam_server.storage.act_page``: docs/reference/acts.md from the catalogue."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from exam_server.storage.act_kinds import ACT_KINDS

PAGE = Path("docs/reference/acts.md")
_HEAD = """\
# Acts 操作目录

Every act that the office's own record 操作记录 can hold: what is done outside a sitting, one chain
for the whole centre ([journal.md](journal.md), §12). Made from `exam_server/storage/acts.toml` by
`python -m exam_server.storage.act_page`; a test compares the two.

*Who*: `staff`, a person by their account; `system`, the program or somebody at the machine itself.
A `?` marks data that may be missing. ● marks what may change the result of somebody: when one of
these comes after a publication, what was published is compared with what stands.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *_table()]) + "\n"


def _table() -> Iterator[str]:
    yield "| Kind | 名称 | Name | Data | Who | Results |"
    yield "|---|---|---|---|---|---|"
    for kind in ACT_KINDS.values():
        facts = ", ".join(f"`{name}`" for name in kind.fields) or "–"
        who = ", ".join(sorted(kind.actor))
        mark = "●" if kind.results else ""
        yield f"| `{kind.name}` | {kind.zh} | {kind.en} | {facts} | {who} | {mark} |"


def main() -> None:
    """Write the page below the folder the command is given in."""
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}: {len(ACT_KINDS)} kinds\n")


if __name__ == "__main__":
    main()
