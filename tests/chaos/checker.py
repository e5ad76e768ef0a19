"""The invariants of docs/reliability.md, as one pure function over what clients were promised and what is there.

Each violation is a sentence that begins with the invariant's number. The checker is tested by planting violations.
"""

from collections import defaultdict
from collections.abc import Iterator

from chaos.history import History
from chaos.observed import Observed
from infoscreen.common.events import ConversionSucceeded, MediaUploaded

_TERMINAL = {"ready", "failed", "obsolete"}


def violations(history: History, seen: Observed) -> list[str]:
    """What is wrong with a healed system; empty when every promise is kept."""
    checks = (_i1, _i2, _i3, _i4, _i5, _i6, _i7, _i8, _i9, _i10, _seen_by_clients)
    return [problem for check in checks for problem in check(history, seen)]


def _i1(history: History, seen: Observed) -> Iterator[str]:
    """Every acknowledged upload is ready, failed with a reason, or obsolete."""
    rows = {(str(c["source_file_id"]), c["file_hash"]): c for c in seen.conversions}
    for upload in history.uploads:
        row = rows.get((upload.media_id, upload.sha256))
        if row is None:
            yield f"I1: upload {upload.media_id} ({upload.sha256[:8]}) has no conversion"
        elif row["status"] not in _TERMINAL:
            yield f"I1: upload {upload.media_id} ({upload.sha256[:8]}) is {row['status']}"
        elif row["status"] == "failed" and not row["reason"]:
            yield f"I1: upload {upload.media_id} failed without a reason"
        elif row["status"] == "ready" and upload.sha256 in history.never_ready:
            yield f"I1: {upload.media_id} is ready, and was made of {history.never_ready[upload.sha256]}"
    current = {(str(c["source_file_id"]), c["file_hash"]): c["status"] for c in seen.conversions}
    for media_id, media in seen.media.items():
        status = current.get((media_id, media["sha256"]))
        if media["deleted_at"] is None and media["convertible"] and status not in {"ready", "failed"}:
            yield f"I1: the current generation of {media_id} is {status}"


def _i2(history: History, seen: Observed) -> Iterator[str]:
    """What was acknowledged is stored, what is stored is projected."""
    stored = {(str(e.media_id), e.sha256) for _, e in seen.events if isinstance(e, MediaUploaded)}
    for upload in history.uploads:
        if (upload.media_id, upload.sha256) not in stored:
            yield f"I2: upload {upload.media_id} ({upload.sha256[:8]}) was acknowledged and is not in the stream"
    for media_id in sorted(history.deleted):
        if media_id not in seen.media or seen.media[media_id]["deleted_at"] is None:
            yield f"I2: the deletion of {media_id} was acknowledged, and it is not deleted"
    for media_id, trashed in sorted(history.trashed.items()):
        media = seen.media.get(media_id)
        if media and media["deleted_at"] is None and (media["trashed_at"] is not None) is not trashed:
            yield f"I2: {media_id} was moved {'to' if trashed else 'out of'} the trash, acknowledged, and is not there"
    for media_id in {media_id for media_id, _ in stored} - seen.media.keys():
        yield f"I2: {media_id} is in the stream and not in the catalog"
    for sequence in seen.malformed ^ seen.poison:
        yield f"I2: message {sequence} is {'no' if sequence in seen.malformed else 'an'} event, and recorded otherwise"


def _i3(_history: History, seen: Observed) -> Iterator[str]:
    """One PDF per (sha256, target, profile), which opens and is what was recorded."""
    made: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for _, event in seen.events:
        if isinstance(event, ConversionSucceeded):
            made[event.file_hash, event.target_format, event.profile].add(event.pdf_key)
    for (file_hash, target, profile), keys in made.items():
        alive = keys & seen.objects.keys()
        if len(alive) > 1:
            yield f"I3: {len(alive)} PDFs of {file_hash[:8]}.{target}.{profile}"
    for row in seen.conversions:
        if row["status"] != "ready" or row["pdf_key"] not in seen.pdfs:
            continue
        if seen.pdfs[row["pdf_key"]] != (row["pdf_sha256"], row["pages"]):
            yield f"I3: {row['pdf_key']} is not what was recorded"


