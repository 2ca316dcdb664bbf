"""What actors know of privacy: nothing. They hear what they tell a person, or are to forget.

A tell that has them forget is heard by doing nothing: their heads have moved on meanwhile, so what
they hear it on is not committed, and they begin anew from what the rows say now.
"""

from actors.challenge import CHALLENGE
from actors.part import Part
from actors.relationship import RELATIONSHIP
from actors.turn import Turn
from actors.user import USER
from backend.domains import notifications
from backend.domains.privacy import rules, store
from backend.domains.privacy.messages import ExportEnded, MemberErased, OwnerErased, PersonErased
from backend.domains.privacy.rules import OfOne, OfPromise, OfTwo
from protocol.address import key_of

of_one = Part("privacy", of=USER, empty=OfOne(), load=store.load_of_one)
of_two = Part("privacy", of=RELATIONSHIP, empty=OfTwo(), load=store.load_of_two)
of_promise = Part("privacy", of=CHALLENGE, empty=OfPromise(), load=store.load_of_promise)


@of_one.hears(ExportEnded)
def tell_of_export(tell: ExportEnded, turn: Turn) -> None:
    """Tell a person what became of their export."""
    title, message = rules.words_of(tell)
    notifications.tell(
        turn, key_of(turn.address), kind="export_ended", title=title, message=message
    )


@of_one.hears(PersonErased)
def forget_person(tell: PersonErased, turn: Turn) -> None:
    """Have forgotten somebody by hearing it."""
    del tell, turn


@of_two.hears(MemberErased)
def forget_member(tell: MemberErased, turn: Turn) -> None:
    """Have forgotten somebody by hearing it."""
    del tell, turn


@of_promise.hears(OwnerErased)
def forget_owner(tell: OwnerErased, turn: Turn) -> None:
    """Have forgotten somebody by hearing it."""
    del tell, turn
