"""What a person's actor knows of what they put on promises, and of what protects them."""

from actors.part import Part
from actors.turn import Turn
from actors.user import USER
from backend.domains.stakes import rules, store
from backend.domains.stakes.messages import (
    ExcludeMyself,
    Protection,
    ProtectionChanged,
    SetLimits,
    StateAdult,
)
from backend.domains.stakes.rules import ExposureChanged, Stakes

stakes = Part(
    "stakes", of=USER, empty=Stakes(), load=store.load_stakes, snapshot=store.show_protection
)
stakes.evolves(ExposureChanged)(rules.exposed)


@stakes.evolves(ProtectionChanged)
def protected(stakes: Stakes, changed: ProtectionChanged) -> Stakes:
    """Be protected as the change says; it tells the whole."""
    return Stakes(changed.protection, stakes.open, is_kept=True)


@stakes.handles(StateAdult)
def state_adult(command: StateAdult, stakes: Stakes, turn: Turn) -> ProtectionChanged:
    """Say whether one is of age."""
    wanted = rules.state_adult(stakes.protection, turn.now, is_adult=command.is_adult)
    return _protect(stakes, wanted, turn)


@stakes.handles(SetLimits)
def set_limits(command: SetLimits, stakes: Stakes, turn: Turn) -> ProtectionChanged:
    """Set oneself limits."""
    return _protect(stakes, rules.set_limits(stakes.protection, command.limits, turn.now), turn)


@stakes.handles(ExcludeMyself)
def exclude_myself(command: ExcludeMyself, stakes: Stakes, turn: Turn) -> ProtectionChanged:
    """Shut oneself out for a time."""
    return _protect(stakes, rules.exclude(stakes.protection, command.days, turn.now), turn)


def _protect(stakes: Stakes, wanted: Protection, turn: Turn) -> ProtectionChanged:
    changed = ProtectionChanged(protection=wanted)
    if wanted != stakes.protection:
        store.write_protection(turn, wanted, is_first=not stakes.is_kept)
        turn.publish(changed)
    return changed
