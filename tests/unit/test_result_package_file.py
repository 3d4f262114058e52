"""A result package whose bytes were touched is read as it was, or refused; nothing else happens."""

from __future__ import annotations

from contextlib import suppress

import pytest

from exam_server.errors import Refusal
from exam_server.results.package_file import ResultFile, read_result_file
from tests.builders.centre_packages import Sitter, SyntheticCentre
from tests.builders.hub import FIRST_MS, sealed_paper
from tests.builders.profiles import short_block


@pytest.fixture(scope="module")
def package() -> bytes:
    centre = SyntheticCentre("商州考点", sealed_paper(), short_block(), "sit", "11")
    who = Sitter(
        ticket="202600000001",
        name="张伟",
        sex="M",
        id_masked="611002********9915",
        city="商洛市",
        unit="水务局",
        trade="汽车驾驶员",
        level="L3",
        points={"ethics": ("4",), "theory": ()},
    )
    return centre.pack([who], created_ms=FIRST_MS)


def read(data: bytes) -> ResultFile | None:
    with suppress(Refusal):
        return read_result_file(data)
    return None


def test_no_byte_of_the_zips_own_tables_can_be_touched(package: bytes) -> None:
    """Sizes, offsets, ways of packing, names: what a broken stick or a stranger makes of them."""
    whole = read(package)
    tables = package.index(b"PK\x01\x02")
    for at in (*range(30), *range(tables, len(package))):
        for to in {0, 1, 12, 14, 255, package[at] ^ 0x80} - {package[at]}:
            found = read(package[:at] + bytes([to]) + package[at + 1 :])
            assert found in (None, whole), at


def test_a_package_that_was_cut_off_is_refused(package: bytes) -> None:
    for length in range(0, len(package), 40):
        assert read(package[:length]) is None
