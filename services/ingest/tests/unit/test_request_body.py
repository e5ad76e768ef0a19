"""The file in a request body comes out the same however the body is cut, and a body without one is refused."""

import asyncio
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from infoscreen.common.auth import Principal, Right
from infoscreen.common.problem import ProblemError
from infoscreen.common.roles import Role
from infoscreen.ingest.request_body import BodyLimits, clean_filename, read_file

BOUNDARY = "a-boundary"


def ann() -> Principal:
    return Principal("ann", Role.UPLOADER)


async def still_ann() -> Principal:
    return ann()


LIMITS = BodyLimits(max_bytes=1024 * 1024, idle_seconds=30)


END = f"--{BOUNDARY}--\r\n".encode()


def form(content, *, filename="menu.pptx", before=b"", after=b""):
    disposition = f'form-data; name="file"; filename="{filename}"'
    head = f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\nContent-Type: x/y\r\n\r\n".encode()
    return before + head + content + b"\r\n" + after + END


def field(name, value):
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def request_of(chunks, content_type=f"multipart/form-data; boundary={BOUNDARY}", content_length=None):
    """A request whose body comes in these chunks; None is a client that is gone."""
    messages = iter(
        [
            *(
                {"type": "http.disconnect"} if c is None else {"type": "http.request", "body": c, "more_body": True}
                for c in chunks
            ),
            {"type": "http.request", "body": b"", "more_body": False},
        ]
    )

    async def receive():
        return next(messages)

    headers = [(b"content-type", content_type.encode())]
    if content_length is not None:
        headers.append((b"content-length", str(content_length).encode()))
    return Request({"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}, receive)


async def read(request, filename=None, limits=LIMITS):
    file = await read_file(request, filename, limits, Right(ann(), still_ann))
    return file.filename, b"".join([chunk async for chunk in file.chunks])


def cut(data, cuts):
    edges = [0, *sorted(c % (len(data) + 1) for c in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


@given(content=st.binary(min_size=1, max_size=300), cuts=st.lists(st.integers(0, 10**6), max_size=20))
def test_any_chunking_of_a_form_gives_the_same_file(content, cuts):
    assert asyncio.run(read(request_of(cut(form(content), cuts)))) == ("menu.pptx", content)


@given(
    content=st.lists(
        st.sampled_from([f"--{BOUNDARY}", f"\r\n--{BOUNDARY}x", "\r\n", "--", "\r", BOUNDARY, "\r\n-", "x"]), min_size=1
    ),
    cuts=st.lists(st.integers(0, 10**6), max_size=10),
)
def test_content_that_looks_like_the_boundary_is_content(content, cuts):
    """All but the delimiter itself, which a client never puts into content: it chooses another one."""
    data = "".join(content).encode()
    if f"\r\n--{BOUNDARY}".encode() in b"\r\n" + data:
        data = data.replace(BOUNDARY.encode(), b"a-boundarx")
    assert asyncio.run(read(request_of(cut(form(data), cuts)))) == ("menu.pptx", data)


@given(content=st.binary(min_size=1, max_size=300), cuts=st.lists(st.integers(0, 10**6), max_size=20))
def test_any_chunking_of_a_raw_body_gives_the_same_file(content, cuts):
    request = request_of(cut(content, cuts), content_type="application/octet-stream")
    assert asyncio.run(read(request, filename="a.pdf")) == ("a.pdf", content)


@given(body=st.binary(max_size=500), cuts=st.lists(st.integers(0, 10**6), max_size=5))
def test_noise_as_a_form_is_a_problem_of_the_client(body, cuts):
    with pytest.raises(ProblemError) as caught:
        asyncio.run(read(request_of(cut(body, cuts))))
    assert caught.value.status == 400


@given(
    filename=st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters='/\\"'), min_size=1, max_size=40)
    .filter(str.isprintable)
    .filter(lambda name: name.strip(" .") == name)
)
def test_a_filename_of_any_script_arrives(filename):
    name, _ = asyncio.run(read(request_of([form(b"x", filename=filename)])))
    assert name == filename


async def test_other_fields_around_the_file_are_passed_over():
    body = form(b"content", before=field("title", "Menu"), after=field("tag", "x"))
    assert await read(request_of([body])) == ("menu.pptx", b"content")


async def test_the_first_file_counts():
    body = form(b"content", after=form(b"other", filename="b.pdf").removesuffix(END))
    assert await read(request_of([body])) == ("menu.pptx", b"content")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "file_missing"),
        (field("title", "Menu") + END, "file_missing"),
        (field("file", "no filename: a text field") + END, "file_missing"),
        (form(b"", filename=""), "file_missing"),
        (form(b""), "empty_file"),
        (form(b"content")[:-20], "upload_cut"),
        (form(b"content")[:-4], "upload_cut"),
        (b"no form", "form_invalid"),
        (form(b"x", filename="../.."), "filename_invalid"),
        (form(b"x", filename="x" * 256), "filename_too_long"),
        (form(b"x", filename="ä" * 256), "filename_too_long"),
        (field("x", "y" * 70_000) + form(b"x"), "form_invalid"),
        (form(b"x", after=field("x", "y" * 70_000)), "form_invalid"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_form_without_a_whole_file_is_refused(body, code):
    with pytest.raises(ProblemError) as caught:
        await read(request_of([body]))
    assert (caught.value.status, caught.value.code) == (400, code)


async def test_a_form_without_a_boundary_is_refused():
    with pytest.raises(ProblemError) as caught:
        await read(request_of([form(b"x")], content_type="multipart/form-data"))
    assert caught.value.code == "form_invalid"


@pytest.mark.parametrize("filename", [None, "", "  ", ".", "..", "a/", "\x00"])
async def test_a_raw_body_needs_a_filename(filename):
    with pytest.raises(ProblemError) as caught:
        await read(request_of([b"x"], content_type="application/pdf"), filename=filename)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("menu.pptx", "menu.pptx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ann\\menu.pptx", "menu.pptx"),
        (" menu.pptx ", "menu.pptx"),
        ("me\r\nnu\x00.pptx", "me nu.pptx"),
        ("会議　資料.pptx", "会議 資料.pptx"),
        ("a\u00a0b\u202fc\td\ne.pptx", "a b c d e.pptx"),
        ("न\u200cम 👩\u200d🍳.odp", "न\u200cम 👩\u200d🍳.odp"),
        ("\u202excod.exe", "xcod.exe"),
        ("会" * 255, "会" * 255),
        ("Спасибо 菜单 🍲.odp", "Спасибо 菜单 🍲.odp"),
    ],
)
def test_a_filename_is_reduced_to_what_can_be_shown(given_name, kept):
    assert clean_filename(given_name) == kept


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("the %22best%22 menu.pptx", 'the "best" menu.pptx'),
        ('the \\"best\\" menu.pptx', 'the "best" menu.pptx'),
        ("two%0D%0Alines.pptx", "two lines.pptx"),
        ("100%25 %41.pptx", "100%25 %41.pptx"),
    ],
)
async def test_what_a_client_writes_for_a_quote_or_a_line_end_in_a_form_is_read_as_that(written, name):
    assert await read(request_of([form(b"x", filename=written)])) == (name, b"x")


