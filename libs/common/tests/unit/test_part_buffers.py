"""Buffers of parts are bounded in number, kept for those who reserved them, and hold what was written last."""

import os
import random
from contextlib import ExitStack

import pytest

from infoscreen.common.errors import UnavailableError
from infoscreen.common.object_store import PART_SIZE_BYTES
from infoscreen.common.object_store.multipart import BUFFER_FILE_BYTES, PartBuffers, content_of, fill


async def chunks(*contents):
    for content in contents:
        yield content


def test_no_more_buffers_are_handed_out_than_the_limit_and_each_comes_back():
    buffers = PartBuffers(in_memory=1, limit=3)
    for _ in range(2):
        with buffers.open(), buffers.reserve(), buffers.open(), buffers.open():
            with pytest.raises(UnavailableError, match="no room"), buffers.open():
                pass
            with pytest.raises(UnavailableError, match="no room"), buffers.reserve():
                pass


def test_each_reservation_gets_a_buffer_in_whatever_order_they_come_and_go():
    chance, buffers = random.Random(1), PartBuffers(in_memory=2, limit=5)
    for _ in range(200):
        stacks = [ExitStack() for _ in range(5)]
        for stack in chance.sample(stacks, 5):
            stack.enter_context(buffers.reserve())
        taken = [stack.enter_context(buffers.open()) for stack in chance.sample(stacks, 5)]
        assert len({id(buffer) for buffer in taken}) == 5
        for stack in chance.sample(stacks, 5):
            stack.close()
    assert buffers._free == 5
    assert buffers._free_in_memory == 2
    assert buffers._reserved == []


def test_a_file_has_its_room_on_the_disk_before_anything_is_written():
    with PartBuffers(in_memory=0, limit=1).open() as buffer:
        assert os.fstat(buffer.fileno()).st_blocks * 512 >= BUFFER_FILE_BYTES


@pytest.mark.parametrize("in_memory", [0, 1])
async def test_a_buffer_holds_what_was_written_last_and_nothing_of_before(in_memory):
    with PartBuffers(in_memory, limit=1).open() as buffer:
        assert await fill(buffer, chunks(b"a" * PART_SIZE_BYTES, b"never read"))
        assert content_of(buffer) == b"a" * PART_SIZE_BYTES
        assert not await fill(buffer, chunks(b"short"))
        assert content_of(buffer) == b"short"
        assert content_of(buffer) == b"short"
        assert not await fill(buffer, chunks())
        assert buffer.tell() == 0
        assert content_of(buffer) == b""
