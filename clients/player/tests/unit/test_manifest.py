from dataclasses import replace

import pytest

from infoscreen.player.manifest import DisplayFile, Manifest, Medium, Status, manifest_from, medium_from

SHA = "0123456789abcdef" * 4
READY = {"status": "ready", "sha256": SHA, "size_bytes": 7, "media_type": "application/pdf", "url": "http://s3/x"}


def test_ready_item_has_a_file():
    item = medium_from({**READY, "filename": "deck.pptx"}, "m")
    assert item == Medium("m", Status.READY, "deck.pptx", DisplayFile(SHA, 7))
    assert item.url == "http://s3/x"


@pytest.mark.parametrize("status", ["pending", "processing"])
def test_pending_and_processing_items_have_an_eta(status):
    assert medium_from({"status": status, "eta": 12}, "m") == Medium("m", Status.PROCESSING, eta_seconds=12.0)


def test_deck_has_times_of_its_own():
    assert medium_from(READY, "m").file.page_seconds == ()
    assert medium_from({**READY, "page_seconds": [None, 7.5]}, "m").file.page_seconds == (None, 7.5)


@pytest.mark.parametrize("seconds", [0, -1, 86_401, "soon", float("nan")])
def test_senseless_seconds_are_refused(seconds):
    with pytest.raises(ValueError, match=r"seconds|soon"):
        medium_from({**READY, "page_seconds": [seconds]}, "m")


def test_manifest_of_schema_1_is_a_default_playlist_of_its_media():
    manifest = manifest_from({"player": "hall", "etag": "e", "media": [{**READY, "media_id": "a"}] * 2})
    assert manifest == replace(Manifest.of(medium_from(READY, "a"), medium_from(READY, "a")), player="hall")
    assert manifest.etag == "e"
    assert [item.media_id for item in manifest.programme.items(manifest.programme.default)] == ["a", "a"]
    assert manifest_from({"media": []}) == Manifest()


def test_progress_reaches_its_medium():
    first, other = Medium("a", Status.PROCESSING), Medium("b", Status.READY)
    told = Medium("a", Status.PROCESSING, "another title", eta_seconds=30, message="soon")
    assert Manifest.of(first, other, first).with_progress(told).media == (
        Medium("a", Status.PROCESSING, eta_seconds=30, message="soon"),
        other,
    )


def test_failed_item_has_a_sentence_for_people():
    item = medium_from({"status": "failed", "error": "Remove the password.", "reason": "password_protected"}, "m")
    assert item == Medium("m", Status.FAILED, message="Remove the password.")


@pytest.mark.parametrize("sha256", [None, "../../etc/passwd", "A" * 64, SHA + "0"])
def test_invalid_digest_is_refused_as_a_file_name(sha256):
    with pytest.raises(ValueError, match="SHA-256"):
        medium_from({**READY, "sha256": sha256}, "m")


def test_items_that_differ_in_their_url_are_equal():
    assert medium_from(READY, "m") == medium_from({**READY, "url": "http://s3/y"}, "m")


@pytest.mark.parametrize(
    ("media_type", "suffix"),
    [
        ("application/pdf", ".pdf"),
        ("image/png", ".png"),
        ("image/webp", ".png"),
        ("video/mp4", ".mp4"),
        ("x/y", ".bin"),
    ],
)
def test_file_name_has_the_suffix_that_the_viewer_recognises(media_type, suffix):
    assert DisplayFile(SHA, 1, media_type).filename == SHA + suffix
