"""Giving up: who waits for a database that does not answer is told to come again.

A turn that is on its way is let be: nobody knows yet how it ends. What stands behind it, in the
queue or in its actor's mailbox, was never sent, so nothing of it can have been done.
"""

import asyncio
from collections.abc import Sequence

import structlog

from actors.letter import AnyLetter, ids_of
from backend.persistence.lane import Lane
from protocol.common import Temporary

log = structlog.get_logger()

LOOK_EVERY_S = 0.5
WHY = "the database does not answer"


async def give_up_again_and_again(lanes: Sequence[Lane]) -> None:
    """Look now and then whether somebody waits in vain."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        given_up = give_up_what_waits(lanes)
        if given_up:
            log.warning(
                "what waited for the database was given up",
                commands=len(given_up),
                correlation_ids=ids_of(given_up),
            )


def give_up_what_waits(lanes: Sequence[Lane]) -> list[AnyLetter]:
    """Answer all that waits behind lanes whose database is silent; returns what that was."""
    given_up: list[AnyLetter] = []
    silent = [lane for lane in lanes if lane.silence.is_long]
    for lane in silent:
        for turn in lane.under_way:
            if not turn.is_settled:
                given_up += turn.give_up_behind(Temporary(why=WHY))
    for lane in silent:
        # Where another lane that shares the queue gets through, what waits will have its turn.
        if all(other in silent for other in lanes if other.queue is lane.queue):
            turns = lane.queue.take_all()
            given_up += [letter for turn in turns for letter in turn.letters]
            for turn in turns:
                turn.give_up(WHY)
    return given_up