def _i4(_history: History, seen: Observed) -> Iterator[str]:
    """Every object that something refers to exists; after collection, nothing else does."""
    for row in seen.conversions:
        for name in ("pdf_key", "thumbnail_key", "report_key"):
            if row["status"] != "obsolete" and row[name] and row[name] not in seen.objects:
                yield f"I4: {name} {row[name]} of {row['source_file_id']} is not stored"
    for media_id, media in seen.media.items():
        if media["deleted_at"] is None and media["object_key"] not in seen.objects:
            yield f"I4: the original {media['object_key']} of {media_id} is not stored"
    alive = [media for media in seen.media.values() if media["deleted_at"] is None]
    originals, contents = {media["object_key"] for media in alive}, {media["sha256"] for media in alive}
    for key in seen.collected:
        kind, _, rest = key.partition("/")
        if (kind == "originals" and key not in originals) or (
            kind == "converted" and rest.partition("/")[0] not in contents
        ):
            yield f"I4: {key} was not collected, and nothing refers to it"
    for key in originals - seen.collected & seen.objects.keys():
        yield f"I4: {key} was collected, and is an original"


def _i5(history: History, _seen: Observed) -> Iterator[str]:
    """Generations never go back."""
    for problem in history.went_back:
        yield f"I5: {problem}"


def _i6(_history: History, seen: Observed) -> Iterator[str]:
    """All is projected, nothing is parked, nothing is in hand."""
    if seen.offset != seen.last_sequence:
        yield f"I6: projected up to {seen.offset} of {seen.last_sequence}"
    for key in seen.objects:
        if key.startswith("outbox/"):
            yield f"I6: {key} is still parked"
    for durable, count in seen.unsettled.items():
        if count:
            yield f"I6: {durable} has {count} unsettled"


def _i7(_history: History, seen: Observed) -> Iterator[str]:
    """A rebuild from sequence 1 gives identical tables."""
    for table, rows in seen.tables.items():
        rebuilt = seen.rebuilt.get(table, [])
        if rows != rebuilt:
            lost, gained = set(rows) - set(rebuilt), set(rebuilt) - set(rows)
            yield f"I7: a rebuild of {table} differs: lost {sorted(lost)[:2]}, gained {sorted(gained)[:2]}"


def _i8(_history: History, seen: Observed) -> Iterator[str]:
    """Nothing is left behind."""
    for stray in seen.strays:
        yield f"I8: left behind: {stray}"


def _i9(history: History, seen: Observed) -> Iterator[str]:
    """No document called out, and nothing of this machine is in a PDF."""
    for request in seen.canary:
        yield f"I9: a document reached the canary: {request}"
    for row in seen.conversions:
        if row["file_hash"] in history.callers and row["pdf_key"] in seen.pictured:
            yield f"I9: {row['source_file_id']} shows a picture that it does not contain"


def _i10(history: History, seen: Observed) -> Iterator[str]:
    """What was planned, acknowledged, is the programme, and each screen ends on what its rules say."""
    for playlist, media in history.planned_lists.items():
        if seen.rules.lists.get(playlist, []) != media:
            yield f"I10: playlist {playlist} was filled, acknowledged, and has other media"
    entries = {entry.id for entry in seen.rules.entries}
    for entry, there in history.planned_entries.items():
        if (entry in entries) is not there:
            yield f"I10: entry {entry} was {'planned' if there else 'cancelled'}, acknowledged, and is not so"
    for screen, shown in seen.shown.items():
        if shown != (wanted := seen.rules.wanted(screen)):
            yield f"I10: screen {screen} shows {shown}, and the rules say {wanted}"


def _seen_by_clients(history: History, seen: Observed) -> Iterator[str]:
    """No client saw what no client may ever see."""
    yield from history.broken
    if seen.admitted:
        yield f"row 21: {seen.admitted} of {len(history.revoked)} revoked players are still let in"
