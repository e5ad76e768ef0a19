"""How long giants take, beside a LibreOffice that exports as it does by default: the way this system went before.

    python tests/bench/bench_giants.py [--quick] [--json FILE]

The decks are made here, and two real ones are taken from ../shared/decks where they are. GOTENBERG_URL adds a
Gotenberg.
"""

import asyncio
import io
import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import report
from bench_decks import Deck, deck_of
from contenders import Contender, Engine, RawUno, gotenberg
from PIL import Image
from report import Figure

from infoscreen.cli.requirements import repository_root

ODF = "urn:oasis:names:tc:opendocument:xmlns:"
SPACES = (
    f'xmlns:office="{ODF}office:1.0" xmlns:draw="{ODF}drawing:1.0" xmlns:style="{ODF}style:1.0" '
    f'xmlns:svg="{ODF}svg-compatible:1.0" xmlns:fo="{ODF}xsl-fo-compatible:1.0" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.3"'
)
PRESENTATION = "application/vnd.oasis.opendocument.presentation"
REAL = {"2411-Performance_Up.pptx": 0.06, "testPPT_skipBadCompressedObject.ppt": None}
"""Real giants with the bar of ours beside the old way: one of master pictures, and one that its import makes slow."""
GOTENBERG_BAR = 0.2


def photo(megapixels: float) -> bytes:
    """A JPEG as a camera makes it: 4:3, and nowhere plain."""
    height = int((megapixels * 1e6 * 3 / 4) ** 0.5)
    size = (height * 4 // 3, height)
    picture = Image.effect_noise((size[0] // 8, size[1] // 8), 60).resize(size).convert("RGB")
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def screenshot(megapixels: float) -> bytes:
    """A PNG as large as a screen, of plain areas."""
    height = int((megapixels * 1e6 * 9 / 16) ** 0.5)
    size = (height * 16 // 9, height)
    areas = Image.effect_noise((size[0] // 40, size[1] // 40), 60).convert("RGB")
    buffer = io.BytesIO()
    areas.resize(size, Image.Resampling.NEAREST).save(buffer, "PNG")
    return buffer.getvalue()


def package(styles: str, pages: str, pictures: list[bytes]) -> bytes:
    """An odp of pages, with the pictures Pictures/0 and so on."""
    manifest = "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="{kind}"/>'
        for name, kind in [
            ("/", PRESENTATION),
            ("content.xml", "text/xml"),
            ("styles.xml", "text/xml"),
            *((f"Pictures/{number}", media_type(picture)) for number, picture in enumerate(pictures)),
        ]
    )
    parts: dict[str, bytes | str] = {
        "mimetype": PRESENTATION,
        "content.xml": f"<office:document-content {SPACES}><office:body><office:presentation>{pages}"
        "</office:presentation></office:body></office:document-content>",
        "styles.xml": f"<office:document-styles {SPACES}>{styles}</office:document-styles>",
        "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{ODF}manifest:1.0" manifest:version="1.3">'
        f"{manifest}</manifest:manifest>",
        **{f"Pictures/{number}": picture for number, picture in enumerate(pictures)},
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return buffer.getvalue()


def media_type(picture: bytes) -> str:
    return "image/png" if picture.startswith(b"\x89PNG") else "image/jpeg"


def master_picture(slides: int, megapixels: float) -> bytes:
    """A deck whose master has a photo as its background, as companies' templates do."""
    styles = (
        '<office:styles><draw:fill-image draw:name="photo" xlink:href="Pictures/0"/></office:styles>'
        '<office:automatic-styles><style:page-layout style:name="L"><style:page-layout-properties'
        ' fo:page-width="28cm" fo:page-height="21cm"/></style:page-layout><style:style style:name="m"'
        ' style:family="drawing-page"><style:drawing-page-properties draw:fill="bitmap"'
        ' draw:fill-image-name="photo" style:repeat="stretch"/></style:style></office:automatic-styles>'
        '<office:master-styles><style:master-page style:name="M" style:page-layout-name="L" draw:style-name="m"/>'
        "</office:master-styles>"
    )
    pages = "".join(f'<draw:page draw:name="{number}" draw:master-page-name="M"/>' for number in range(slides))
    return package(styles, pages, [photo(megapixels)])


def album(pictures: list[bytes]) -> bytes:
    """A deck with a picture on each slide."""
    pages = "".join(
        f'<draw:page draw:name="{number}"><draw:frame svg:x="1cm" svg:y="1cm" svg:width="24cm" svg:height="18cm">'
        f'<draw:image xlink:href="Pictures/{number}"/></draw:frame></draw:page>'
        for number in range(len(pictures))
    )
    return package("", pages, pictures)


def giants(folder: Path, *, quick: bool) -> dict[str, tuple[Path, float | None]]:
    """Name to file and the bar of ours beside the old way."""
    if quick:
        made = {"2 slides with a picture of 1 MP on their master": (master_picture(2, 1), None)}
    else:
        made = {
            "20 slides with a picture of 4 MP on their master": (master_picture(20, 4), 0.06),
            "12 photos of 12 MP": (album([photo(12) for _ in range(12)]), 1 / 3),
            "6 photos of 40 MP": (album([photo(40) for _ in range(6)]), 1 / 3),
            "12 screenshots of 8 MP": (album([screenshot(8) for _ in range(12)]), 3 / 4),
        }
    found: dict[str, tuple[Path, float | None]] = {}
    for name, (content, bar) in made.items():
        path = folder / f"{len(found)}.odp"
        path.write_bytes(content)
        found[name] = (path, bar)
    real = repository_root().parent / "shared" / "decks"
    return found | {name: (real / name, bar) for name, bar in REAL.items() if (real / name).exists() and not quick}


def measure(quick: bool) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-giants-") as home:
        yield from asyncio.run(_measured(Path(home), quick=quick))


async def _measured(home: Path, *, quick: bool) -> list[Figure]:
    before, ours = RawUno("LibreOffice by default"), Engine("pool, 1 slot")
    peers = [gotenberg(url)] if (url := os.environ.get("GOTENBERG_URL")) else []
    figures: list[Figure] = []
    async with AsyncExitStack() as stack:
        for contender in (before, ours, *peers):
            stack.push_async_callback(contender.stop)
            await contender.start()
        for name, (path, bar) in giants(home, quick=quick).items():
            deck = deck_of(path)
            seconds = {contender.name: await best_of_two(contender, deck) for contender in (before, ours, *peers)}
            figures += [Figure("giants", f"{who}, {name}", took, "s") for who, took in seconds.items()]
            figures.append(_ratio(f"ours / by default, {name}", seconds[ours.name] / seconds[before.name], bar))
            for peer in peers:
                peer_bar = GOTENBERG_BAR if REAL.get(name) else None
                figures.append(_ratio(f"ours / Gotenberg, {name}", seconds[ours.name] / seconds[peer.name], peer_bar))
    return figures


def _ratio(name: str, value: float, bar: float | None) -> Figure:
    return Figure("giants", name, value, "", bar, at_least=False)


async def best_of_two(contender: Contender, deck: Deck) -> float:
    """The shorter of two times: whatever else the machine does only ever adds."""
    return min([await contender.convert(deck, contender.home / "giant.pdf") for _ in range(2)])


if __name__ == "__main__":
    report.main(__doc__.splitlines()[0], measure)
