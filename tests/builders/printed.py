"""What was printed, read back by programs that know nothing of how it was made."""

from __future__ import annotations

import unicodedata
from io import BytesIO

import pypdfium2
from PIL import Image
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

_TOUCHING = 0.2  # of a character's box; neighbours share none


def text_of(pdf: bytes) -> str:
    """All its text without line breaks and blanks."""
    return "".join("".join(page.split()) for page in pages_of(pdf))


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page."""
    reader = PdfReader(BytesIO(pdf))
    return [unicodedata.normalize("NFC", page.extract_text()) for page in reader.pages]


def fonts_of(pdf: bytes) -> set[tuple[str, bool]]:
    """Name of every font without its subset's tag, and whether it is embedded; a document
    without any has no text."""
    found = set()
    for page in PdfReader(BytesIO(pdf)).pages:
        resources = page["/Resources"]
        assert isinstance(resources, DictionaryObject)
        for font in resources.get("/Font", {}).values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            descriptor = inner["/FontDescriptor"].get_object()
            embedded = any(key in descriptor for key in ("/FontFile2", "/FontFile3", "/FontFile"))
            found.add((str(inner["/BaseFont"]).split("+")[-1], embedded))
    assert found, "no font at all"
    return found


def overprinted(pdf: bytes) -> list[str]:
    """Characters that lie on another one, in the words ``一/二`` (both, page by page)."""
    found = []
    for page in pypdfium2.PdfDocument(pdf):
        read = page.get_textpage()
        shown = [(at, read.get_text_range(at, 1)) for at in range(read.count_chars())]
        boxes = [(one, read.get_charbox(at)) for at, one in shown if not one.isspace()]
        near: dict[tuple[int, int], list[tuple[str, tuple[float, ...]]]] = {}
        for one, box in boxes:
            left, bottom, right, top = box
            place = (int((left + right) / 2) // 40, int((bottom + top) / 2) // 40)
            around = ((place[0] + x, place[1] + y) for x in (-1, 0, 1) for y in (-1, 0, 1))
            found += [
                f"{other}/{one}"
                for cell in around
                for other, taken in near.get(cell, ())
                if _shared(box, taken) > _TOUCHING
            ]
            near.setdefault(place, []).append((one, box))
    return found


def _shared(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """How much of the smaller box lies in the other one, from 0 to 1."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return width * height / max(min(areas), 0.01)


def page_picture(pdf: bytes, number: int = 0, scale: float = 2.0) -> Image.Image:
    """A page as it comes out of a printer; ``scale``: of 72 dots per inch."""
    page = pypdfium2.PdfDocument(pdf)[number]
    picture: Image.Image = page.render(scale=scale).to_pil()
    return picture.convert("RGB")
