"""Every score in a proof (proof page §3): whose it is, where it comes from, what it is worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from exam_server.verify.finding import Findings
from exam_server.verify.proof_decisions import Decided
from exam_server.verify.proof_packages import Package, PackedScore
from exam_server.verify.scoring import Key, fraction, score, written

Counting = dict[tuple[str, str], Fraction]  # (candidate, subject) → points by the newest key


@dataclass(frozen=True, slots=True)
class Sources:
    """What the scores are held against. ``packages``: by digest; ``having``: by attempt, those
    that have a score of it; ``sealed``: form → announced digest."""

    packages: Mapping[str, Package]
    having: Mapping[str, Sequence[Package]]
    decided: Decided
    sealed: Mapping[str, str]
    keys: Mapping[str, Sequence[Key]]


def check_results(
    rows: Sequence[dict[str, Any]], sources: Sources, findings: Findings
) -> tuple[Counting, dict[str, int]]:
    """What counts, and how many scores, recomputed and waiting there are."""
    _check_complete(rows, sources.packages, findings)
    counting: Counting = {}
    counts = Counter({"scores": 0, "recomputed": 0, "waiting": 0})
    for row in rows:
        _check_place(row, sources.packages, findings)
        _check_versions(row, sources, findings)
        counts["scores"] += len(row["scores"])
        counts["recomputed"] += _recompute(row, sources, findings)
        if row["state"] != "submitted":
            continue
        newest = sources.decided.newest.get(row["form"])
        by_newest = [one for one in row["scores"] if one["scoring_digest"] == newest]
        counts["waiting"] += not row["scores"] or row["scores"][-1] not in by_newest[-1:]
        if by_newest:
            counting[row["candidate"], row["subject"]] = fraction(by_newest[-1]["points"])
    return counting, dict(counts)


def _check_complete(
    rows: Sequence[dict[str, Any]], packages: Mapping[str, Package], findings: Findings
) -> None:
    """Everybody of the packages that count, or were superseded, is there, once."""
    listed = Counter((row["ticket"], row["subject"]) for row in rows)
    for (ticket, subject), times in listed.items():
        if times > 1:
            findings.add("result_repeated", ticket=ticket, subject=subject)
    for package in packages.values():
        if package.state in ("counts", "superseded"):
            for ticket, subject in package.people.keys() - listed.keys():
                findings.add("result_missing", package.digest, ticket=ticket, subject=subject)


def _check_place(row: dict[str, Any], packages: Mapping[str, Package], findings: Findings) -> None:
    package = packages.get(row["package"])
    said = package.people.get((row["ticket"], row["subject"])) if package else None
    counted = package is not None and package.state == "counts"
    if not counted or said != (row["attempt"], row["state"]):
        findings.add(
            "result_of_other", row["attempt"], ticket=row["ticket"], subject=row["subject"]
        )


def _check_versions(row: dict[str, Any], sources: Sources, findings: Findings) -> None:
    """The centre's in their order, every other by a key that was decided on."""
    attempt, form = row["attempt"], row["form"]
    packed = [package.scores[attempt] for package in sources.having.get(attempt, ())]
    said = max(packed, key=len, default=[])
    by_centre, before = 0, ""
    for number, one in enumerate(row["scores"], start=1):
        if one["version"] != number:
            findings.add("score_version_wrong", attempt, version=one["version"])
        mine = PackedScore(one["points"], one["scoring_digest"], one["head"], one["reason"])
        if one["scoring_digest"] == sources.sealed.get(form):
            if by_centre >= len(said) or said[by_centre] != mine:
                findings.add("score_of_no_package", attempt, version=number, points=one["points"])
            by_centre += 1
        else:
            _check_decided(attempt, form, one, before, sources.decided, findings)
        before = one["points"]
    if row["state"] == "submitted" and not row["scores"]:
        findings.add("result_without_score", attempt, ticket=row["ticket"])


def _check_decided(
    attempt: str, form: str, one: dict[str, Any], before: str, decided: Decided, findings: Findings
) -> None:
    digest = one["scoring_digest"]
    given = (attempt, one["version"], before, one["points"])
    head = decided.heads.get((digest, given), one["head"])
    if given not in decided.given.get((form, digest), ()) or head != one["head"]:
        findings.add(
            "score_without_decision", attempt, version=one["version"], points=one["points"]
        )


def _recompute(row: dict[str, Any], sources: Sources, findings: Findings) -> int:
    """How many versions a key was there for, and the answers."""
    for_form = sources.keys.get(row["form"], ())
    if not for_form:
        return 0
    done = 0
    for number, one in enumerate(row["scores"], start=1):
        key = next((key for key in for_form if key.digest == one["scoring_digest"]), None)
        if key is None:
            findings.add("scoring_key_differs", row["attempt"], version=number)
            continue
        answers = _answers(row["attempt"], one, sources)
        if answers is None:
            if number == len(row["scores"]):
                findings.add("answers_missing", row["attempt"], version=number)
            continue
        own = score(key, answers)
        if own is None or own != fraction(one["points"]):
            findings.add(
                "score_wrong",
                row["attempt"],
                version=number,
                file=one["points"],
                own="–" if own is None else written(own),
            )
        done += 1
    return done


def _answers(attempt: str, one: dict[str, Any], sources: Sources) -> dict[str, str] | None:
    """Those that the score was made of."""
    for package in sources.having.get(attempt, ()):
        answers = package.answers.get(attempt)
        if answers is None:
            continue
        if (
            package.scores[attempt][-1].head == one["head"]
            or package.heads.get(attempt) == one["head"]
        ):
            return answers
    return None


def check_released(
    releases: Sequence[dict[str, Any]],
    counting: Counting,
    rows: Sequence[dict[str, Any]],
    findings: Findings,
) -> int:
    """How many published scores were held against what counts."""
    known = {(row["candidate"], row["subject"]) for row in rows}
    tickets = {row["candidate"]: row["ticket"] for row in rows}
    checked = 0
    for candidate, result in (
        (name, one) for release in releases for name, one in release["results"].items()
    ):
        ticket = tickets.get(candidate, candidate)
        for subject, points in result["subjects"].items():
            if points is None or (candidate, subject) not in known:
                continue
            checked += 1
            own = counting.get((candidate, subject))
            if own is None or own != fraction(points):
                findings.add(
                    "released_differs", ticket, subject=subject, file=points,
                    own="–" if own is None else written(own),
                )  # fmt: skip
        shown = [fraction(points) for points in result["subjects"].values() if points is not None]
        if result["sum"] is not None and fraction(result["sum"]) != sum(shown, Fraction(0)):
            findings.add("sum_differs", ticket, file=result["sum"])
    return checked
