"""An outcome in words, the same in lists, exports and queries."""

from __future__ import annotations

from collections.abc import Sequence

from exam_server.results.rules.outcome import Reason
from exam_server.words import Language, state_word

_REASONS: dict[str, tuple[str, str]] = {
    "line": ("未达合格线", "below the line"),
    "minimum": ("未达最低分", "below the minimum"),
    "subject_absent": ("缺科", "a subject absent"),
    "subject_void": ("科目无效", "a subject voided"),
    "practical_fail": ("操作技能不合格", "practical failed"),
    "practical_minimum": ("操作技能未达最低分", "practical below the minimum"),
    "practical_absent": ("操作技能缺考", "practical absent"),
    "unfinished": ("未考完", "not finished"),
    "no_line": ("待划线", "no line yet"),
    "practical_missing": ("待操作技能结果", "practical result due"),
    "violation": ("违纪待处理", "violation to be ruled on"),
    "documents": ("容缺后补", "conditional registration"),
    "registration": ("资格不通过", "registration did not hold"),
    "review": ("进入评审", "review follows"),
}
_SUBJECT = ("absent", "voided", "submitted", "pass", "fail")


def without_points(state: str, language: Language) -> str:
    """What stands in a transcript's line that has no points, by its ``state``."""
    return state_word("subject", state if state in _SUBJECT else "missing", language)


def decided(decision: str | None, reasons: Sequence[Reason], language: Language) -> str:
    """An outcome in words: ``不合格（未达合格线）``; empty while there is none."""
    if decision is None:
        return ""
    at = 0 if language == "zh" else 1
    codes = dict.fromkeys(reason.code for reason in reasons)
    why = ("、", ", ")[at].join(_REASONS[code][at] for code in codes)
    said = state_word("decision", decision, language)
    return f"{said}{('（{}）', ' ({})')[at].format(why)}" if why else said
