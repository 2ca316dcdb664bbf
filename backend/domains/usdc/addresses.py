"""Addresses: people's own, at which they are paid."""

from uuid import UUID

from backend.domains.identity import Identity
from backend.domains.usdc import wallet_store, withdrawal_store
from backend.domains.usdc.bodies import AddressShown
from backend.domains.usdc.letters import SEND_NOTICE, NoticeWanted
from backend.domains.usdc.limits import ADDRESSES_MAX
from backend.domains.usdc.messages import AddressesTooMany, AddressInUse, AddressRefused
from backend.domains.usdc.usdc import Usdc
from backend.domains.usdc.wallet_store import WalletRow
from backend.integrations.chain import ChainSettings
from backend.integrations.ethereum_address import AddressWrong, EthereumAddress, read_address
from backend.persistence.job_run import JobRun
from protocol.common import NotFound


async def add(run: JobRun, room: Identity, user_id: UUID, text: str) -> AddressShown:
    """Add an address; it is paid to a day later, and its owner gets a letter.

    One that is there already stays as it is. Raises NotOffered, AddressRefused, AddressesTooMany,
    RateLimited.
    """
    settings = run.use(Usdc).settings
    address = await _read(text, settings)
    await room.count(usdc_address_account=str(user_id))
    async with run.once():
        await wallet_store.one_at_a_time(user_id)
        known = await wallet_store.own_addresses(user_id, settings.chain_id)
        same = next((one for one in known if one.address == address), None)
        if same is not None:
            return shown(same)
        if len(known) >= ADDRESSES_MAX:
            raise AddressesTooMany(count_max=ADDRESSES_MAX)
        added = await wallet_store.add_own(user_id, settings.chain_id, address, run.now)
        run.job(SEND_NOTICE, NoticeWanted(wallet_id=added.id, user_id=user_id, address=address))
    return shown(added)


async def remove(run: JobRun, user_id: UUID, wallet_id: UUID) -> None:
    """Remove an address. Raises NotFound, AddressInUse."""
    async with run.once():
        await wallet_store.one_at_a_time(user_id)
        if await withdrawal_store.has_open(user_id, wallet_id):
            raise AddressInUse
        if not await wallet_store.remove_own(wallet_id, user_id, run.now):
            raise NotFound(what="address")


def shown(wallet: WalletRow) -> AddressShown:
    """Show an address to its owner."""
    return AddressShown(
        wallet_id=wallet.id,
        chain_id=wallet.chain_id,
        address=wallet.address,
        created_at=wallet.created_at,
        usable_from=wallet.usable_from,
    )


async def _read(text: str, settings: ChainSettings) -> EthereumAddress:
    """Read an address that somebody can be paid at. Raises AddressRefused."""
    try:
        address = read_address(text)
    except AddressWrong as problem:
        raise AddressRefused(why=str(problem)) from None
    if address == settings.token:
        raise AddressRefused(why="This is the address of the token itself; what is sent is lost.")
    if await wallet_store.ours_among(settings.chain_id, [address]):
        raise AddressRefused(why="This address is one of ours; give one of your own.")
    return address
