"""What stands in a topic's past where something was said that is no longer to be told."""

from typing import Annotated, ClassVar

from msgspec import Meta

from protocol.messages import Event


class Withdrawn(Event, frozen=True, tag="events.withdrawn"):
    """Told to who resumes, in the place of an event that was changed or taken back since.

    Nobody hears it live. `by` is the position of the event that changed it.
    """

    topics: ClassVar = ("relationship", "user")

    by: Annotated[str, Meta(max_length=40)]
