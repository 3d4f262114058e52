"""Building a package: the authority's side of :mod:`question_bank.sealing` (DESIGN §6)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from question_bank.assembly.draft import Draft
from question_bank.errors import BankError
from question_bank.items.key import FormKey, digest
from question_bank.sealing import bell_code, container, manifest, opening, suite
from question_bank.sealing.content import seal_content
from question_bank.sealing.disguise import Disguised, disguise
from question_bank.sealing.manifest import FORMAT, Header, Manifest, Recipient, SealedForm
from question_bank.sealing.probe import probe_draft
from question_bank.sealing.recipient import key_id
from question_bank.sealing.scoring import seal_form_key
from question_bank.seeded import drawn_id

_SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class BuiltPackage:
    """Everything that sealing produced; only ``data`` leaves the authority.

    ``bell_code``: shown once, kept nowhere. ``form_keys``: by form id. ``origins``: by
    form id, from opaque item id to the bank's item id.
    """

    id: str
    data: bytes = field(repr=False)
    bell_code: str = field(repr=False)
    manifest: Manifest = field(repr=False)
    form_keys: dict[str, FormKey] = field(repr=False)
    origins: dict[str, dict[str, str]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Secrets:
    """Where the keys of a form come from: the bell's for real forms, else the probe's."""

    content: bytes
    scoring: bytes


def build(
    *,
    exam: str,
    drafts: Sequence[Draft],
    recipients: Sequence[X25519PublicKey],
    signing_key: Ed25519PrivateKey,
    seed: bytes,
    created_ms: int,
    approvals: Sequence[str] = (),
) -> BuiltPackage:
    """Seal ``drafts`` for ``recipients``.

    ``seed``: at least 32 random bytes; opaque ids and canonical orders are drawn from it, so
    it stays with the authority. Keys, salts and nonces are fresh whatever the seed.
    BankErrors ``package_no_recipients``, ``package_no_forms``, ``seed_too_short``.
    """
    _refuse_incomplete(drafts, recipients, seed)
    package_id = drawn_id(seed, 20, "package")
    package_secret, bits = secrets.token_bytes(suite.SECRET_BYTES), bell_code.generate()
    kek = opening.key_encryption_key(package_secret, bits, package_id)
    real = _Secrets(
        suite.derive(kek, "content", package_id), suite.derive(kek, "scoring", package_id)
    )
    probe_secrets = _Secrets(
        suite.derive(package_secret, "probe", package_id),
        opening.probe_scoring_secret(package_secret, package_id),
    )
    disguised = [disguise(draft, seed, str(at)) for at, draft in enumerate(drafts, start=1)]
    blobs: dict[str, bytes] = {}
    forms = tuple(_seal(form, real, package_id, blobs) for form in disguised)
    probe = _seal(disguise(probe_draft(), seed, "probe"), probe_secrets, package_id, blobs)
    contents = Manifest(
        package=package_id,
        exam=exam,
        created_ms=created_ms,
        commitment=opening.commitment(kek, package_id),
        recipients=tuple(_recipient(key, package_secret, package_id) for key in recipients),
        forms=forms,
        probe=probe,
        approvals=tuple(approvals),
    )
    return BuiltPackage(
        id=package_id,
        data=_signed(contents, signing_key, blobs),
        bell_code=bell_code.make(bits),
        manifest=contents,
        form_keys={form.shape.form_id: form.form_key for form in disguised},
        origins={form.shape.form_id: form.origins for form in disguised},
    )


def _refuse_incomplete(
    drafts: Sequence[Draft], recipients: Sequence[X25519PublicKey], seed: bytes
) -> None:
    if not drafts:
        raise BankError("package_no_forms")
    if not recipients:
        raise BankError("package_no_recipients")
    if len(seed) < _SEED_BYTES:
        raise BankError("seed_too_short", {"bytes": _SEED_BYTES})


def _seal(form: Disguised, keys: _Secrets, package_id: str, blobs: dict[str, bytes]) -> SealedForm:
    form_id = form.shape.form_id
    key = opening.form_content_key(keys.content, package_id, form_id)
    content = seal_content(form.content, key)
    scoring = seal_form_key(form.form_key, keys.scoring, package_id)
    names = suite.sha256(content), suite.sha256(scoring)
    blobs |= {names[0]: content, names[1]: scoring}
    return SealedForm(
        shape=form.shape,
        content=names[0],
        content_bytes=len(content),
        scoring=names[1],
        scoring_bytes=len(scoring),
        scoring_digest=digest(form.form_key),
    )


def _recipient(key: X25519PublicKey, package_secret: bytes, package_id: str) -> Recipient:
    sealed = suite.seal_to(key, package_secret, package_id)
    return Recipient(key_id=key_id(key), secret=suite.to_base64(sealed))


def _signed(contents: Manifest, signing_key: Ed25519PrivateKey, blobs: dict[str, bytes]) -> bytes:
    header = Header(
        format=FORMAT,
        suite=suite.NAME,
        package=contents.package,
        signer=suite.to_base64(signing_key.public_key().public_bytes_raw()),
    )
    raw_header, raw_manifest = manifest.encode(header), manifest.encode(contents)
    signature = suite.sign(signing_key, raw_header, raw_manifest)
    return container.write(raw_header, raw_manifest, signature, blobs)
