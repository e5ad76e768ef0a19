"""Downloads by presigned URLs from a real store, behind a proxy that cuts and changes answers."""

import hashlib
import io
import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from minio import Minio
from support.until import until

from infoscreen.player.clock import Clock
from infoscreen.player.credentials import Credentials
from infoscreen.player.download import download
from infoscreen.player.errors import CorruptFileError, DiskFullError, ServerUnreachableError, UrlExpiredError
from infoscreen.player.file_cache import FileCache
from infoscreen.player.gateway import Gateway
from infoscreen.player.manifest import DisplayFile

CONTENT = os.urandom(300_000)
FILE = DisplayFile(hashlib.sha256(CONTENT).hexdigest(), len(CONTENT), "application/octet-stream")


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
def cache(tmp_path) -> FileCache:
    cache = FileCache(tmp_path / "files", limit_bytes=10**9, reserve_bytes=0)
    cache.open()
    return cache


@pytest.fixture
async def gateway(tmp_path):
    async with Gateway(Credentials(tmp_path), Clock(), "test") as gateway:
        yield gateway


async def test_download_that_was_cut_resumes(store, cache, gateway):
    store.proxy.cut_after = 100_000
    with pytest.raises(ServerUnreachableError):
        await download(gateway, store.url(), FILE, cache)
    got = cache.part(FILE).stat().st_size
    assert 0 < got < len(CONTENT)
    assert not cache.has(FILE)
    store.proxy.cut_after = None
    await download(gateway, store.url(), FILE, cache)
    assert cache.path(FILE).read_bytes() == CONTENT
    assert f"bytes={got}-".encode() in store.proxy.requests[-1]


async def test_download_that_is_cut_again_and_again_arrives(store, cache, gateway):
    store.proxy.cut_after = 60_000
    while not cache.has(FILE):
        try:
            await download(gateway, store.url(), FILE, cache)
        except ServerUnreachableError:
            continue
    assert cache.path(FILE).read_bytes() == CONTENT
    assert sum(request.count(b"GET ") for request in store.proxy.requests) > 3


async def test_download_of_an_object_that_changed_starts_from_the_beginning(store, cache, gateway):
    store.put(os.urandom(300_000))
    store.proxy.cut_after = 100_000
    with pytest.raises(ServerUnreachableError):
        await download(gateway, store.url(), FILE, cache)
    store.proxy.cut_after = None
    store.put(CONTENT)
    await download(gateway, store.url(), FILE, cache)
    assert cache.path(FILE).read_bytes() == CONTENT


async def test_download_that_was_changed_on_its_way_is_refused(store, cache, gateway):
    store.proxy.spoil = lambda block: block.replace(CONTENT[5000:5010], b"0123456789")
    with pytest.raises(CorruptFileError):
        await download(gateway, store.url(), FILE, cache)
    assert not cache.has(FILE)
    assert list(Path(cache.path(FILE).parent).iterdir()) == []
    store.proxy.spoil = lambda block: block
    await download(gateway, store.url(), FILE, cache)
    assert cache.has(FILE)


async def test_damaged_part_is_removed_and_downloaded_anew(store, cache, gateway):
    store.proxy.cut_after = 100_000
    with pytest.raises(ServerUnreachableError):
        await download(gateway, store.url(), FILE, cache)
    store.proxy.cut_after = None
    cache.part(FILE).write_bytes(bytes(cache.part(FILE).stat().st_size))
    with pytest.raises(CorruptFileError):
        await download(gateway, store.url(), FILE, cache)
    await download(gateway, store.url(), FILE, cache)
    assert cache.path(FILE).read_bytes() == CONTENT


async def test_download_with_too_many_bytes_is_refused(store, cache, gateway):
    store.put(CONTENT + b"more")
    with pytest.raises(CorruptFileError):
        await download(gateway, store.url(), FILE, cache)
    assert not cache.has(FILE)


async def test_expired_url_and_unreachable_store_are_different_errors(store, cache, gateway):
    url = store.url(seconds=1)

    async def expired():
        try:
            async with gateway.download(url):
                return False
        except UrlExpiredError:
            return True

    await until(expired, "an expired URL")
    with pytest.raises(ServerUnreachableError):
        await download(gateway, "http://127.0.0.1:9/nothing", FILE, cache)


async def test_full_disk_is_an_error_that_leaves_no_bytes(store, small_disk, gateway):
    cache = FileCache(small_disk, limit_bytes=10**9, reserve_bytes=0)
    with pytest.raises(DiskFullError):
        await download(gateway, store.url(), FILE, cache)
    assert list(small_disk.iterdir()) == []
