"""Changes the number of converters of a running system."""

import os
from typing import Any

import anyio

from infoscreen.cli.errors import CliError
from infoscreen.cli.supervisor import Supervisor
from infoscreen.cli.system import EngineChoice, System

MOST_CONVERTERS = 64


def usual_converters(engine: EngineChoice) -> int:
    """How many converters run where nothing else is asked for: one a core, and one beside a Gotenberg.

    A Gotenberg converts one document at a time; another one would wait in its queue at the cost of its own deadline.
    """
    return 1 if engine is EngineChoice.GOTENBERG else min(os.cpu_count() or 1, MOST_CONVERTERS)


class Converters:
    """The converters of a running system; a lock serialises changes."""

    def __init__(self, supervisor: Supervisor, system: System) -> None:
        self._supervisor = supervisor
        self._system = system
        self._count = system.options.converters
        self._changing = anyio.Lock()

    async def handle(self, request: dict[str, Any]) -> str:
        """Answers the control channel's only request, {"scale": {"converter": N}}."""
        return await self.scale(int(request["scale"]["converter"]))

    async def scale(self, count: int) -> str:
        """Starts or stops converters until `count` run; a converter that stops finishes or hands back its work.

        Raises:
            CliError: the count is out of range, or a new converter did not start.
        """
        if not 0 <= count <= MOST_CONVERTERS:
            raise CliError(f"The number of converters must be between 0 and {MOST_CONVERTERS}.")
        async with self._changing:
            before, self._count = self._count, count
            added = [self._system.converter(number) for number in range(before + 1, count + 1)]
            await self._supervisor.start("services", added)
            async with anyio.create_task_group() as stops:
                for number in range(count + 1, before + 1):
                    stops.start_soon(self._supervisor.remove, f"converter-{number}")
        return f"{count} converters run (before: {before})."
