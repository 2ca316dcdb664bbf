"""How often may be tried what a stranger may try. Data; `throttle.py` holds people to it.

An account is limited twice. The tight limit counts one account from one address, where a guesser
stands; the wide one counts the account from everywhere and is high, because whoever reaches it
locks the owner out as well. What succeeds is given back, so these count failures.
"""

import msgspec


class Limit(msgspec.Struct, frozen=True, gc=False):
    """So many tries at once; then they come back evenly, all of them within `within_s`."""

    tries_max: int
    within_s: int


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Every limit of the room, by the name under which tries are counted."""

    sign_in_account_and_address: Limit = Limit(8, 15 * 60)
    sign_in_account: Limit = Limit(40, 60 * 60)
    sign_in_address: Limit = Limit(60, 15 * 60)
    sign_up_email: Limit = Limit(5, 60 * 60)
    sign_up_address: Limit = Limit(100, 60 * 60)
    refresh_session: Limit = Limit(20, 60)
    refresh_address: Limit = Limit(600, 60)
    """High: many people may stand behind one address, and all reconnect at once."""
    ticket_session: Limit = Limit(30, 60)
    link_email: Limit = Limit(5, 60 * 60)
    """Letters one address may be sent: nobody's mailbox is filled by strangers."""
    link_address: Limit = Limit(30, 60 * 60)
    open_link_address: Limit = Limit(60, 15 * 60)
    oidc_address: Limit = Limit(60, 15 * 60)
    confirm_account: Limit = Limit(10, 15 * 60)
    """Tries to give the current password by who is signed in."""
    payment_account: Limit = Limit(20, 60 * 60)
    card_setup_account: Limit = Limit(10, 24 * 60 * 60)
    """Low, for whoever has stolen card numbers tries them out like that."""
    usdc_funding_account: Limit = Limit(20, 60 * 60)
    usdc_address_account: Limit = Limit(10, 24 * 60 * 60)
    usdc_withdrawal_account: Limit = Limit(20, 60 * 60)
    """Each of these sends a letter."""
    usdc_confirm_account: Limit = Limit(30, 60 * 60)
