"""Downloads through presigned URLs from a real store, which is cut, lies, and forgets."""

import asyncio
import hashlib
import io
import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from minio import Minio

from infoscreen.player.clock import ServerClock
from infoscreen.player.credentials import Credentials
from infoscreen.player.download import download
from infoscreen.player.errors import CorruptFileError, DiskFullError, ServerAwayError, UrlExpiredError
from infoscreen.player.gateway import Gateway
from infoscreen.player.programme import Rendition
from infoscreen.player.shelf import Shelf

CONTENT = os.urandom(300_000)
FILE = Rendition(hashlib.sha256(CONTENT).hexdigest(), len(CONTENT), "image/png")


@dataclass
class Store:
    """A real store behind a proxy, with the file in it."""

    client: Minio
    bucket: str
    proxy: object

    def put(self, content: bytes) -> None:
        self.client.put_object(self.bucket, "file", io.BytesIO(content), len(content))

    def url(self, seconds: float = 600) -> str:
        return self.client.presigned_get_object(self.bucket, "file", expires=timedelta(seconds=seconds))


@pytest.fixture
def store(s3, cutting_proxy) -> Store:
    proxy = cutting_proxy(int(s3.endpoint.rpartition(":")[2]))
    address = f"127.0.0.1:{proxy.port}"
    client = Minio(address, access_key=s3.access_key, secret_key=s3.secret_key, region=s3.region, secure=False)
    store = Store(client, s3.bucket, proxy)
    store.put(CONTENT)
    proxy.requests.clear()
    return store


@pytest.fixture
def shelf(tmp_path) -> Shelf:
    shelf = Shelf(tmp_path / "files", limit_bytes=10**9, reserve_bytes=0)
    shelf.open()
    return shelf


@pytest.fixture
async def gateway(tmp_path):
    async with Gateway(Credentials(tmp_path), ServerClock(), "test") as gateway:
        yield gateway


async def test_a_download_that_is_cut_goes_on_where_it_was(store, shelf, gateway):
    store.proxy.cut_after = 100_000
    with pytest.raises(ServerAwayError):
        await download(gateway, store.url(), FILE, shelf)
    got = shelf.part(FILE).stat().st_size
    assert 0 < got < len(CONTENT)
    assert not shelf.has(FILE)
    store.proxy.cut_after = None
    await download(gateway, store.url(), FILE, shelf)
    assert shelf.path(FILE).read_bytes() == CONTENT
    assert f"bytes={got}-".encode() in store.proxy.requests[-1]


async def test_a_download_that_is_cut_again_and_again_arrives(store, shelf, gateway):
    store.proxy.cut_after = 60_000
    while not shelf.has(FILE):
        try:
            await download(gateway, store.url(), FILE, shelf)
        except ServerAwayError:
            continue
    assert shelf.path(FILE).read_bytes() == CONTENT
    assert sum(request.count(b"GET ") for request in store.proxy.requests) > 3


async def test_an_object_that_changed_meanwhile_is_fetched_from_the_beginning(store, shelf, gateway):
    store.put(os.urandom(300_000))
    store.proxy.cut_after = 100_000
    with pytest.raises(ServerAwayError):
        await download(gateway, store.url(), FILE, shelf)
    store.proxy.cut_after = None
    store.put(CONTENT)
    await download(gateway, store.url(), FILE, shelf)
    assert shelf.path(FILE).read_bytes() == CONTENT


async def test_a_download_that_was_changed_on_its_way_is_never_there(store, shelf, gateway):
    store.proxy.spoil = lambda block: block.replace(CONTENT[5000:5010], b"somebody..")
    with pytest.raises(CorruptFileError):
        await download(gateway, store.url(), FILE, shelf)
    assert not shelf.has(FILE)
    assert list(Path(shelf.path(FILE).parent).iterdir()) == []
    store.proxy.spoil = lambda block: block
    await download(gateway, store.url(), FILE, shelf)
    assert shelf.has(FILE)


async def test_a_part_that_rotted_is_thrown_away_and_fetched_anew(store, shelf, gateway):
    store.proxy.cut_after = 100_000
    with pytest.raises(ServerAwayError):
        await download(gateway, store.url(), FILE, shelf)
    store.proxy.cut_after = None
    shelf.part(FILE).write_bytes(bytes(shelf.part(FILE).stat().st_size))
    with pytest.raises(CorruptFileError):
        await download(gateway, store.url(), FILE, shelf)
    await download(gateway, store.url(), FILE, shelf)
    assert shelf.path(FILE).read_bytes() == CONTENT


async def test_more_than_was_announced_is_not_taken(store, shelf, gateway):
    store.put(CONTENT + b"more")
    with pytest.raises(CorruptFileError):
        await download(gateway, store.url(), FILE, shelf)
    assert not shelf.has(FILE)


async def test_an_expired_url_is_told_from_an_absent_store(store, shelf, gateway):
    url = store.url(seconds=1)
    while True:
        try:
            async with gateway.download(url):
                await asyncio.sleep(0.2)
        except UrlExpiredError:
            break
    with pytest.raises(ServerAwayError):
        await download(gateway, "http://127.0.0.1:9/nobody", FILE, shelf)


async def test_a_full_disk_is_said_and_gets_its_room_back(store, small_disk, gateway):
    shelf = Shelf(small_disk, limit_bytes=10**9, reserve_bytes=0)
    with pytest.raises(DiskFullError):
        await download(gateway, store.url(), FILE, shelf)
    assert list(small_disk.iterdir()) == []
