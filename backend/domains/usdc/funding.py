"""Funding: telling somebody where to pay in, and within which limits.

An address is given for good, so that what is sent there by mistake in a year still comes in.
"""

from uuid import UUID

import structlog

from backend.domains import identity, stakes
from backend.domains.identity import Identity, Visitor
from backend.domains.usdc import session_store, wallet_store
from backend.domains.usdc.bodies import AskToFund, Funding
from backend.domains.usdc.messages import NoAddressFree
from backend.domains.usdc.session_store import Session
from backend.domains.usdc.usdc import Usdc
from backend.integrations.chain import ChainSettings
from backend.integrations.chain.token import DECIMALS
from backend.persistence.job_run import JobRun

log = structlog.get_logger()


async def ask(
    run: JobRun, room: Identity, user_id: UUID, wanted: AskToFund, visitor: Visitor
) -> Funding:
    """Open a session, or give the one that is open.

    Raises NotOffered, AdultsOnly, Excluded, RateLimited, NoAddressFree.
    """
    usdc = run.use(Usdc)
    settings = usdc.settings
    await stakes.check_may_fund(user_id, run.now)
    await room.count(usdc_funding_account=str(user_id))
    limits = usdc.limits(await identity.tier_of(user_id))
    async with run.once():
        await wallet_store.one_at_a_time(user_id)
        known = await session_store.open_session(user_id, settings.chain_id, run.now)
        if known is not None:
            return _funding(known, settings)
        wallet = await wallet_store.deposit_wallet(user_id, settings.chain_id)
        wallet = wallet or await wallet_store.assign(user_id, settings.chain_id, run.now)
        if wallet is None:
            log.warning("no deposit address is free", chain_id=settings.chain_id)
            raise NoAddressFree
        session = await session_store.add(
            wallet,
            provider=wanted.provider,
            context=wanted.context,
            limits=limits,
            ip_hash=room.hash_of_address(visitor.address),
            now=run.now,
        )
    return _funding(session, settings)


def _funding(session: Session, settings: ChainSettings) -> Funding:
    return Funding(
        session_id=session.id,
        chain_id=session.chain_id,
        address=session.address,
        token=settings.token,
        symbol=settings.token_symbol,
        decimals=DECIMALS,
        confirmations=settings.confirmations,
        limits=session.limits,
        expires_at=session.expires_at,
    )
