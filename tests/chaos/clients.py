"""Faults that come in at the front door: slow, cut and oversized bodies, harmful files, and people who try doors.

Whatever is answered while other faults last may be an error of ours (5xx); what must never be seen is that it worked.
"""

import asyncio
import contextlib
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Iterator
from datetime import timedelta
from itertools import pairwise

import httpx
from fuzz.regressions import REGRESSIONS
from minio import Minio

from chaos.arena import Arena, MissedError
from chaos.documents import calling_out, fodp, harmful, picture, text
from chaos.fault import Injection
from chaos.stack import BODY_IDLE_SECONDS, MAX_UPLOAD_BYTES

_CHUNK_BYTES = 256 * 1024
_DENIED = {401, 403}


class _GoneError(Exception):
    """The client breaks off."""


async def stall_a_body(arena: Arena, _: random.Random) -> None:
    """Row 22: a client that begins and then sends nothing is told so and closed."""

    async def body() -> AsyncIterator[bytes]:
        yield b"<office:document"
        await asyncio.sleep(BODY_IDLE_SECONDS + 3)
        yield b">"

    await _upload_refused(arena, "stalled body", body(), {400, 408, 415})


async def cut_a_body(arena: Arena, _: random.Random) -> None:
    """Row 22: a client that goes away in the middle."""

    async def body() -> AsyncIterator[bytes]:
        yield b"<office:document"
        raise _GoneError

    await _upload_refused(arena, "cut body", body(), set())


async def declare_too_much(arena: Arena, _: random.Random) -> None:
    """Row 22: a length beyond the limit."""
    await _upload_refused(arena, "oversized body", bytes(MAX_UPLOAD_BYTES + 1), {413})


