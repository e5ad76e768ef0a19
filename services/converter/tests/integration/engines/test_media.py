"""Pictures, films and PDFs as people have them are opened whole, in a process of its own, and made showable."""

import json
import subprocess
import tempfile
from pathlib import Path

import pikepdf
import pillow_heif
import pytest
import pytest_asyncio
from PIL import Image, ImageDraw

from infoscreen.common.document_types import identify
from infoscreen.common.errors import FailureReason, PermanentError
from infoscreen.converter.media import MediaOpener

pytestmark = pytest.mark.asyncio(loop_scope="module")

CORRUPT = FailureReason.CORRUPT
GREEN, RED = (0, 128, 0), (255, 0, 0)
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="20">'
    '<rect width="20" height="20" fill="#f00"/><image x="20" width="20" height="20" xlink:href="{href}"/></svg>'
)
FILM = ("-f", "lavfi", "-i", "testsrc=duration=4:size=320x240:rate=10")
SOUND = ("-f", "lavfi", "-i", "sine=duration=4")


@pytest.fixture(scope="module")
def work_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("media")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opener(work_dir):
    opener = MediaOpener(work_dir)
    await opener.start()
    yield opener
    await opener.close()


@pytest.fixture
def folder(work_dir):
    return Path(tempfile.mkdtemp(dir=work_dir))


