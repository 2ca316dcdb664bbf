"""Meters: what is counted while commands go their way."""

from collections import defaultdict
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
import structlog

from actors.letter import ids_of
from actors.outcome import Outcome
from backend.observability.histogram import Histogram
from protocol.closing import Closing
from protocol.messages import Ask

if TYPE_CHECKING:
    from backend.persistence.batch import Batch

log = structlog.get_logger()

SLOW_COMMIT_S = 1.0


class _Code(msgspec.Struct, gc=False):
    code: str


_code_of = msgspec.json.Decoder(_Code).decode


class Meters:
    """Plain counters of one node; every key of theirs is a word of the vocabulary."""

    def __init__(self, *, is_tracing: bool = False) -> None:
        """Begin at nothing; `is_tracing` has every command and batch leave a line in the log."""
        self.is_tracing = is_tracing
        self.granted: dict[type[Ask] | None, int] = defaultdict(int)
        self.refused: dict[type[Ask] | None, int] = defaultdict(int)
        self.refusals: dict[str, int] = defaultdict(int)
        self.closings: dict[Closing, int] = defaultdict(int)
        self.turn_commands = Histogram()
        self.batch_commands = Histogram()
        self.commit_us = Histogram()
        self.lag_us = Histogram()
        self.passivations = 0

    def answered(self, command_id: UUID, ask: type[Ask] | None, outcome: Outcome) -> None:
        """Count how an ask ended; without a type it could not even be read."""
        if outcome.granted:
            self.granted[ask] += 1
            code = None
        else:
            self.refused[ask] += 1
            code = _code_of(outcome.body).code
            self.refusals[code] += 1
        if self.is_tracing:
            log.debug("answered", correlation_id=command_id, command=tag_of(ask), refused=code)

    def closed(self, closing: Closing) -> None:
        """Count a socket that was closed by us."""
        self.closings[closing] += 1

    def committed(self, batch: "Batch", took_s: float) -> None:
        """Count a batch, and say so when it took long."""
        commands = 0
        for plan in batch.plans:
            steps = len(plan.steps)
            commands += steps
            self.turn_commands.add(steps)
        self.batch_commands.add(commands)
        self.commit_us.add(int(took_s * 1_000_000))
        if took_s > SLOW_COMMIT_S:
            log.warning("a slow commit", **_named(batch, commands, took_s))
        elif self.is_tracing:
            log.debug("committed", **_named(batch, commands, took_s))


def tag_of(ask: type[Ask] | None) -> str:
    """Name an ask by its tag."""
    return str(ask.__struct_config__.tag) if ask is not None else "unknown"


def _named(batch: "Batch", commands: int, took_s: float) -> dict[str, object]:
    return {
        "took_ms": round(took_s * 1_000, 1),
        "turns": len(batch.plans),
        "commands": commands,
        "jobs": len(batch.jobs),
        "correlation_ids": ids_of(step.letter for plan in batch.plans for step in plan.steps),
    }
