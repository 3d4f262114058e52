"""Which exam a page is about."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request

from exam_server.errors import not_found


def chosen_exam(exams: Mapping[str, str]) -> str:
    """``?exam=…``, else the first; "" where there is none. ``exams``: names by id.

    ``not_found`` 404 for an exam that is not among them.
    """
    chosen = request.args.get("exam") or next(iter(exams), "")
    if chosen and chosen not in exams:
        raise not_found("exam", chosen)
    return chosen