def picture(size=(64, 48)):
    drawn = Image.new("RGB", size, GREEN)
    ImageDraw.Draw(drawn).rectangle((0, 0, size[0] // 2 - 1, size[1]), RED)
    return drawn


def ffmpeg(path, *arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments, str(path)], check=True)
    return path


def probed(path):
    shown = "stream=codec_name,codec_type,pix_fmt,width,height:format=duration"
    command = ["ffprobe", "-v", "error", "-show_entries", shown, "-of", "json", str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


async def opened(opener, source):
    with source.open("rb") as file:
        document_type = identify(file, source.name)
    return await opener.open(source, source.parent, document_type, 120)


async def refusal(opener, source):
    with pytest.raises(PermanentError) as caught:
        await opened(opener, source)
    return caught.value.reason


def is_near(pixel, colour):
    return all(abs(a - b) < 20 for a, b in zip(pixel[:3], colour, strict=True))


def halves(path):
    with Image.open(path) as shown:
        rgb = shown.convert("RGB")
        return rgb.getpixel((rgb.width // 4, rgb.height // 2)), rgb.getpixel((rgb.width * 3 // 4, rgb.height // 2))


@pytest.mark.parametrize(
    ("name", "suffix"), [("a.bmp", ".png"), ("a.tiff", ".png"), ("a.heic", ".jpg"), ("a.avif", ".jpg")]
)
async def test_a_picture_that_screens_cannot_show_becomes_one_that_they_can(opener, folder, name, suffix):
    pillow_heif.register_heif_opener()
    picture().save(folder / name)
    made = await opened(opener, folder / name)
    assert (made.result.suffix, made.pages, made.length_seconds) == (suffix, 1, None)
    left, right = halves(made.result)
    assert is_near(left, RED)
    assert is_near(right, GREEN)
    assert is_near(halves(folder / "thumbnail.webp")[0], RED)


async def test_a_drawing_is_drawn_as_large_as_the_largest_screen_and_nothing_outside_it_is_read(opener, folder):
    secret = folder / "secret.png"
    picture().save(secret)
    (folder / "a.svg").write_text(SVG.format(href=secret.as_uri()))
    made = await opened(opener, folder / "a.svg")
    with Image.open(made.result) as drawn:
        assert (drawn.format, drawn.size) == ("PNG", (3840, 1920))
    left, right = halves(made.result)
    assert is_near(left, RED)
    assert is_near(right, (255, 255, 255))


async def test_a_large_picture_is_made_to_fit_the_largest_screen(opener, folder):
    picture((6000, 6000)).save(folder / "a.bmp")
    made = await opened(opener, folder / "a.bmp")
    with Image.open(made.result) as shown:
        assert shown.size == (2160, 2160)


async def test_a_picture_is_turned_as_its_camera_was_held(opener, folder):
    exif = Image.Exif()
    exif[0x0112] = 6
    picture((64, 32)).save(folder / "a.tiff", exif=exif)
    made = await opened(opener, folder / "a.tiff")
    with Image.open(made.result) as shown:
        assert shown.size == (32, 64)


async def test_sixteen_bits_and_transparency_are_shown_as_people_see_them(opener, folder):
    Image.new("I;16", (8, 8), 65_000).save(folder / "a.tiff")
    assert is_near(halves((await opened(opener, folder / "a.tiff")).result)[0], (253, 253, 253))
    clear = folder.with_name(f"{folder.name}-clear")
    clear.mkdir()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(clear / "b.tiff")
    assert is_near(halves((await opened(opener, clear / "b.tiff")).result)[0], (255, 255, 255))


@pytest.mark.parametrize("name", ["a.png", "a.jpeg", "a.gif", "a.webp"])
async def test_a_picture_that_is_shown_as_it_is_gets_a_thumbnail_and_no_other_result(opener, folder, name):
    picture((600, 400)).save(folder / name)
    made = await opened(opener, folder / name)
    assert (made.result, made.pages) == (None, 1)
    with Image.open(folder / "thumbnail.webp") as small:
        assert small.size == (480, 320)


@pytest.mark.parametrize("name", ["a.png", "a.jpeg", "a.webp", "a.bmp", "a.tiff", "a.heic", "a.avif"])
async def test_a_picture_that_is_cut_is_corrupt(opener, folder, name):
    pillow_heif.register_heif_opener()
    Image.effect_noise((300, 300), 90).convert("RGB").save(folder / name)
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 2])
    assert await refusal(opener, folder / name) is CORRUPT


async def test_a_pdf_is_counted_and_pictured(opener, folder):
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(960, 540))
        pdf.add_blank_page()
        pdf.save(folder / "a.pdf")
    made = await opened(opener, folder / "a.pdf")
    assert (made.result, made.pages) == (None, 2)
    with Image.open(folder / "thumbnail.webp") as small:
        assert small.size == (480, 270)


@pytest.mark.parametrize(
    ("user_password", "reason"), [("secret", FailureReason.PASSWORD_PROTECTED), ("", None)], ids=["closed", "open"]
)
async def test_only_a_password_that_is_needed_to_open_a_pdf_is_a_reason(opener, folder, user_password, reason):
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(folder / "a.pdf", encryption=pikepdf.Encryption(owner="owner", user=user_password))
    if reason:
        assert await refusal(opener, folder / "a.pdf") is reason
    else:
        assert (await opened(opener, folder / "a.pdf")).pages == 1


async def test_a_pdf_of_nothing_is_no_pdf(opener, folder):
    (folder / "header.pdf").write_bytes(b"%PDF-1.7\n")
    assert await refusal(opener, folder / "header.pdf") is CORRUPT
    with pikepdf.new() as pdf:
        pdf.save(folder / "empty.pdf")
    assert await refusal(opener, folder / "empty.pdf") is FailureReason.EMPTY_RESULT


@pytest.mark.parametrize("name", ["a.mp4", "a.webm"])
async def test_a_film_that_is_shown_as_it_is_gets_a_thumbnail_and_its_length(opener, folder, name):
    ffmpeg(folder / name, *FILM)
    made = await opened(opener, folder / name)
    assert made.result is None
    assert made.length_seconds == pytest.approx(4, abs=0.2)
    with Image.open(folder / "thumbnail.webp") as small:
        assert small.size == (320, 240)


@pytest.mark.parametrize("arguments", [(), ("-movflags", "+faststart")], ids=["index last", "index first"])
async def test_a_film_that_is_cut_is_corrupt(opener, folder, arguments):
    content = ffmpeg(folder / "a.mp4", *FILM, *arguments).read_bytes()
    (folder / "a.mp4").write_bytes(content[: len(content) // 2])
    assert await refusal(opener, folder / "a.mp4") is CORRUPT


async def test_a_film_without_a_picture_is_an_empty_result(opener, folder):
    ffmpeg(folder / "a.mp4", *SOUND, "-f", "mp4")
    assert await refusal(opener, folder / "a.mp4") is FailureReason.EMPTY_RESULT


async def test_a_film_of_a_phone_becomes_what_a_pi_plays(opener, folder):
    size = ("-vf", "scale=2560:1440", "-pix_fmt", "yuv422p10le")
    ffmpeg(folder / "a.mov", *FILM, *SOUND, *size, "-c:v", "prores", "-c:a", "pcm_s16le")
    made = await opened(opener, folder / "a.mov")
    found = probed(made.result)
    video, sound = found["streams"]
    assert (video["codec_name"], video["pix_fmt"], video["width"], video["height"]) == ("h264", "yuv420p", 1920, 1080)
    assert sound["codec_name"] == "aac"
    assert made.result.read_bytes().index(b"moov") < made.result.read_bytes().index(b"mdat")
    assert made.length_seconds == pytest.approx(4, abs=0.2)


async def test_a_film_that_a_pi_plays_already_is_only_repacked(opener, folder):
    ffmpeg(folder / "a.mov", *FILM, "-c:v", "libx264", "-pix_fmt", "yuv420p")
    made = await opened(opener, folder / "a.mov")
    assert made.result.suffix == ".mp4"
    assert made.result.stat().st_size == pytest.approx((folder / "a.mov").stat().st_size, rel=0.1)


async def test_a_film_that_refers_to_another_file_shows_nothing_of_it(opener, folder):
    """A playlist under the name of a film: the demultiplexer of films does not read it."""
    ffmpeg(folder / "secret.mp4", *FILM)
    (folder / "a.mov").write_bytes(b"\0\0\0\x14ftypqt  \0\0\0\0qt  #EXTM3U\n" + f"file:{folder}/secret.mp4\n".encode())
    assert await refusal(opener, folder / "a.mov") is CORRUPT
