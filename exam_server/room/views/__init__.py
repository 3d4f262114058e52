"""What the room looks like: to a terminal, and to a proctor. Plain queries, no writes."""

from exam_server.room.views.board import board
from exam_server.room.views.detail import candidate_detail
from exam_server.room.views.reconciliation import reconciliation
from exam_server.room.views.sittings import sittings_today

__all__ = ["board", "candidate_detail", "reconciliation", "sittings_today"]
