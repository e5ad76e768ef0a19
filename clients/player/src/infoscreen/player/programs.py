"""Runs a program of this machine to its end."""

import asyncio
from collections.abc import Sequence

_OUTPUT_BYTES = 400


async def output_of(command: Sequence[str], given: bytes | None = None, seconds: float = 30.0) -> bytes:
    """What a program writes.

    Args:
        command: the program and its arguments.
        given: what it reads.
        seconds: after which it is ended.

    Raises:
        OSError: it is not installed, fails, or takes too long; the message has what it wrote last.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE if given is not None else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(seconds):
            output, errors = await process.communicate(given)
    except TimeoutError as error:
        raise OSError(f"{command[0]} did not end within {seconds:g} s") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        said = (errors or output)[-_OUTPUT_BYTES:].decode(errors="replace").strip()
        raise OSError(f"{command[0]} ended with {process.returncode}: {said}")
    return output
