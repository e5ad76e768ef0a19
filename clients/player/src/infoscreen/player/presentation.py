"""What the viewer gets for a scene: its command, its files, and how its window should look then."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infoscreen.player.decision import Entry, Notice, Scene
from infoscreen.player.errors import ViewerError
from infoscreen.player.file_cache import FileCache
from infoscreen.player.info_script import write_info_script
from infoscreen.player.manifest import VIDEO
from infoscreen.player.settings import PlayerSettings
from infoscreen.player.viewer_health import EntryExpectation, Expectation


@dataclass(frozen=True)
class Presentation:
    """A scene, ready for the viewer."""

    command: list[str]
    files: list[Path]
    expected: Expectation


def presentation_of(
    scene: Scene, settings: PlayerSettings, cache: FileCache, draw: Callable[[Notice], Path], runtime_dir: Path
) -> Presentation:
    """Prepare a scene for the viewer.

    Raises:
        ViewerError: a notice or the info script cannot be written.
    """
    entries = () if isinstance(scene, Notice) else scene.entries
    try:
        files = [draw(scene)] if isinstance(scene, Notice) else [cache.path(entry.file) for entry in entries]
        looks = tuple(_expectation(entry, settings, cache) for entry in entries)
        turns = settings.wrap and all(look.turns for look in looks)
        expected = Expectation(looks, turns=turns) if looks else Expectation()
        script = write_info_script(runtime_dir, _own_times(entries, expected))
    except OSError as error:
        raise ViewerError(f"a notice or the viewer's script cannot be written: {error}") from error
    command = [*settings.viewer, f"--script={script}"]
    if settings.page_seconds:
        command.append(f"--auto={settings.page_seconds}")
    return Presentation([*command, "--wrap"] if settings.wrap else command, files, expected)


def _expectation(entry: Entry, settings: PlayerSettings, cache: FileCache) -> EntryExpectation:
    found = cache.inspection(entry.file)
    times = [_own_seconds(entry, page) or settings.page_seconds for page in range(found.pages)]
    longest = max(times)
    if longest and entry.file.media_type.startswith(VIDEO):  # which the viewer shows to its end
        longest = max(longest, found.seconds) if found.seconds is not None else 0
    return EntryExpectation(found.pages, longest, found.plain_start, found.plain, turns=all(times))


def _own_times(entries: tuple[Entry, ...], expected: Expectation) -> dict[int, float]:
    """The seconds of each page that has a time of its own; pages count from 1."""
    times: dict[int, float] = {}
    page = 1
    for entry, look in zip(entries, expected.entries, strict=False):
        own = ((page + number, _own_seconds(entry, number)) for number in range(look.pages))
        times |= {at: seconds for at, seconds in own if seconds is not None}
        page += look.pages
    return times


def _own_seconds(entry: Entry, page: int) -> float | None:
    """The seconds that the deck gives a page, else those that its item gives each; pages count from 0."""
    timing = entry.page_seconds[page] if page < len(entry.page_seconds) else None
    return timing if timing is not None else entry.seconds
