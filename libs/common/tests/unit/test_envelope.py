"""How an event becomes a message, and which messages are refused."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infoscreen.common.events import (
    Envelope,
    MalformedEventError,
    MediaDeleted,
    MediaUploaded,
    NewerEventError,
    Priority,
    decode,
    new_media_id,
    to_body,
    to_headers,
)

TIME = datetime(2026, 11, 23, 10, 30, 0, 123456, tzinfo=UTC)
MEDIA_ID = new_media_id()


def uploaded(filename="menu.pptx"):
    return MediaUploaded(
        media_id=MEDIA_ID,
        filename=filename,
        media_type="application/pdf",
        extension="pdf",
        size_bytes=1,
        sha256="0" * 64,
        object_key="originals/a/b.pdf",
        uploaded_by="Zoë",
        priority=Priority.BULK,
        replaces=7,
    )


def message(event=None, **changes):
    envelope = Envelope("id-1", "infoscreen/test", TIME, event or uploaded())
    return {**to_headers(envelope), **changes}, to_body(envelope.event)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=255)


@given(filename=texts)
def test_any_filename_survives_the_journey(filename):
    envelope = Envelope("id-1", "infoscreen/test", TIME, uploaded(filename))
    assert decode(to_headers(envelope), to_body(envelope.event)) == envelope


@given(source=texts)
def test_header_values_are_plain_ascii_on_one_line_whatever_the_source(source):
    headers = to_headers(Envelope("id-1", source, TIME, uploaded()))
    assert all(value.isascii() and value.isprintable() for value in headers.values())
    assert decode(headers, to_body(uploaded())).source == source


def test_the_message_id_is_the_event_id_unless_it_is_given():
    assert message()[0]["Nats-Msg-Id"] == message()[0]["ce-id"] == "id-1"
    headers = to_headers(Envelope("id-1", "infoscreen/test", TIME, uploaded()), "key-1")
    assert (headers["Nats-Msg-Id"], headers["ce-id"]) == ("key-1", "id-1")
    assert decode(headers, to_body(uploaded())).id == "id-1"


def test_the_trace_travels_along():
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    envelope = Envelope("id-1", "infoscreen/test", TIME, uploaded(), trace)
    assert decode(to_headers(envelope), to_body(envelope.event)).traceparent == trace


def test_header_names_are_read_in_any_case():
    headers, body = message()
    assert decode({name.upper(): value for name, value in headers.items()}, body).event == uploaded()


def test_a_field_of_a_later_version_is_ignored():
    headers, body = message()
    assert decode(headers, body[:-1] + b',"mood":"sunny"}').event == uploaded()


@pytest.mark.parametrize("absent", ["ce-type", "ce-id", "ce-source", "ce-time", "ce-specversion", "ce-dataschema"])
def test_a_message_without_one_of_its_attributes_is_malformed(absent):
    headers, body = message()
    del headers[absent]
    with pytest.raises(MalformedEventError):
        decode(headers, body)


@pytest.mark.parametrize(
    "changes",
    [
        {"ce-type": "media.sung"},
        {"ce-dataschema": "urn:infoscreen:media.deleted:v1"},
        {"ce-dataschema": "urn:elsewhere:media.uploaded:v2"},
        {"ce-dataschema": "urn:infoscreen:media.uploaded:v"},
        {"ce-time": "yesterday"},
        {"ce-time": "2026-11-23T10:30:00"},
        {"ce-specversion": "2.0"},
    ],
    ids=lambda changes: "=".join(*changes.items()),
)
def test_attributes_that_contradict_each_other_are_malformed(changes):
    with pytest.raises(MalformedEventError) as caught:
        decode(*message(**changes))
    assert not isinstance(caught.value, NewerEventError)


@pytest.mark.parametrize(
    "changes",
    [
        {"ce-dataschema": "urn:infoscreen:media.uploaded:v2"},
        {"ce-type": "media.sung", "ce-dataschema": "urn:infoscreen:media.sung:v1"},
    ],
    ids=["a version", "a type"],
)
def test_a_type_or_version_of_a_newer_release_is_told_from_noise(changes):
    with pytest.raises(NewerEventError, match=changes["ce-dataschema"]):
        decode(*message(**changes))


def test_an_unknown_value_of_an_enum_is_read_and_repeated_as_text():
    headers, body = message()
    event = decode(headers, body.replace(b'"bulk"', b'"whenever"')).event
    assert (event.priority, event.lane) == ("whenever", Priority.NORMAL)
    assert b'"whenever"' in to_body(event)
    assert decode(headers, body).event.priority is Priority.BULK


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"{}", b'{"media_id":"x"}', b"\xff\xfe"])
def test_a_body_that_is_no_such_event_is_malformed(body):
    with pytest.raises(MalformedEventError):
        decode(message()[0], body)


def test_no_headers_at_all_is_malformed():
    with pytest.raises(MalformedEventError):
        decode(None, b"{}")


@given(headers=st.dictionaries(st.text(), st.text()), body=st.binary())
def test_noise_is_malformed_and_nothing_else(headers, body):
    with pytest.raises(MalformedEventError):
        decode(headers, body)


def test_an_event_cannot_be_changed_once_it_is_made():
    with pytest.raises(ValueError, match="frozen"):
        MediaDeleted(media_id=MEDIA_ID, deleted_by="ann").deleted_by = "bob"
