"""The line that a group had in an exam of another year."""

from __future__ import annotations

from typing import Any

from exam_server.desk.tables import Exam
from exam_server.ids import new_id
from exam_server.results.tables import CutScore
from exam_server.storage.tx import Tx


def remember_line(
    tx: Tx,
    *,
    rules: dict[str, Any],
    group: str,
    line: str,
    reached: int,
    valid: int,
    year: int = 2025,
    profile: str = "shaanxi-2024",
    state: str = "effective",
) -> None:
    """An exam of ``year`` under these frozen rules, and the group's named line in it."""
    exam = Exam(
        id=new_id(),
        name=f"{year} 年工考",
        year=year,
        mode="formal",
        profile=profile,
        rules=rules,
        permutation_seed="00" * 32,
    )
    tx.session.add(exam)
    tx.session.flush()
    tx.session.add(
        CutScore(
            id=new_id(),
            exam_id=exam.id,
            group_key=group,
            version=1,
            params={"mode": "line", "line": line},
            line=line,
            counts={"reached": reached, "valid": valid},
            snapshot_digest="",
            state=state,
        )
    )
