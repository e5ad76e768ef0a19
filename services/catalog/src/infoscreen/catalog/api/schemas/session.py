"""Bodies of the dashboard's session."""

from typing import Self

from pydantic import BaseModel, Field

from infoscreen.common.auth import Principal, Role


class SessionRequest(BaseModel):
    """A token to be kept in the dashboard's cookie."""

    token: str = Field(min_length=1, max_length=512)


class SessionInfo(BaseModel):
    """Who is signed in."""

    name: str
    role: Role

    @classmethod
    def of(cls, principal: Principal) -> Self:
        """A principal as the dashboard shows it."""
        return cls(name=principal.name, role=principal.role)
