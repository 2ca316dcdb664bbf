"""Deciding: from a letter and the states of an actor to a step of its turn. Nothing waits here."""

from collections.abc import Iterable

import msgspec
import structlog

from actors.letter import AnyLetter, Letter
from actors.outcome import Outcome
from actors.part import AnyPart
from actors.repertoire import Role
from actors.turn import States, Step, Turn
from protocol.common import Internal, NotFound
from protocol.marks import without_private
from protocol.messages import Answer, Event, Message
from protocol.refusals import Refusal

log = structlog.get_logger()

HAPPENED_MAX = 256

_HEARD = Outcome(granted=True, body=b"null")


class NotLoaded(Exception):
    """A reaction needs Parts that have not been loaded; the turn is decided again with them."""

    def __init__(self, parts: Iterable[AnyPart]) -> None:
        """Name the Parts."""
        self.parts = tuple(parts)


def messages_in(letter: AnyLetter) -> Iterable[Message]:
    """List what a letter says: one ask, or some tells."""
    return (letter.ask,) if isinstance(letter, Letter) else letter.tells


def parts_for(role: Role, letter: AnyLetter) -> tuple[AnyPart, ...]:
    """List the Parts that must be loaded before a letter can be decided."""
    if isinstance(letter, Letter):
        return role.loads_before.get(type(letter.ask), ())
    return tuple(
        dict.fromkeys(
            part for tell in letter.tells for part in role.loads_before.get(type(tell), ())
        )
    )


def decide(role: Role, turn: Turn, step: Step, states: States) -> States:
    """Decide the next step of a turn on these states; returns the states after it.

    A refused step leaves the states as they were, and wants nothing written but its outcome.
    Raises NotLoaded when a reaction needs a Part that is not there yet.
    """
    letter = step.letter
    turn.begin(step)
    after = states
    try:
        if letter.forced is not None:
            raise letter.forced
        if isinstance(letter, Letter):
            if _is_let_in(role, turn, states):
                step.answer = _handle(role, letter.ask, turn, states)
                if step.happened:
                    after = follow(role, turn, step, states)
                step.outcome = Outcome.of(step.answer)
            else:
                _turn_away(step, role, turn)
        else:
            after = _hear(role, letter.tells, turn, step, states)
            step.outcome = _HEARD
    except Refusal as refusal:
        _refuse(step, refusal)
        after = states
    except NotLoaded:
        raise
    except Exception:
        reference = turn.new_id().hex[-12:]
        log.exception(
            "a handler failed",
            address=turn.address,
            command_id=letter.id,
            messages=[(type(said).__name__, without_private(said)) for said in messages_in(letter)],
            reference=reference,
        )
        _refuse(step, Internal(reference=reference))
        after = states
    step.states = after
    # A query changes nothing, a temporary refusal is not kept, and a tell that met a bug stays in
    # its table to be brought again.
    outcome = step.outcome
    step.writes = letter.id is not None and (
        outcome.lasting if isinstance(letter, Letter) else outcome.granted
    )
    return after


def _is_let_in(role: Role, turn: Turn, states: States) -> bool:
    principal = turn.principal
    if principal.is_system:
        return True
    admits = role.kind.admits
    if admits is not None and not admits(turn.address, principal):
        return False
    for part in role.gates:
        if part.admits is not None and not part.admits(states[part], principal):
            return False
    return True


def _turn_away(step: Step, role: Role, turn: Turn) -> None:
    """Refuse a stranger as if the actor did not exist.

    Where nobody was ever let in nothing is written either, or strangers could fill the database
    with actors that do not exist; elsewhere the outcome is looked up and kept like any other, for
    somebody who was let in once and asks again.
    """
    _refuse(step, NotFound(what=role.kind.name))
    kind = role.kind
    if turn.head.version == 0 or (kind.admits and not kind.admits(turn.address, turn.principal)):
        step.outcome = msgspec.structs.replace(step.outcome, lasting=False)


def _handle(role: Role, message: Message, turn: Turn, states: States) -> Answer:
    handler = role.handlers[type(message)]
    answer: Answer = handler.function(message, *[states[part] for part in handler.needs], turn)
    return answer


def _hear(role: Role, tells: Iterable[Message], turn: Turn, step: Step, states: States) -> States:
    """Hear several tells one after the other; each on the states its predecessor left."""
    for tell in tells:
        place = len(step.happened)
        handler = role.handlers[type(tell)]
        handler.function(tell, *[states[part] for part in handler.needs], turn)
        states = follow(role, turn, step, states, place)
    return states


def follow(role: Role, turn: Turn, step: Step, states: States, place: int = 0) -> States:
    """Follow what happened in a step, from `place` on: memory first, then what reacts to it.

    Reactions may have more happen, to a limit. Raises NotLoaded.
    """
    happened = step.happened
    while place < len(happened):
        event = happened[place]
        place += 1
        states = evolve(role, states, event)
        for reaction in role.reactions.get(type(event), ()):
            missing = [part for part in reaction.needs if part not in states]
            if missing:
                raise NotLoaded(missing)
            reaction.function(event, *[states[part] for part in reaction.needs], turn)
        if place > HAPPENED_MAX:
            raise RuntimeError(f"more than {HAPPENED_MAX} events in one step")
    return states


def evolve(role: Role, states: States, event: Event) -> States:
    """Follow an event with those states that are loaded; the given ones are left as they are."""
    for part, function in role.evolutions.get(type(event), ()):
        state = states.get(part)
        if state is not None:
            states = {**states, part: function(state, event)}
    return states


def _refuse(step: Step, refusal: Refusal) -> None:
    step.outcome = Outcome.of(refusal)
    step.published.clear()
    step.happened.clear()
    step.after.clear()
    step.work = None
