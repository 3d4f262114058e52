"""One verification of a hub's proof, from the file to the report (proof page)."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exam_server.verify import jsonform
from exam_server.verify.acts import CHAIN, Act, read_acts
from exam_server.verify.anchors import decoded
from exam_server.verify.finding import Findings, printable
from exam_server.verify.outside import OutsideHead, check_outside
from exam_server.verify.proof_archive import ProofArchive, read_proof
from exam_server.verify.proof_decisions import check_decisions
from exam_server.verify.proof_packages import by_attempt, check_packages
from exam_server.verify.proof_results import Sources, check_released, check_results
from exam_server.verify.proof_statement import read_stated
from exam_server.verify.reported import Report
from exam_server.verify.scoring import Key
from exam_server.verify.values import is_count, is_hex, is_integer


def verify_proof(
    path: Path, outside: list[OutsideHead], known_key: bytes | None, keys: dict[str, list[Key]]
) -> Report:
    """Verify a proof; Unreadable when there is nothing to verify."""
    findings = Findings()
    archive = read_proof(path, findings)
    stated = read_stated(archive.scores, findings)
    acts = read_acts(archive.acts, findings)
    _check_head(archive, acts, stated["exam"], known_key, findings)
    found = check_outside(outside, {CHAIN: acts}, CHAIN, findings)
    packages = check_packages(stated["packages"], archive.packages, acts, findings)
    sealed = {form: key for row in stated["packages"] for form, key in row["forms"].items()}
    decided = check_decisions(stated["corrections"], sealed, acts, findings)
    sources = Sources(packages, by_attempt(packages.values()), decided, sealed, keys)
    counting, counts = check_results(stated["results"], sources, findings)
    released = check_released(stated["released"], counting, stated["results"], findings)
    public_key = known_key or decoded(archive.public_key)
    return Report(
        file=path.name,
        text={"exam": printable(stated["exam_name"])},
        findings=findings.listed,
        total=findings.total,
        counts=counts
        | {
            "packages": len(packages),
            "corrections": len(stated["corrections"]),
            "attempts": len(stated["results"]),
            "released": released,
            "outside": len(found),
            "acts": len(acts),
        },
        head=(acts[-1].seq, acts[-1].digest) if acts else None,
        outside=[(printable(chain), seq) for chain, seq in found],
        key=hashlib.sha256(public_key).hexdigest() if public_key else None,
        key_known=known_key is not None,
    )


def _check_head(
    archive: ProofArchive,
    acts: list[Act],
    exam: str,
    known_key: bytes | None,
    findings: Findings,
) -> None:
    """``head.json`` is signed, and of these very members and this chain of acts."""
    if archive.head is None:
        return
    inside = decoded(archive.public_key)
    if known_key is not None and inside is not None and inside != known_key:
        findings.add("key_differs")
    key, signature = known_key or inside or b"", decoded(archive.signature)
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature or b"", archive.head)
    except (InvalidSignature, ValueError):
        findings.add("signature_wrong")
    try:
        head = jsonform.read(archive.head)
    except jsonform.NotJson:
        head = None
    if not _is_head(head) or not jsonform.is_canonical(head, archive.head) or head["exam"] != exam:
        findings.add("head_malformed", CHAIN)
        return
    last = (acts[-1].seq, acts[-1].digest) if acts else None
    if last != (head["seq"], head["digest"]):
        findings.add("head_differs", CHAIN, head["seq"], last=last[0] if last else 0)
    for name in sorted(archive.digests.keys() | head["files"].keys()):
        if archive.digests.get(name) != head["files"].get(name):
            findings.add("member_differs", member=name)


def _is_head(head: Any) -> bool:
    return (
        isinstance(head, dict)
        and head.keys() == {"at", "digest", "exam", "files", "seq"}
        and is_integer(head["at"])
        and is_count(head["seq"])
        and is_hex(head["digest"])
        and isinstance(head["files"], dict)
    )