@pytest.mark.parametrize("name", ["x" * 256, "..", " ", "\u200d"])
async def test_a_bad_name_is_refused_alike_in_a_form_and_beside_a_raw_body(name):
    refusals = []
    for request, filename in ((request_of([form(b"x", filename=name)]), None), (request_of([b"x"], "a/b"), name)):
        with pytest.raises(ProblemError) as caught:
            await read(request, filename)
        refusals.append((caught.value.status, caught.value.code, caught.value.detail))
    assert refusals[0] == refusals[1]


@given(name=st.text())
def test_a_clean_filename_is_one_printable_component(name):
    try:
        cleaned = clean_filename(name)
    except ProblemError:
        return
    assert re.sub("[\u200c\u200d]", "", cleaned).isprintable()
    assert not set(cleaned) & {"/", "\\"}
    assert cleaned not in {"", ".", ".."}
    assert len(cleaned) <= 255
    assert clean_filename(cleaned) == cleaned


@pytest.mark.parametrize("as_form", [True, False])
async def test_a_declared_length_beyond_the_limit_is_refused_before_anything_is_read(as_form):
    def untouchable():
        raise AssertionError
        yield

    content_type = f"multipart/form-data; boundary={BOUNDARY}" if as_form else "application/pdf"
    request = request_of(iter([b"x"]), content_type=content_type, content_length=2 * LIMITS.max_bytes)
    request._receive = untouchable
    with pytest.raises(ProblemError) as caught:
        await read(request, filename="a.pdf")
    assert caught.value.status == 413


