"""Everything that the converter reads from the environment."""

import socket
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from infoscreen.common.grace import CONVERSION_GRACE_SECONDS
from infoscreen.common.isolation.sandbox import Fence
from infoscreen.common.settings import OpsSettings


def _names(value: object) -> object:
    return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value


class ConverterSettings(OpsSettings):
    """The converter's own settings, prefix ``CONVERTER_``."""

    model_config = SettingsConfigDict(env_prefix="CONVERTER_", frozen=True)

    name: str = Field(default_factory=socket.gethostname)
    engine: Literal["libreoffice", "gotenberg"] = "libreoffice"
    gotenberg_url: str | None = None
    slots: Annotated[int, Field(ge=1, le=64)] = 1
    spares: Annotated[
        int, Field(ge=0, le=64, description="More LibreOffices, for when those of the slots are slow or gone")
    ] = 1
    quick_seconds: Annotated[
        float, Field(gt=0, description="A conversion that takes longer may have to make room for others")
    ] = 3
    work_dir: Path = Path("/tmp/infoscreen-converter")  # noqa: S108 - made private (0700) at the start
    max_source_bytes: Annotated[
        int, Field(gt=0, description="Larger documents are too large; a smaller work_dir lowers it")
    ] = 512 * 1024**2
    fonts_dir: Annotated[Path | None, Field(description="An operator's own fonts, read when the converter starts")] = (
        None
    )
    accept_missing_fences: Annotated[
        frozenset[Fence],
        NoDecode,
        BeforeValidator(_names),
        Field(description="What to do without where the kernel does not offer it, by commas: network, files, user"),
    ] = frozenset()
    deadline_base_seconds: Annotated[float, Field(gt=0)] = 120
    deadline_seconds_per_mib: Annotated[float, Field(ge=0)] = 5
    deadline_seconds_per_page: Annotated[float, Field(ge=0)] = 1
    deadline_max_seconds: Annotated[float, Field(gt=0)] = 1800
    patience_seconds: Annotated[
        float, Field(gt=0, description="Wait this long for an engine or store that is away before handing back")
    ] = 120
    max_pages: Annotated[int, Field(ge=1)] = 2000
    shutdown_grace_seconds: Annotated[float, Field(gt=0)] = CONVERSION_GRACE_SECONDS

    @model_validator(mode="after")
    def _needs_url(self) -> "ConverterSettings":
        if self.engine == "gotenberg" and not self.gotenberg_url:
            raise ValueError("CONVERTER_ENGINE=gotenberg needs CONVERTER_GOTENBERG_URL, such as http://gotenberg:3000")
        return self

    def deadline_seconds(self, size_bytes: int, pages: int | None = None) -> float:
        """How long the engine may work on a document of this size and, where that is known, of so many pages."""
        by_size, by_pages = self.deadline_seconds_per_mib * size_bytes / 1024**2, self.deadline_seconds_per_page
        return min(self.deadline_base_seconds + by_size + by_pages * (pages or 0), self.deadline_max_seconds)
