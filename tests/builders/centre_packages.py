"""Result packages as centres sign them, of people who exist only in a test or a measurement."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exam_server.profiles.profile import Profile, builtins_of
from exam_server.results.package import signed_package
from exam_server.results.package_file import FORMAT
from exam_server.results.packed_practical import PackedList
from exam_server.results.rules.practised import Practised
from exam_server.results.rules.standing import plain_decimal
from exam_server.results.views.table import (
    ResultRow,
    ResultsTable,
    SubjectResult,
    columns_of,
    full_of,
)
from question_bank.sealing.package import SealedPackage

NOTICE = hashlib.sha256(b"notice").hexdigest()
BUILD = "0.1.0-0123456789abcdef"
HEAD = hashlib.sha256(b"head").hexdigest()
SECTION = {"type": "single", "points": "2", "full": "2", "right": 2, "blank": 0}


def practical_list(
    results: Mapping[str, str], document: str = "商州鉴〔2026〕4号", reason: str = ""
) -> PackedList:
    """A centre's list of practical results: pass, fail or absent by ticket."""
    return PackedList(
        document=document,
        document_date="2026-06-04",
        document_sha256=NOTICE,
        digest=NOTICE,
        reason=reason,
        results={ticket: Practised(word) for ticket, word in results.items()},
    )


@dataclass(frozen=True)
class Sitter:
    """A person at a centre. ``points``: by subject every version of the score, the first first;
    () = absent."""

    ticket: str
    name: str
    sex: str
    id_masked: str
    city: str
    unit: str
    trade: str
    level: str
    points: Mapping[str, Sequence[str]]


@dataclass
class SyntheticCentre:
    """A centre with its signing key. ``sitting``: id of the one sitting that it held."""

    name: str
    paper: SealedPackage
    profile: Profile
    sitting: str
    room: str = "01"
    mode: str = "formal"
    signing: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def key(self) -> bytes:
        """The raw public key."""
        return self.signing.public_key().public_bytes_raw()

    def attempt(self, sitter: Sitter, subject: str) -> str:
        """The id of an attempt."""
        return f"{self.sitting}-{sitter.ticket}-{subject}"

    def pack(
        self,
        people: Sequence[Sitter],
        *,
        created_ms: int,
        seq: int | None = None,
        violations: Sequence[dict[str, Any]] = (),
        practical: Sequence[PackedList] = (),
    ) -> bytes:
        """The package of the sitting. The heads grow with every version of a score; ``seq``: of the
        sitting's own chain, which else grows with the time."""
        table = ResultsTable(
            exam_id=f"exam-of-{self.sitting}",
            exam="工考",
            mode=self.mode,
            columns=columns_of(self.profile),
            full=full_of(self.profile),
            show_sum=True,
            rows=tuple(self._row(one) for one in people),
        )
        results = {
            "format": FORMAT,
            "rules": builtins_of(self.profile),
            "table": msgspec.to_builtins(table),
            "scores": [score for one in people for score in self._scores(one)],
            "lines": [],
            "violations": list(violations),
            "practical": msgspec.to_builtins(practical),
        }
        return signed_package(self._manifest(table, people, created_ms, seq), results, self.signing)

    def _manifest(
        self, table: ResultsTable, people: Sequence[Sitter], created_ms: int, seq: int | None
    ) -> dict[str, Any]:
        heads = {
            self.attempt(one, subject): [10 + len(versions), HEAD]
            for one in people
            for subject, versions in one.points.items()
        }
        return {
            "format": FORMAT,
            "exam": table.exam_id,
            "exam_name": table.exam,
            "mode": table.mode,
            "rows": len(table.rows),
            "build": BUILD,
            "packages": [self.paper.id],
            "forms": {form: self.paper.form(form).scoring_digest for form in self.paper.shapes},
            "golden": [
                {"form": form, "scoring_digest": self.paper.form(form).scoring_digest,
                 "points": "4"}
                for form in self.paper.shapes
            ],
            "sittings": [
                {"id": self.sitting, "name": "第 1 场", "centre": self.name, "room": self.room,
                 "planned_start_ms": 0, "state": "scored"}
            ],
            "heads": {self.sitting: [seq or created_ms % 1_000_000_000, HEAD], **heads},
            "acts": None,
            "created_ms": created_ms,
        }  # fmt: skip

    def _row(self, one: Sitter) -> ResultRow:
        there = [versions for versions in one.points.values() if versions]
        whole = len(there) == len(one.points)
        total = sum((Decimal(versions[-1]) for versions in there), Decimal(0))
        return ResultRow(
            candidate_id=f"{self.sitting}-{one.ticket}",
            ticket=one.ticket,
            name=one.name,
            sex=one.sex,
            id_masked=one.id_masked,
            city=one.city,
            unit=one.unit,
            trade=one.trade,
            level=one.level,
            level_name=self.profile.level_name(one.level),
            sitting="第 1 场",
            room=self.room,
            seat=None,
            route="normal",
            conditional=False,
            group=None,
            subjects={name: self._subject(one, name) for name in one.points},
            sum=plain_decimal(total) if whole else None,
            status="valid" if whole else "partial" if there else "absent",
            line=None,
            decision=None,
        )

    def _subject(self, one: Sitter, subject: str) -> SubjectResult:
        versions = one.points[subject]
        return SubjectResult(
            attempt_id=self.attempt(one, subject),
            state="submitted" if versions else "absent",
            cause="candidate" if versions else None,
            points=versions[-1] if versions else None,
            answered=4 if versions else 0,
            started_ms=1 if versions else None,
            submitted_ms=2 if versions else None,
            version=len(versions) or None,
        )

    def _scores(self, one: Sitter) -> list[dict[str, Any]]:
        forms = {self.paper.shapes[form].subject: form for form in self.paper.shapes}
        return [
            {
                "attempt": self.attempt(one, subject),
                "form": forms[subject],
                "version": version,
                "points": points,
                "sections": [SECTION],
                "head": HEAD,
                "scoring_digest": self.paper.form(forms[subject]).scoring_digest,
                "scored_ms": 1_781_900_000_000 + version,
                "reason": None if version == 1 else "recovery c1: 断网",
            }
            for subject, versions in one.points.items()
            for version, points in enumerate(versions, start=1)
        ]
