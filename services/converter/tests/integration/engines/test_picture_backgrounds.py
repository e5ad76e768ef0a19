"""Picture backgrounds look as the author made them, and their bytes go into the PDF once, as they are."""

import base64
import io
from itertools import product

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageDraw

from infoscreen.common.conversion_options import ConversionOptions, Profile

pytestmark = pytest.mark.asyncio(loop_scope="module")

ODF = "urn:oasis:names:tc:opendocument:xmlns:"
SPACES = (
    f'xmlns:office="{ODF}office:1.0" xmlns:text="{ODF}text:1.0" xmlns:draw="{ODF}drawing:1.0" '
    f'xmlns:presentation="{ODF}presentation:1.0" xmlns:style="{ODF}style:1.0" xmlns:svg="{ODF}svg-compatible:1.0" '
    f'xmlns:fo="{ODF}xsl-fo-compatible:1.0" xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.3"'
)
GREEN, BLUE, RED, YELLOW = (0, 160, 0), (0, 0, 200), (220, 0, 0), (255, 255, 0)
LEFT, RIGHT, SHAPE = (0.1, 0.9), (0.9, 0.9), (0.5, 0.2)


def jpeg() -> bytes:
    """Green on the left, blue on the right; as large as a camera's."""
    picture = Image.new("RGB", (2400, 1800), GREEN)
    ImageDraw.Draw(picture).rectangle((1200, 0, 2400, 1800), fill=BLUE)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


JPEG = jpeg()


def page_style(name: str, fill: str, **properties: str) -> str:
    values = "".join(f' presentation:{key.replace("_", "-")}="{value}"' for key, value in properties.items())
    return (
        f'<style:style style:name="{name}" style:family="drawing-page">'
        f"<style:drawing-page-properties {fill}{values}/></style:style>"
    )


def picture_fill(repeat: str = "stretch", more: str = "") -> str:
    return f'draw:fill="bitmap" draw:fill-image-name="photo" style:repeat="{repeat}" {more}'


PLAIN = 'draw:fill="solid" draw:fill-color="#ffff00"'
NONE = 'draw:fill="none"'


def deck(master: str, *slides: str) -> bytes:
    """A deck whose master has a red rectangle and a background; each slide is the style of its page."""
    rectangle = (
        '<draw:rect svg:x="12cm" svg:y="3cm" svg:width="4cm" svg:height="2cm" draw:style-name="red" draw:layer="x"/>'
    )
    styles = "".join(slides)
    pages = "".join(
        f'<draw:page draw:name="{number}" draw:master-page-name="M" draw:style-name="s{number}"/>'
        for number in range(len(slides))
    )
    return (
        f'<office:document {SPACES} office:mimetype="application/vnd.oasis.opendocument.presentation"><office:styles>'
        f'<draw:fill-image draw:name="photo"><office:binary-data>{base64.b64encode(JPEG).decode()}'
        "</office:binary-data></draw:fill-image></office:styles><office:automatic-styles>"
        '<style:page-layout style:name="L"><style:page-layout-properties fo:page-width="28cm" fo:page-height="21cm"'
        ' fo:margin-top="0cm" fo:margin-left="0cm" fo:margin-right="0cm" fo:margin-bottom="0cm"/></style:page-layout>'
        '<style:style style:name="red" style:family="graphic"><style:graphic-properties draw:fill="solid"'
        f' draw:fill-color="#dc0000" draw:stroke="none"/></style:style>{page_style("m", master)}{styles}'
        '</office:automatic-styles><office:master-styles><style:master-page style:name="M"'
        f' style:page-layout-name="L" draw:style-name="m">{rectangle}</style:master-page></office:master-styles>'
        f"<office:body><office:presentation>{pages}</office:presentation></office:body></office:document>"
    ).encode()


def slide(number: int, fill: str, *, background: bool = True, objects: bool = True) -> str:
    return page_style(
        f"s{number}", fill, background_visible=str(background).lower(), background_objects_visible=str(objects).lower()
    )


