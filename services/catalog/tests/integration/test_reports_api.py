"""GET /api/media/{id}/report, with a real object store, and the number of findings in list and detail."""

from uuid import uuid4

import pytest

from infoscreen.common.deck_report import DeckReport, Finding, FindingKind, ReplacedFont
from infoscreen.common.object_store import ObjectStore
from infoscreen.common.settings import S3Settings

REPORT = DeckReport.of(
    [
        Finding(kind=FindingKind.HIDDEN_SLIDE, detail="2, 5", count=2),
        Finding(kind=FindingKind.FONT_REPLACED, page=1, pages=(1, 3), detail="Aptos", replacement="Carlito", count=2),
        Finding(kind=FindingKind.MISSING_CHARACTER, page=3, pages=(3,), detail="\U0010fffd", count=4),
    ],
    [ReplacedFont(font="Aptos", by="Carlito", same_widths=False)],
)


@pytest.fixture
def store(s3):
    settings = S3Settings(
        endpoint=s3.endpoint,
        public_endpoint=s3.endpoint,
        access_key=s3.access_key,
        secret_key=s3.secret_key,
        region=s3.region,
        bucket=s3.bucket,
    )
    store = ObjectStore(settings, max_threads=4)
    yield store
    store.close()


@pytest.fixture
async def catalog(*, start, migrated_url, database, connection, tokens_file, store):
    async with start(migrated_url, database, connection, tokens_file, store=store) as catalog:
        yield catalog


@pytest.fixture
def convert(stream, catalog, store):
    """Has a deck converted, with a report."""

    async def run(deck, report=REPORT, **changes):
        key = f"converted/{deck.event.sha256}/{uuid4()}.report.json"
        await store.put(key, report.model_dump_json().encode(), "application/json")
        changes = {"report_key": key, "findings": report.worst, "finding_counts": report.counts} | changes
        await catalog.projected(await stream.succeed(deck, **changes))
        return key

    return run


async def problem(client, media_id):
    answer = await client.get(f"/api/media/{media_id}/report")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    return answer.json()["detail"]


async def test_a_report_is_told_with_advice_the_worst_first(stream, convert, operator):
    deck = await stream.upload()
    await convert(deck)
    report = (await operator.get(f"/api/media/{deck.id}/report")).json()
    assert [(one["kind"], one["page"], one["detail"]) for one in report["findings"]] == [
        ("missing_character", 3, "\U0010fffd"),
        ("font_replaced", 1, "Aptos"),
        ("hidden_slide", None, "2, 5"),
    ]
    assert "Use Carlito, or embed the font" in report["findings"][1]["advice"]
    assert all(one["advice"] for one in report["findings"])
    assert (report["missing_characters"], report["hidden_slides"]) == (4, 2)
    assert report["replaced_fonts"] == [{"font": "Aptos", "by": "Carlito", "same_widths": False}]
    assert (report["media_id"], report["generation"]) == (str(deck.id), deck.generation)


async def test_list_and_detail_tell_how_many_findings_there_are(stream, convert, operator):
    deck, faultless, waiting = [await stream.upload(content=content) for content in "abc"]
    await convert(deck)
    await convert(faultless, DeckReport())
    listed = {item["media_id"]: item["findings"] for item in (await operator.get("/api/media")).json()["items"]}
    assert listed == {str(deck.id): 3, str(faultless.id): 0, str(waiting.id): None}
    assert (await operator.get(f"/api/media/{deck.id}")).json()["findings"] == 3


async def test_a_kind_that_a_newer_converter_found_is_told_without_advice(stream, convert, store, operator):
    deck = await stream.upload()
    key = await convert(deck)
    newer = b'{"findings": [{"kind": "of_tomorrow", "detail": "x", "mood": 1}], "weather": "fine"}'
    await store.put(key, newer, "application/json")
    [finding] = (await operator.get(f"/api/media/{deck.id}/report")).json()["findings"]
    assert (finding["kind"], finding["detail"], finding["advice"]) == ("of_tomorrow", "x", "")


async def test_why_there_is_no_report_is_told(stream, catalog, convert, store, operator):
    waiting, failed, older, lost = [await stream.upload(content=name) for name in "abcd"]
    picture = await stream.upload(content="f", convertible=False, extension="png")
    await stream.fail(failed)
    await stream.succeed(older, report_key=None, findings=[], finding_counts={})
    await store.delete(await convert(lost))
    assert "still being converted" in await problem(operator, waiting.id)
    assert "the conversion failed" in await problem(operator, failed.id)
    assert "before there were reports" in await problem(operator, older.id)
    assert "shown as it is" in await problem(operator, picture.id)
    assert "not stored any more" in await problem(operator, lost.id)
    assert "There is no medium" in await problem(operator, uuid4())


async def test_a_replacement_has_no_report_until_it_is_converted(stream, convert, operator):
    deck = await stream.upload()
    await convert(deck)
    await stream.upload(deck.id, content="new")
    assert "still being converted" in await problem(operator, deck.id)
    assert (await operator.get(f"/api/media/{deck.id}")).json()["findings"] is None


async def test_players_and_strangers_get_no_report(stream, catalog, convert):
    deck = await stream.upload()
    await convert(deck)
    path = f"/api/media/{deck.id}/report"
    async with catalog.client(role=None) as stranger, catalog.client(role="player") as player:
        assert (await stranger.get(path)).status_code == 401
        assert (await player.get(path)).status_code == 403
