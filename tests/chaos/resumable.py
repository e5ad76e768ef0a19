"""A client of tus 1.0 that goes on with its upload through whatever happens, as the dashboard does."""

import asyncio
import base64
import contextlib
import random
from dataclasses import dataclass

import httpx

_TUS = {"Tus-Resumable": "1.0.0"}
_STREAM = {**_TUS, "Content-Type": "application/offset+octet-stream"}
_TRIES = 20
_PAUSE_SECONDS = 1.0


@dataclass
class PiecewiseUpload:
    """One upload in pieces of a size that chance decides."""

    people: httpx.AsyncClient
    chance: random.Random
    content: bytes

    async def finish(self, filename: str) -> httpx.Response:
        """The last answer: one that names the medium (`Infoscreen-Media-Id`) and the whole offset, or another.

        Raises:
            httpx.HTTPError: the upload could not even be begun.
        """
        name = base64.b64encode(filename.encode()).decode()
        begun = {"Upload-Length": str(len(self.content)), "Upload-Metadata": f"filename {name}", **_TUS}
        answer = await self.people.post("/api/uploads", headers=begun)
        if answer.status_code != httpx.codes.CREATED:
            return answer
        place = answer.headers["Location"]
        for _ in range(_TRIES):
            with contextlib.suppress(httpx.HTTPError):
                answer = await self._go_on(place)
                if is_whole(answer, self.content) or answer.status_code == httpx.codes.GONE:
                    return answer
                if answer.is_success:
                    continue
            await asyncio.sleep(_PAUSE_SECONDS)
        return answer

    async def _go_on(self, place: str) -> httpx.Response:
        """Ask how far the upload came, and send the next piece."""
        answer = await self.people.head(place, headers=_TUS)
        if not answer.is_success or is_whole(answer, self.content):
            return answer
        offset = int(answer.headers["Upload-Offset"])
        piece = self.content[offset : offset + self.chance.randint(1, len(self.content))]
        return await self.people.patch(place, headers={**_STREAM, "Upload-Offset": str(offset)}, content=piece)


def is_whole(answer: httpx.Response, content: bytes) -> bool:
    """True for an answer that promises that all of the upload is dealt with."""
    return answer.is_success and answer.headers.get("Upload-Offset") == str(len(content))