@pytest.mark.parametrize("as_form", [True, False])
async def test_an_undeclared_length_beyond_the_limit_is_refused_as_it_comes(as_form):
    taken = 0

    def endless():
        nonlocal taken
        if as_form:
            yield form(b"")[: form(b"").index(b"\r\n\r\n") + 4]
        while True:
            taken += 64 * 1024
            yield b"x" * 64 * 1024

    content_type = f"multipart/form-data; boundary={BOUNDARY}" if as_form else "application/pdf"
    chunks = endless()

    async def receive():
        return {"type": "http.request", "body": next(chunks), "more_body": True}

    request = request_of([], content_type=content_type)
    request._receive = receive
    with pytest.raises(ProblemError) as caught:
        await read(request, filename="a.pdf")
    assert caught.value.status == 413
    assert taken <= LIMITS.max_bytes + 128 * 1024


@pytest.mark.parametrize("as_form", [True, False])
async def test_exactly_the_limit_is_accepted(as_form):
    content = b"x" * LIMITS.max_bytes
    request = request_of([form(content)]) if as_form else request_of([content], content_type="application/octet-stream")
    assert await read(request, filename="menu.pptx") == ("menu.pptx", content)


async def test_a_client_that_goes_away_is_a_cut_upload():
    with pytest.raises(ProblemError) as caught:
        await read(request_of([form(b"content")[:-30], None]))
    assert (caught.value.status, caught.value.code) == (400, "upload_cut")


@pytest.mark.parametrize("trickle", [None, b"x"])
async def test_a_client_that_sends_next_to_nothing_is_closed(trickle):
    """Whether it sends nothing at all or a byte now and then."""

    async def receive():
        if trickle is None:
            await asyncio.Event().wait()
        await asyncio.sleep(0.005)
        return {"type": "http.request", "body": trickle, "more_body": True}

    request = request_of([], content_type="application/pdf")
    request._receive = receive
    with pytest.raises(ProblemError) as caught:
        await read(request, filename="a.pdf", limits=BodyLimits(1024, idle_seconds=0.05))
    assert (caught.value.status, caught.value.code) == (408, "upload_stalled")


async def test_a_store_that_is_slower_than_the_idle_time_is_not_the_clients_fault():
    limits = BodyLimits(max_bytes=1024 * 1024, idle_seconds=0.05)
    request = request_of([b"x"] * 5, content_type="application/pdf")
    file = await read_file(request, "a.pdf", limits, Right(ann(), still_ann))
    received = b""
    async for chunk in file.chunks:
        received += chunk
        await asyncio.sleep(0.03)
    assert received == b"xxxxx"


@pytest.mark.parametrize("arrived", [b"", b"abc"])
async def test_a_body_that_stalls_ends_as_soon_as_the_right_to_send_it_is_lost(arrived):
    person, waiting = Principal("ann", Role.UPLOADER), asyncio.Event()

    async def receive():
        if not waiting.is_set():
            waiting.set()
            return {"type": "http.request", "body": arrived, "more_body": True}
        person.changed.set()
        return await asyncio.Event().wait()

    async def check():
        if person.changed.is_set():
            raise ProblemError(401, "unauthenticated", "Sign in.")
        return person

    request = Request({"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": []}, receive)
    file = await read_file(request, "a.pdf", BodyLimits(max_bytes=1024, idle_seconds=3600), Right(person, check))
    with pytest.raises(ProblemError, match="Sign in"):
        [chunk async for chunk in file.chunks]


async def test_a_whole_body_is_refused_where_the_right_is_lost_by_its_end():
    async def check():
        raise ProblemError(403, "forbidden", "Ask an operator.")

    file = await read_file(request_of([b"abc"], "application/pdf"), "a.pdf", LIMITS, Right(ann(), check))
    with pytest.raises(ProblemError, match="Ask an operator"):
        [chunk async for chunk in file.chunks]
