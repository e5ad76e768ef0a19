"""The options of a conversion, and the key of their rendition: the same options give the same key."""

from dataclasses import dataclass
from enum import StrEnum

DEFAULT_PROFILE = "default"
"""The key of a PDF with nothing special about it."""


class Profile(StrEnum):
    """Which kind of PDF is made."""

    PDF = "pdf"
    PDFA = "pdfa"  # PDF/A-2b, for archives


@dataclass(frozen=True, slots=True)
class ConversionOptions:
    """How the PDF is made. Hidden slides and notes are never part of it.

    Attributes:
        profile: the kind of PDF.
        page_range: as in ``1-3,7``, of the PDF, so hidden slides are not counted; None is all pages.
        image_quality: 1 to 100, of JPEG compression; None is the engine's default (90).

    Raises:
        ValueError: a value outside of the above.
    """

    profile: Profile = Profile.PDF
    page_range: str | None = None
    image_quality: int | None = None

    def __post_init__(self) -> None:
        """Refuse options that no key can express, or that two keys would."""
        if self.page_range is not None:
            _check_page_range(self.page_range)
        if self.image_quality is not None and not 1 <= self.image_quality <= 100:  # noqa: PLR2004 - a percentage
            raise ValueError(f"image_quality is 1 to 100, not {self.image_quality}")

    @property
    def key(self) -> str:
        """The options as the rendition's key holds them: the same options give the same key, of ``[a-z0-9_-]``."""
        parts = [] if self.profile is Profile.PDF else [self.profile.value]
        if self.page_range is not None:
            parts.append("p" + self.page_range.replace(",", "_"))
        if self.image_quality is not None:
            parts.append(f"q{self.image_quality}")
        return "__".join(parts) or DEFAULT_PROFILE

    @property
    def last_page(self) -> int | None:
        """The highest page of the range; None where there is no range."""
        if self.page_range is None:
            return None
        return max(int(part.rpartition("-")[2]) for part in self.page_range.split(","))

    @classmethod
    def from_key(cls, key: str) -> "ConversionOptions":
        """The options that have this key.

        Raises:
            ValueError: no options have it.
        """
        profile, page_range, image_quality = Profile.PDF, None, None
        for part in [] if key == DEFAULT_PROFILE else key.split("__"):
            if part == Profile.PDFA:
                profile = Profile.PDFA
            elif part.startswith("p"):
                page_range = part[1:].replace("_", ",")
            elif part.startswith("q") and part[1:].isdecimal():
                image_quality = int(part[1:])
            else:
                raise ValueError(f"unknown profile {key!r}")
        options = cls(profile, page_range, image_quality)
        if options.key != key:
            raise ValueError(f"unknown profile {key!r}; did you mean {options.key!r}?")
        return options


def _check_page_range(page_range: str) -> None:
    for part in page_range.split(","):
        first, dash, last = part.partition("-")
        numbers = [first, last] if dash else [first]
        if not all(number.isascii() and number.isdigit() and not number.startswith("0") for number in numbers):
            raise ValueError(f"page_range is like 1-3,7 and not {page_range!r}")
        if int(numbers[-1]) < int(first):
            raise ValueError(f"page_range runs backwards: {part!r}")
