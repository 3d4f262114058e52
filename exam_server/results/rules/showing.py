"""When a candidate may see their own points (DOMAIN D8; pure)."""

from __future__ import annotations

from collections.abc import Sequence

from exam_server.desk.rules.lifecycle import ENDED
from exam_server.results.rules.standing import Sat
from exam_server.room.rules.lifecycle import ENDED as OVER


def shown(display: str, sat: Sequence[Sat], sitting_state: str | None) -> bool:
    """Whether the score page is shown, by the profile's ``score.display``.

    Never while a submitted attempt waits for its score, nor where nothing was submitted.
    ``sitting_state``: None without a sitting.
    """
    submitted = [one for one in sat if one.state == "submitted"]
    if not submitted or any(one.points is None for one in submitted):
        return False
    match display:
        case "after_subject":
            return True
        case "after_block":
            return all(one.state in OVER for one in sat)
        case "after_room_end":
            return sitting_state in ENDED
        case _:  # hidden
            return False
