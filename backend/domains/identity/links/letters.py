"""The letters of identity: what they say, and what their buttons open."""

from urllib.parse import quote

from backend.domains.identity.links.link_store import Purpose
from backend.integrations.mail import Letter

_NOT_YOU = "If it was not you who asked, do nothing: nothing happens without this link."


def link_of(return_to: str, token: str, purpose: str) -> str:
    """Write the address a button opens; what opens something stands where no server sees it."""
    return f"{return_to}#{purpose}={quote(token)}"


def letter_of(purpose: Purpose, *, to: str, link: str, minutes: int, is_known: bool) -> Letter:
    """Write the letter with a link."""
    within = f"It opens once, within {minutes} minutes."
    match purpose:
        case Purpose.SIGN_IN if is_known:
            subject, button = "Your link to sign in", "Sign in"
            said = ("Somebody asked for a link to sign in to Tandem with this address.", within)
        case Purpose.SIGN_IN:
            subject, button = "Your link to begin", "Make my account"
            said = (
                "Somebody asked to sign in to Tandem with this address.",
                f"It has no account yet; the link makes one. {within}",
            )
        case Purpose.RESET_PASSWORD:
            subject, button = "Choose another password", "Choose a password"
            said = (
                "Somebody forgot the password of the account with this address.",
                f"{within} All devices are signed out then.",
            )
        case Purpose.VERIFY_EMAIL:
            subject, button = "Is this your address?", "Yes, it is mine"
            said = ("Somebody gave this address for their account at Tandem.", within)
        case _:
            subject, button = "Is this your new address?", "Yes, it is mine"
            said = ("Somebody wants to use this address for their account at Tandem.", within)
    return Letter(to=to, subject=subject, paragraphs=(*said, _NOT_YOU), button=button, link=link)
