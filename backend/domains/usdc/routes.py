"""USDC over HTTP: paying in, one's own addresses, and having money paid out."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, delete, get, post
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from actors.principal import Principal
from backend.domains.identity import Identity, identity_of, visitor_of
from backend.domains.usdc import addresses, funding, wallet_store, withdrawal_store, withdrawing
from backend.domains.usdc.bodies import (
    AddAddress,
    AddressesShown,
    AddressShown,
    AskToFund,
    AskToWithdraw,
    ConfirmWithdrawal,
    Funding,
    UsdcReport,
    WithdrawalPage,
)
from backend.domains.usdc.messages import WithdrawalShown
from backend.domains.usdc.reporting import report
from backend.domains.usdc.usdc import Usdc
from backend.persistence.job_run import JobRun
from backend.persistence.pages import PAGE_DEFAULT, PAGE_MAX
from protocol.codec import refuse_unstorable_text
from protocol.common import Forbidden
from protocol.messages import Role

BODY_BYTES_MAX = 8 * 1024

Asker = NamedDependency[Principal]
Room = NamedDependency[Identity]
Run = NamedDependency[JobRun]
AnyRequest = Request[Any, Any, Any]

_SIGNED_IN: dict[str, Any] = {
    "dependencies": {"identity": Provide(identity_of, sync_to_thread=False)},
    "request_max_body_size": BODY_BYTES_MAX,
    "cache_control": CacheControlHeader(no_store=True),
    "security": [{"bearer": []}],
    "tags": ["usdc"],
}


@post("/v1/usdc/funding-sessions", status_code=HTTP_200_OK, **_SIGNED_IN)
async def open_funding_session(
    request: AnyRequest, data: JSONBody[AskToFund], principal: Asker, identity: Room, run: Run
) -> Funding:
    """Ask where to pay in; while your session is open you are told the same again.

    What you send to the address is in your wallet when enough blocks stand on top of it.
    """
    refuse_unstorable_text(data)
    return await funding.ask(run, identity, principal.user_id, data, visitor_of(request))


@post("/v1/usdc/addresses", status_code=HTTP_200_OK, **_SIGNED_IN)
async def add_address(
    data: JSONBody[AddAddress], principal: Asker, identity: Room, run: Run
) -> AddressShown:
    """Add an address of your own; it can be paid to from a day later on, and you get a letter."""
    return await addresses.add(run, identity, principal.user_id, data.address)


@get("/v1/usdc/addresses", **_SIGNED_IN)
async def list_addresses(principal: Asker, run: Run) -> AddressesShown:
    """See your own addresses."""
    chain_id = run.use(Usdc).settings.chain_id
    own = await wallet_store.own_addresses(principal.user_id, chain_id)
    return AddressesShown(addresses=tuple(map(addresses.shown, own)))


@delete("/v1/usdc/addresses/{wallet_id:uuid}", **_SIGNED_IN)
async def remove_address(wallet_id: FromPath[UUID], principal: Asker, run: Run) -> None:
    """Remove an address of yours; added again it waits a day again."""
    await addresses.remove(run, principal.user_id, wallet_id)


@post("/v1/usdc/withdrawals", status_code=HTTP_200_OK, **_SIGNED_IN)
async def ask_to_withdraw(
    data: JSONBody[AskToWithdraw], principal: Asker, identity: Room, run: Run
) -> WithdrawalShown:
    """Have money paid to an address of yours; you confirm it by a link that is sent to you.

    The link leads to `return_to`, with the token behind `#confirm_withdrawal=`.
    """
    return await withdrawing.ask(run, identity, principal.user_id, data)


@post("/v1/usdc/withdrawals/confirm", status_code=HTTP_200_OK, **_SIGNED_IN)
async def confirm_withdrawal(
    data: JSONBody[ConfirmWithdrawal], principal: Asker, identity: Room, run: Run
) -> WithdrawalShown:
    """Confirm a withdrawal of yours by the token of its link."""
    return await withdrawing.confirm(run, identity, principal.user_id, data.token)


@delete("/v1/usdc/withdrawals/{withdrawal_id:uuid}", status_code=HTTP_200_OK, **_SIGNED_IN)
async def cancel_withdrawal(
    withdrawal_id: FromPath[UUID], principal: Asker, run: Run
) -> WithdrawalShown:
    """Cancel a withdrawal of yours that nobody has taken on yet."""
    return await withdrawing.cancel(run, principal.user_id, withdrawal_id)


@get("/v1/usdc/withdrawals", **_SIGNED_IN)
async def list_withdrawals(
    principal: Asker,
    after: FromQuery[UUID | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT,
) -> WithdrawalPage:
    """See your withdrawals, the latest first; `after` is the `next` of the page before."""
    found = await withdrawal_store.read_page(principal.user_id, after, limit + 1)
    page = found[:limit]
    return WithdrawalPage(
        items=tuple(one.shown() for one in page),
        next=page[-1].id if len(found) > limit else None,
    )


@get("/v1/usdc/report", operation_id="usdc_report", **_SIGNED_IN)
async def show_report(principal: Asker) -> UsdcReport:
    """See whether the chain, our rows and the ledger fit together; for admins."""
    if principal.role is not Role.ADMIN:
        raise Forbidden(role=Role.ADMIN.value)
    return await report()


ROUTES: list[Any] = [
    open_funding_session,
    add_address,
    list_addresses,
    remove_address,
    ask_to_withdraw,
    confirm_withdrawal,
    cancel_withdrawal,
    list_withdrawals,
    show_report,
]
