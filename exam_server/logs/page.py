"""``python -m exam_server.logs.page``: writes docs/reference/logs.md from the allow-list."""

from __future__ import annotations

from pathlib import Path

from exam_server.logs.allowed import EVENTS

PAGE = "docs/reference/logs.md"
_FRONT = """# The log 运行日志

Made from `exam_server/logs/catalogue.toml` by `python -m exam_server.logs.page`; a test compares.

`log/kaochang.log` in the centre's folder (not in `data/`, in no backup), one JSON object a line;
warnings and errors also on standard error. At a start a file over 20 MB is put aside as
`kaochang.log.1`; five are kept. `KAOCHANG_LOG_LEVEL` = `debug`, `info` (usual), `warning`, `error`.

| Always | |
|---|---|
| `at` | UTC, milliseconds |
| `level` | `debug`, `info`, `warning`, `error` |
| `event` | a name of the table below |
| `logger`, `place` | module, and `file:line` where it was logged |
| `error`, `places` | of an exception: its type, and each `file:line` it came through |

What is not listed does not leave: a field that the table does not name, a value that has not its
field's form (a number is below 10¹⁴, a word has no digit, an id is one of the program's own), the
text of an exception, and what a library says: of that only `logger` and `place` are kept, under the
event `library`. There is no access log; at `debug` a `request` names the route as it stands in the
program, without values and without a query.

| Event | Level | Fields | 含义 | Meaning |
|---|---|---|---|---|
"""


def page() -> str:
    """The page."""
    rows = [
        f"| `{name}` | {event.level} | "
        + (", ".join(f"`{field}`" for field in event.fields) or "–")
        + f" | {event.zh} | {event.en} |\n"
        for name, event in EVENTS.items()
    ]
    return _FRONT + "".join(rows)


if __name__ == "__main__":
    Path(PAGE).write_text(page(), encoding="utf-8")
