"""Who may change a medium: an editor any, an uploader those that it owns.

Who uploads a medium owns it, until an editor hands it over. A medium without an owner is from before there were owners.
"""

from dataclasses import dataclass

from infoscreen.common.errors import InfoscreenError


class NotOwnerError(InfoscreenError):
    """The medium belongs to another person (HTTP 403)."""

    def __init__(self) -> None:
        super().__init__(
            "This medium belongs to another person: you may look at it, and not change it. Ask an editor to change it,"
            " or to hand it over to you."
        )


@dataclass(frozen=True)
class Person:
    """The person that a change is made for.

    Attributes:
        name: the principal's.
        edits_all: True for who may change every medium.
    """

    name: str
    edits_all: bool

    def may_change(self, owner: str | None) -> bool:
        """Whether the person may change a medium of this owner; None: of none."""
        return self.edits_all or self.name == owner

    @property
    def must_own(self) -> str | None:
        """The name that a medium's owner has to have for this person to change it; None where any will do."""
        return None if self.edits_all else self.name

    def check(self, owner: str | None) -> None:
        """Refuse a change that the person may not make.

        Raises:
            NotOwnerError: the medium is another person's.
        """
        if not self.may_change(owner):
            raise NotOwnerError
