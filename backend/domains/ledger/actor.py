"""What a person's actor knows of their wallet."""

from actors.part import Part
from actors.turn import Turn
from actors.user import USER
from backend.domains.ledger import rules, store
from backend.domains.ledger.messages import BalanceChanged, BalanceMoved
from backend.domains.ledger.rules import Wallet

wallet = Part(
    "wallet", of=USER, empty=Wallet(), load=store.load_wallets, snapshot=store.show_wallet
)


@wallet.evolves(BalanceChanged)
def follow(_wallet: Wallet, changed: BalanceChanged) -> Wallet:
    """Be what the change says; it tells the whole wallet."""
    return Wallet(changed.balances)


@wallet.hears(BalanceMoved)
def moved(tell: BalanceMoved, wallet: Wallet, turn: Turn) -> None:
    """Show the new balance on every device of the person.

    Also when it is no news here: the actor may have been loaded after the balance moved, and then
    nobody has told the devices yet.
    """
    turn.publish(rules.moved(wallet, tell))
