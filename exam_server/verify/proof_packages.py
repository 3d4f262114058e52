"""The centres' packages in a proof (proof page §3): signed, whole, recorded; and what they say."""

from __future__ import annotations

import hashlib
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exam_server.verify import jsonform
from exam_server.verify.acts import Act
from exam_server.verify.anchors import decoded
from exam_server.verify.archive import BROKEN, Unreadable, read_member
from exam_server.verify.finding import Findings
from exam_server.verify.values import is_letters

MOST_BYTES = 64 * 1024 * 1024
# a package that counts is superseded by another's act; that nobody is lost by it is seen elsewhere
_DECIDED = {"counts": "counts", "superseded": "counts", "held": "held", "set_aside": "set_aside"}
_DECISIONS = {"results_corrected": "counts", "results_set_aside": "set_aside"}
STATES = frozenset(_DECIDED)
_PARTS = ("results.json", "manifest.json", "manifest.sig")


@dataclass(frozen=True, slots=True)
class PackedScore:
    """One version of a score as its centre made it."""

    points: str
    digest: str
    head: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Package:
    """What one package says. ``people``: (ticket, subject) → (attempt, state); ``scores``: every
    version by attempt; ``heads``: by attempt; ``answers``: by attempt, letters by item."""

    digest: str
    state: str
    people: dict[tuple[str, str], tuple[str, str]]
    scores: dict[str, list[PackedScore]]
    heads: dict[str, str]
    answers: dict[str, dict[str, str]]


def check_packages(
    rows: Sequence[dict[str, Any]],
    files: Mapping[str, bytes],
    acts: Sequence[Act],
    findings: Findings,
) -> dict[str, Package]:
    """Those that could be read, by digest."""
    found: dict[str, Package] = {}
    for row in rows:
        digest = row["digest"]
        if _state_by(acts, row["id"], digest) != _DECIDED[row["state"]]:
            findings.add("package_not_recorded", digest, centre=row["centre"])
        if digest not in files:
            findings.add("package_missing", digest, centre=row["centre"])
            continue
        package = _package(row, files[digest], findings)
        if package is not None:
            found[digest] = package
    for digest in files.keys() - {row["digest"] for row in rows}:
        findings.add("member_extra", member=f"packages/{digest}.zip")
    return found


def by_attempt(packages: Iterable[Package]) -> dict[str, list[Package]]:
    """The packages that have a score of each attempt."""
    found: dict[str, list[Package]] = defaultdict(list)
    for package in packages:
        for attempt in package.scores:
            found[attempt].append(package)
    return found


def _state_by(acts: Sequence[Act], ident: str, digest: str) -> str | None:
    """What the acts have decided about a package, None where none took it in."""
    state: Any = None
    for act in acts:
        if act.data.get("imported") != ident:
            continue
        if act.kind == "results_imported" and act.data.get("digest") == digest:
            state = act.data.get("state")
        elif act.kind in _DECISIONS and state == "held":
            state = _DECISIONS[act.kind]
    return state if isinstance(state, str) else None


def _package(row: dict[str, Any], content: bytes, findings: Findings) -> Package | None:
    digest = row["digest"]
    try:
        with zipfile.ZipFile(BytesIO(content)) as opened:
            parts = {name: read_member(opened, opened.getinfo(name), MOST_BYTES) for name in _PARTS}
        manifest = jsonform.read(parts["manifest.json"])
        _check_signature(row, parts, findings)
        if hashlib.sha256(parts["manifest.json"]).hexdigest() != digest:
            findings.add("package_digest_differs", digest, centre=row["centre"])
        if hashlib.sha256(parts["results.json"]).hexdigest() != manifest["results_sha256"]:
            findings.add("package_results_differ", digest, centre=row["centre"])
        if any(row["forms"].get(form) != key for form, key in manifest["forms"].items()):
            findings.add("package_other_key", digest, centre=row["centre"])
        results = jsonform.read(parts["results.json"])
        return Package(
            digest=digest,
            state=row["state"],
            people=_people(results["table"]["rows"]),
            scores=_scores(results["scores"]),
            heads={str(name): str(head[1]) for name, head in manifest["heads"].items()},
            answers=_answers(results),
        )
    except (*BROKEN, Unreadable, jsonform.NotJson, TypeError, AttributeError):
        findings.add("package_malformed", digest, centre=row["centre"])
        return None


def _check_signature(row: dict[str, Any], parts: dict[str, bytes], findings: Findings) -> None:
    key, signature = decoded(row["key"].encode("utf-8", "replace")), decoded(parts["manifest.sig"])
    try:
        Ed25519PublicKey.from_public_bytes(key or b"").verify(
            signature or b"", parts["manifest.json"]
        )
    except (InvalidSignature, ValueError):
        findings.add("package_signature_wrong", row["digest"], centre=row["centre"])


def _people(rows: list[Any]) -> dict[tuple[str, str], tuple[str, str]]:
    return {
        (str(row["ticket"]), str(subject)): (str(one["attempt_id"]), str(one["state"]))
        for row in rows
        if row["ticket"] is not None
        for subject, one in row["subjects"].items()
    }


def _scores(rows: list[Any]) -> dict[str, list[PackedScore]]:
    found: dict[str, list[PackedScore]] = defaultdict(list)
    for row in rows:
        found[str(row["attempt"])].append(
            PackedScore(
                str(row["points"]), str(row["scoring_digest"]), str(row["head"]), row["reason"]
            )
        )
    return dict(found)


def _answers(results: dict[str, Any]) -> dict[str, dict[str, str]]:
    """ValueError for answers that do not fit their form's items."""
    packed = results.get("answers")
    if packed is None:
        return {}
    forms = {row["attempt"]: row["form"] for row in results["scores"]}
    found: dict[str, dict[str, str]] = {}
    for attempt, text in packed["given"].items():
        items, letters = packed["items"][forms[attempt]], text.split(",")
        if len(items) != len(letters) or not all(map(is_letters, letters)):
            raise ValueError
        found[attempt] = {
            str(item): given for item, given in zip(items, letters, strict=True) if given
        }
    return found
