"""Pre-flight: prove everything about a package but its content, days ahead (DESIGN §6).

Imports the scoring side for the probe; nothing that leads to a terminal may import this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from question_bank.assembly.permutation import permute
from question_bank.errors import BankError
from question_bank.items.credit import parse_credit
from question_bank.items.points import points_of, points_text
from question_bank.items.scoring import score_form
from question_bank.items.shape import LETTERS, Shape
from question_bank.sealing import opening
from question_bank.sealing.content import open_content
from question_bank.sealing.package import SealedPackage
from question_bank.sealing.scoring import open_form_key
from question_bank.sealing.suite import NAME


def check(package: SealedPackage, centre_private_key: X25519PrivateKey) -> dict[str, Any]:
    """A report of plain values::

        {"ok", "package", "exam", "suite", "signer": fingerprint, "manifest_digest",
         "forms": [{"form_id", "subject", "trade", "level", "items", "full_mark", "bytes"}],
         "checks": [{"name", "ok", "code": null or a BankError's, "facts"}]}

    ``package`` has already passed signature and digests by being read. The checks are
    signature, shapes, recipient, probe_content, probe_order, probe_score. Later checks are
    still made when an earlier one fails.
    """
    checks = [
        _checked(name, act)
        for name, act in (
            ("signature", lambda: None),
            ("shapes", lambda: _shapes(package)),
            ("recipient", lambda: _discard(opening.open_secret(package, centre_private_key))),
            ("probe_content", lambda: _probe_content(package, centre_private_key)),
            ("probe_order", lambda: _probe_order(package)),
            ("probe_score", lambda: _probe_score(package, centre_private_key)),
        )
    ]
    return {
        "ok": all(one["ok"] for one in checks),
        "package": package.id,
        "exam": package.manifest.exam,
        "suite": NAME,
        "signer": package.signer_fingerprint,
        "manifest_digest": package.digest,
        "forms": list(_forms(package)),
        "checks": checks,
    }


def _checked(name: str, act: Callable[[], None]) -> dict[str, Any]:
    try:
        act()
    except BankError as error:
        return {"name": name, "ok": False, "code": error.code, "facts": error.facts}
    return {"name": name, "ok": True, "code": None, "facts": {}}


def _forms(package: SealedPackage) -> Iterator[dict[str, Any]]:
    for form in package.manifest.forms:
        yield {
            "form_id": form.shape.form_id,
            "subject": form.shape.subject,
            "trade": form.shape.trade,
            "level": form.shape.level,
            "items": form.shape.count,
            "full_mark": points_text(full_mark(form.shape)),
            "bytes": form.content_bytes,
        }


def full_mark(shape: Shape) -> Decimal:
    """What a perfect answer to this form earns."""
    return sum((points_of(part.points) * len(part.items) for part in shape.sections), Decimal(0))


def _shapes(package: SealedPackage) -> None:
    """Every shape can be permuted, validated and scored."""
    for form_id, shape in package.shapes.items():
        ids = [item.id for part in shape.sections for item in part.items]
        parse_credit(shape.credit)
        sound = bool(ids) and len(set(ids)) == len(ids) and full_mark(shape) > 0
        sound = sound and all(
            2 <= item.options <= len(LETTERS) and set(item.fixed) <= set(LETTERS[: item.options])
            for part in shape.sections
            for item in part.items
        )
        if not sound:
            raise BankError("package_shape", {"form": form_id})


def _probe_content(package: SealedPackage, key: X25519PrivateKey) -> None:
    shape = package.manifest.probe.shape
    blob = package.content_blob(shape.form_id)
    content = open_content(blob, opening.open_probe_key(package, key), shape.form_id)
    for section in shape.sections:
        for item in section.items:
            sealed = content.items.get(item.id)
            if sealed is None or len(sealed.options) != item.options:
                raise BankError("package_altered", {"part": "probe"})


def _probe_order(package: SealedPackage) -> None:
    shape = package.manifest.probe.shape
    order = permute(shape, bytes(32), "preflight")
    if sorted(order.items) != sorted(order.options) or len(order.items) != shape.count:
        raise BankError("package_shape", {"form": shape.form_id})


def _probe_score(package: SealedPackage, key: X25519PrivateKey) -> None:
    """Right answers earn everything, blanks nothing."""
    shape = package.manifest.probe.shape
    secret = opening.probe_scoring_secret(opening.open_secret(package, key), package.id)
    form_key = open_form_key(package, secret, shape.form_id)
    right = score_form(form_key, {one.item_id: one.correct for one in form_key.items})
    blank = score_form(form_key, {})
    if right.points != full_mark(shape) or blank.points != 0:
        raise BankError("package_altered", {"part": "probe"})


def _discard(_secret: bytes) -> None:
    """The check is that it opened; nothing is kept."""
