"""The limits of the protocol; a client learns those that concern it in the welcome."""

from datetime import timedelta

import msgspec

FRAME_BYTES_MAX = 64 * 1024
FRAME_MESSAGES_MAX = 64
TOPICS_PER_SOCKET_MAX = 64
CALLS_IN_FLIGHT_MAX = 64
SNAPSHOT_BYTES_MAX = 48 * 1024
"""How large the state in a snapshot may be, as JSON; Parts show the latest and cut long text."""
RESUME_EVENTS_MAX = 1_000
RESUME_BYTES_MAX = 1024 * 1024
SEND_QUEUE_BYTES_MAX = 1024 * 1024
HELLO_WITHIN_S = 10
HEARTBEAT_S = 25
ID_KEPT = timedelta(days=35)
ID_AHEAD_MAX = timedelta(minutes=10)
MADE_AT_SKEW_MAX = timedelta(seconds=5)
"""Clocks of phones are a little off; what lies ahead by less is taken as now."""
BACK_DATED_MAX = timedelta(hours=48)
TEXT_MAX = 2_000


class Limits(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a client is told of the limits."""

    frame_bytes_max: int = FRAME_BYTES_MAX
    frame_messages_max: int = FRAME_MESSAGES_MAX
    topics_max: int = TOPICS_PER_SOCKET_MAX
    calls_in_flight_max: int = CALLS_IN_FLIGHT_MAX
    calls_per_s_max: int = 50
    calls_burst_max: int = 200
