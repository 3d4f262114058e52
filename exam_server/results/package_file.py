"""A result package as a file: read with care, its signature and its parts checked."""

from __future__ import annotations

import base64
import binascii
import hashlib
import zipfile
from io import BytesIO
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exam_server.errors import Refusal
from exam_server.results.packed_answers import PackedAnswers
from exam_server.results.packed_practical import PackedList
from exam_server.results.views.table import ResultsTable
from question_bank.formats.broken import BROKEN_ZIP

FORMAT = "kaochang/results/2"
_READ = ("kaochang/results/1", FORMAT)  # the first had no practical results
RESULTS, MANIFEST, SIGNATURE, CENTRE = (
    "results.json",
    "manifest.json",
    "manifest.sig",
    "centre.pub",
)
_PARTS = {RESULTS, MANIFEST, SIGNATURE, CENTRE}
MOST_BYTES = 64 * 1024 * 1024  # a province's 20,000 rows take about 30 MiB


class PackedSitting(msgspec.Struct, frozen=True):
    """A sitting whose results are in the package."""

    id: str
    name: str
    centre: str
    room: str
    planned_start_ms: int
    state: str


class PackedGolden(msgspec.Struct, frozen=True):
    """A ``golden`` entry of a sitting's journal; without points for a key that holds none."""

    form: str
    scoring_digest: str
    points: str | None = None


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the centre signs (docs/reference/result-package.md)."""

    format: str
    exam: str
    exam_name: str
    mode: str
    build: str
    packages: tuple[str, ...]
    forms: dict[str, str]
    golden: tuple[PackedGolden, ...]
    sittings: tuple[PackedSitting, ...]
    results_sha256: str
    rows: int
    heads: dict[str, tuple[int, str]]
    acts: tuple[int, str] | None
    created_ms: int


class PackedScore(msgspec.Struct, frozen=True):
    """One version of one score."""

    attempt: str
    form: str
    version: int
    points: str
    sections: list[Any]
    head: str
    scoring_digest: str
    scored_ms: int
    reason: str | None


class PackedViolation(msgspec.Struct, frozen=True):
    """A violation 违纪 that was recorded in the room, or a ruling of the machine it was sat at: a
    fact, which holds the score until the authority that takes it in has ruled (D37)."""

    id: str
    ticket: str
    at_ms: int
    text: str


class Results(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The signed content."""

    format: str
    rules: dict[str, Any]
    table: ResultsTable
    scores: tuple[PackedScore, ...]
    lines: tuple[dict[str, Any], ...]
    violations: tuple[PackedViolation, ...] = ()
    answers: PackedAnswers | None = None
    practical: tuple[PackedList, ...] = ()


class _Formed(msgspec.Struct, frozen=True):
    """What is looked at first: the rest of a manifest is another one in another format."""

    format: str


class ResultFile(msgspec.Struct, frozen=True):
    """A package that is whole. ``signer``: raw public key; ``digest``: of the signed manifest."""

    manifest: Manifest
    results: Results
    signer: bytes
    digest: str


def read_result_file(data: bytes) -> ResultFile:
    """The checked package. Whose key ``signer`` is, the caller must know from elsewhere.

    Refusals 422: ``result_package_unreadable``, ``result_package_altered``,
    ``result_package_format``.
    """
    parts = _parts(data)
    try:
        public, signature = _decoded(parts[CENTRE]), _decoded(parts[SIGNATURE])
        Ed25519PublicKey.from_public_bytes(public).verify(signature, parts[MANIFEST])
    except (binascii.Error, ValueError, InvalidSignature):
        raise Refusal("result_package_altered", 422) from None
    try:
        said = msgspec.json.decode(parts[MANIFEST], type=_Formed).format
        if said not in _READ:
            known = "、".join(_READ)
            raise Refusal("result_package_format", 422, {"format": said[:40], "known": known})
        manifest = msgspec.json.decode(parts[MANIFEST], type=Manifest)
        if hashlib.sha256(parts[RESULTS]).hexdigest() != manifest.results_sha256:
            raise Refusal("result_package_altered", 422)
        results = msgspec.json.decode(parts[RESULTS], type=Results)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refusal("result_package_unreadable", 422) from None
    if results.format != manifest.format:
        raise Refusal("result_package_unreadable", 422)
    return ResultFile(manifest, results, public, hashlib.sha256(parts[MANIFEST]).hexdigest())


def stored_file(manifest: dict[str, Any], results: dict[str, Any], digest: str) -> ResultFile:
    """The package as it was taken in; checked then, its signer is the announced one."""
    return ResultFile(
        msgspec.convert(manifest, Manifest), msgspec.convert(results, Results), b"", digest
    )


def _decoded(text: bytes) -> bytes:
    """Base64 in its one form: spare bits at the end are none, so no byte can be touched."""
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw) != text:
        raise ValueError
    return raw


def _parts(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = archive.namelist()
            if sorted(names) != sorted(_PARTS):
                raise Refusal("result_package_unreadable", 422)
            return {name: _member(archive, name) for name in names}
    except BROKEN_ZIP:
        raise Refusal("result_package_unreadable", 422) from None


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """At most the allowed bytes are decompressed, whatever the headers claim."""
    with archive.open(name) as stream:
        content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Refusal("result_package_unreadable", 422)
    return content
