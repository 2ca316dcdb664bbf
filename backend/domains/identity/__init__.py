"""Identity: who a person is, what proves it, and where they are signed in.

What other rooms and the house may use:

- `principal_of_access_token`, `redeem_ticket` and, for many, `authenticate_many`, `redeem_many`:
  whose token it is.
- `ended_among`: which of some sessions have ended; for who keeps sockets open.
- `Identity(settings, clock, redis, on_sign_up=…, sessions_closed=…)`: made once by assembly, which
  puts it into the application's state as `identity` for the routes.
- `sign_up`, `open_session`, `end_sessions`: for demo people, benches and other ways to sign in.
- `principal_of_request`: a Litestar dependency that says who asks.
- `day_of`: which day it is for somebody with this profile.

Another room hears that a profile changed by the event `ProfileChanged` of the person's topic.
"""

from backend.domains.identity.authenticating import (
    authenticate_many,
    principal_of_access_token,
    redeem_many,
    redeem_ticket,
)
from backend.domains.identity.bearer import principal_of_request
from backend.domains.identity.identity import Identity, SessionsClosed, SignUpHook, identity_of
from backend.domains.identity.messages import Profile, ProfileChanged
from backend.domains.identity.rules import day_of
from backend.domains.identity.sessions import end_sessions, ended_among, open_session
from backend.domains.identity.settings import IdentitySettings, PasswordCost
from backend.domains.identity.signing_up import sign_up
from backend.domains.identity.visitor import Visitor

__all__ = [
    "Identity",
    "IdentitySettings",
    "PasswordCost",
    "Profile",
    "ProfileChanged",
    "SessionsClosed",
    "SignUpHook",
    "Visitor",
    "authenticate_many",
    "day_of",
    "end_sessions",
    "ended_among",
    "identity_of",
    "open_session",
    "principal_of_access_token",
    "principal_of_request",
    "redeem_many",
    "redeem_ticket",
    "sign_up",
]
