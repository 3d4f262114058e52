"""Makes the fonts of the printed documents out of two npm packages, so that no machine needs any.

``python build_fonts.py FOLDER`` writes three TrueType files and their licences. Noto Sans SC comes
as a hundred slices of characters for browsers, and typst takes one file per style: they are put
together glyph by glyph, as outlines only. LXGW WenKai comes whole and has the rare characters
of names (䶮, 𠮷). The ``.woff`` files are read, whose outlines are packed but not rewritten: five
times quicker than ``.woff2``. Run by ``hatch_build.py`` after ``npm ci``.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

PACKAGES = Path(__file__).resolve().parent / "node_modules" / "@fontsource"
NOTO, WENKAI = PACKAGES / "noto-sans-sc", PACKAGES / "lxgw-wenkai"
STYLES = {"Regular": 400, "Bold": 700}
KEPT = {"head", "hhea", "maxp", "OS/2", "hmtx", "cmap", "loca", "glyf", "name", "post"}
EM = 1000


def main(folder: Path) -> None:
    """Write everything into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for style, weight in STYLES.items():
        merge(weight, "Noto Sans SC", style, folder / f"NotoSansSC-{style}.ttf")
    unpack(WENKAI / "files" / "lxgw-wenkai-latin-500-normal.woff", folder / "LXGWWenKai.ttf")
    for package in (NOTO, WENKAI):
        shutil.copyfile(package / "LICENSE", folder / f"{package.name}.LICENSE.txt")


def merge(weight: int, family: str, style: str, out: Path) -> None:
    """All slices of one weight as one font; where two have a character, the first by name."""
    glyphs: dict[str, Any] = {".notdef": _box()}
    widths: dict[str, tuple[int, int]] = {".notdef": (EM, 50)}
    named: dict[int, str] = {}
    slices = sorted((NOTO / "files").glob(f"noto-sans-sc-*-{weight}-normal.woff"))
    for path in slices:
        font = _opened(path)
        outlines, metrics = font["glyf"], font["hmtx"]
        for code, glyph in font.getBestCmap().items():
            if code not in named:
                named[code] = name = f"u{code:X}"
                glyphs[name], widths[name] = outlines[glyph], metrics[glyph]
                if glyphs[name].isComposite():
                    raise SystemExit(f"{path.name}: U+{code:04X} is made of other glyphs")
    model = _opened(NOTO / "files" / f"noto-sans-sc-latin-{weight}-normal.woff")
    across, os2 = model["hhea"], model["OS/2"]
    made = FontBuilder(EM, isTTF=True)
    made.setupGlyphOrder(list(glyphs))
    made.setupCharacterMap(named)
    made.setupGlyf(glyphs)
    made.setupHorizontalMetrics(widths)
    made.setupHorizontalHeader(ascent=across.ascent, descent=across.descent)
    made.setupNameTable(
        {
            "copyright": model["name"].getDebugName(0),
            "familyName": family,
            "styleName": style,
            "uniqueFontIdentifier": f"{family} {style}",
            "fullName": f"{family} {style}",
            "psName": f"{family.replace(' ', '')}-{style}",
            "licenseInfoURL": model["name"].getDebugName(14),
        }
    )
    heights = ("sTypoAscender", "sTypoDescender", "usWinAscent", "usWinDescent")
    made.setupOS2(
        usWeightClass=weight,
        fsType=0,
        sxHeight=os2.sxHeight,
        sCapHeight=os2.sCapHeight,
        **{name: getattr(os2, name) for name in heights},
    )
    made.setupPost(keepGlyphNames=False)
    made.save(out)


def unpack(source: Path, out: Path) -> None:
    """A whole font out of its web packing, without what only shaping of other scripts needs."""
    font = _opened(source)
    for tag in set(font.keys()) - KEPT - {"GlyphOrder"}:
        del font[tag]
    font.flavor = None
    font["post"].formatType = 3
    font.save(out)


def _opened(path: Path) -> Any:
    return TTFont(path, lazy=True, recalcBBoxes=False, recalcTimestamp=False)


def _box() -> Any:
    pen = TTGlyphPen(None)
    pen.moveTo((50, 0))
    for corner in ((50, 700), (950, 700), (950, 0)):
        pen.lineTo(corner)
    pen.closePath()
    return pen.glyph()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
