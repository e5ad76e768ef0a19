"""Random facts in random batches: the tables match a plain model, and a rebuild gives the same tables."""

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    multiple,
    rule,
    run_state_machine_as_test,
)

from infoscreen.catalog.database import Database
from infoscreen.catalog.maintenance.rebuild import rebuild
from infoscreen.catalog.models import PROJECTED_TABLES
from infoscreen.catalog.projection.store import apply_batch
from infoscreen.common.events import MediaUploaded, Priority, RequestReason

# What a converter's word, or a request, makes of a conversion; what is not listed changes nothing.
CONVERTED = {
    ("pending", "started"): "processing",
    ("pending", "succeeded"): "ready",
    ("pending", "failed"): "failed",
    ("processing", "started"): "processing",
    ("processing", "succeeded"): "ready",
    ("processing", "failed"): "failed",
    ("failed", "succeeded"): "ready",
}
REQUESTED = {
    ("processing", RequestReason.OVERDUE): "pending",
    ("processing", RequestReason.HANDED_BACK): "pending",
    ("ready", RequestReason.RENDITION_MISSING): "pending",
    **{("failed", reason): "pending" for reason in RequestReason},
}
KEYS = st.sampled_from([None, "key-1", "key-2"])
"""The deduplication keys, which the stream forgets: one key twice is two facts when the event ids differ."""
MARKS = ("trashed", "restored", "renamed", "tagged")
TAGS = st.sets(st.sampled_from("xyz"))
PROFILES = st.sampled_from(["default", "default", "pdfa"])


@dataclass
class ModelMedium:
    """A medium in the model: its current content, and the status of each content."""

    upload: MediaUploaded
    generation: int
    deleted: bool = False
    trashed: bool = False
    labels: tuple[str | None, frozenset[str]] = (None, frozenset())
    profile: str = "default"
    statuses: dict[str, str] = field(default_factory=dict)

    def inherit(self, before: "ModelMedium | None") -> None:
        if before and not before.deleted:
            self.labels = before.labels


@dataclass
class Model:
    """The rules a second time, written differently: as tables of transitions."""

    media: dict[str, ModelMedium] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def tell(self, kind: str, event, event_id: str, sequence: int) -> None:
        medium = self.media.get(event.media_id)
        known, same_upload = event_id in self.seen, medium and event == medium.upload
        if medium or kind == "uploaded":
            self.seen.add(event_id)
        if kind == "uploaded" and event.obsolete:
            if not known:
                self.file(event, sequence)
        elif kind == "uploaded" and same_upload:
            medium.generation = medium.generation if medium.deleted else sequence
        elif known:
            return
        elif kind == "uploaded":
            statuses = dict.fromkeys(medium.statuses if medium else (), "obsolete") | {event.sha256: "pending"}
            self.media[event.media_id] = ModelMedium(event, sequence, statuses=statuses)
            self.media[event.media_id].inherit(medium)
        elif medium and kind == "deleted":
            if event.generation in (None, medium.generation):
                medium.deleted, medium.statuses = True, dict.fromkeys(medium.statuses, "obsolete")
        elif medium and not medium.deleted:
            self.tell_of_what_is_there(medium, kind, event)

    def tell_of_what_is_there(self, medium: ModelMedium, kind: str, event) -> None:
        if kind in MARKS:
            self.mark(medium, kind, event)
        elif event.generation == medium.generation:
            medium.statuses[medium.upload.sha256] = self.step(medium, kind, event)

    def mark(self, medium: ModelMedium, kind: str, event) -> None:
        title, tags = medium.labels
        if kind == "renamed":
            medium.labels = (event.title, tags)
        elif kind == "tagged":
            medium.labels = (title, (tags | {*event.add}) - {*event.remove})
        elif event.generation == medium.generation:
            medium.trashed = kind == "trashed"

    def file(self, event, sequence: int) -> None:
        """A replacement of a deleted or an unknown medium."""
        medium = self.media.setdefault(event.media_id, ModelMedium(event, sequence, deleted=True))
        if medium.deleted or medium.trashed:
            medium.statuses.setdefault(event.sha256, "obsolete")

    def step(self, medium: ModelMedium, kind: str, event) -> str:
        now = medium.statuses[medium.upload.sha256]
        if event.profile == medium.profile:
            return (REQUESTED.get((now, event.reason)) if kind == "requested" else CONVERTED.get((now, kind))) or now
        if kind == "requested" and event.reason is RequestReason.ENSURE:
            medium.profile = event.profile
            return "pending"
        return now

    def rows(self) -> set[tuple[object, ...]]:
        return {
            (media_id, medium.generation, medium.deleted, medium.trashed, *medium.labels, file_hash, status)
            for media_id, medium in self.media.items()
            for file_hash, status in medium.statuses.items()
        }


