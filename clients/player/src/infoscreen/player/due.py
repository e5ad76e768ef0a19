"""The order in which files are due, in which the player downloads them and keeps them where the disk is small."""

from collections.abc import Iterator
from datetime import datetime

from infoscreen.player.clock import Reading
from infoscreen.player.decision import candidates
from infoscreen.player.manifest import Manifest, Medium
from infoscreen.player.programme import Programme
from infoscreen.player.schedule import next_start, wall_time


def due_order(manifest: Manifest, clock: Reading) -> list[Medium]:
    """The media of a manifest: of the override, on air, of the default playlist, by their next beginning, the rest."""
    override = manifest.programme.override
    ids = [override.media_id] if override and override.media_id else []
    ids += [item.media_id for playlist in _playlists(manifest, clock) for item in manifest.programme.items(playlist)]
    order = {media_id: place for place, media_id in reversed(list(enumerate(ids)))}
    return sorted(manifest.media, key=lambda medium: order.get(medium.media_id, len(ids)))


def _playlists(manifest: Manifest, clock: Reading) -> Iterator[str | None]:
    for _, playlist in candidates(manifest, clock):
        yield playlist
    if clock.now is not None:
        yield from _upcoming(manifest.programme, wall_time(clock.now, manifest.programme.timezone))


def _upcoming(programme: Programme, wall: datetime) -> list[str]:
    starts = [(start, entry.playlist) for entry in programme.entries if (start := next_start(entry.window, wall))]
    return [playlist for _, playlist in sorted(starts)]
