"""Everything that ingest reads from the environment."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from infoscreen.common.rate_limit import Limit
from infoscreen.common.settings import ListenSettings


class IngestSettings(ListenSettings):
    """Ingest's own settings, prefix ``INGEST_``."""

    model_config = SettingsConfigDict(env_prefix="INGEST_", frozen=True)

    max_upload_bytes: Annotated[int, Field(gt=0)] = 2 * 1024**3
    max_concurrent_uploads: Annotated[
        int, Field(ge=1, description="More are told to come back; each beyond 16 takes 5.5 MiB of the temporary folder")
    ] = 256
    body_idle_seconds: Annotated[float, Field(gt=0, description="Close uploads that send nothing for this long")] = 30
    publish_deadline_seconds: Annotated[float, Field(gt=0, description="Park the event after this long")] = 3
    relay_interval_seconds: Annotated[float, Field(gt=0)] = 2
    rate_limit: Annotated[Limit, Field(description="Requests that one token is good for")] = "1200/minute"
    orphan_grace_seconds: Annotated[float, Field(gt=0, description="Keep originals that no event names this long")] = (
        24 * 3600
    )
    upload_lifetime_seconds: Annotated[
        float, Field(gt=0, description="Keep a resumable upload this long after its last bytes")
    ] = 24 * 3600
    max_open_bytes: Annotated[
        int, Field(gt=0, description="Of the unfinished resumable uploads of one account, together")
    ] = 16 * 1024**3
    collect_interval_seconds: Annotated[float, Field(gt=0)] = 3600
