"""What a client raises, each named by the fact."""

from typing import Any, Self

from protocol import refusals


class Refused(Exception):
    """The server understood and did not grant it; `code` and `facts` are for the program."""

    def __init__(
        self,
        code: str,
        message: str,
        facts: dict[str, Any] | None = None,
        *,
        temporary: bool = False,
    ) -> None:
        super().__init__(f"{message} ({code})")
        self.code = code
        self.message = message
        self.facts = facts or {}
        self.temporary = temporary

    @property
    def retry_after_s(self) -> float:
        """How long the server asked to wait before trying again; 0 where it said nothing."""
        told_ms = self.facts.get("retry_after_ms")
        return told_ms / 1000 if isinstance(told_ms, int | float) else 0.0

    @classmethod
    def of(cls, body: refusals.Refused) -> Self:
        """Make one of what travelled."""
        return cls(body.code, body.message, body.facts, temporary=body.temporary)


class Closed(Exception):
    """The client has stopped; what was asked stays queued under its id for the next `connect`."""

    def __init__(self, reason: str, code: int | None = None) -> None:
        super().__init__(f"The client is closed: {reason}" + (f" ({code})" if code else ""))
        self.reason = reason
        self.code = code


class QueueFull(Exception):
    """As many commands wait as may wait; this one was not taken."""

    def __init__(self, queue_max: int) -> None:
        super().__init__(f"{queue_max} commands wait already; connect, or wait for their answers.")
        self.queue_max = queue_max


class TooLarge(Exception):
    """The command is larger than a frame may be; it was not sent."""

    def __init__(self, size_bytes: int, bytes_max: int) -> None:
        super().__init__(f"The command has {size_bytes} bytes, a frame at most {bytes_max}.")
        self.size_bytes = size_bytes
        self.bytes_max = bytes_max


class Left(Exception):
    """The topic is not followed any more; nothing comes from it."""

    def __init__(self, topic: str) -> None:
        super().__init__(f"{topic} was left.")
        self.topic = topic
