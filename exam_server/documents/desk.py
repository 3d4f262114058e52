"""What printing stands on in a running centre."""

from __future__ import annotations

from exam_server.context import Centre
from exam_server.documents.making import Desk
from exam_server.documents.office_file import office_words
from exam_server.documents.paper import Shelf


def desk_of(centre: Centre) -> Desk:
    """The centre's keys, its office's words, templates and fonts, and now.

    Refusal ``office_file_invalid`` 422.
    """
    shelf = Shelf(centre.settings.documents)
    return Desk(
        fields=centre.keys.fields,
        heads=centre.heads,
        shelf=shelf,
        words=office_words(shelf),
        now_ms=centre.now().wall_ms,
    )
