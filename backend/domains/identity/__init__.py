"""Identity: who a person is, what proves it, and where they are signed in.

What other rooms and the house may use:

- `principal_of_access_token`, `redeem_ticket` and, for many, `authenticate_many`, `redeem_many`:
  whose token it is.
- `EndedSessions(clock, redis, close_here)`: lets every node close the sockets of sessions that have
  ended on any; its `tell` is what `Identity` takes as `sessions_closed`.
- `Identity(settings, clock, redis, on_sign_up=…, on_wake=…, on_rest=…, sessions_closed=…)`: made
  once by assembly, which puts it into the application's state as `identity` for the routes.
- `sign_up`, `open_session`, `end_sessions`: for demo people, benches and other ways to sign in.
- `entitlements_of`, `change_entitlements`: an account's tier and flags, for a command of those who
  run Tandem; an `EntitlementChange` says why.
- `change_role`: gives somebody a role or takes it, for a command of those who run Tandem.
- `confirm`: makes sure that it is the owner of an account who asks, by password or a fresh sign-in.
- `rest(identity, principal)`: lays the account of who asks to rest, for another room's reason.
- `email_of`, `send_letter`: for letters that jobs of other rooms write.
- `principal_of_request`: a Litestar dependency that says who asks.
- `alive_among`: which of some sessions are still alive; for who keeps something for a session.
- `origin_of`: reads an origin, for settings that name some.
- `addressee_of`: where somebody may be written to, who proved that the address is theirs.
- `tier_of`: which tier somebody's account has.
- `visitor_of`: where a request comes from; `Identity.hash_of_address` makes it unreadable.
- `new_token`, `hash_of`, `hash_of_new`, `link_of`, `check_return_to`: what other rooms make links
  of that open something of theirs once.
- `day_of`: which day it is for somebody with this profile.

Another room hears that a profile changed by the event `ProfileChanged` of the person's topic.
"""

from backend.domains.identity.account.confirming import confirm
from backend.domains.identity.account.resting import rest
from backend.domains.identity.alive import alive_among
from backend.domains.identity.authenticating import (
    authenticate_many,
    principal_of_access_token,
    redeem_many,
    redeem_ticket,
)
from backend.domains.identity.bearer import principal_of_request
from backend.domains.identity.ended_sessions import EndedSessions
from backend.domains.identity.entitlements import (
    EntitlementChange,
    change_entitlements,
    entitlements_of,
)
from backend.domains.identity.identity import (
    Identity,
    RestHook,
    SessionsClosed,
    SignUpHook,
    WakeHook,
    identity_of,
)
from backend.domains.identity.links.letters import link_of
from backend.domains.identity.links.sending import send_letter
from backend.domains.identity.messages import Profile, ProfileChanged
from backend.domains.identity.origins import Origin, check_return_to, origin_of
from backend.domains.identity.roles import change_role
from backend.domains.identity.rules import day_of
from backend.domains.identity.sessions import end_sessions, open_session
from backend.domains.identity.settings import IdentitySettings, PasswordCost
from backend.domains.identity.signing_up import sign_up
from backend.domains.identity.store import Addressee, addressee_of, email_of, tier_of
from backend.domains.identity.tokens import TokenKind, hash_of, hash_of_new, new_token
from backend.domains.identity.visitor import Visitor, visitor_of

__all__ = [
    "Addressee",
    "EndedSessions",
    "EntitlementChange",
    "Identity",
    "IdentitySettings",
    "Origin",
    "PasswordCost",
    "Profile",
    "ProfileChanged",
    "RestHook",
    "SessionsClosed",
    "SignUpHook",
    "TokenKind",
    "Visitor",
    "WakeHook",
    "addressee_of",
    "alive_among",
    "authenticate_many",
    "change_entitlements",
    "change_role",
    "check_return_to",
    "confirm",
    "day_of",
    "email_of",
    "end_sessions",
    "entitlements_of",
    "hash_of",
    "hash_of_new",
    "identity_of",
    "link_of",
    "new_token",
    "open_session",
    "origin_of",
    "principal_of_access_token",
    "principal_of_request",
    "redeem_many",
    "redeem_ticket",
    "rest",
    "send_letter",
    "sign_up",
    "tier_of",
    "visitor_of",
]
