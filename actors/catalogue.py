"""The one actor that says what can be promised."""

from actors.kind import ActorKind

CATALOGUE = ActorKind("catalogue", keyed=False)
