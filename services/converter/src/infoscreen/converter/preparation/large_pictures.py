"""Photos with far more pixels than any screen shows become as large as a screen, so that no player decodes them whole.

Only where that cannot be seen: a picture of which a part is shown, or that is laid in tiles, stays as it is.
"""

import io
import re
from collections.abc import Iterable
from typing import Any

from PIL import Image

JPEG_MAGIC = b"\xff\xd8\xff"
SCREEN_BOX = (3840, 2160)
"""What a screen shows at most, in pixels."""
PHOTO_BYTES = range(1024**2, 64 * 1024**2)
"""The sizes of files that may be photos with too many pixels, and that are decoded in bounded memory."""
_LARGEST_PIXELS = 2 * SCREEN_BOX[0] * SCREEN_BOX[1]  # up to here it costs a player less than the new encoding is worth
_QUALITY = 92
_MODES = frozenset({"RGB", "L"})
# Parts, tiles, and fills of ODF, which are tiles where nothing else is said. "rect(0cm, 0cm, 0cm, 0cm)" clips nothing.
_SHOWN_OTHERWISE = re.compile(
    rb"""srcRect\s+[^>]*[lrtb]=["'][^0"']|<a:tile\b|draw:fill-image\b|fo:clip=["']rect\((?!\s*0[a-z]*(?:[,\s]+0[a-z]*){3}\))"""
)
_OVERLAP_BYTES = 256


def shows_parts_or_tiles(chunks: Iterable[bytes]) -> bool:
    """True where markup shows less of a picture than all of it, or more than once."""
    before = b""
    for chunk in chunks:
        if _SHOWN_OTHERWISE.search(before + chunk):
            return True
        before = chunk[-_OVERLAP_BYTES:]
    return False


def reduced(picture: bytes) -> bytes | None:
    """A JPEG as large as a screen in the place of a larger one; None where it can stay, or cannot be read."""
    try:
        with Image.open(io.BytesIO(picture), formats=("JPEG",)) as opened:
            if opened.width * opened.height <= _LARGEST_PIXELS or opened.mode not in _MODES:
                return None
            scale = min(box / side for box, side in zip(SCREEN_BOX, opened.size, strict=True))
            size = (round(opened.width * scale), round(opened.height * scale))
            kept: dict[str, Any] = {key: opened.info[key] for key in ("exif", "icc_profile") if key in opened.info}
            if dpi := opened.info.get("dpi"):
                kept["dpi"] = tuple(round(value * scale) for value in dpi)
            opened.draft(opened.mode, size)  # decodes no more than is needed
            result = io.BytesIO()
            opened.resize(size, Image.Resampling.LANCZOS).save(result, "JPEG", quality=_QUALITY, **kept)
            return result.getvalue()
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError):
        return None  # an engine shows of it what it can
