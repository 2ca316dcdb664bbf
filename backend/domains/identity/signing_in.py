"""Signing in: a person proves who they are by password, and gets a session."""

from backend.domains.identity import account_store, bodies, store
from backend.domains.identity.account.consents import agree
from backend.domains.identity.account.standing import let_in
from backend.domains.identity.bodies import SignedIn
from backend.domains.identity.identity import Ending, Identity
from backend.domains.identity.links.link_store import Purpose
from backend.domains.identity.links.wanted import SEND_LINK, LinkWanted
from backend.domains.identity.messages import (
    AccountInactive,
    AccountResting,
    EmailTaken,
    WrongCredentials,
)
from backend.domains.identity.sessions import Opened, Pair, add_session, seconds
from backend.domains.identity.signing_up import Newcomer, add_person, hash_first
from backend.domains.identity.store import PasswordOf
from backend.domains.identity.throttle import network_of
from backend.domains.identity.visitor import Visitor
from backend.persistence.engine import DB
from protocol.common import Unauthenticated

JUDGED_MAX = 2
"""A password is judged without the account being locked. When its hash is another afterwards it was
changed meanwhile, or renewed by another sign-in; so it is judged by that once more."""


async def register(identity: Identity, wish: bodies.SignUp, visitor: Visitor) -> SignedIn:
    """Make an account and sign in to it. Raises EmailTaken and what signing up may raise.

    That an address is taken is said plainly. Whoever signs up is given a session at once, so the
    answer shows it in any case; hiding it would take a mail for each sign-up, which people would
    pay for by waiting. What a stranger learns that way is bounded: tries are counted per
    address and per e-mail address. One who knows the password is signed in: a sign-up
    whose answer was lost may be sent again.
    """
    await identity.count(
        sign_up_address=network_of(visitor.address), sign_up_email=wish.email.strip().lower()
    )
    email = wish.email.strip()
    newcomer = Newcomer(
        email=email,
        secret_hash=await hash_first(identity, wish.password, email),
        name=wish.name,
        nickname=wish.nickname,
        time_zone=wish.time_zone,
        locale=wish.locale,
    )
    try:
        opened = await _add(identity, newcomer, wish, visitor)
    except EmailTaken:
        again = bodies.SignIn(
            email=wish.email, password=wish.password, device_name=wish.device_name
        )
        try:
            return await sign_in(identity, again, visitor)
        except (WrongCredentials, AccountInactive, AccountResting):
            raise EmailTaken from None
    return await welcome(identity, opened)


async def _add(
    identity: Identity, newcomer: Newcomer, wish: bodies.SignUp, visitor: Visitor
) -> Opened:
    """Make an account and sign in to it; have its address asked whether it is theirs."""
    async with identity.transaction() as later:
        user_id = await add_person(identity, newcomer)
        await agree(identity, user_id, wish.agrees)
        opened = await add_session(identity, user_id, visitor, wish.device_name)
        wanted = LinkWanted(
            purpose=Purpose.VERIFY_EMAIL,
            email=newcomer.email,
            return_to=identity.settings.public_url,
            user_id=user_id,
        )
        later(SEND_LINK, wanted)
    return opened


async def sign_in(identity: Identity, wish: bodies.SignIn, visitor: Visitor) -> SignedIn:
    """Check a password and open a session.

    Raises WrongCredentials, AccountInactive, AccountResting, RateLimited.

    An unknown e-mail address takes the same way and the same time as a wrong password.
    """
    email, network = wish.email.strip(), network_of(visitor.address)
    tries = {
        "sign_in_address": network,
        "sign_in_account": email.lower(),
        "sign_in_account_and_address": f"{email.lower()} {network}",
    }
    await identity.count(**tries)
    for _ in range(JUDGED_MAX):
        password = await _judge(identity, email, wish.password)
        opened = await _let_in(identity, password, wish, visitor)
        if opened is not None:
            break
    else:
        raise WrongCredentials
    await identity.uncount(**tries)
    if identity.passwords.is_outdated(password.secret_hash):
        renewed = await identity.passwords.hash(wish.password)
        await store.renew_password_hash(password, renewed, identity.clock.now())
    return await welcome(identity, opened)


async def _judge(identity: Identity, email: str, shown: str) -> PasswordOf:
    """Find whose password this is. Raises WrongCredentials, Overloaded."""
    password = await store.password_of(email)
    secret_hash = password.secret_hash if password else None
    if not await identity.passwords.matches(shown, secret_hash) or password is None:
        raise WrongCredentials
    return password


async def _let_in(
    identity: Identity, password: PasswordOf, wish: bodies.SignIn, visitor: Visitor
) -> Opened | None:
    """Open a session to whose password it is; None where another one is kept by now."""
    opened = None
    async with DB.transaction(allow_nested=False):
        owner = await account_store.lock(password.user_id)
        kept = await account_store.password_hash_of(password.user_id)
        if owner is not None and kept == password.secret_hash:
            await let_in(identity, owner, reactivate=wish.reactivate)
            opened = await add_session(identity, owner.user_id, visitor, wish.device_name)
    return opened


async def welcome(identity: Identity, opened: Opened) -> SignedIn:
    """Tell a person their tokens, now that their session is durable; others end by it."""
    identity.closed(opened.ended, Ending.TOO_MANY)
    return await signed_in(identity, opened.pair)


async def signed_in(identity: Identity, pair: Pair) -> SignedIn:
    """Tell a person their tokens and who they are."""
    account = await store.read_account(pair.user_id)
    if account is None:
        raise Unauthenticated
    return SignedIn(
        access_token=pair.access_token,
        refresh_token=pair.refresh_token,
        expires_in=seconds(pair.access_expires_at - identity.clock.now()),
        user=account,
    )
