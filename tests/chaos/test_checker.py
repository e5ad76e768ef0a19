"""The checker is worth nothing unless it sees what is planted."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from chaos.checker import violations
from chaos.history import Acknowledged, History
from chaos.observed import Observed
from chaos.programme import Entry, Rules
from infoscreen.common.events import ConversionSucceeded, MediaUploaded

SHA = "a" * 64
PDF_SHA = "b" * 64


def healthy() -> tuple[History, Observed]:
    """One upload that became one PDF, everywhere consistent."""
    media_id = uuid4()
    uploaded = MediaUploaded(
        media_id=media_id,
        filename="deck.fodp",
        media_type="application/x",
        extension="fodp",
        size_bytes=1,
        sha256=SHA,
        object_key="originals/1",
        uploaded_by="tests",
    )
    succeeded = ConversionSucceeded(
        media_id=media_id,
        conversion_id=uuid4(),
        generation=1,
        target_format="pdf",
        file_hash=SHA,
        attempt=1,
        worker="w",
        engine="e",
        pdf_key="converted/1.pdf",
        pdf_sha256=PDF_SHA,
        pdf_size_bytes=1,
        pages=5,
        thumbnail_key="converted/1.webp",
        duration_seconds=1,
        cached=False,
    )
    seen = Observed(
        events=[(1, uploaded), (2, succeeded)],
        last_sequence=2,
        offset=2,
        media={
            str(media_id): {
                "sha256": SHA,
                "deleted_at": None,
                "trashed_at": None,
                "convertible": True,
                "object_key": "originals/1",
            }
        },
        conversions=[
            {
                "source_file_id": media_id,
                "file_hash": SHA,
                "status": "ready",
                "reason": None,
                "pdf_key": "converted/1.pdf",
                "pdf_sha256": PDF_SHA,
                "pages": 5,
                "thumbnail_key": "converted/1.webp",
                "report_key": "converted/1.report.json",
            }
        ],
        objects=dict.fromkeys(("originals/1", "converted/1.pdf", "converted/1.webp", "converted/1.report.json"), 1),
        collected={"originals/1", f"converted/{SHA}/1.pdf"},
        pdfs={"converted/1.pdf": (PDF_SHA, 5)},
        unsettled={"converter": 0},
        tables={"conversions": ["row"]},
        rebuilt={"conversions": ["row"]},
    )
    return History(uploads=[Acknowledged(str(media_id), SHA, parked=False)]), seen


def lost_event(history: History, seen: Observed) -> None:
    seen.events = [(s, e) for s, e in seen.events if not isinstance(e, MediaUploaded)]


def lost_upload(history: History, seen: Observed) -> None:
    history.uploads.append(Acknowledged(str(UUID(int=7)), SHA, parked=True))


def lost_deletion(history: History, seen: Observed) -> None:
    history.deleted.add(history.uploads[0].media_id)


def lost_trashing(history: History, seen: Observed) -> None:
    history.trashed[history.uploads[0].media_id] = True


def lost_restoration(history: History, seen: Observed) -> None:
    history.trashed[history.uploads[0].media_id] = False
    next(iter(seen.media.values()))["trashed_at"] = "now"


def stuck(history: History, seen: Observed) -> None:
    seen.conversions[0]["status"] = "processing"


def doubled_effect(history: History, seen: Observed) -> None:
    second = seen.events[1][1].model_copy(update={"pdf_key": "converted/2.pdf"})
    seen.events.append((3, second))
    seen.objects["converted/2.pdf"] = 1
    seen.last_sequence = seen.offset = 3


def damaged_pdf(history: History, seen: Observed) -> None:
    seen.pdfs["converted/1.pdf"] = ("c" * 64, 5)


def missing_object(history: History, seen: Observed) -> None:
    del seen.objects["converted/1.webp"]


def generation_went_back(history: History, seen: Observed) -> None:
    history.went_back.append("x: generation 1 after 2")


def unprojected(history: History, seen: Observed) -> None:
    seen.offset = 1


def still_parked(history: History, seen: Observed) -> None:
    seen.objects["outbox/1.json"] = 1


def unsettled(history: History, seen: Observed) -> None:
    seen.unsettled["converter"] = 1


def rebuild_differs(history: History, seen: Observed) -> None:
    seen.rebuilt = {"conversions": []}


def stray_office(history: History, seen: Observed) -> None:
    seen.strays.append("soffice 4711")


def called_out(history: History, seen: Observed) -> None:
    seen.canary.append(f"GET / {datetime.now(UTC)}")


def ready_although_harmful(history: History, seen: Observed) -> None:
    history.never_ready[SHA] = "bomb.odp"


def unrecorded_poison(history: History, seen: Observed) -> None:
    seen.malformed.add(3)


def uncollected_original(history: History, seen: Observed) -> None:
    seen.collected.add("originals/2")


def uncollected_pdf(history: History, seen: Observed) -> None:
    seen.collected.add("converted/other/2.pdf")


def collected_too_much(history: History, seen: Observed) -> None:
    seen.collected.clear()


def local_picture(history: History, seen: Observed) -> None:
    history.callers.add(SHA)
    seen.pictured.add("converted/1.pdf")


def let_in(history: History, seen: Observed) -> None:
    history.broken.append("player GET /api/media was answered with 200")


def revoked_and_let_in(history: History, seen: Observed) -> None:
    history.revoked.append("isp_token")
    seen.admitted = 1


def lost_list(history: History, seen: Observed) -> None:
    history.planned_lists["list"] = ["media"]


def lost_entry(history: History, seen: Observed) -> None:
    history.planned_entries["entry"] = True


def cancelled_entry_is_there(history: History, seen: Observed) -> None:
    history.planned_entries["low"] = False
    seen.rules = RULES


def screen_is_behind(history: History, seen: Observed) -> None:
    seen.rules, seen.shown = RULES, {"foyer": ["default"]}


RULES = Rules(
    lists={"d": ["default"], "p": ["gone", "deck"], "q": ["gone"]},
    defaults={"hall": "d"},
    groups={"foyer": "hall", "attic": None},
    entries=[
        Entry("d", 0, 0, "low", None, None),
        Entry("p", 1, 0, "high", "hall", None),
        Entry("q", 2, 0, "empty", None, "foyer"),
    ],
    showable=frozenset({"default", "deck"}),
)


def test_a_screen_wants_what_its_rules_say():
    assert RULES.wanted("foyer") == ["deck"]
    assert RULES.wanted("attic") == ["default"]
    announced = replace(RULES, texts=[("hall", "new"), (None, "old")])
    assert (announced.wanted("foyer"), announced.wanted("attic")) == (["new"], ["old"])
    assert replace(RULES, entries=[]).wanted("foyer") == ["default"]
    assert replace(RULES, entries=[]).wanted("attic") == []


def test_a_healthy_system_violates_nothing():
    assert violations(*healthy()) == []


@pytest.mark.parametrize(
    ("plant", "invariant"),
    [
        (lost_event, "I2"),
        (lost_upload, "I1"),
        (lost_deletion, "I2"),
        (lost_trashing, "I2"),
        (lost_restoration, "I2"),
        (stuck, "I1"),
        (doubled_effect, "I3"),
        (damaged_pdf, "I3"),
        (missing_object, "I4"),
        (generation_went_back, "I5"),
        (unprojected, "I6"),
        (still_parked, "I6"),
        (unsettled, "I6"),
        (rebuild_differs, "I7"),
        (stray_office, "I8"),
        (called_out, "I9"),
        (ready_although_harmful, "I1"),
        (unrecorded_poison, "I2"),
        (uncollected_original, "I4"),
        (uncollected_pdf, "I4"),
        (collected_too_much, "I4"),
        (local_picture, "I9"),
        (lost_list, "I10"),
        (lost_entry, "I10"),
        (cancelled_entry_is_there, "I10"),
        (screen_is_behind, "I10"),
        (let_in, "player"),
        (revoked_and_let_in, "row 21"),
    ],
)
def test_checker_reports_a_planted_violation(plant, invariant):
    history, seen = healthy()
    plant(history, seen)
    assert any(problem.startswith(invariant) for problem in violations(history, seen))
