"""Opens a PDF in a process of its own before the viewer does: a file that kills the reader kills only that process.

``python -m infoscreen.player.inspection FILE`` prints its findings as JSON, or says what is wrong with the file and
exits with 1.
"""

import asyncio
import json
import resource
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from infoscreen.player.errors import CorruptFileError

_SECONDS = 60.0
_MEMORY_BYTES = 2 * 1024**3
_PROBE_PIXELS = 64
_BAD_FILE, _OTHER = 1, 3


@dataclass(frozen=True, slots=True)
class Inspection:
    """The content of a PDF.

    Attributes:
        pages: how many pages it has.
        plain: whether the first page is of one colour, so that the window may be of one colour.
    """

    pages: int
    plain: bool


async def inspect(path: Path) -> Inspection:
    """Open a PDF and look at its first page.

    Raises:
        CorruptFileError: the file does not open, or not within the limits of time and memory.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "infoscreen.player.inspection", str(path)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_SECONDS):
            output, errors = await process.communicate()
    except TimeoutError as error:
        raise CorruptFileError(f"the PDF could not be opened within {_SECONDS:g} s") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == _OTHER:
        raise RuntimeError(f"PDFs cannot be inspected here: {errors.decode(errors='replace').strip()}")
    if process.returncode:
        why = errors.decode(errors="replace").strip().splitlines()
        raise CorruptFileError(f"the PDF does not open: {why[-1] if why else f'exit code {process.returncode}'}")
    return Inspection(**json.loads(output))


def examine_pdf(path: Path) -> Inspection:
    """Inspect in this process. pdfium is neither thread-safe nor safe with each file, hence the process of its own."""
    import pypdfium2  # noqa: PLC0415 - only the inspecting process loads it

    with pypdfium2.PdfDocument(path) as pdf:
        page = pdf[0]
        bitmap = page.render(scale=_PROBE_PIXELS / max(page.get_size()))
        pixels = bytes(bitmap.buffer)
        lines = [pixels[y * bitmap.stride :][: bitmap.width * bitmap.n_channels] for y in range(bitmap.height)]
        first = lines[0][: bitmap.n_channels]
        return Inspection(len(pdf), plain=all(line == first * bitmap.width for line in lines))


def main() -> None:
    """Inspect the file named on the command line."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    try:
        result = examine_pdf(Path(sys.argv[1]))
    except ImportError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(_OTHER)
    except Exception as error:  # noqa: BLE001 - a hostile file may cause any error, and the answer is the same
        sys.stderr.write(f"{error or type(error).__name__}\n")
        sys.exit(_BAD_FILE)
    sys.stdout.write(json.dumps(asdict(result)))


if __name__ == "__main__":
    main()
