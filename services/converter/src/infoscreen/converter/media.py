"""Pictures, films and PDFs as they were uploaded: each is opened once, and made showable where it is not."""

import shutil
from pathlib import Path

from PIL import Image

from infoscreen.common.document_types import DOCUMENT_FAMILIES, DOCUMENT_TYPES, DocumentType
from infoscreen.common.errors import FailureReason, PermanentError
from infoscreen.common.isolation.worker_pool import WORKER_PATH
from infoscreen.converter.document import EngineUnavailableError
from infoscreen.converter.document_workers import DocumentWorkers
from infoscreen.converter.engines.opened import Opened, thumbnail_in

NAME = "media"
"""How events name this engine."""
_PROGRAMS = ("ffmpeg", "ffprobe")
_UNSEEN_SIZE, _UNSEEN_COLOUR = (480, 270), "#1f2937"


def opens(extension: str) -> bool:
    """True for the extension of a type that is opened here; everything else is a document, and an office's."""
    known = DOCUMENT_TYPES.get(extension)
    return known is not None and known.family not in DOCUMENT_FAMILIES


class MediaOpener(DocumentWorkers):
    """Opens media in processes of their own."""

    MODULE = "infoscreen.converter.media_worker"
    DOING = "opening it"

    async def start(self) -> None:
        """Check that there is what films are opened with; the processes start when they are needed.

        Raises:
            EngineUnavailableError: ffmpeg is not installed.
        """
        missing = [name for name in _PROGRAMS if not shutil.which(name, path=WORKER_PATH)]
        if missing:
            raise EngineUnavailableError(f"{', '.join(missing)} is missing: apt-get install ffmpeg.")

    async def open(self, source: Path, folder: Path, document_type: DocumentType, deadline_seconds: float) -> Opened:
        """Look at a file, write its thumbnail into `folder`, and what is to be shown where the original is not.

        Raises:
            PermanentError: password_protected, corrupt, too_large, empty_result; at the second try, timeout.
            TransientError: there is no process to do it in.
        """
        request = {"source": str(source), "folder": str(folder), "type": document_type.extension}
        answer = await self._ask(request, deadline_seconds)
        if "reason" in answer:
            raise PermanentError(FailureReason(answer["reason"]), answer["detail"])
        result = Path(answer["result"]) if answer["result"] else None
        return Opened(result, answer["pages"], answer["length_seconds"])


def unseen(folder: Path) -> Opened:
    """Stands for an original that is too large to be looked at, and is shown unseen."""
    Image.new("RGB", _UNSEEN_SIZE, _UNSEEN_COLOUR).save(thumbnail_in(folder), "WEBP")
    return Opened()
