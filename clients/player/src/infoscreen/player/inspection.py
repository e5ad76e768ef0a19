"""Opens a PDF in a process of its own, before anybody sees it: a file that kills the reader kills only that process.

Run as ``python -m infoscreen.player.inspection FILE`` it prints what it found as JSON, or says what is wrong with the
file and exits with 1.
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
    """What a PDF holds.

    Attributes:
        pages: how many.
        plain: whether the first page is of one colour, so that an empty screen is what it should look like.
    """

    pages: int
    plain: bool


async def inspect(path: Path) -> Inspection:
    """Open a PDF and look at its first page.

    Raises:
        CorruptFileError: it cannot be opened, or not in reasonable time and memory.
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


def look_at(path: Path) -> Inspection:
    """The inspection itself; pdfium is neither thread-safe nor proof against every file, hence the process."""
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
        result = look_at(Path(sys.argv[1]))
    except ImportError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(_OTHER)
    except Exception as error:  # noqa: BLE001 - whatever a hostile file provokes, the answer is the same
        sys.stderr.write(f"{error or type(error).__name__}\n")
        sys.exit(_BAD_FILE)
    sys.stdout.write(json.dumps(asdict(result)))


if __name__ == "__main__":
    main()
