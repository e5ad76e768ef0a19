import pytest

from infoscreen.player.programme import Item, Rendition, Status, item_from

SHA = "0123456789abcdef" * 4
READY = {"status": "ready", "sha256": SHA, "size_bytes": 7, "media_type": "application/pdf", "url": "http://s3/x"}


def test_a_ready_medium_has_a_file():
    item = item_from({**READY, "filename": "deck.pptx"}, "m")
    assert item == Item("m", Status.READY, "deck.pptx", Rendition(SHA, 7))
    assert item.url == "http://s3/x"


@pytest.mark.parametrize("status", ["pending", "processing"])
def test_a_medium_under_way_has_an_eta(status):
    assert item_from({"status": status, "eta": 12}, "m") == Item("m", Status.PREPARING, eta_seconds=12.0)


def test_a_failed_medium_has_a_sentence_for_people():
    item = item_from({"status": "failed", "error": "Remove the password.", "reason": "password_protected"}, "m")
    assert item == Item("m", Status.FAILED, message="Remove the password.")


@pytest.mark.parametrize("sha256", [None, "../../etc/passwd", "A" * 64, SHA + "0"])
def test_a_digest_that_is_none_cannot_become_a_file_name(sha256):
    with pytest.raises(ValueError, match="SHA-256"):
        item_from({**READY, "sha256": sha256}, "m")


def test_a_fresh_url_is_not_a_change():
    assert item_from(READY, "m") == item_from({**READY, "url": "http://s3/y"}, "m")


@pytest.mark.parametrize(
    ("media_type", "suffix"),
    [("application/pdf", ".pdf"), ("image/png", ".png"), ("video/mp4", ".mp4"), ("x/y", ".bin")],
)
def test_viewers_tell_the_kind_by_the_suffix(media_type, suffix):
    assert Rendition(SHA, 1, media_type).filename == SHA + suffix
