"""Logs: one line for each thing that happened, as JSON for machines, readable in a terminal.

Everything that logs goes the same way: our own lines and those of the libraries we use.
"""

import logging
import sys
from typing import Any, TextIO

import msgspec
import structlog
from structlog.typing import Processor

from backend.observability.hiding import hide, trace

FORMATS = ("auto", "json", "console")
_QUIET = ("asyncio", "asyncpg", "httpcore", "httpx", "urllib3", "websockets")
"""Libraries that tell more than anybody wants to know, or than anybody may."""


def configure_logs(level: str = "info", form: str = "auto", stream: TextIO | None = None) -> None:
    """Say how this process logs; to be called once, at its start.

    `auto` is readable where a person looks at a terminal, else JSON. Raises ValueError for a level
    or a form that does not exist.
    """
    if form not in FORMATS:
        raise ValueError(f"a log is {', '.join(FORMATS)}; it cannot be {form}")
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ValueError(f"there is no log level {level}")
    stream = stream or sys.stderr
    is_json = form == "json" or (form == "auto" and not stream.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        trace,
        hide,
    ]
    last: Processor = (
        structlog.processors.JSONRenderer(_as_json)
        if is_json
        else structlog.dev.ConsoleRenderer(colors=stream.isatty())
    )
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    _route_libraries(number, shared, last, stream)


def _route_libraries(level: int, shared: list[Processor], last: Processor, stream: TextIO) -> None:
    """Have what the standard library's logging is told go the same way."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def _as_json(line: Any, **_options: Any) -> str:
    return msgspec.json.encode(line, enc_hook=str).decode()
