"""Opening the scoring key. Only the scorer process, pre-flight and the authority import this."""

from __future__ import annotations

import json

import msgspec

from question_bank.canonical import canonical
from question_bank.errors import BankError
from question_bank.items.key import FormKey, as_builtins, digest, from_builtins
from question_bank.sealing.blob import open_blob, seal_blob
from question_bank.sealing.package import SealedPackage
from question_bank.sealing.suite import derive

_CONTEXT = "scoring:"


def seal_form_key(form_key: FormKey, scoring_secret: bytes, package_id: str) -> bytes:
    """The scoring blob of a form, padded like content."""
    key = _form_scoring_key(scoring_secret, package_id, form_key.form_id)
    return seal_blob(canonical(as_builtins(form_key)), key, _CONTEXT + form_key.form_id)


def open_form_key(package: SealedPackage, scoring_secret: bytes, form_id: str) -> FormKey:
    """The form's scoring key. BankError ``package_altered`` when anything does not fit."""
    return open_scoring_blob(
        package.scoring_blob(form_id),
        scoring_secret,
        package_id=package.id,
        form_id=form_id,
        scoring_digest=package.form(form_id).scoring_digest,
    )


def open_scoring_blob(
    blob: bytes, scoring_secret: bytes, *, package_id: str, form_id: str, scoring_digest: str
) -> FormKey:
    """The same from the blob alone, for a process that has no package at hand."""
    key = _form_scoring_key(scoring_secret, package_id, form_id)
    text = open_blob(blob, key, _CONTEXT + form_id)
    try:
        form_key = from_builtins(form_id, json.loads(text))
    except (ValueError, KeyError, TypeError, msgspec.ValidationError) as error:
        raise BankError("package_altered", {"part": "scoring"}) from error
    if digest(form_key) != scoring_digest:
        raise BankError("package_altered", {"part": "scoring"})
    return form_key


def _form_scoring_key(scoring_secret: bytes, package_id: str, form_id: str) -> bytes:
    return derive(scoring_secret, "form-scoring", package_id, form_id)
