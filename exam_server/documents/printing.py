"""Printing as a use case: an order is recorded, divided into files, set and handed over."""

from __future__ import annotations

import zipfile
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from queue import SimpleQueue
from typing import TypeVar

import msgspec
from sqlalchemy.orm import Session

from exam_server.auth.identity import Staff
from exam_server.clock import china_time
from exam_server.documents.catalogue import By, document_named, require_printing
from exam_server.documents.making import Desk, Order, chosen, make
from exam_server.documents.paper import Paper
from exam_server.documents.scope import Member
from exam_server.documents.table import Table, as_csv, as_xlsx, paper_of
from exam_server.documents.typesetting import Typesetter
from exam_server.errors import Refusal
from exam_server.storage.acts import record
from exam_server.storage.tx import Tx

T = TypeVar("T")
Read = Callable[[Callable[[Session], T]], T]
MOST_IN_A_FILE = 500  # people: what a printer and a reader still take
MOST_IN_A_LIST = 5000  # lines, a matter of seconds: a list in two files would count from 1 twice
_MEDIA = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "zip": "application/zip",
}
_AT_ONCE = 2  # files being set: each takes a core, at a lower priority than the exam
_GLYPHS = "glyph_missing"


@dataclass(frozen=True, slots=True)
class Portion:
    """One file: its name without an ending, and whose candidates' ids."""

    name: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How many people's part is done, of how many."""

    done: int
    of: int


@dataclass(frozen=True, slots=True)
class File:
    """What is handed over."""

    name: str
    media_type: str
    content: bytes


def portions(session: Session, order: Order, staff: Staff) -> list[Portion]:
    """The files that the order makes, for the people this member of staff may see.

    Refusals: ``forbidden`` 403; ``not_found`` 404; ``nobody_to_print`` 404;
    ``print_by`` and ``print_format`` 422, what this document cannot be.
    """
    document = document_named(order.document)
    require_printing(staff, document)
    by = order.by or document.by[0]
    if by not in document.by:
        raise Refusal("print_by", 422, {"document": document.zh})
    if order.format != "pdf" and not document.listed:
        raise Refusal("print_format", 422, {"document": document.zh})
    most = MOST_IN_A_LIST if document.listed else MOST_IN_A_FILE
    scope = msgspec.structs.replace(order.scope, city=staff.city)
    groups: dict[str, list[Member]] = {}
    for one in chosen(session, document, order, scope):
        groups.setdefault(_key(one, by), []).append(one)
    return [
        Portion(
            "-".join(part for part in (document.zh, _words(group[0], by), piece) if part),
            tuple(one.person.id for one in group[first:last]),
        )
        for group in groups.values()
        for first, last, piece in _pieces(len(group), most if order.format == "pdf" else len(group))
    ]


def record_printing(tx: Tx, *, order: Order, parts: Sequence[Portion], staff: Staff) -> None:
    """Who takes which people's data out on paper, before it leaves (invariants 9, 11)."""
    document = document_named(order.document)
    narrowed = {
        name: value
        for name in ("sitting_id", "candidate_id", "unit", "county")
        if (value := getattr(order.scope, name)) is not None
    }
    record(
        tx,
        kind="printed",
        actor=staff.actor,
        data={
            "exam": order.scope.exam_id,
            "document": document.id,
            "format": order.format,
            "people": sum(len(part.ids) for part in parts),
            "files": len(parts),
            "whole_ids": document.whole_ids,
            **narrowed,
        },
    )


def run(
    read: Read[Paper | Table], order: Order, parts: Sequence[Portion], desk: Desk
) -> Iterator[Progress | File]:
    """Progress as it goes, at last the file: a PDF, or a zip of several.

    Refusal ``glyph_missing`` 422 once every part has been looked at, with all places.
    """
    total, done = sum(len(part.ids) for part in parts), 0
    yield Progress(0, total)
    if order.format != "pdf":
        tables = []
        for part in parts:
            table = read(partial(make, order=order, ids=part.ids, desk=desk))
            assert isinstance(table, Table)
            tables.append(table)
        content = as_xlsx(tables) if order.format == "xlsx" else as_csv(tables)
        yield File(f"{_title(order, parts)}.{order.format}", _MEDIA[order.format], content)
        return
    made: dict[str, bytes] = {}
    missing: list[dict[str, object]] = []
    with closing(_set(read, order, parts, desk)) as steps:
        for part, set_ in steps:
            try:
                made[f"{part.name}.pdf"] = set_.result()
            except Refusal as refusal:
                if refusal.code != _GLYPHS:
                    raise
                missing += refusal.rows
            done += len(part.ids)
            yield Progress(done, total)
    if missing:
        facts = missing[0]["facts"]
        assert isinstance(facts, dict)
        raise Refusal(_GLYPHS, 422, {"count": len(missing), **facts}, missing)
    yield _handed_over(_title(order, parts), made)


def _set(
    read: Read[Paper | Table], order: Order, parts: Sequence[Portion], desk: Desk
) -> Generator[tuple[Portion, Future[bytes]]]:
    """Every part's PDF, in their order. While one is set the next is read and set too; left off
    early, whatever is still being set is broken off."""
    free: SimpleQueue[Typesetter] = SimpleQueue()

    def pdf(paper: Paper) -> bytes:
        setter = free.get()
        try:
            return setter.pdf(paper)
        finally:
            free.put(setter)

    under_way: deque[tuple[Portion, Future[bytes]]] = deque()
    with ExitStack() as stack:
        setters = min(_AT_ONCE, len(parts))
        pool = stack.enter_context(ThreadPoolExecutor(setters))
        for _ in range(setters):  # ended before the pool is waited for
            free.put(
                stack.enter_context(Typesetter(desk.shelf, now_ms=desk.now_ms, boxes=order.boxes))
            )
        for part in parts:
            found = read(partial(make, order=order, ids=part.ids, desk=desk))
            if len(under_way) == setters:
                yield under_way.popleft()
            paper = paper_of(found) if isinstance(found, Table) else found
            under_way.append((part, pool.submit(pdf, paper)))
        yield from under_way


def _handed_over(title: str, made: dict[str, bytes]) -> File:
    if len(made) == 1:
        ((name, content),) = made.items()
        return File(name, _MEDIA["pdf"], content)
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:  # PDFs are packed already
        for name, content in made.items():
            archive.writestr(name, content)
    return File(f"{title}.zip", _MEDIA["zip"], out.getvalue())


def _title(order: Order, parts: Sequence[Portion]) -> str:
    return parts[0].name if len(parts) == 1 else document_named(order.document).zh


def _pieces(count: int, most: int) -> list[tuple[int, int, str]]:
    """Where each file of a long list begins and ends, and what its name adds."""
    if count <= most:
        return [(0, count, "")]
    ends = [(first, min(first + most, count)) for first in range(0, count, most)]
    return [(first, last, f"{first + 1}至{last}") for first, last in ends]


def _key(one: Member, by: By) -> str:
    return {
        "whole": "",
        "room": one.person.sitting_id or "",
        "unit": one.person.unit,
        "county": one.county,
    }[by]


def _words(one: Member, by: By) -> str:
    """What a file is called after; rooms of one number sit at different times."""
    if by == "room" and one.sitting is not None:
        at = china_time(one.sitting.planned_start_ms)
        return f"{one.sitting.centre}-{one.sitting.room}考场-{at:%m%d-%H%M}".replace("/", "／")
    return _key(one, by).replace("/", "／")
