"""Control from afar: what a test, or a demo, has the stand-in do."""

import ssl
from typing import Any, Final

import httpx
import msgspec

from backend.embedded.stripe import orders
from backend.embedded.stripe.deliveries import Delivered, Endpoint
from backend.embedded.stripe.orders import Trouble

WITHIN_S: Final = 60.0
PATH: Final = "/_control"
# It is on loopback, without TLS; to read the certificates of all authorities takes longer than it.
_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class ControlRefused(Exception):
    """The stand-in would not do what it was told; the text says why."""


class StripeControl:
    """The stand-in's control routes."""

    def __init__(self, url: str) -> None:
        """Talk to the stand-in there."""
        self._url = url + PATH

    async def deliver_to(self, endpoint: Endpoint) -> None:
        """Have webhooks go there from now on."""
        await self._tell("/endpoint", endpoint)

    async def hold(self) -> None:
        """Hold back what happens from now on."""
        await self._tell("/hold")

    async def flow(self) -> None:
        """Hold nothing back any more; what was held goes out in its order."""
        await self._tell("/flow")

    async def deliver(self, order: orders.Deliver | None = None) -> Delivered:
        """Deliver what is held back; returns when each has been tried."""
        told = await self._tell("/deliver", order or orders.Deliver())
        return msgspec.convert(told, Delivered)

    async def deliver_again(self, event_id: str) -> Delivered:
        """Deliver what was delivered before."""
        told = await self._tell("/deliver-again", orders.DeliverAgain(event=event_id))
        return msgspec.convert(told, Delivered)

    async def lose(self, *wanted: str) -> Delivered:
        """Never deliver what is held back of these types, or under these ids; else of all."""
        told = await self._tell("/lose", orders.Lose(wanted=list(wanted) or ["*"]))
        return msgspec.convert(told, Delivered)

    async def hinder(self, *, failing: int = 0, delay_s: float = 0.0) -> None:
        """Have so many deliveries fail on their way, and each take so long."""
        await self._tell("/hinder", orders.Hinder(failing=failing, delay_s=delay_s))

    async def deliveries(self) -> Delivered:
        """See what is held back, and what became of everything else."""
        return msgspec.convert(await self._ask("GET", "/deliveries"), Delivered)

    async def check_out(self, order: orders.CheckOut) -> dict[str, Any]:
        """Have somebody go through a Checkout session; gives the session."""
        return await self._resource("/check-out", order)

    async def authenticate(self, intent_id: str, *, succeeds: bool = True) -> dict[str, Any]:
        """Have somebody confirm at their bank, or refuse; gives the intent."""
        order = orders.Authenticate(intent=intent_id, succeeds=succeeds)
        return await self._resource("/authenticate", order)

    async def open_dispute(self, order: orders.Dispute) -> dict[str, Any]:
        """Have a payment disputed; gives the dispute."""
        return await self._resource("/disputes", order)

    async def close_dispute(self, order: orders.CloseDispute) -> dict[str, Any]:
        """Have the bank decide; gives the dispute."""
        return await self._resource("/disputes/close", order)

    async def refund(self, charge_id: str, amount: int | None = None) -> dict[str, Any]:
        """Give money back from the dashboard; gives the refund."""
        return await self._resource("/refunds", orders.Refund(charge=charge_id, amount=amount))

    async def let_refunds_wait(self) -> None:
        """Have refunds that begin as pending stay so, until each is ended or troubles are over."""
        await self._tell("/refunds/wait")

    async def end_refund(self, order: orders.EndRefund) -> dict[str, Any]:
        """Have a refund taken, or sent back; gives the refund."""
        return await self._resource("/refunds/end", order)

    async def trouble(self, trouble: Trouble) -> None:
        """Have something happen to the next request that suits."""
        await self._tell("/troubles", trouble)

    async def clear_troubles(self) -> None:
        """Have nothing more happen to requests."""
        await self._ask("DELETE", "/troubles")

    async def forget(self) -> None:
        """Have the stand-in begin anew, as if nothing had ever been."""
        await self._ask("DELETE", "/data")

    async def _resource(self, path: str, order: msgspec.Struct) -> dict[str, Any]:
        told: dict[str, Any] = await self._tell(path, order)
        return told

    async def _tell(self, path: str, order: msgspec.Struct | None = None) -> Any:
        return await self._ask("POST", path, b"" if order is None else msgspec.json.encode(order))

    async def _ask(self, method: str, path: str, content: bytes = b"") -> Any:
        headers = {"content-type": "application/json"}
        async with httpx.AsyncClient(timeout=WITHIN_S, trust_env=False, verify=_NOBODY) as http:
            answer = await http.request(method, self._url + path, content=content, headers=headers)
        if not answer.is_success:
            raise ControlRefused(answer.text)
        return answer.json() if answer.content else None
