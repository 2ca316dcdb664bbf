"""The ledger over HTTP: a person's own wallets, and what went in and out of them."""

from typing import Annotated, Any
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from actors.principal import Principal
from backend.domains.ledger import store
from backend.domains.ledger.accounts import Asset
from backend.domains.ledger.bodies import EntryPage, WalletsShown
from backend.persistence.pages import PAGE_DEFAULT, PAGE_MAX
from protocol.common import NotFound

Asker = NamedDependency[Principal]

_SIGNED_IN: dict[str, Any] = {"tags": ["ledger"], "security": [{"bearer": []}]}


@get("/v1/wallets", operation_id="list_wallets", **_SIGNED_IN)
async def list_wallets(principal: Asker) -> WalletsShown:
    """See what you have of everything; what is held is promised for something."""
    return WalletsShown(wallets=await store.wallets_of(principal.user_id))


@get("/v1/wallets/{asset:str}/entries", operation_id="list_entries", **_SIGNED_IN)
async def list_entries(
    asset: FromPath[str],
    principal: Asker,
    after: FromQuery[UUID | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT,
) -> EntryPage:
    """See what went in and out of one of your wallets, the latest first.

    `next` is what to ask for as `after` to read on; it is null on the last page.
    """
    try:
        known = Asset(asset)
    except ValueError:
        raise NotFound(what="wallet") from None
    return await store.entries_of(principal.user_id, known, after=after, limit=limit)


ROUTES: list[Any] = [list_wallets, list_entries]
