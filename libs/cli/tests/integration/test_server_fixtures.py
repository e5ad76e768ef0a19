"""The server fixtures that every member's integration tests use."""

import asyncio
import io

import asyncpg
import nats
import pytest
from minio import Minio


@pytest.mark.parametrize("run", [1, 2])
async def test_each_test_finds_jetstream_empty(nats_url, run):
    client = await nats.connect(nats_url)
    try:
        jetstream = client.jetstream()
        assert await jetstream.streams_info() == []
        await jetstream.add_stream(name="LEFT", subjects=["left.>"])
        await jetstream.create_key_value(bucket="left")
    finally:
        await client.close()


async def test_the_module_has_a_bucket_of_its_own(s3):
    client = Minio(
        s3.endpoint.removeprefix("http://"),
        access_key=s3.access_key,
        secret_key=s3.secret_key,
        region=s3.region,
        secure=False,
    )
    await asyncio.to_thread(client.put_object, s3.bucket, "a/b", io.BytesIO(b"abc"), 3)
    assert [o.object_name for o in client.list_objects(s3.bucket, recursive=True)] == ["a/b"]


async def test_the_module_has_a_database_of_its_own_and_may_create_roles(postgres_url):
    connection = await asyncpg.connect(postgres_url)
    try:
        await connection.execute("CREATE TABLE t (a int)")
        await connection.execute("CREATE ROLE reader_of_test")
        await connection.execute("DROP ROLE reader_of_test")
        assert await connection.fetchval("SELECT count(*) FROM t") == 0
    finally:
        await connection.close()
