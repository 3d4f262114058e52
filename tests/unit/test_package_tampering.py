"""Whatever is changed in a package is noticed before anything of it is used."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from question_bank.canonical import canonical
from question_bank.errors import BankError
from question_bank.sealing import container, manifest, opening, package, suite
from question_bank.sealing.build import BuiltPackage
from question_bank.sealing.manifest import Header
from tests.builders.papers import Authority, draft

_BLOB_BYTES = 64 * 1024


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def built(authority: Authority) -> BuiltPackage:
    return authority.pack(draft(subject="ethics"), draft(subject="theory"))


def refused_code(data: bytes, trusted: set[bytes] | None = None) -> str:
    with pytest.raises(BankError) as refused:
        package.from_bytes(data, trusted)
    return refused.value.code


def regions(data: bytes) -> Iterator[tuple[str, range]]:
    """Every part of the file: what the zip format adds, and each entry's bytes."""
    end = 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            start = entry.header_offset + 30 + len(entry.filename)
            yield f"local header of {entry.filename[:12]}", range(end, start)
            end = start + entry.file_size
            yield entry.filename[:12], range(start, end)
    yield "central directory", range(end, len(data))


def test_the_file_is_covered_whole_by_its_regions(built: BuiltPackage) -> None:
    covered = [region for _, region in regions(built.data)]
    assert covered[0][0] == 0
    assert covered[-1][-1] == len(built.data) - 1
    assert all(after[0] == before[-1] + 1 for before, after in pairwise(covered))


def test_one_changed_byte_in_any_region_is_noticed(built: BuiltPackage) -> None:
    """Every byte of header and signature, a third of the rest, some of each long blob."""
    for name, region in regions(built.data):
        step = 9973 if len(region) >= _BLOB_BYTES else 1 if len(region) < 200 else 29
        for place in {*region[::step], region[-1]}:
            for flip in (0x01, 0x80):
                changed = bytearray(built.data)
                changed[place] ^= flip
                code = refused_code(bytes(changed))
                assert code in ("package_altered", "package_not_a_package"), (name, place)


@pytest.mark.parametrize("cut", [1, 22, 1000, 65536])
def test_a_truncated_package_is_noticed(built: BuiltPackage, cut: int) -> None:
    assert refused_code(built.data[:-cut]) == "package_altered"


@pytest.mark.parametrize("extra", [b"\x00", b"PK", b"a" * 100])
def test_a_package_with_something_before_or_behind_it_is_noticed(
    built: BuiltPackage, extra: bytes
) -> None:
    assert refused_code(built.data + extra) == "package_altered"
    assert refused_code(extra + built.data) in ("package_altered", "package_not_a_package")


@pytest.mark.parametrize("data", [b"", b"hello", b"\x00" * 100, b"PK"])
def test_what_is_no_package_at_all_is_told_so(data: bytes) -> None:
    assert refused_code(data) == "package_not_a_package"


def test_a_zip_that_is_no_package_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert refused_code(buffer.getvalue()) == "package_altered"


def parts(data: bytes) -> tuple[bytes, bytes, bytes, dict[str, bytes]]:
    return container.read(data)


def test_a_blob_added_left_out_or_renamed_is_noticed(built: BuiltPackage) -> None:
    header, listing, signature, blobs = parts(built.data)
    first, second = sorted(blobs)[:2]
    extra = blobs | {suite.sha256(b"x"): b"x"}
    fewer = {name: blob for name, blob in blobs.items() if name != first}
    swapped = blobs | {first: blobs[second], second: blobs[first]}
    for changed in (extra, fewer, swapped):
        assert refused_code(container.write(header, listing, signature, changed)) == (
            "package_altered"
        )


def test_a_manifest_rewritten_by_another_hand_is_noticed(built: BuiltPackage) -> None:
    """Even when all its digests are right: the signature covers header and manifest."""
    header, listing, signature, blobs = parts(built.data)
    rewritten = listing.replace(b'"points":"1"', b'"points":"9"')
    assert rewritten != listing
    assert refused_code(container.write(header, rewritten, signature, blobs)) == "package_altered"


