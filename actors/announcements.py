"""The one actor that speaks to everybody who is connected."""

from actors.kind import ActorKind

ANNOUNCEMENTS = ActorKind("announcements", keyed=False)
