"""Pre-flight at the centre: everything about a package but its content, days ahead."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from question_bank.sealing.package import SealedPackage
from question_bank.sealing.preflight import check


def preflight_package(package: SealedPackage, centre_key: X25519PrivateKey) -> dict[str, Any]:
    """The report of :func:`question_bank.sealing.preflight.check` with this centre's key."""
    return check(package, centre_key)
