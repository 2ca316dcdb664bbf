"""The actor of two people who made a promise to each other; its Parts say who the two are."""

from actors.kind import ActorKind

RELATIONSHIP = ActorKind("relationship")
