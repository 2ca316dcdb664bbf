"""Staking: what a promise puts at stake, within what protects whoever makes it."""

from actors.turn import Turn
from backend.domains import ledger, payments, stakes
from backend.domains.challenges import rules
from backend.domains.challenges.run import Run
from backend.domains.challenges.values import StakeMode
from backend.domains.ledger import Transfer
from backend.domains.stakes import Stakes


def put_at_stake(run: Run, held: Stakes, turn: Turn) -> Transfer | None:
    """Put what can be lost at stake; what is paid before is held. Returns the hold.

    Raises AdultsOnly, Excluded, LimitExceeded, ChargeImpossible.
    """
    stake = run.stake
    if stake is None:
        return None
    total_minor = rules.promised_minor(run)
    stakes.check(
        held,
        stake.asset,
        each_minor=run.terms.amount_minor,
        total_minor=total_minor,
        now=turn.now,
    )
    stakes.expose(turn, run.challenge_id, stake.asset, total_minor)
    if stake.mode is StakeMode.CHARGE:
        payments.need_card(turn.work, run.owner_id, stake.asset, run.terms.amount_minor)
        return None
    _, transfer = stakes.pledge(
        turn.new_id(),
        asset=stake.asset,
        from_account_id=ledger.wallet_account(run.owner_id, stake.asset),
        to_account_id=rules.goes_to(stake),
        amount_minor=total_minor,
        reference=f"challenge/{run.challenge_id}",
        at=turn.now,
    )
    ledger.post(turn.work, transfer)
    return transfer
