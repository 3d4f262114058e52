"""How a line decides, in words, for everything that is printed under it (DOMAIN C10, D12, D17)."""

from __future__ import annotations

from exam_server.results.rules.params import LineParams

_BASIS = {"sum": ("各科合计", "the sum of the subjects"), "each_subject": ("每科", "each subject")}
_TIES = {
    "include": ("线上同分的人全部达线", "everybody on the line reaches it"),
    "exclude": ("名额不够时线上同分的人全部不达线", "ties beyond the quota are all left out"),
}
_RATES = ("rate", "and", "or", "floor_then_rate", "bounds")


def line_in_words(line: str | None, params: LineParams) -> tuple[str, str]:
    """What the line is held against, that it is reached inclusively, and the rule for ties.

    In Chinese and in English; a subject's minimum is told by the subject's id.
    """
    basis = _BASIS[params.basis]
    if line is None:
        told = [("没有人达线", "nobody reaches it")]
    else:
        told = [
            (f"{basis[0]} {line} 分及以上", f"{basis[1]} {line} or more"),
            _TIES[params.tie if params.mode in _RATES else "include"],
        ]
    told += [
        (f"{subject} 不低于 {least} 分", f"{subject} at least {least}")
        for subject, least in params.minimum.items()
    ]
    return "；".join(zh for zh, _ in told), "; ".join(en for _, en in told)
