"""Principals: people and the embedded player by their tokens, enrolled players from the catalog's directory."""

import asyncio
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import structlog

from infoscreen.common.auth import Authenticator, Principal, new_token, token_digest
from infoscreen.common.errors import UnavailableError
from infoscreen.common.problem import ProblemError
from infoscreen.common.rate_limit import RateLimit
from infoscreen.common.read_model import code_digest
from infoscreen.common.roles import Role
from infoscreen.common.waiting import wait_for
from infoscreen.player_gateway.cache import Cache
from infoscreen.player_gateway.hints import PlayerHints
from infoscreen.player_gateway.programme import Programme, Screen

_SEEN_INTERVAL_SECONDS = 15.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PlayerState:
    """An enrolled player, with what concerns only its screen."""

    player_id: UUID
    name: str
    revoked: bool
    group_id: UUID | None
    screen: Screen


@dataclass(frozen=True)
class PlayerPrincipal(Principal):
    """An enrolled player that asks: it may see only the media of its programme."""

    token_sha256: str
    player: PlayerState
    shared: Programme

    @property
    def limit_key(self) -> str:
        """Names of players are not unique."""
        return str(self.player.player_id)


class PlayerDirectory(Protocol):
    """The catalog's functions for players that the gateway may call."""

    async def enrol(self, code_sha256: str, token_sha256: str) -> str | None:
        """Exchange a code for a token; the player's name, or None where the code is not good (any more)."""

    async def report(self, player_id: UUID, report: str) -> None:
        """Store a player's report about itself, as JSON."""

    async def seen(self, player_ids: list[UUID]) -> None:
        """Note that players sent a request."""


class Players:
    """Authenticates and enrols players, and passes on their reports.

    Args:
        people: finds people and the embedded player by their tokens.
        cache: enrolled players by their tokens' digests.
        programmes: what the screens of each group share.
        hints: tell unknown tokens and codes without a query.
        directory: the catalog's players.
        guesses: how many wrong codes an address may send.
    """

    def __init__(
        self,
        people: Authenticator,
        cache: Cache[str, PlayerState],
        programmes: Cache[UUID | None, Programme],
        *,
        hints: PlayerHints,
        directory: PlayerDirectory,
        guesses: RateLimit,
    ) -> None:
        self._people = people
        self._cache = cache
        self._programmes = programmes
        self._hints = hints
        self._directory = directory
        self._guesses = guesses
        self._seen: set[UUID] = set()

    async def authenticate(self, token: str) -> Principal | None:
        """The principal that a token belongs to, or None.

        Raises:
            ProblemError: 401 for a player that was revoked, so that it can say so.
        """
        known = await self._people(token)
        if known is not None:
            return known
        digest = token_digest(token)
        if digest not in self._cache and not await self._hints.may_be_token(digest):
            return None
        player = await self._cache.get(digest)
        if player is None:
            return None
        check_enrolled(player)
        self._seen.add(player.player_id)
        shared = await self._programmes.get(player.group_id) or Programme()
        return PlayerPrincipal(player.name, Role.PLAYER, digest, player, shared)

    async def enrol(self, code: str, address: str) -> tuple[str, str]:
        """Exchange a one-time code for a fresh token; returns the player's name and the token.

        A wrong code counts against the address that it came from, and, where it begins as an outstanding one does,
        against that one too, in the database. So guesses hold up no player with a good code, not even one behind the
        same address, and a code meets so many guesses in its life at most, however many addresses they come from.

        Raises:
            ProblemError: 403 for a code that is unknown, used or expired; 429 once its address sent too many of them.
        """
        token = new_token("isp")
        digest = code_digest(code)
        meant = await self._hints.may_be_code(digest)
        name = await self._directory.enrol(digest, token_digest(token)) if meant else None
        if name is None:
            self._guesses.count_key(address)
            detail = "This code is not valid (any more). Ask your operator for a new one."
            raise ProblemError(403, "invalid_code", detail)
        return name, token

    async def report(self, player_id: UUID, report: str) -> None:
        """Store a player's report in the catalog."""
        await self._directory.report(player_id, report)

    async def keep_seen(self, stop: asyncio.Event) -> None:
        """Tell the catalog every few seconds which players sent a request, many in one call."""
        while not await wait_for(stop, _SEEN_INTERVAL_SECONDS):
            seen, self._seen = self._seen, set()
            try:
                if seen:
                    await self._directory.seen(list(seen))
            except UnavailableError:
                self._seen |= seen
                _log.warning("seen_not_told", players=len(seen))


def check_enrolled(player: PlayerState | None) -> PlayerState:
    """The current state of a player.

    Raises:
        ProblemError: 401, its token is worthless by now: of one that was revoked, so that it can say so.
    """
    if player is None:
        detail = "This token was exchanged for another, or its player is gone. Enrol it anew."
        raise ProblemError(401, "unauthenticated", detail, {"WWW-Authenticate": "Bearer"})
    if player.revoked:
        raise ProblemError(401, "revoked", "This player was revoked. Enrol it anew.", {"WWW-Authenticate": "Bearer"})
    return player


def may_see(principal: Principal, media_id: UUID) -> bool:
    """People and the embedded player see every medium; an enrolled player what its programme names."""
    if not isinstance(principal, PlayerPrincipal):
        return True
    return media_id in principal.player.screen.media_ids or media_id in principal.shared.media_ids
