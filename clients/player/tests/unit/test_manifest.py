import pytest

from infoscreen.player.manifest import DisplayFile, Item, Manifest, Status, item_from

SHA = "0123456789abcdef" * 4
READY = {"status": "ready", "sha256": SHA, "size_bytes": 7, "media_type": "application/pdf", "url": "http://s3/x"}


def test_ready_item_has_a_file():
    item = item_from({**READY, "filename": "deck.pptx"}, "m")
    assert item == Item("m", Status.READY, "deck.pptx", DisplayFile(SHA, 7))
    assert item.url == "http://s3/x"


@pytest.mark.parametrize("status", ["pending", "processing"])
def test_pending_and_processing_items_have_an_eta(status):
    assert item_from({"status": status, "eta": 12}, "m") == Item("m", Status.PROCESSING, eta_seconds=12.0)


def test_item_may_ask_for_seconds_of_its_own():
    assert item_from(READY, "m").seconds is None
    assert item_from({**READY, "seconds": 120}, "m").seconds == 120


@pytest.mark.parametrize("seconds", [0, -1, 86_401, "soon", float("nan")])
def test_senseless_seconds_are_refused(seconds):
    with pytest.raises(ValueError, match=r"seconds|soon"):
        item_from({**READY, "seconds": seconds}, "m")


def test_progress_reaches_each_item_of_its_medium_and_leaves_its_seconds():
    first, other, again = Item("a", Status.PROCESSING), Item("b", Status.READY), Item("a", Status.PROCESSING, seconds=5)
    told = Item("a", Status.PROCESSING, "another title", eta_seconds=30, message="soon")
    assert Manifest((first, other, again)).with_progress(told).items == (
        Item("a", Status.PROCESSING, eta_seconds=30, message="soon"),
        other,
        Item("a", Status.PROCESSING, eta_seconds=30, message="soon", seconds=5),
    )


def test_failed_item_has_a_sentence_for_people():
    item = item_from({"status": "failed", "error": "Remove the password.", "reason": "password_protected"}, "m")
    assert item == Item("m", Status.FAILED, message="Remove the password.")


@pytest.mark.parametrize("sha256", [None, "../../etc/passwd", "A" * 64, SHA + "0"])
def test_invalid_digest_is_refused_as_a_file_name(sha256):
    with pytest.raises(ValueError, match="SHA-256"):
        item_from({**READY, "sha256": sha256}, "m")


def test_items_that_differ_in_their_url_are_equal():
    assert item_from(READY, "m") == item_from({**READY, "url": "http://s3/y"}, "m")


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
