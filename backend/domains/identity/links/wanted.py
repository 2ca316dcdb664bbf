"""What workers are asked for: a link for somebody, or a notice to them."""

from uuid import UUID

import msgspec

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
    email: str
