"""One's own 电子成绩单 as PDF, set while its owner waits: one after the other, few in the queue.

Anybody may ask, and on the day of a publication everybody does: a typesetter takes a core, so
that more than one at a time would take it from the pages that tell the results.
"""

from __future__ import annotations

from threading import BoundedSemaphore

from exam_server.context import Centre
from exam_server.documents.paper import Shelf
from exam_server.documents.papers.outcomes import transcripts
from exam_server.documents.typesetting import Typesetter
from exam_server.errors import Refusal
from exam_server.results.views.transcript import Transcript

NAME = "电子成绩单.pdf"
_WAITING = 20  # with the one being set; each takes about half a second
_places, _press = BoundedSemaphore(_WAITING), BoundedSemaphore(1)


def transcript_pdf(centre: Centre, found: Transcript) -> bytes:
    """What the page shows, with its code, on a page of its own.

    A character that no font here has is a box: its owner can do nothing about the fonts.
    Refusals: ``print_busy`` 503 where too many wait; those of :meth:`Typesetter.pdf`.
    """
    if not _places.acquire(blocking=False):
        raise Refusal("print_busy", 503)
    try:
        with (
            _press,
            Typesetter(
                Shelf(centre.settings.documents), now_ms=centre.now().wall_ms, boxes=True
            ) as typesetter,
        ):
            return typesetter.pdf(transcripts([found]))
    finally:
        _places.release()
