"""Deciding: from a letter and the states of an actor to a step of its turn. Nothing waits here."""

import uuid
from collections.abc import Iterable

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

_HEARD = Outcome(granted=True, body=b"null")


def messages_in(letter: AnyLetter) -> Iterable[Message]:
    """List what a letter says: one ask, or some tells."""
    return (letter.ask,) if isinstance(letter, Letter) else letter.tells


def parts_for(role: Role, letter: AnyLetter) -> tuple[AnyPart, ...]:
    """List the Parts that must be loaded before a letter can be decided."""
    if isinstance(letter, Letter):
        return role.loads_before.get(type(letter.ask), ())
    return tuple(
        dict.fromkeys(part for tell in letter.tells for part in role.loads_before[type(tell)])
    )


def decide(role: Role, turn: Turn, step: Step, states: States) -> States:
    """Decide the next step of a turn on these states; returns the states after it.

    A refused step leaves the states as they were, and wants nothing written but its outcome.
    """
    letter = step.letter
    turn.begin(step)
    after = states
    try:
        if letter.forced is not None:
            raise letter.forced
        if isinstance(letter, Letter):
            _let_in(role, turn, states)
            answer = _handle(role, letter.ask, turn, states)
            after = evolve(role, states, [*step.noted, *step.published])
            step.outcome = Outcome.of(answer)
        else:
            after = _hear(role, letter.tells, turn, step, states)
            step.outcome = _HEARD
    except Refusal as refusal:
        _refuse(step, refusal, turn)
        after = states
    except Exception:
        reference = uuid.uuid4().hex[:12]
        log.exception(
            "a handler failed",
            address=turn.address,
            command_id=letter.id,
            messages=[(type(said).__name__, without_private(said)) for said in messages_in(letter)],
            reference=reference,
        )
        _refuse(step, Internal(reference=reference), turn)
        after = states
    step.states = after
    return after


def _let_in(role: Role, turn: Turn, states: States) -> None:
    if turn.principal.is_system:
        return
    admitted = role.kind.admits(turn.address, turn.principal) and all(
        part.admits is None or part.admits(states[part], turn.principal) for part in role.gates
    )
    if not admitted:
        raise NotFound(what=role.kind.name)


def _handle(role: Role, message: Message, turn: Turn, states: States) -> Answer:
    handler = role.handlers[type(message)]
    answer: Answer = handler.function(message, *[states[part] for part in handler.needs], turn)
    return answer


def _hear(role: Role, tells: Iterable[Message], turn: Turn, step: Step, states: States) -> States:
    """Hear several tells one after the other; each on the states its predecessor left."""
    for tell in tells:
        noted, published = len(step.noted), len(step.published)
        handler = role.handlers[type(tell)]
        handler.function(tell, *[states[part] for part in handler.needs], turn)
        states = evolve(role, states, [*step.noted[noted:], *step.published[published:]])
    return states


def evolve(role: Role, states: States, events: Iterable[Event]) -> States:
    """Follow events with those states that are loaded; the given ones are left as they are."""
    for event in events:
        for part, function in role.evolutions.get(type(event), ()):
            state = states.get(part)
            if state is not None:
                states = {**states, part: function(state, event)}
    return states


def _refuse(step: Step, refusal: Refusal, turn: Turn) -> None:
    step.outcome = Outcome.of(refusal)
    step.published.clear()
    step.noted.clear()
    step.work = turn.work = step.work.nothing()
