"""Opens pictures, and makes of them what screens show. Runs in the process of `media_worker`, with Pillow."""

from pathlib import Path

import pikepdf
import pillow_heif
import pypdfium2
from PIL import Image, ImageOps

from infoscreen.common.document_types import DocumentType
from infoscreen.common.errors import FailureReason, PermanentError
from infoscreen.converter.engines.opened import Opened, thumbnail_in

SCREEN_BOX = (3840, 2160)
"""What a screen shows at most, in pixels."""
_THUMBNAIL_BOX = (480, 1440)
_WEBP_EFFORT = 2  # of 6: twice as fast as the default, a few percent larger
_PNG_EFFORT = 3  # of 9
_JPEG_QUALITY = 92
_PHOTOS = frozenset({"heic", "avif"})
_FORMATS = {
    "png": ("PNG",),
    "jpeg": ("JPEG", "MPO"),
    "gif": ("GIF",),
    "webp": ("WEBP",),
    "bmp": ("BMP",),
    "tiff": ("TIFF",),
    "heic": ("HEIF",),
    "avif": ("AVIF",),
}

pillow_heif.register_heif_opener()
Image.init()


def open_picture(source: Path, folder: Path, document_type: DocumentType) -> Opened:
    """Look at a picture whole, draw its thumbnail, and where it is not shown as it is, write it as PNG or JPEG.

    Raises:
        PermanentError: corrupt or too_large.
    """
    picture = _decoded(source, _FORMATS[document_type.extension])
    draw_thumbnail(picture, folder)
    if not document_type.convertible:
        return Opened()
    return Opened(write_picture(picture, folder, is_photo=document_type.extension in _PHOTOS))


def open_png(path: Path, folder: Path) -> Opened:
    """As `open_picture`, for a PNG that an engine drew."""
    picture = _decoded(path, ("PNG",))
    draw_thumbnail(picture, folder)
    return Opened(write_picture(picture, folder, is_photo=False))


def _decoded(source: Path, formats: tuple[str, ...]) -> Image.Image:
    """A picture as people see it: turned as its camera was held, on white where it is transparent."""
    try:
        with Image.open(source, formats=formats) as opened:
            opened.load()
            return _on_white(ImageOps.exif_transpose(opened))
    except Image.DecompressionBombError as error:
        raise PermanentError(FailureReason.TOO_LARGE, str(error)) from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise PermanentError(FailureReason.CORRUPT, f"it does not open: {error}") from error


def _on_white(picture: Image.Image) -> Image.Image:
    profile = picture.info.get("icc_profile") if picture.mode != "CMYK" else None
    if picture.mode.startswith("I;16") or picture.mode == "I":
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    picture = picture.convert("RGB")
    picture.info["icc_profile"] = profile
    return picture


def draw_thumbnail(picture: Image.Image, folder: Path) -> None:
    """Write a small WebP picture of it."""
    small = picture.convert("RGB")
    small.thumbnail(_THUMBNAIL_BOX)
    small.save(thumbnail_in(folder), "WEBP", quality=80, method=_WEBP_EFFORT)


def write_picture(picture: Image.Image, folder: Path, *, is_photo: bool) -> Path:
    """Write a picture that fits the largest screen: photos as JPEG, others as PNG."""
    picture.thumbnail(SCREEN_BOX, Image.Resampling.LANCZOS)
    profile = picture.info.get("icc_profile")
    result = folder / ("result.jpg" if is_photo else "result.png")
    if is_photo:
        picture.save(result, "JPEG", quality=_JPEG_QUALITY, icc_profile=profile)
    else:
        picture.save(result, "PNG", compress_level=_PNG_EFFORT, icc_profile=profile)
    return result


def open_pdf(source: Path, folder: Path) -> Opened:
    """Look at a PDF that was uploaded, and draw its first page.

    Raises:
        PermanentError: password_protected, corrupt or empty_result.
    """
    try:
        document = pypdfium2.PdfDocument(source)
        pages = len(document)
        if pages:
            width, height = document[0].get_size()
            scale = min(_THUMBNAIL_BOX[0] / width, _THUMBNAIL_BOX[1] / height)
            draw_thumbnail(document[0].render(scale=scale, may_draw_forms=False).to_pil(), folder)
    except pypdfium2.PdfiumError as error:
        raise PermanentError(_pdf_reason(source), str(error)) from error
    if not pages:
        raise PermanentError(FailureReason.EMPTY_RESULT, "a PDF without pages")
    return Opened(pages=pages)


def _pdf_reason(source: Path) -> FailureReason:
    """Why PDFium does not open a PDF: its own word for it may be that of the PDF before."""
    try:
        with pikepdf.open(source) as document:
            return FailureReason.CORRUPT if document.pages else FailureReason.EMPTY_RESULT
    except pikepdf.PasswordError:
        return FailureReason.PASSWORD_PROTECTED
    except pikepdf.PdfError:
        return FailureReason.CORRUPT