def colours(pdf, page: int, *places: tuple[float, float]) -> list[tuple[int, int, int] | None]:
    """The nearest of the deck's colours at places of a page, each given as shares of its width and height."""
    document = pypdfium2.PdfDocument(pdf)
    picture = document[page].render(scale=0.5).to_pil().convert("RGB")
    document.close()
    found = [picture.getpixel((int(x * picture.width), int(y * picture.height))) for x, y in places]
    named = (GREEN, BLUE, RED, YELLOW, (255, 255, 255))
    return [min(named, key=lambda c: sum(abs(a - b) for a, b in zip(c, pixel, strict=True))) for pixel in found]


def copies_of_the_picture(pdf) -> int:
    with pikepdf.open(pdf) as document:
        return sum(isinstance(item, pikepdf.Stream) and item.read_raw_bytes() == JPEG for item in document.objects)


async def test_a_masters_picture_is_behind_each_slide_and_in_the_pdf_once_as_it_is(desk):
    pdf = await desk.convert(deck(picture_fill(), *(slide(n, NONE) for n in range(3))), "fodp")
    for page in range(3):
        assert colours(pdf, page, LEFT, RIGHT, SHAPE) == [GREEN, BLUE, RED]
    if desk.engine.name == "libreoffice":
        assert copies_of_the_picture(pdf) == 1


async def test_a_slides_own_picture_is_in_the_pdf_as_it_is(desk):
    pdf = await desk.convert(deck(PLAIN, slide(0, picture_fill(), objects=False)), "fodp")
    assert colours(pdf, 0, LEFT, RIGHT, SHAPE) == [GREEN, BLUE, GREEN]
    if desk.engine.name == "libreoffice":
        assert copies_of_the_picture(pdf) == 1


@pytest.mark.parametrize(("background", "objects"), list(product((True, False), repeat=2)))
async def test_a_slide_that_hides_parts_of_its_master_looks_as_its_author_made_it(desk, background, objects):
    content = deck(picture_fill(), slide(0, NONE), slide(1, NONE, background=background, objects=objects))
    pdf = await desk.convert(content, "fodp")
    assert colours(pdf, 0, LEFT, RIGHT, SHAPE) == [GREEN, BLUE, RED]
    behind = [GREEN, BLUE] if background else [(255, 255, 255)] * 2
    at_shape = RED if objects else (GREEN if background else (255, 255, 255))
    assert colours(pdf, 1, LEFT, RIGHT, SHAPE) == [*behind, at_shape]


async def test_a_slide_with_a_background_of_its_own_shows_it_below_the_masters_shapes(desk):
    pdf = await desk.convert(deck(picture_fill(), slide(0, NONE), slide(1, PLAIN)), "fodp")
    assert colours(pdf, 0, LEFT, RIGHT, SHAPE) == [GREEN, BLUE, RED]
    assert colours(pdf, 1, LEFT, RIGHT, SHAPE) == [YELLOW, YELLOW, RED]


async def test_a_slides_own_picture_stays_below_the_masters_shapes(desk):
    pdf = await desk.convert(deck(PLAIN, slide(0, picture_fill())), "fodp")
    assert colours(pdf, 0, LEFT, RIGHT, SHAPE) == [GREEN, BLUE, RED]


async def test_a_tiled_background_stays_tiled(desk):
    size = 'draw:fill-image-width="7cm" draw:fill-image-height="5.25cm" draw:fill-image-ref-point="top-left"'
    pdf = await desk.convert(deck(picture_fill("repeat", size), slide(0, NONE)), "fodp")
    tiles = [(column * 0.25 + half, 0.9) for column in range(4) for half in (0.05, 0.2)]
    assert colours(pdf, 0, *tiles) == [GREEN, BLUE] * 4


async def test_a_picture_background_goes_into_a_pdf_for_archives(desk):
    options = ConversionOptions(profile=Profile.PDFA)
    pdf = await desk.convert(deck(picture_fill(), slide(0, NONE)), "fodp", options=options)
    assert colours(pdf, 0, LEFT, RIGHT, SHAPE) == [GREEN, BLUE, RED]
    with pikepdf.open(pdf) as document, document.open_metadata() as metadata:
        assert metadata.pdfa_status == "2B"
