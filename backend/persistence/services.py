"""Services: what jobs and routes may use of the world outside, by their kind."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

Services = Mapping[type, Any]


@runtime_checkable
class _Closes(Protocol):
    async def close(self) -> None: ...


async def close_services(services: Services) -> None:
    """Let go of what services keep open."""
    for service in services.values():
        if isinstance(service, _Closes):
            await service.close()