def test_forms_swapped_inside_the_manifest_are_noticed(built: BuiltPackage) -> None:
    """The ethics content under the theory shape: every blob is genuine, the list is not."""
    header, listing, signature, blobs = parts(built.data)
    contents = manifest.decode_manifest(listing)
    first, second = (form.content.encode() for form in contents.forms)
    swapped = listing.replace(first, b"!").replace(second, first).replace(b"!", second)
    assert refused_code(container.write(header, swapped, signature, blobs)) == "package_altered"


def resigned(data: bytes, signer: Ed25519PrivateKey, **changes: str) -> bytes:
    """The package signed anew by somebody else, or with another header."""
    _, listing, _, blobs = parts(data)
    header = Header(
        format=changes.get("format", manifest.FORMAT),
        suite=changes.get("suite", suite.NAME),
        package=changes.get("package", manifest.decode_manifest(listing).package),
        signer=suite.to_base64(signer.public_key().public_bytes_raw()),
    )
    raw = manifest.encode(header)
    return container.write(raw, listing, suite.sign(signer, raw, listing), blobs)


def test_a_package_signed_by_a_stranger_is_not_trusted(
    authority: Authority, built: BuiltPackage
) -> None:
    forged = resigned(built.data, Ed25519PrivateKey.generate())
    assert refused_code(forged, {authority.signer}) == "package_untrusted_signer"
    assert package.from_bytes(forged).signer_fingerprint != (
        package.from_bytes(built.data).signer_fingerprint
    )


@pytest.mark.parametrize("changes", [{"suite": "intl-0"}, {"suite": "gm-1"}, {"format": "x/2"}])
def test_a_suite_is_never_negotiated(
    authority: Authority, built: BuiltPackage, changes: dict[str, str]
) -> None:
    other = resigned(built.data, authority.signing, **changes)
    assert refused_code(other, {authority.signer}) == "package_unknown_suite"


def test_a_header_for_another_package_is_noticed(authority: Authority, built: BuiltPackage) -> None:
    other = resigned(built.data, authority.signing, package="another")
    assert refused_code(other) == "package_altered"


def test_a_manifest_that_is_not_canonical_is_noticed(
    authority: Authority, built: BuiltPackage
) -> None:
    header, listing, _, blobs = parts(built.data)
    spaced = listing.replace(b'","', b'", "', 1)
    assert spaced != listing
    signature = suite.sign(authority.signing, header, spaced)
    assert refused_code(container.write(header, spaced, signature, blobs)) == "package_altered"


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"\xff", canonical({"format": 1})])
def test_a_signed_header_that_is_no_header_is_noticed(
    authority: Authority, built: BuiltPackage, raw: bytes
) -> None:
    _, listing, _, blobs = parts(built.data)
    signature = suite.sign(authority.signing, raw, listing)
    assert refused_code(container.write(raw, listing, signature, blobs)) == "package_altered"


def test_a_compressed_entry_is_refused_before_it_is_unpacked(built: BuiltPackage) -> None:
    header, listing, signature, blobs = parts(built.data)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (("header.json", header), ("manifest.json", listing)):
            archive.writestr(name, data)
        archive.writestr("signature", signature)
        archive.writestr("blobs/" + next(iter(blobs)), bytes(10_000_000))
    assert refused_code(buffer.getvalue()) == "package_altered"


def test_a_recipients_secret_that_was_exchanged_opens_nothing(
    authority: Authority, built: BuiltPackage
) -> None:
    """A manifest signed by the authority but sealed to another key under this centre's name."""
    _, listing, _, _ = parts(built.data)
    contents = manifest.decode_manifest(listing)
    stranger = suite.seal_to(X25519PrivateKey.generate().public_key(), bytes(32), built.id)
    (mine,) = contents.recipients
    exchanged = listing.replace(mine.secret.encode(), suite.to_base64(stranger).encode())
    good = package.from_bytes(built.data)
    bad = package.SealedPackage(
        good.header, manifest.decode_manifest(exchanged), good.signer, good.digest, good.blobs
    )
    with pytest.raises(BankError, match="package_altered"):
        opening.open_content_keys(bad, authority.centre, built.bell_code)
