"""What workers are asked for: a link for somebody, or a notice to them."""

from uuid import UUID

import msgspec

from backend.domains.identity.account_store import Owner
from backend.domains.identity.links.link_store import Purpose
from backend.domains.identity.links.notices import Notice

SEND_LINK = "identity.send_link"
SEND_NOTICE = "identity.send_notice"


class LinkWanted(msgspec.Struct, frozen=True, kw_only=True):
    """A link that was asked for; whether there is an account the worker finds out."""

    purpose: Purpose
    email: str
    return_to: str
    challenge: bytes | None = None
    user_id: UUID | None = None
    """Whose, where somebody signed in has asked."""


class NoticeWanted(msgspec.Struct, frozen=True, kw_only=True):
    """A notice to the owner of an address."""

    notice: Notice
    user_id: UUID
    """Whose account it is about: by that it is found when they are erased, whatever address they
    have by then."""
    email: str


def notice_to(notice: Notice, owner: Owner) -> NoticeWanted:
    """Have the owner of an account told at the address they have now."""
    return NoticeWanted(notice=notice, user_id=owner.user_id, email=owner.email)
