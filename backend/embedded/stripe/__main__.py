"""The stand-in's process: localstripe beside it, and a port on loopback."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog
import uvicorn

from backend.clock import SystemClock
from backend.embedded.errors import EmbeddedError
from backend.embedded.stripe.app import create_app
from backend.embedded.stripe.localstripe import Localstripe
from backend.embedded.stripe.stand_in import StandIn
from backend.embedded.waiting import happens
from backend.listening import listen, reason_of

HOST = "127.0.0.1"
GRACEFUL_WITHIN_S = 3
STARTED_WITHIN_S = 30.0


class _Server(uvicorn.Server):
    """A server that leaves signals to us: uvicorn's own would not let localstripe end first."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def leave(self) -> None:
        """Stop soon."""
        self.should_exit = True


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until we are told to end; the exit code says whether that was it."""
    parser = argparse.ArgumentParser(prog="python -m backend.embedded.stripe", description=__doc__)
    parser.add_argument("folder", type=Path, help="keeps what it is told")
    parser.add_argument(
        "--port", type=int, default=0, help="where it listens; 0 is any that is free"
    )
    parser.add_argument("--url-file", type=Path, help="is told where it listens, once it does")
    parser.add_argument("--from-scratch", action="store_true", help="begins with nothing")
    told = parser.parse_args(arguments)
    if sys.platform == "linux":  # By this name a run finds what an earlier one left behind.
        Path("/proc/self/comm").write_text("stripe-stand-in", encoding="ascii")
    # Where something failed says enough; what was in its hands may be a card's number.
    structlog.configure(
        processors=[
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            ),
        ]
    )
    try:
        return asyncio.run(_run(told))
    except EmbeddedError as problem:
        sys.stderr.write(f"{problem}\n")
    except OSError as problem:
        sys.stderr.write(f"port {told.port}: {reason_of(problem)}\n")
    return 1


async def _run(told: argparse.Namespace) -> int:
    told.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    is_kept = not told.from_scratch
    with listen(HOST, told.port) as door:
        async with Localstripe(told.folder / "localstripe", durable=is_kept) as localstripe:
            stand_in = StandIn(
                clock=SystemClock(),
                backing_url=localstripe.url,
                folder=told.folder,
                is_kept=is_kept,
            )
            stand_in.account.base_url = f"http://{HOST}:{door.getsockname()[1]}"
            server = _server(stand_in)
            serving = asyncio.create_task(server.serve([door]))
            backing = asyncio.create_task(localstripe.ended())
            if await _has_started(server, serving):
                _tell(told.url_file, stand_in.account.base_url)
                await asyncio.wait({serving, backing}, return_when=asyncio.FIRST_COMPLETED)
            is_well = server.started and not backing.done()
            server.should_exit = True
            await serving
            backing.cancel()
    return 0 if is_well else 1


def _server(stand_in: StandIn) -> uvicorn.Server:
    server = _Server(
        uvicorn.Config(
            create_app(stand_in),
            lifespan="on",
            access_log=False,
            log_level="warning",
            timeout_graceful_shutdown=GRACEFUL_WITHIN_S,
        )
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, server.leave)
    return server


async def _has_started(server: uvicorn.Server, serving: "asyncio.Task[None]") -> bool:
    await happens(lambda: server.started or serving.done(), within_s=STARTED_WITHIN_S)
    return server.started


def _tell(url_file: Path | None, url: str) -> None:
    """Say where we listen, all at once: whoever waits for the file reads it whole."""
    if url_file is None:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        return
    new = url_file.with_suffix(".new")
    new.write_text(url, encoding="ascii")
    new.replace(url_file)


if __name__ == "__main__":
    sys.exit(main())
