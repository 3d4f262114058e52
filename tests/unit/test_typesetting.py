"""Every character that is printed has a glyph, or somebody is told whose name lacks one."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from exam_server.desk.portrait import portrait
from exam_server.documents.glyphs import check_glyphs
from exam_server.documents.office_file import OfficeWords, office_words
from exam_server.documents.paper import Paper, Shelf
from exam_server.documents.pictures import photo_svg, qr_svg
from exam_server.documents.typesetting import Typesetter
from exam_server.errors import Refusal
from tests.builders.printed import fonts_of, page_picture, text_of

NOW_MS = 1_781_900_000_000
PLAIN = '#import "office.typ": *\n#let document-of(data) = { show: sheet; data.words }\n'
RARE = "王䶮、𠮷田、李祎喆、玥珺、㛃"
NOBODY_HAS = "\U0003134f"  # in no font of the program: an ideograph of extension H


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office's folder with a template of its own."""
    folder = tmp_path_factory.mktemp("documents")
    (folder / "plain.typ").write_text(PLAIN, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def setter(own: Path) -> Iterator[Typesetter]:
    with Typesetter(Shelf(own), now_ms=NOW_MS) as one:
        yield one


def plain(words: str) -> Paper:
    return Paper("plain", {"words": words})


def test_rare_characters_of_names_are_printed_with_fonts_that_travel_along(
    setter: Typesetter,
) -> None:
    pdf = setter.pdf(plain(RARE))
    assert RARE in text_of(pdf)
    fonts = fonts_of(pdf)
    assert {name for name, _ in fonts} == {"NotoSansSC-Regular", "LXGWWenKai-Regular"}
    assert all(embedded for _, embedded in fonts)


def test_the_same_data_give_the_same_bytes(setter: Typesetter) -> None:
    assert setter.pdf(plain("同样的字")) == setter.pdf(plain("同样的字"))


def test_a_character_without_a_glyph_is_told_by_person_and_field_before_anything_is_printed(
    setter: Typesetter,
) -> None:
    people = [
        {"name": "王建国", "unit": "公路局"},
        {"name": f"李{NOBODY_HAS}", "unit": f"{NOBODY_HAS}水务局"},
    ]
    with pytest.raises(Refusal) as refused:
        setter.pdf(Paper("plain", {"words": "名册", "people": people}))
    assert refused.value.code == "glyph_missing"
    assert [(row["row"], row["column"]) for row in refused.value.rows] == [
        (2, "姓名"),
        (2, "工作单位"),
    ]
    facts = refused.value.facts
    assert (facts["count"], facts["name"], facts["code"]) == (2, f"李{NOBODY_HAS}", "U+3134F")


def test_who_has_to_print_all_the_same_gets_a_box_to_write_into(own: Path) -> None:
    with Typesetter(Shelf(own), now_ms=NOW_MS, boxes=True) as setter:
        assert "李□" in text_of(setter.pdf(plain(f"李{NOBODY_HAS}")))


def test_a_font_of_the_office_adds_its_characters(own: Path, tmp_path: Path) -> None:
    (tmp_path / "plain.typ").write_text(PLAIN, encoding="utf-8")
    small_font(NOBODY_HAS, tmp_path / "family.ttf")
    with Typesetter(Shelf(tmp_path), now_ms=NOW_MS) as setter:
        pdf = setter.pdf(plain(f"李{NOBODY_HAS}"))
    assert ("Family", True) in fonts_of(pdf)
    with pytest.raises(Refusal, match="glyph_missing"):
        check_glyphs(plain(f"李{NOBODY_HAS}"), Shelf(own))
    (tmp_path / "family.ttf").write_bytes(b"no font")
    with pytest.raises(Refusal, match="font_unreadable"):
        check_glyphs(plain("李"), Shelf(tmp_path))


def small_font(character: str, out: Path) -> None:
    """A font that can draw this one character, as a triangle."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    pen.lineTo((500, 900))
    pen.lineTo((1000, 0))
    pen.closePath()
    glyph = pen.glyph()
    made = FontBuilder(1000, isTTF=True)
    made.setupGlyphOrder([".notdef", "one"])
    made.setupCharacterMap({ord(character): "one"})
    made.setupGlyf({".notdef": glyph, "one": glyph})
    made.setupHorizontalMetrics({".notdef": (1000, 0), "one": (1000, 0)})
    made.setupHorizontalHeader(ascent=900, descent=-100)
    made.setupNameTable({"familyName": "Family", "styleName": "Regular", "psName": "Family"})
    made.setupOS2()
    made.setupPost()
    made.save(out)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("#let document-of(data) = data.nothing", "nothing"),
        ('#let document-of(data) = { set text(font: "方正小标宋"); data.words }', "unknown font"),
    ],
)
def test_a_broken_template_is_told_with_the_typesetters_words(
    tmp_path: Path, source: str, says: str
) -> None:
    (tmp_path / "plain.typ").write_text(source, encoding="utf-8")
    with (
        Typesetter(Shelf(tmp_path), now_ms=NOW_MS) as setter,
        pytest.raises(Refusal, match="template_broken") as refused,
    ):
        setter.pdf(plain("字"))
    assert says in str(refused.value.facts["why"])


def test_a_typesetter_that_dies_is_told(own: Path) -> None:
    with Typesetter(Shelf(own), now_ms=NOW_MS) as setter:
        setter.kill()
        with pytest.raises(Refusal, match="typesetter_died"):
            setter.pdf(plain("字"))


def test_the_qr_code_holds_the_ticket_number_and_nothing_else(tmp_path: Path) -> None:
    source = "#let document-of(data) = { set page(margin: 2cm); image(data.qr, width: 27mm) }"
    (tmp_path / "plain.typ").write_text(source, encoding="utf-8")
    numbers = ["202600000001", "20260001999", "1234"]
    with Typesetter(Shelf(tmp_path), now_ms=NOW_MS) as setter:
        for number in numbers:
            pdf = setter.pdf(Paper("plain", {"qr": "q.svg"}, {"q.svg": qr_svg(number)}))
            assert [found.text for found in zxingcpp.read_barcodes(page_picture(pdf))] == [number]


def test_a_photo_reaches_the_page_as_it_is(tmp_path: Path) -> None:
    """A JPEG travels inside an SVG; what is no picture is no photo."""
    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (30, 40), (10, 200, 30)).save(out, "JPEG")
    svg = photo_svg(out.getvalue())
    assert svg is not None
    assert photo_svg(b"no picture") is None
    source = "#let document-of(data) = { set page(margin: 0cm); image(data.photo, width: 100%) }"
    (tmp_path / "plain.typ").write_text(source, encoding="utf-8")
    with Typesetter(Shelf(tmp_path), now_ms=NOW_MS) as setter:
        pdf = setter.pdf(Paper("plain", {"photo": "p.svg"}, {"p.svg": svg}))
    colour = page_picture(pdf, scale=0.2).getpixel((20, 20))
    assert isinstance(colour, tuple)
    assert colour[1] > 180 > 60 > colour[0]
    assert len(pypdfium2.PdfDocument(pdf)) == 1


def test_a_picture_that_is_not_whole_is_no_photo() -> None:
    """It would be an empty frame on the ticket, or hold up the tickets of everybody."""
    from PIL import Image

    for kind in ("JPEG", "PNG"):
        out = BytesIO()
        Image.effect_noise((60, 80), 50).save(out, kind)
        whole = out.getvalue()
        assert photo_svg(whole)
        assert photo_svg(whole + b"a camera's own notes")
        for length in (4, len(whole) // 2, len(whole) * 9 // 10):
            assert photo_svg(whole[:length]) is None, kind
    assert photo_svg(portrait("seed", "F"))
    head = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
    for broken in (
        portrait("seed", "F")[:-9],
        head + b'<image href="/etc/hostname" width="9" height="9"/></svg>',
        head + b"<!DOCTYPE a></svg>",
        b"\xff\xd8\xff" + bytes(5 << 20) + b"\xff\xd9",
    ):
        assert photo_svg(broken) is None


def test_an_office_says_who_issues_and_where_its_centres_are(tmp_path: Path) -> None:
    assert office_words(Shelf(tmp_path)) == OfficeWords()
    file = tmp_path / "office.toml"
    file.write_text('issuer = "市工考办"\n[addresses]\n"第一考点" = "北街 1 号"\n', "utf-8")
    assert office_words(Shelf(tmp_path)).addresses == {"第一考点": "北街 1 号"}
    file.write_text("isuer = 1\n", "utf-8")
    with pytest.raises(Refusal, match="office_file_invalid") as refused:
        office_words(Shelf(tmp_path))
    assert "isuer" in str(refused.value.facts["why"])
