"""The letters of USDC: that an address was added, and the link that confirms a withdrawal."""

from uuid import UUID

import msgspec

from backend.domains.identity import Addressee
from backend.domains.usdc.rules import in_words
from backend.domains.usdc.withdrawal_store import Withdrawal
from backend.integrations.mail import Letter

SEND_NOTICE = "usdc.send_notice"
SEND_CONFIRMATION = "usdc.send_confirmation"
CONFIRM = "confirm_withdrawal"
"""What stands before the token in the link."""

_NOT_YOU = (
    "If it was not you: remove the address or cancel the withdrawal, choose another password, "
    "which signs everybody out, and write to us."
)


class NoticeWanted(msgspec.Struct, frozen=True, kw_only=True):
    """That an address was added is to be told to whose account it is."""

    wallet_id: UUID
    user_id: UUID
    address: str


class ConfirmationWanted(msgspec.Struct, frozen=True, kw_only=True):
    """A withdrawal is to be confirmed."""

    withdrawal_id: UUID
    return_to: str


def address_added(to: str, address: str) -> Letter:
    """Write that an address was added."""
    return Letter(
        to=to,
        subject="An address was added to your account",
        paragraphs=(
            f"From tomorrow on money of yours at Tandem can be paid to {address}.",
            _NOT_YOU,
        ),
    )


def confirmation(to: Addressee, withdrawal: Withdrawal, link: str, minutes: int) -> Letter:
    """Write the letter whose link confirms a withdrawal."""
    amount, address = in_words(withdrawal.amount_micros), withdrawal.address
    return Letter(
        to=to.email,
        subject=f"Do you want {amount} paid out?",
        paragraphs=(
            f"Somebody who is signed in as you wants {amount} paid to {address}.",
            "What is paid there does not come back; make sure that it is yours.",
            f"The link opens once, within {minutes} minutes. Without it nothing is paid.",
            _NOT_YOU,
        ),
        button="Pay it out",
        link=link,
    )
