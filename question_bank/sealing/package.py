"""Reading a package: container, signature, blob digests. Nothing is opened here.

Writing is :mod:`question_bank.sealing.build`; it needs the scoring keys, and what leads
to a terminal may import this module but never those.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from question_bank.errors import BankError
from question_bank.items.shape import Shape
from question_bank.sealing import container, manifest, suite
from question_bank.sealing.blob import STEP
from question_bank.sealing.manifest import Header, Manifest, SealedForm
from question_bank.sealing.recipient import fingerprint


@dataclass(frozen=True, slots=True)
class SealedPackage:
    """A package whose signature and blobs have been checked.

    ``signer``: raw Ed25519 key that signed it; ``digest``: SHA-256 (hex) of the manifest.
    """

    header: Header
    manifest: Manifest
    signer: bytes
    digest: str
    blobs: Mapping[str, bytes]

    @property
    def id(self) -> str:
        """The package id."""
        return self.manifest.package

    @property
    def signer_fingerprint(self) -> str:
        """For comparing with the authority over the telephone."""
        return fingerprint(self.signer)

    @property
    def shapes(self) -> dict[str, Shape]:
        """Every form's shape by form id."""
        return {form.shape.form_id: form.shape for form in self.manifest.forms}

    def form(self, form_id: str) -> SealedForm:
        """The sealed form (or the probe); BankError ``package_no_such_form``."""
        for form in (*self.manifest.forms, self.manifest.probe):
            if form.shape.form_id == form_id:
                return form
        raise BankError("package_no_such_form", {"form": form_id})

    def content_blob(self, form_id: str) -> bytes:
        """The form's sealed content, byte for byte as the authority sealed it."""
        return self.blobs[self.form(form_id).content]

    def scoring_blob(self, form_id: str) -> bytes:
        """The form's sealed scoring key."""
        return self.blobs[self.form(form_id).scoring]


def read(path: Path, trusted: Collection[bytes] | None = None) -> SealedPackage:
    """Read and check a package file; see :func:`from_bytes`. ``package_missing`` if absent."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BankError("package_missing", {"file": path.name}) from error
    return from_bytes(data, trusted)


def from_bytes(data: bytes, trusted: Collection[bytes] | None = None) -> SealedPackage:
    """Check everything that needs no secret.

    ``trusted``: raw Ed25519 keys whose packages are accepted; None accepts any signer, and
    a person compares the fingerprint. BankErrors: ``package_not_a_package``,
    ``package_altered`` (fact ``part``), ``package_unknown_suite``,
    ``package_untrusted_signer``.
    """
    raw_header, raw_manifest, signature, blobs = container.read(data)
    header = manifest.decode_header(raw_header)
    signer = suite.from_base64(header.signer)
    if signer is None or not suite.signed_by(signer, signature, raw_header, raw_manifest):
        raise BankError("package_altered", {"part": "signature"})
    if header.format != manifest.FORMAT or header.suite != suite.NAME:
        facts: dict[str, object] = {"format": header.format, "suite": header.suite}
        raise BankError("package_unknown_suite", facts)
    if trusted is not None and signer not in trusted:
        raise BankError("package_untrusted_signer", {"fingerprint": fingerprint(signer)})
    contents = manifest.decode_manifest(raw_manifest)
    if contents.package != header.package:
        raise BankError("package_altered", {"part": "manifest"})
    _check_blobs(contents, blobs)
    return SealedPackage(header, contents, signer, suite.sha256(raw_manifest), blobs)


def _check_blobs(contents: Manifest, blobs: Mapping[str, bytes]) -> None:
    """Exactly the blobs of the manifest, each with its digest for a name, padded."""
    expected: dict[str, int] = {}
    for form in (*contents.forms, contents.probe):
        expected[form.content] = form.content_bytes
        expected[form.scoring] = form.scoring_bytes
    if set(expected) != set(blobs):
        raise BankError("package_altered", {"part": "blobs"})
    for name, size in expected.items():
        blob = blobs[name]
        if suite.sha256(blob) != name or len(blob) != size or size % STEP:
            raise BankError("package_altered", {"part": "blobs"})
