"""Files that people should not upload: such as call out, and such as no system should show."""

import io
import random
import zipfile
from functools import cache
from pathlib import Path

_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
_NAMESPACES = (
    f'xmlns:office="{_ODF}office:1.0" xmlns:text="{_ODF}text:1.0" xmlns:draw="{_ODF}drawing:1.0" '
    f'xmlns:svg="{_ODF}svg-compatible:1.0" xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.3"'
)
_MEDIA_TYPE = "application/vnd.oasis.opendocument.presentation"
_BOMB_BYTES = 128 * 1024**2


def sample_deck() -> bytes:
    """The bundled sample."""
    return (Path(__file__).parents[2] / "samples" / "welcome.fodp").read_bytes()


def _body(slide: str) -> str:
    return (
        f"<office:body><office:presentation><draw:page draw:name='1'>{slide}</draw:page>"
        "</office:presentation></office:body>"
    )


def fodp(slide: str) -> bytes:
    """A presentation of one slide in one XML file."""
    head = f'<office:document {_NAMESPACES} office:mimetype="{_MEDIA_TYPE}">'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}{_body(slide)}</office:document>'.encode()


def odp(slide: str, **more: str | bytes) -> bytes:
    """The same as a package, with more parts, or with other content for its own."""
    manifest = (
        f'<manifest:manifest xmlns:manifest="{_ODF}manifest:1.0" manifest:version="1.3">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_MEDIA_TYPE}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    content = f"<office:document-content {_NAMESPACES}>{_body(slide)}</office:document-content>"
    parts: dict[str, str | bytes] = {"mimetype": _MEDIA_TYPE, "content.xml": content, "META-INF/manifest.xml": manifest}
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in (parts | more).items():
            archive.writestr(name, part)
    return package.getvalue()


def text(words: str) -> str:
    """A slide with a text box."""
    return (
        '<draw:frame svg:x="1cm" svg:y="1cm" svg:width="20cm" svg:height="3cm"><draw:text-box>'
        f"<text:p>{words}</text:p></draw:text-box></draw:frame>"
    )


def calling_out(chance: random.Random, address: str, secret: Path) -> tuple[str, bytes]:
    """Row 16: a deck whose only picture is somewhere else: at the canary, or among this machine's files."""
    target = chance.choice(
        [
            f"http://{address}/picture.png",
            f"//{address}/share/picture.png",
            f"smb://{address}/share/picture.png",
            f"\\\\{address}\\share\\picture.png",
            secret.as_uri(),
            f"file://127.0.0.1{secret}",
        ]
    )
    slide = text(f"Look {chance.getrandbits(64)}") + (
        '<draw:frame svg:x="1cm" svg:y="5cm" svg:width="5cm" svg:height="5cm">'
        f'<draw:image xlink:href="{target}" xlink:type="simple" xlink:show="embed" xlink:actuate="onLoad"/>'
        "</draw:frame>"
    )
    return chance.choice([("deck.fodp", fodp(slide)), ("deck.odp", odp(slide))])


def harmful(chance: random.Random) -> tuple[str, bytes]:
    """Row 15: a file that is to be refused or to fail, and never to be shown; no two are of the same bytes."""
    salt = str(chance.getrandbits(64))
    deck = odp(text(salt))
    encrypted = "<manifest:manifest><manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"
    files = {
        "empty.pptx": b"",
        "random.ppt": chance.randbytes(50_000),
        "random-after-magic.pptx": b"PK\x03\x04" + chance.randbytes(50_000),
        "random-after-magic.ppt": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + chance.randbytes(50_000),
        "truncated.odp": deck[: len(deck) // 2],
        "protected.odp": odp(text(salt), **{"META-INF/manifest.xml": f"{encrypted}</manifest:manifest>"}),
        "mislabelled.docx": f"<html><body>{salt}</body></html>".encode(),
        "bomb.odp": odp(text(salt), **{"more.xml": _spaces()}),
        "traversal.odp": odp(text(salt), **{"../../../../tmp/climbed": "x"}),
        "huge-name.odp": odp(text(salt), **{"n" * 60_000: "x"}),
    }
    return chance.choice(sorted(files.items()))


@cache
def _spaces() -> bytes:
    return b" " * _BOMB_BYTES


def picture() -> bytes:
    """A PNG of one point, which no deck may take from this machine."""
    return bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
        "53de0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
    )
