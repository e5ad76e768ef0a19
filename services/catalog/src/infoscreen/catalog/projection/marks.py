"""What people put on a medium: title, tags, its owner, and the mark of the trash; how each fact changes the row.

The trash is a mark on the medium. Its conversions go on, so that a restored medium is what it would have been.
"""

import json
from datetime import datetime

from infoscreen.catalog.projection.rows import MediaRow
from infoscreen.common.events import MediaOwned, MediaRenamed, MediaRestored, MediaTagged, MediaTrashed

MarkFact = MediaTrashed | MediaRestored | MediaRenamed | MediaTagged | MediaOwned


def mark(media: MediaRow, at: datetime, event: MarkFact) -> bool:
    """Apply a fact to its medium, which is not deleted; return False where it changes nothing.

    What was decided on another generation than the current one changes nothing.
    """
    match event:
        case MediaTrashed():
            if media.trashed_at is not None or event.generation != media.generation:
                return False
            media.trashed_at, media.trashed_by = at, event.trashed_by
        case MediaRestored():
            if media.trashed_at is None or event.generation != media.generation:
                return False
            media.trashed_at = media.trashed_by = None
        case MediaRenamed():
            media.title = event.title
        case MediaOwned():
            media.owner = event.owner
        case MediaTagged():
            tags = {*json.loads(media.tags), *event.add}.difference(event.remove)
            media.tags = json.dumps(sorted(tags), ensure_ascii=False)
    return True
