"""The report for people and the one for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from exam_server.verify.finding import MOST_LISTED, Finding
from exam_server.verify.messages import remedy, sentence
from exam_server.verify.reported import Report

_COUNTS = {
    "entries": ("条目（摘要逐条重算）", "entries, every digest recomputed"),
    "chains": ("链", "chains"),
    "packages": ("考点成绩包", "result packages of centres"),
    "corrections": ("已生效的更正", "corrections in effect"),
    "attempts": ("作答", "attempts"),
    "submitted": ("已交卷", "handed in"),
    "responses": ("计入的单题作答", "responses that count"),
    "scores": ("计分记录", "scores"),
    "recomputed": ("独立重算的成绩", "scores recomputed"),
    "waiting": ("待按更正后答案补评的作答", "attempts that wait for a corrected key"),
    "released": ("已公布的科目成绩", "published scores"),
    "outside": ("核对到的外部链头", "outside heads found"),
    "unanchored": ("最后一次链头汇总之后的条目", "entries after the last heads taken in"),
    "acts": ("操作记录", "acts outside any sitting"),
    "loose_acts": ("最后一次汇总之后的操作记录", "acts after the last heads taken in"),
}
_LABELS = {
    "title": ("作答日志校验", "Journal verification"),
    "proof": ("汇总核验包校验", "Verification of a hub's proof"),
    "exam": ("考试", "Exam"),
    "centre": ("考点", "Centre"),
    "sitting": ("场次", "Sitting"),
    "head": ("场次链头", "Head of the sitting"),
    "acts_head": ("操作记录链头", "Head of the office's acts"),
    "key": ("签名公钥", "Signing key"),
    "key_unknown": (
        "公钥取自文件本身；用 --key 给出备案的公钥，才能确认由谁签名",
        "The key came with the file; give the key on record with --key to know whose it is",
    ),
    "no_scoring": (
        "没有给出标准答案文件，成绩未重算（--scoring）",
        "No scoring key was given, so no score was recomputed (--scoring)",
    ),
    "no_outside": (
        "没有给出外部链头；整链重写只有与外部链头比较才能发现（--head）",
        "No outside head was given; a wholly rewritten chain is found only against one (--head)",
    ),
    "unanchored": (
        "最后一次链头汇总之后还有条目，它们只受导出签名保护",
        "Entries came after the last heads taken in; only the signature protects them",
    ),
    "more": ("另有 {count} 处未列出", "{count} more are not listed"),
    "line": ("第 {line} 行", "line {line}"),
    "entry": ("第 {seq} 条", "entry {seq}"),
}
_VERDICT = {
    0: ("结论：全部一致。", "Verdict: everything holds."),
    1: ("结论：发现 {count} 处问题。", "Verdict: {count} findings."),
    2: ("结论：无法校验。", "Verdict: cannot be verified."),
}


def as_text(report: Report, lang: str) -> str:
    """The report a person reads; the verdict is its last line."""
    return "\n".join(_lines(report, lang)) + "\n"


def as_json(report: Report, lang: str) -> str:
    """The report a program reads."""
    listed = [report.unreadable] if report.unreadable else list(report.findings)
    value: dict[str, Any] = {
        "format": "kaochang/verify/1",
        "file": report.file,
        "verdict": ("ok", "findings", "unreadable")[report.status],
        "status": report.status,
        **report.text,
        "counts": report.counts,
        "head": {"seq": report.head[0], "digest": report.head[1]} if report.head else None,
        "outside": [{"chain": chain, "seq": seq} for chain, seq in report.outside],
        "key_sha256": report.key,
        "key_known": report.key_known,
        "sums": report.sums,
        "total": report.total,
        "findings": [_finding_as_json(finding, lang) for finding in listed],
        "summary": verdict(report, lang),
    }
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def verdict(report: Report, lang: str) -> str:
    """The one line that says how it ended."""
    return _pick(_VERDICT[report.status], lang).format(count=report.total)


def _finding_as_json(finding: Finding, lang: str) -> dict[str, Any]:
    return {
        "code": finding.code,
        "chain": finding.chain,
        "seq": finding.seq,
        "line": finding.line,
        "facts": finding.facts,
        "text": sentence(finding, lang),
        "remedy": remedy(finding, lang),
    }


def _lines(report: Report, lang: str) -> Iterator[str]:
    title = "proof" if report.unreadable is None and "sitting" not in report.text else "title"
    yield f"{_label(title, lang)}  {report.file}"
    if report.unreadable is not None:
        yield from _finding_lines(report.unreadable, lang)
    else:
        for name in ("exam", "centre", "sitting"):
            if name in report.text:
                yield f"  {_label(name, lang)}: {report.text[name]}"
        if report.head is not None:
            label = _label("head" if "sitting" in report.text else "acts_head", lang)
            yield f"  {label}: {report.head[0]} · {report.head[1]}"
        if report.key is not None:
            yield f"  {_label('key', lang)}: SHA-256 {report.key[:32]}…"
        for name, words in _COUNTS.items():
            if name in report.counts:
                yield f"  {report.counts[name]:>8,}  {_pick(words, lang)}"
        yield from _notes(report, lang)
        for finding in report.findings:
            yield from _finding_lines(finding, lang)
        if report.total > MOST_LISTED:
            yield "  " + _label("more", lang).format(count=report.total - MOST_LISTED)
    yield verdict(report, lang)


def _notes(report: Report, lang: str) -> Iterator[str]:
    """What was not checked, so that nobody takes silence for proof."""
    if not report.key_known:
        yield f"  · {_label('key_unknown', lang)}"
    if report.counts.get("unanchored"):
        yield f"  · {_label('unanchored', lang)}"
    if report.counts["scores"] and not report.counts["recomputed"]:
        yield f"  · {_label('no_scoring', lang)}"
    if not report.counts["outside"]:
        yield f"  · {_label('no_outside', lang)}"


def _finding_lines(finding: Finding, lang: str) -> Iterator[str]:
    place = [finding.chain] if finding.chain is not None else []
    if finding.seq is not None:
        place.append(_label("entry", lang).format(seq=finding.seq))
    if finding.line is not None:
        place.append(_label("line", lang).format(line=finding.line))
    yield f"✗ {' · '.join([*place, sentence(finding, lang)])}"
    yield f"    {remedy(finding, lang)}"


def _label(name: str, lang: str) -> str:
    return _pick(_LABELS[name], lang)


def _pick(words: tuple[str, str], lang: str) -> str:
    return words[0] if lang == "zh" else words[1]
