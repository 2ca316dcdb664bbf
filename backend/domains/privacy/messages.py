"""The words of privacy: what an export or an erasure may be refused with, and what actors hear."""

from datetime import datetime
from typing import ClassVar

from protocol.messages import Tell
from protocol.refusals import Refusal


class ExportUnderWay(Refusal):
    """One export of a person is made at a time."""

    code = "privacy.export_under_way"
    sentence = "Your data is being gathered already; you hear when it is ready."


class ExportsTooMany(Refusal):
    """A person may have so many exports made a day."""

    code = "privacy.exports_too_many"
    sentence = "You had your data gathered {count_max} times within a day; the next at {next_at}."
    http_status = 429
    count_max: int
    next_at: datetime


class ExportTooLarge(Refusal):
    """There is more than an export may hold."""

    code = "privacy.export_too_large"
    sentence = (
        "Your data is more than {bytes_max} bytes. Write to those who run this deployment: they "
        "can allow more (TANDEM_EXPORT_BYTES_MAX)."
    )
    http_status = 413
    bytes_max: int


class ExportFailed(Refusal):
    """An export could not be made, though it was tried again and again."""

    code = "privacy.export_failed"
    sentence = "Your data could not be gathered; ask for it again."
    http_status = 500


class ExportNotReady(Refusal):
    """There is nothing to fetch yet, or there never will be."""

    code = "privacy.export_not_ready"
    sentence = "There is nothing to fetch: this export is {state}."
    state: str


class ExportLinkExpired(Refusal):
    """The time of the link to an archive is over."""

    code = "privacy.export_link_expired"
    sentence = "The time of this link is over. Ask for another."
    http_status = 410


class BeingErased(Refusal):
    """The time in which an erasure could be called off is over."""

    code = "privacy.being_erased"
    sentence = "This account is being erased, as was asked for; it cannot be had back."
    http_status = 410


class ExportEnded(Tell, frozen=True, tag="privacy.export_ended"):
    """The data this person asked for is there to be fetched, or could not be gathered."""

    actor: ClassVar = "user"
    is_ready: bool


class PersonErased(Tell, frozen=True, tag="privacy.person_erased"):
    """This person is erased: what is remembered of them is to be forgotten."""

    actor: ClassVar = "user"


class OwnerErased(Tell, frozen=True, tag="privacy.owner_erased"):
    """Whose promise this was is erased: what is remembered of them is to be forgotten."""

    actor: ClassVar = "challenge"


class MemberErased(Tell, frozen=True, tag="privacy.member_erased"):
    """One of the two is erased: what is remembered of them is to be forgotten."""

    actor: ClassVar = "relationship"
