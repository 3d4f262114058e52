"""What was printed, read back by programs that know nothing of how it was made."""

from __future__ import annotations

import unicodedata
from io import BytesIO

import pypdfium2
from PIL import Image
from pypdf import PdfReader
from pypdf.generic import DictionaryObject


def text_of(pdf: bytes) -> str:
    """All its text without line breaks and blanks."""
    return "".join("".join(page.split()) for page in pages_of(pdf))


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page."""
    reader = PdfReader(BytesIO(pdf))
    return [unicodedata.normalize("NFC", page.extract_text()) for page in reader.pages]


def fonts_of(pdf: bytes) -> set[tuple[str, bool]]:
    """Name of every font without its subset's tag, and whether it is embedded."""
    found = set()
    for page in PdfReader(BytesIO(pdf)).pages:
        resources = page["/Resources"]
        assert isinstance(resources, DictionaryObject)
        for font in resources.get("/Font", {}).values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            descriptor = inner["/FontDescriptor"].get_object()
            embedded = any(key in descriptor for key in ("/FontFile2", "/FontFile3", "/FontFile"))
            found.add((str(inner["/BaseFont"]).split("+")[-1], embedded))
    return found


def page_picture(pdf: bytes, number: int = 0, scale: float = 2.0) -> Image.Image:
    """A page as it comes out of a printer; ``scale``: of 72 dots per inch."""
    page = pypdfium2.PdfDocument(pdf)[number]
    picture: Image.Image = page.render(scale=scale).to_pil()
    return picture.convert("RGB")
