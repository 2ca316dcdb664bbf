"""The actor of one person's challenge, which others may follow; its Parts say who they are."""

from actors.kind import ActorKind

CHALLENGE = ActorKind("challenge")
