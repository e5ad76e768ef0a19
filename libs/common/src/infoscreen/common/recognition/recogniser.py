"""`document_types.identify`, run in a process that is killed when the file makes it hang, crash or swell.

The process has neither the file nor any credentials: it asks for ranges, and the service hands them over. So it makes
no difference where a file lies, and what takes over the process has got hold of the file that it came in with.
"""

import base64
from typing import Any

import structlog

from infoscreen.common.document_types import (
    DOCUMENT_TYPES,
    DamagedFileError,
    DocumentType,
    RefusedFileError,
    UnsupportedTypeError,
)
from infoscreen.common.errors import UnavailableError
from infoscreen.common.formats.ranged_file import RandomAccess
from infoscreen.common.formats.unsupported import UnsupportedKind
from infoscreen.common.isolation.worker_pool import WorkerPool, WorkerStartError
from infoscreen.common.isolation.worker_process import WorkerDiedError, WorkerProcess, WorkerTimeoutError

_WORKERS = 4  # a file that the store is slow to hand over does not hold up the others
_DEADLINE_SECONDS = 30.0  # of a process that gets no processor time; the limit of CPU seconds comes first
_TRIES = 2  # a process may have died of something else
_LONGEST_READ_BYTES = 256 * 1024
_MAX_READS, _MAX_BYTES_READ = 1024, 16 * 1024**2
_log = structlog.get_logger(__name__)


class Recogniser:
    """Tells the types of files, each in one of a few warm processes."""

    def __init__(self) -> None:
        self._pool = WorkerPool("infoscreen.common.recognition.worker", _WORKERS)

    async def start(self) -> None:
        """Start the first process, so that the first file does not wait for it.

        Raises:
            UnavailableError: it does not come up.
        """
        try:
            await self._pool.start()
        except WorkerStartError as error:
            raise UnavailableError(str(error)) from error

    async def close(self) -> None:
        """End the processes."""
        await self._pool.close()

    async def identify(self, content: RandomAccess, filename: str) -> DocumentType:
        """The type of a file by its content.

        Raises:
            UnsupportedTypeError: as `document_types.identify`.
            DamagedFileError: as there, or telling it takes too much.
            UnavailableError: there is no process to do it in. And what `content.read` raises.
        """
        for _ in range(_TRIES):
            try:
                return await self._ask(content, filename)
            except WorkerTimeoutError as error:
                _log.warning("recognition_timed_out", error=str(error))
                break
            except WorkerDiedError as error:
                _log.warning("recognition_died", error=str(error))
            except WorkerStartError as error:
                raise UnavailableError("The types of files cannot be told at the moment. Try again soon.") from error
        raise DamagedFileError(
            "The file is damaged: reading it takes too long or too much. Save it anew and try again."
        )

    async def _ask(self, content: RandomAccess, filename: str) -> DocumentType:
        async with self._pool.worker() as worker:
            question = {"size_bytes": content.size_bytes, "filename": filename}
            try:
                return _outcome(await _converse(worker, content, question))
            except RefusedFileError:
                raise
            except BaseException:  # it may be waiting for an answer still
                await worker.kill()
                raise


async def _converse(worker: WorkerProcess, content: RandomAccess, message: dict[str, Any]) -> dict[str, Any]:
    """Answer the requests of the process for ranges, within bounds, until it returns the type."""
    left_bytes = _MAX_BYTES_READ
    for _ in range(_MAX_READS):
        match await worker.request(message, deadline_seconds=_DEADLINE_SECONDS):
            case {"read": [int(offset), int(length)]} if 0 <= offset < content.size_bytes and length > 0:
                data = await content.read(offset, min(length, _LONGEST_READ_BYTES, content.size_bytes - offset))
            case answer:
                return answer
        left_bytes -= len(data)
        if left_bytes < 0:
            break
        message = {"data": base64.b64encode(data).decode()}
    raise WorkerTimeoutError("it asks for more of the file than tells a type")


def _outcome(answer: dict[str, Any]) -> DocumentType:
    match answer:
        case {"extension": str(extension)} if extension in DOCUMENT_TYPES:
            return DOCUMENT_TYPES[extension]
        case {"damaged": str(message)}:
            raise DamagedFileError(message)
        case {"unsupported": str(kind)} if kind in set(UnsupportedKind):
            raise UnsupportedTypeError(UnsupportedKind(kind))
        case _:
            raise WorkerDiedError("it answers nonsense")
