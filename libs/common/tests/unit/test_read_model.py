"""What the catalog and the player gateway agree on about the published read model."""

from uuid import UUID

import pytest

from infoscreen.common.read_model import (
    ALL_MEDIA,
    ALL_PROGRAMMES,
    code_digest,
    group_changed,
    media_notifications,
    notified_media,
    notified_programme,
    player_changed,
    remaining_seconds,
    waiting_seconds,
)


def test_a_code_has_one_digest_however_it_is_typed():
    assert {code_digest(code) for code in ("AB2C-3D4E", "ab2c3d4e", " aB2c 3d4e ")} == {code_digest("AB2C3D4E")}
    assert code_digest("AB2C-3D4F") != code_digest("AB2C-3D4E")


def test_notifications_name_every_medium_once_and_fit_into_postgres():
    media = [UUID(int=number) for number in range(1001)]
    payloads = list(media_notifications([str(media_id) for media_id in media]))
    assert max(map(len, payloads)) < 8000
    assert [media_id for payload in payloads for media_id in notified_media(payload)] == media
    assert list(media_notifications([])) == []


def test_the_notification_of_all_media_names_none():
    assert notified_media(ALL_MEDIA) is None


@pytest.mark.parametrize("payload", ["", "deck", f"{UUID(int=1)},"])
def test_a_foreign_notification_is_refused(payload):
    with pytest.raises(ValueError, match="UUID"):
        notified_media(payload)


def test_a_notification_of_a_programme_names_whom_it_concerns():
    concerned = UUID(int=7)
    assert notified_programme(player_changed(concerned)) == ("player", concerned)
    assert notified_programme(group_changed(concerned)) == ("group", concerned)
    assert notified_programme(ALL_PROGRAMMES) is None


@pytest.mark.parametrize("payload", ["", "player", "player:", "group:odd", f"screen:{UUID(int=1)}"])
def test_a_foreign_notification_of_a_programme_is_refused(payload):
    with pytest.raises(ValueError, match=r"UUID|no notification"):
        notified_programme(payload)


@pytest.mark.parametrize(("ahead", "workers", "seconds"), [(0, 0, 8), (0, 3, 8), (2, 3, 8), (3, 3, 16), (3, 1, 32)])
def test_workers_share_the_conversions_ahead(ahead, workers, seconds):
    assert waiting_seconds(ahead, workers, 8.0) == seconds


def test_a_conversion_that_takes_longer_than_usual_is_about_to_end():
    assert [remaining_seconds(10, elapsed) for elapsed in (0, 7, 30)] == [10, 3, 1]
    assert remaining_seconds(0.5, 30) == 0.5
