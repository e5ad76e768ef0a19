"""Settings that several services have: where the servers are and how to log.

Each class reads its own prefix from the environment, is frozen, and keeps secrets out of its repr. Services
compose these in their own ``settings.py``; nothing else reads the environment.
"""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from infoscreen.common.grace import REQUEST_GRACE_SECONDS


class NatsSettings(BaseSettings):
    """Where NATS is. Credentials are part of the URL (``nats://USER:PASSWORD@host:port``); several, comma-separated."""

    model_config = SettingsConfigDict(env_prefix="NATS_", frozen=True)

    url: SecretStr
    stream_replicas: int = Field(default=1, ge=1, le=5)
    stream_max_bytes: int = Field(default=8 * 1024**3, gt=0)
    stream_max_age_seconds: float = Field(default=0, ge=0, description="0 keeps facts for ever")
    stream_duplicate_window_seconds: float = Field(
        default=24 * 3600, ge=0.1, description="How long a message id, and an Idempotency-Key, stands for one event"
    )

    @property
    def servers(self) -> list[str]:
        """The server URLs, one by one."""
        return [url.strip() for url in self.url.get_secret_value().split(",") if url.strip()]

    @property
    def user(self) -> str | None:
        """The user that the first URL names; None for a server without users, which knows one token or nothing."""
        url = urlsplit(self.servers[0])
        return url.username if url.password else None


class S3Settings(BaseSettings):
    """Where objects are stored, and the address at which browsers and players reach them."""

    model_config = SettingsConfigDict(env_prefix="S3_", frozen=True)

    endpoint: str
    public_endpoint: str = Field(description="Presigned URLs are signed for this address, by default the edge's")
    access_key: SecretStr
    secret_key: SecretStr
    region: str = "us-east-1"
    bucket: str = "infoscreen"


class AuthSettings(BaseSettings):
    """Where the tokens of people and of the embedded player are listed, as SHA-256 digests."""

    model_config = SettingsConfigDict(env_prefix="AUTH_", frozen=True)

    tokens_file: Path


class LogSettings(BaseSettings):
    """How to log: JSON lines in production, a readable console in development."""

    model_config = SettingsConfigDict(env_prefix="LOG_", frozen=True)

    format: Literal["json", "console"] = "json"
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"


class DeadLetterSettings(BaseSettings):
    """The share of dead letters at which a consumer pauses."""

    model_config = SettingsConfigDict(env_prefix="DEAD_LETTER_", frozen=True)

    messages: int = Field(default=20, gt=0, description="Fewer messages within the window never pause a consumer")
    share: float = Field(default=0.5, ge=0, lt=1, description="A greater share of them, as dead letters, pauses it")
    window_seconds: float = Field(default=300, gt=0, description="Which messages count")
    pause_seconds: float = Field(default=300, gt=0, description="After this time a consumer tries again")


class ProcessSettings(BaseSettings):
    """The time without a turn of the event loop after which a process counts as hung."""

    model_config = SettingsConfigDict(env_prefix="PROCESS_", frozen=True)

    hang_seconds: float = Field(default=30, gt=0)


class OpsSettings(BaseSettings):
    """The address for operators and probes, and how long a service may take to end."""

    model_config = SettingsConfigDict(frozen=True)

    host: str = "127.0.0.1"
    ops_port: int = Field(default=9000, ge=1, le=65535)
    shutdown_grace_seconds: float = Field(default=REQUEST_GRACE_SECONDS, gt=0)


class ListenSettings(OpsSettings):
    """Addresses to listen on: ``http_port`` for the API behind the edge, and the ops port."""

    http_port: int = Field(default=8000, ge=1, le=65535)
