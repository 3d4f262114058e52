"""Talking to the typesetter process: start, ask, end.

The typesetter is known here by name only. Plain pipes and threads: under gevent's patches these
are cooperative, without them they are what they look like.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType

import msgspec

from exam_server.documents.glyphs import check_glyphs, with_boxes
from exam_server.documents.paper import Paper, Shelf
from exam_server.documents.typesetter import Job, Made, receive, send
from exam_server.errors import Refusal

COMMAND = (sys.executable, "-m", "exam_server.documents.typesetter")
_ENVIRONMENT = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR")
_ROOT = Path(__file__).resolve().parents[2]  # where ``-m exam_server…`` is found
_SECONDS = 120.0
_TAGGED_PEOPLE = 50  # one's own transcript is read aloud; a pile for the printer is not


class Typesetter:
    """One process for a run of documents; a context manager that ends it."""

    def __init__(self, shelf: Shelf, *, now_ms: int, boxes: bool = False) -> None:
        """``now_ms``: written into the documents. ``boxes``: a character without a glyph becomes
        a box to write into, instead of a refusal."""
        self._shelf, self._made_s, self._boxes = shelf, now_ms // 1000, boxes
        self._sources = shelf.templates
        self._process = subprocess.Popen(  # noqa: S603  our own module
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            cwd=_ROOT,
        )

    def pdf(self, paper: Paper) -> bytes:
        """The paper as PDF.

        Refusals: ``glyph_missing`` and ``font_unreadable`` 422; ``template_broken`` 422 with the
        typesetter's words; ``typesetter_died`` 503.
        """
        if self._boxes:
            paper = with_boxes(paper, self._shelf)
        else:
            check_glyphs(paper, self._shelf)
        job = Job(
            template=paper.template,
            sources=self._sources,
            files=dict(paper.files),
            data=msgspec.json.encode(paper.data),
            fonts=tuple(str(folder) for folder in self._shelf.fonts),
            made_s=self._made_s,
            tagged=len(paper.data.get("people", ())) <= _TAGGED_PEOPLE,
        )
        made = self._ask(msgspec.msgpack.encode(job))
        if made.error:
            raise Refusal("template_broken", 422, {"template": paper.template, "why": made.error})
        return made.pdf

    def kill(self) -> None:
        """Break off: whoever waits for a document is told ``typesetter_died``."""
        self._process.kill()

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue  # it died with something in the pipe: told by whoever asked
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def __enter__(self) -> Typesetter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _ask(self, body: bytes) -> Made:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        watchdog = threading.Timer(_SECONDS, self._process.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            send(self._process.stdin, body)  # type: ignore[arg-type]
            answer = receive(self._process.stdout)  # type: ignore[arg-type]
        except OSError:
            answer = None
        finally:
            watchdog.cancel()
        if answer is None:
            raise Refusal("typesetter_died", 503)
        return msgspec.msgpack.decode(answer, type=Made)