async def send_too_much(arena: Arena, _: random.Random) -> None:
    """Row 22: chunks that never end."""

    async def body() -> AsyncIterator[bytes]:
        for _ in range(MAX_UPLOAD_BYTES // _CHUNK_BYTES + 2):
            yield b"<office:document" + bytes(_CHUNK_BYTES)

    await _upload_refused(arena, "endless chunks", body(), {413, 415})


async def send_chunks(arena: Arena, chance: random.Random) -> None:
    """Row 22: a body in chunks of odd sizes is a body like any other."""
    content = _deck(chance)
    cuts = sorted({0, len(content), *(chance.randrange(len(content)) for _ in range(20))})

    async def body() -> AsyncIterator[bytes]:
        for start, end in pairwise(cuts):
            yield content[start:end]

    with _unanswered(arena, "chunks"):
        async with arena.client("uploader") as client:
            answer = await client.post("/api/media", params={"filename": "chunks.fodp"}, content=body())
            arena.history.note("chunks", answer, content)


async def kill_ingest_mid_body(arena: Arena, chance: random.Random) -> None:
    """Row 1: no body is acknowledged that was not received whole; one that is acknowledged was received after all.

    The edge may hold the request until ingest is restarted, and then the killed process never had it.
    """
    content = _deck(chance)

    async def body() -> AsyncIterator[bytes]:
        yield content[:100]
        await asyncio.sleep(0.2)
        arena.stack.signal("ingest", signal.SIGKILL)
        yield content[100:]

    with _unanswered(arena, "killed mid-body"):
        async with arena.client("uploader") as client:
            answer = await client.post("/api/media", params={"filename": "killed.fodp"}, content=body())
            arena.history.note("killed mid-body", answer, content)


async def upload_harmful(arena: Arena, chance: random.Random) -> None:
    """Row 15: refused, or failed with a reason, and never ready."""
    name, content = harmful(chance)
    with _unanswered(arena, "harmful"):
        async with arena.client("uploader") as client:
            answer = await client.post("/api/media", params={"filename": name}, content=content)
            if promised := arena.history.note("harmful", answer, content):
                arena.history.never_ready[promised.sha256] = name


async def upload_hostile(arena: Arena, chance: random.Random) -> None:
    """Row 23: what is made to stop or to bloat its readers is told or refused, while the others go on."""
    content = REGRESSIONS[chance.choice(sorted(REGRESSIONS))]() + chance.randbytes(8)
    with _unanswered(arena, "hostile"):
        async with arena.client("uploader") as client:
            answer = await client.post("/api/media", params={"filename": "hostile.ppt"}, content=content)
            arena.history.note("hostile", answer, content)


async def upload_odd_name(arena: Arena, chance: random.Random) -> None:
    """Row 15: a name is data, however long it is and wherever it points."""
    names = ["../../../../etc/cron.d/deck.fodp", "n" * 6000 + ".fodp", "a\r\nSet-Cookie: b.fodp", "\u202efodp.exe.fodp"]
    name = chance.choice(names)
    content = _deck(chance)
    with _unanswered(arena, "odd name"):
        async with arena.client("uploader") as client:
            answer = await client.post("/api/media", params={"filename": name}, content=content)
            if arena.history.note("odd name", answer, content):
                kept = answer.json()["filename"]
                if "/" in kept or not kept.isprintable() or len(kept) > 255:
                    arena.history.broken.append(f"row 15: the file name {kept!r} was kept")


async def upload_calling_out(arena: Arena, chance: random.Random) -> None:
    """Row 16: no request leaves, and nothing of this machine gets into the PDF."""
    secret = arena.stack.data_dir.parent / "secret.png"
    secret.write_bytes(picture())
    name, content = calling_out(chance, arena.canary.address, secret)
    with _unanswered(arena, "calling out"):
        async with arena.client("uploader") as client:
            answer = await client.post("/api/media", params={"filename": name}, content=content)
            if promised := arena.history.note("calling out", answer, content):
                arena.history.callers.add(promised.sha256)


async def replace_at_once(arena: Arena, chance: random.Random) -> None:
    """Row 20: replaced while it is converted, twice."""
    with _unanswered(arena, "replacement at once"):
        async with arena.client("uploader") as client:
            content = _deck(chance)
            answer = await client.post("/api/media", params={"filename": "first.fodp"}, content=content)
            if (first := arena.history.note("upload", answer, content)) is None:
                raise MissedError("the upload was not taken")
            for number in range(2):
                await _until_begun(client, first.media_id)
                content = _deck(chance)
                name = {"filename": f"next-{number}.fodp"}
                answer = await client.put(f"/api/media/{first.media_id}", params=name, content=content)
                arena.history.note("replace", answer, content)


async def reuse_a_key(arena: Arena, chance: random.Random) -> None:
    """Row 24: the same request several times, before, during and after whatever else happens, is one upload."""
    content, key = _deck(chance), f"chaos-{chance.getrandbits(64)}"
    promised: set[str] = set()
    for _ in range(4):
        with _unanswered(arena, "reused key"):
            async with arena.client("uploader") as client:
                answer = await client.post(
                    "/api/media",
                    params={"filename": "again.fodp"},
                    content=content,
                    headers={"Idempotency-Key": key},
                )
                if upload := arena.history.note("reused key", answer, content):
                    promised.add(upload.media_id)
        await asyncio.sleep(chance.uniform(0, 4))
    if len(promised) > 1:
        arena.history.broken.append(f"row 24: one key was answered with {sorted(promised)}")


async def delete_beside_a_replacement(arena: Arena, chance: random.Random) -> None:
    """Row 26: both callers are told the truth; that one of them wins, the stream decides."""
    with _unanswered(arena, "contested upload"):
        async with arena.client("uploader") as client:
            content = _deck(chance)
            answer = await client.post("/api/media", params={"filename": "contested.fodp"}, content=content)
            if (first := arena.history.note("upload", answer, content)) is None:
                raise MissedError("the upload was not taken")
            content, path = _deck(chance), f"/api/media/{first.media_id}"
            statuses = await asyncio.gather(
                _contest(arena, "replace", content, client.put(path, params={"filename": "new.fodp"}, content=content)),
                _contest(arena, "delete", b"", client.delete(path)),
            )
            if statuses[1] == httpx.codes.NO_CONTENT:
                arena.history.trashed[first.media_id] = True
            if statuses == [httpx.codes.NOT_FOUND, httpx.codes.CONFLICT]:
                arena.history.broken.append(f"row 26: of {first.media_id} neither the deletion nor the replacement won")


async def _contest(arena: Arena, action: str, content: bytes, request: Awaitable[httpx.Response]) -> int:
    """The status of one of two requests that meet; 0 without an answer."""
    with _unanswered(arena, f"contested {action}"):
        answer = await request
        if action == "replace":
            arena.history.note("contested replace", answer, content)
        else:
            arena.history.count(f"contested {action} {answer.status_code}")
        return answer.status_code
    return 0


async def _until_begun(client: httpx.AsyncClient, media_id: str) -> None:
    """Wait until a converter has it, for a while."""
    with contextlib.suppress(TimeoutError, KeyError, ValueError):
        async with asyncio.timeout(5):
            while (await client.get(f"/api/media/{media_id}")).json()["conversion_status"] == "pending":
                await asyncio.sleep(0.1)


async def try_doors(arena: Arena, _: random.Random) -> None:
    """Row 21: no token, a wrong one, and those of the wrong role."""
    deck = {"filename": "deck.fodp"}
    for role, method, path in (
        (None, "GET", "/api/media"),
        (None, "POST", "/api/media"),
        (None, "GET", "/infoscreen/?list-type=2"),
        (None, "GET", "/api/player/manifest"),
        ("player", "GET", "/api/media"),
        ("player", "POST", "/api/media"),
        ("player", "GET", "/api/players"),
        ("uploader", "GET", "/api/players"),
        ("uploader", "GET", "/api/admin/dead-letters"),
        ("uploader", "GET", "/api/player/manifest"),
    ):
        async with arena.client(role) as client:
            content = fodp(text("Forbidden")) if method == "POST" else None
            await _refused(
                arena,
                client,
                f"{role} {method} {path}",
                client.build_request(method, path, params=deck if content else None, content=content),
            )
    async with arena.client(None) as stranger:
        request = stranger.build_request("GET", "/api/media", headers={"Authorization": "Bearer isp_guessed"})
        await _refused(arena, stranger, "a guessed token", request)


async def tamper_with_a_url(arena: Arena, chance: random.Random) -> None:
    """Row 21: a presigned URL is good for its object and its time, and for nothing else."""
    async with arena.client("operator") as client, arena.client(None) as stranger:
        with _unanswered(arena, "tampered URL"):
            url = httpx.URL(await _ready_url(arena, client, chance))
            signature = url.params["X-Amz-Signature"]
            for what, changed in {
                "another signature": url.copy_set_param("X-Amz-Signature", signature[::-1]),
                "a longer life": url.copy_set_param("X-Amz-Expires", "604800"),
                "another object": url.copy_with(path=url.path.replace("/converted/", "/originals/")),
                "no signature": url.copy_remove_param("X-Amz-Signature"),
            }.items():
                await _refused(arena, stranger, what, stranger.build_request("GET", changed), {403, 404})


async def use_an_expired_url(arena: Arena, chance: random.Random) -> None:
    """Row 21: after its time a presigned URL is worthless."""
    async with arena.client("operator") as client, arena.client(None) as stranger:
        with _unanswered(arena, "expired URL"):
            key = httpx.URL(await _ready_url(arena, client, chance)).path.removeprefix("/infoscreen/")
            s3, edge = arena.stack.endpoints["s3"], httpx.URL(arena.stack.endpoints["edge"])
            signer = Minio(
                edge.netloc.decode(),
                access_key=s3["access_key"],
                secret_key=s3["secret_key"],
                secure=False,
                region=s3["region"],
            )
            url = signer.presigned_get_object(s3["bucket"], key, expires=timedelta(seconds=1))
            await asyncio.sleep(2.5)
            await _refused(arena, stranger, "an expired URL", stranger.build_request("GET", url))


async def _ready_url(arena: Arena, client: httpx.AsyncClient, chance: random.Random) -> str:
    for upload in chance.sample(arena.history.uploads, k=min(8, len(arena.history.uploads))):
        answer = await client.get(f"/api/media/{upload.media_id}/display", headers={"Accept": "application/json"})
        if answer.status_code == httpx.codes.OK and answer.json().get("status") == "ready":
            return str(answer.json()["url"])
    raise MissedError("nothing is ready")


async def use_a_players_token(arena: Arena, chance: random.Random) -> None:
    """Row 21: a player sees its own media only, and none once it is revoked (which the end of a campaign checks)."""
    if len(arena.history.uploads) < 2:
        raise MissedError("too few media")
    mine, other = (u.media_id for u in chance.sample(arena.history.uploads, k=2))
    with _unanswered(arena, "player"):
        async with arena.client("operator") as operator, arena.client(None) as player:
            created = await operator.post("/api/players", json={"name": f"Chaos {chance.getrandbits(32)}"})
            if created.status_code != httpx.codes.CREATED:
                raise MissedError(f"no player: {created.status_code}")
            player.headers["Authorization"] = f"Bearer {created.json()['token']}"
            await operator.put(f"/api/players/{created.json()['player_id']}/media", json={"media_ids": [mine]})
            if other != mine:
                request = player.build_request("GET", f"/api/media/{other}/display")
                await _refused(arena, player, "another player's medium", request, _DENIED | {404})
            gone = await operator.delete(f"/api/players/{created.json()['player_id']}")
            if gone.status_code == httpx.codes.NO_CONTENT:
                arena.history.revoked.append(created.json()["token"])


async def _upload_refused(arena: Arena, what: str, content: bytes | AsyncIterator[bytes], expected: set[int]) -> None:
    async with arena.client("uploader") as client:
        request = client.build_request("POST", "/api/media", params={"filename": "deck.fodp"}, content=content)
        await _refused(arena, client, what, request, expected)


async def _refused(
    arena: Arena, client: httpx.AsyncClient, what: str, request: httpx.Request, expected: set[int] = _DENIED
) -> None:
    """See that a request is refused with one of these statuses, or comes to nothing because something is away."""
    with _unanswered(arena, what):
        answer = await client.send(request)
        arena.history.count(f"{what} {answer.status_code}")
        if answer.status_code not in expected | {429} and not answer.is_server_error:
            arena.history.broken.append(f"{what} was answered with {answer.status_code}")


@contextlib.contextmanager
def _unanswered(arena: Arena, what: str) -> Iterator[None]:
    try:
        yield
    except (httpx.HTTPError, _GoneError) as error:
        arena.history.count(f"{what} {type(error).__name__}")


def _deck(chance: random.Random) -> bytes:
    return fodp(text(f"Slide {chance.getrandbits(64)}"))


FRONT_DOOR: dict[str, tuple[int, Injection]] = {
    "kill ingest mid-body": (1, kill_ingest_mid_body),
    "harmful file": (15, upload_harmful),
    "odd file name": (15, upload_odd_name),
    "hostile file": (23, upload_hostile),
    "document that calls out": (16, upload_calling_out),
    "replacement during conversion": (20, replace_at_once),
    "reused key": (24, reuse_a_key),
    "delete beside replace": (26, delete_beside_a_replacement),
    "wrong role": (21, try_doors),
    "tampered URL": (21, tamper_with_a_url),
    "expired URL": (21, use_an_expired_url),
    "other's media, revoked player": (21, use_a_players_token),
    "slow client": (22, stall_a_body),
    "cut body": (22, cut_a_body),
    "oversized body": (22, declare_too_much),
    "endless chunks": (22, send_too_much),
    "odd chunks": (22, send_chunks),
}
"""Kind to row of the fault table and injection."""
