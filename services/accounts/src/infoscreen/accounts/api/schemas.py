"""Bodies of requests and answers."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from infoscreen.accounts.api.dependencies import NO_NUL
from infoscreen.accounts.credentials import PersonalToken, Session
from infoscreen.accounts.invites import Invite
from infoscreen.accounts.people import Account
from infoscreen.common.auth import Principal
from infoscreen.common.roles import UPLOADERS, Role

AccountRole = Literal[Role.VIEWER, Role.UPLOADER, Role.EDITOR, Role.OPERATOR]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=NO_NUL)]
Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s\x00]+@[^@\s\x00]+$")]
Password = Annotated[str, Field(max_length=200, description="As it was chosen")]
NewPassword = Annotated[str, Field(min_length=10, max_length=200, description="Ten characters or more")]


class TokenSignIn(BaseModel):
    """A token to be kept in the dashboard's cookie."""

    token: str = Field(min_length=1, max_length=512)


class PasswordSignIn(BaseModel):
    """An account's address and password."""

    email: Email
    password: Password


class SessionInfo(BaseModel):
    """Who is signed in; with `account_id` and `email` where it is an account."""

    name: str
    role: Role
    account_id: UUID | None = None
    email: str | None = None

    @classmethod
    def of(cls, who: Principal | Account) -> Self:
        """A principal of the token file, or an account."""
        if isinstance(who, Account):
            return cls(name=who.name, role=who.role, account_id=who.account_id, email=who.email)
        return cls(name=who.name, role=who.role)


class PasswordChange(BaseModel):
    """One's own password, old and new."""

    current: Password
    new: NewPassword


class SessionItem(BaseModel):
    """An open session of one's own."""

    model_config = ConfigDict(from_attributes=True)

    session_id: UUID
    browser: str = Field(description="What the browser said it is")
    created_at: datetime
    expires_at: datetime
    last_seen_at: datetime | None
    current: bool = Field(description="True for the session that asks")


class SessionList(BaseModel):
    """One's own open sessions, the one seen last first."""

    items: list[SessionItem]

    @classmethod
    def of(cls, sessions: list[Session]) -> Self:
        """The answer for these sessions."""
        return cls(items=[SessionItem.model_validate(session) for session in sessions])


class Person(BaseModel):
    """An account."""

    model_config = ConfigDict(from_attributes=True)

    account_id: UUID
    email: str
    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None
    last_seen_at: datetime | None = Field(description="When one of its sessions last opened the dashboard")
    sessions: int = Field(description="How many are open")
    tokens: int = Field(description="How many personal tokens it has")

    @classmethod
    def of(cls, account: Account) -> Self:
        """An account as operators see it."""
        return cls.model_validate(account)


class PersonList(BaseModel):
    """Every account, by name."""

    items: list[Person]


class PersonName(BaseModel):
    """An account as other people see it."""

    account_id: UUID
    name: str
    may_own: bool = Field(description="True where media can be handed over to it: it may upload, and is not disabled")

    @classmethod
    def of(cls, account: Account) -> Self:
        """The name of an account."""
        may_own = account.role in UPLOADERS and account.disabled_at is None
        return cls(account_id=account.account_id, name=account.name, may_own=may_own)


class NameList(BaseModel):
    """The names of every account, in their order."""

    items: list[PersonName]


class PersonChange(BaseModel):
    """What is to change of an account; what is left out stays."""

    name: Name | None = None
    role: AccountRole | None = None
    disabled: bool | None = None


class InviteRequest(BaseModel):
    """Whom to invite, as what."""

    name: Name = Field(description="Whom it is for, to tell invites apart")
    role: AccountRole


class InviteInfo(BaseModel):
    """An invite that can be accepted."""

    model_config = ConfigDict(from_attributes=True)

    invite_id: UUID
    name: str
    role: Role
    created_by: str
    created_at: datetime
    expires_at: datetime
    account_id: UUID | None = Field(description="The account whose password it sets; null where it makes an account")


class NewInvite(InviteInfo):
    """An invite with its secret, which no later answer has."""

    secret: str
    link: str = Field(description="The dashboard's address with the secret in its fragment")

    @classmethod
    def with_secret(cls, invite: Invite, secret: str, link: str) -> Self:
        """An invite that was just made."""
        return cls(**InviteInfo.model_validate(invite).model_dump(), secret=secret, link=link)


class InviteList(BaseModel):
    """The invites that can be accepted, the oldest first."""

    items: list[InviteInfo]


class InviteAcceptance(BaseModel):
    """The account that an invite is to make."""

    invite: str = Field(min_length=1, max_length=512, description="Its secret")
    name: Name
    email: Email
    password: NewPassword


class PasswordReset(BaseModel):
    """The password that a link is to set."""

    invite: str = Field(min_length=1, max_length=512, description="The link's secret")
    password: NewPassword


class TokenRequest(BaseModel):
    """A personal token to be made."""

    name: Name = Field(description="What it is for")
    role: AccountRole | None = Field(default=None, description="The most that it allows; by default what you may do")
    days: int = Field(default=365, ge=1, le=3650, description="How long it lasts")


class TokenInfo(BaseModel):
    """A personal token, without its secret."""

    model_config = ConfigDict(from_attributes=True)

    token_id: UUID
    account_id: UUID
    name: str
    role: Role = Field(description="The most that it allows: its owner's role, if that is less")
    created_at: datetime
    expires_at: datetime


class NewToken(TokenInfo):
    """A personal token with its secret, which no later answer has."""

    token: str

    @classmethod
    def with_secret(cls, token: PersonalToken, secret: str) -> Self:
        """A token that was just made."""
        return cls(**TokenInfo.model_validate(token).model_dump(), token=secret)


class TokenList(BaseModel):
    """Personal tokens, the newest first."""

    items: list[TokenInfo]