def machine_for(database_url: str, events, log_type):  # noqa: C901 - a method a rule
    """A state machine that runs on the test's database."""

    class ProjectorMachine(RuleBasedStateMachine):
        uploads = Bundle("uploads")
        facts = Bundle("facts")

        @initialize()
        def begin(self):
            self.loop = asyncio.new_event_loop()
            self.database = Database(database_url)
            self.log, self.model, self.applied = log_type(), Model(), 0
            self.resources = AsyncExitStack()
            self.run(self.connect())

        def run(self, coroutine):
            return self.loop.run_until_complete(coroutine)

        async def connect(self):
            self.connection = await self.resources.enter_async_context(self.database.connection())
            tables = ", ".join(table.name for table in PROJECTED_TABLES if table.name != "projection_offset")
            await self.connection.execute(f"TRUNCATE {tables}")
            await self.connection.execute("UPDATE projection_offset SET sequence = 0")

        def tell(self, kind, event, event_id=None, key=None):
            event_id = event_id or f"event-{len(self.log.messages)}"
            sequence = self.log.append(event, event_id, key)
            self.model.tell(kind, event, event_id, sequence)
            return sequence, (kind, event, event_id)

        @rule(target=uploads, content=st.sampled_from("abc"), priority=st.sampled_from(Priority), key=KEYS)
        def upload(self, content, priority, key):
            event = events.uploaded(content=content, priority=priority)
            return event, self.tell("uploaded", event, key=key)[0]

        @rule(target=uploads, upload=uploads, content=st.sampled_from("abc"), key=KEYS)
        def replace(self, upload, content, key):
            event = events.uploaded(upload[0].media_id, content)
            return event, self.tell("uploaded", event, key=key)[0]

        @rule(target=facts, upload=uploads, content=st.sampled_from("abc"), known=st.booleans())
        def replace_too_late(self, upload, content, known):
            event = events.uploaded(upload[0].media_id if known else None, content, obsolete=True)
            return self.tell("uploaded", event)[1]

        @rule(target=uploads, upload=uploads, content=st.sampled_from("abc"))
        def replace_before_a_deletion_comes(self, upload, content):
            """The deletion names a generation that was replaced."""
            event = events.uploaded(upload[0].media_id, content)
            sequence = self.tell("uploaded", event)[0]
            self.tell("deleted", events.deleted(*upload))
            return event, sequence

        @rule(target=facts, upload=uploads, decided=st.booleans())
        def delete(self, upload, decided):
            """The deletion names a generation, current or not, or none as an older producer does."""
            event, generation = upload
            return self.tell("deleted", events.deleted(event, generation if decided else None))[1]

        @rule(target=facts, upload=uploads, kind=st.sampled_from(["trashed", "restored"]))
        def move(self, upload, kind):
            return self.tell(kind, getattr(events, kind)(*upload))[1]

        @rule(target=facts, upload=uploads, add=TAGS, remove=TAGS)
        def tag(self, upload, add, remove):
            return self.tell("tagged", events.tagged(upload[0], add, remove))[1]

        @rule(target=facts, upload=uploads, title=st.sampled_from(["Menu", "Plan"]))
        def rename(self, upload, title):
            return self.tell("renamed", events.renamed(upload[0], title))[1]

        @rule(
            target=facts,
            upload=uploads,
            reason=st.sampled_from(RequestReason),
            priority=st.sampled_from(Priority),
            profile=PROFILES,
        )
        def request(self, upload, reason, priority, profile):
            return self.tell("requested", events.requested(*upload, reason, priority, profile))[1]

        @rule(target=facts, upload=uploads, attempt=st.integers(1, 3), profile=PROFILES)
        def start(self, upload, attempt, profile):
            return self.tell("started", events.started(*upload, attempt=attempt, profile=profile))[1]

        @rule(target=facts, upload=uploads, profile=PROFILES)
        def succeed(self, upload, profile):
            return self.tell("succeeded", events.succeeded(*upload, profile=profile))[1]

        @rule(target=facts, upload=uploads, profile=PROFILES)
        def fail(self, upload, profile):
            return self.tell("failed", events.failed(*upload, profile=profile))[1]

        @rule(fact=facts)
        def tell_again(self, fact):
            self.tell(*fact)

        @rule(target=facts, upload=uploads, times=st.integers(2, 3))
        def work_on_it(self, upload, times):
            told = [self.tell("started", events.started(*upload))[1] for _ in range(times)]
            return multiple(*told, self.tell("succeeded", events.succeeded(*upload))[1])

        @rule(subject=st.sampled_from(["media.uploaded.x", "conversion.odd.x"]))
        def tell_nonsense(self, subject):
            self.log.append_raw(subject, b"{", {"ce-type": "media.uploaded"})

        @rule(limit=st.integers(1, 20))
        def project(self, limit):
            self.run(self.apply(limit))

        async def apply(self, limit):
            if messages := await self.log.read_batch(self.applied + 1, limit):
                self.applied = await apply_batch(self.connection, messages)
            if self.applied == len(self.log.messages):
                assert await self.projected() == self.model.rows()

        async def projected(self):
            query = """
                SELECT m.id, m.generation, m.deleted_at IS NOT NULL, m.trashed_at IS NOT NULL, m.title, m.tags,
                    c.file_hash, c.status::text
                FROM media_files m JOIN conversions c ON c.source_file_id = m.id
            """
            rows = await self.connection.fetch(query)
            return {(*row[:5], frozenset(json.loads(row[5])), *row[6:]) for row in rows}

        def teardown(self):
            self.run(self.finish())
            self.loop.close()

        async def finish(self):
            async with self.resources:
                await self.apply(1000)
                live = await self.contents()
                assert await rebuild(self.database, self.log, batch_events=7) == len(self.log.messages)
                assert await self.contents() == live
                assert await self.projected() == self.model.rows()
            await self.database.close()

        async def contents(self):
            queries = {table.name: f"SELECT * FROM {table.name} ORDER BY 1" for table in PROJECTED_TABLES}  # noqa: S608 - names of ours
            return {name: [tuple(row) for row in await self.connection.fetch(query)] for name, query in queries.items()}

    return ProjectorMachine


def test_the_tables_match_the_model_and_a_rebuild_reproduces_them(migrated_url, events, log):
    run_state_machine_as_test(
        machine_for(migrated_url, events, type(log)),
        settings=settings(
            max_examples=20,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
