"""Makes the fonts of the printed documents out of two npm packages, so that no machine needs any.

``python build_fonts.py FOLDER`` writes four TrueType files and two licences. Noto Sans SC comes as
a hundred slices of characters for browsers, and typst takes one file per style: they are put
together glyph by glyph, as outlines only. Of LXGW WenKai the characters are kept that Noto has
not: the rare ones of names (䶮, 𠮷). The ``.woff`` files are read, whose outlines are packed but
not rewritten, and go over as they are: ten times quicker than ``.woff2``. Run by
``hatch_build.py`` after ``npm ci``.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence, Set
from pathlib import Path
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable

PACKAGES = Path(__file__).resolve().parent / "node_modules" / "@fontsource"
NOTO, WENKAI = PACKAGES / "noto-sans-sc", PACKAGES / "lxgw-wenkai"
STYLES = {"Regular": 400, "Bold": 700}
WENKAI_FILES = {"Regular": "500", "Bold": "700"}
EM = 1000
MAXIMA = ("maxPoints", "maxContours", "maxSizeOfInstructions")


def main(folder: Path) -> None:
    """Write everything into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for style, weight in STYLES.items():
        slices = sorted((NOTO / "files").glob(f"noto-sans-sc-*-{weight}-normal.woff"))
        # its letters give the measures of the whole
        slices.sort(key=lambda path: f"-latin-{weight}-" not in path.name)
        common = join(slices, "Noto Sans SC", style, folder / f"NotoSansSC-{style}.ttf")
        whole = WENKAI / "files" / f"lxgw-wenkai-latin-{WENKAI_FILES[style]}-normal.woff"
        join([whole], "LXGW WenKai", style, folder / f"LXGWWenKai-{style}.ttf", without=common)
    for package in (NOTO, WENKAI):
        shutil.copyfile(package / "LICENSE", folder / f"{package.name}.LICENSE.txt")


def join(
    files: Sequence[Path], family: str, style: str, out: Path, without: Set[int] = frozenset()
) -> Set[int]:
    """One font of the files' characters, where two have one the first's; the code points."""
    glyphs: dict[str, Any] = {".notdef": _box()}
    widths: dict[str, tuple[int, int]] = {".notdef": (EM, 50)}
    named: dict[int, str] = {}
    most = dict.fromkeys(MAXIMA, 0)
    for path in files:
        font = _opened(path)
        outlines, metrics = font["glyf"].glyphs, font["hmtx"]
        most = {name: max(value, getattr(font["maxp"], name)) for name, value in most.items()}
        for code, glyph in font.getBestCmap().items():
            if code not in named and code not in without:
                named[code] = name = f"u{code:X}"
                glyphs[name], widths[name] = outlines[glyph], metrics[glyph]
                if getattr(glyphs[name], "data", b"")[:1] >= b"\x80":  # contours below zero
                    raise SystemExit(f"{path.name}: U+{code:04X} is made of other glyphs")
    model = _opened(files[0])
    across, os2 = model["hhea"], model["OS/2"]
    made = FontBuilder(EM, isTTF=True)
    made.font.recalcBBoxes = False  # every outline brings its own
    made.setupGlyphOrder(list(glyphs))
    made.setupCharacterMap(named)
    made.font["loca"], made.font["glyf"] = newTable("loca"), newTable("glyf")
    made.font["glyf"].glyphs, made.font["glyf"].glyphOrder = glyphs, list(glyphs)
    made.setupHorizontalMetrics(widths)
    made.setupHorizontalHeader(
        ascent=across.ascent,
        descent=across.descent,
        advanceWidthMax=max(width for width, _ in widths.values()),
    )
    made.setupNameTable(
        {
            "copyright": model["name"].getDebugName(0),
            "familyName": family,
            "styleName": style,
            "uniqueFontIdentifier": f"{family} {style}",
            "fullName": f"{family} {style}",
            "psName": f"{family.replace(' ', '')}-{style}",
            "licenseInfoURL": "https://openfontlicense.org",
        }
    )
    heights = ("sTypoAscender", "sTypoDescender", "usWinAscent", "usWinDescent")
    made.setupOS2(
        usWeightClass=STYLES[style],
        fsType=0,
        sxHeight=os2.sxHeight,
        sCapHeight=os2.sCapHeight,
        **{name: getattr(os2, name) for name in heights},
    )
    made.setupPost(keepGlyphNames=False)
    for name, value in most.items():
        setattr(made.font["maxp"], name, value)
    for name in ("xMin", "yMin", "xMax", "yMax"):
        setattr(made.font["head"], name, getattr(model["head"], name))
    made.save(out)
    return named.keys()


def _opened(path: Path) -> Any:
    return TTFont(path, lazy=True, recalcBBoxes=False, recalcTimestamp=False)


def _box() -> Any:
    pen = TTGlyphPen(None)
    pen.moveTo((50, 0))
    for corner in ((50, 700), (950, 700), (950, 0)):
        pen.lineTo(corner)
    pen.closePath()
    glyph = pen.glyph()
    glyph.recalcBounds(None)
    return glyph


if __name__ == "__main__":
    main(Path(sys.argv[1]))
