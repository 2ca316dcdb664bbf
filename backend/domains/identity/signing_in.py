"""Signing in: a person proves who they are by password, and gets a session."""

from collections.abc import Sequence
from uuid import UUID

from backend.domains.identity import account_store, bodies, store
from backend.domains.identity.account.consents import agree
from backend.domains.identity.account.standing import let_in
from backend.domains.identity.bodies import Agreement, SignedIn
from backend.domains.identity.identity import Identity
from backend.domains.identity.links.link_store import Purpose
from backend.domains.identity.links.wanted import SEND_LINK, LinkWanted
from backend.domains.identity.messages import (
    AccountInactive,
    AccountResting,
    EmailTaken,
    WrongCredentials,
)
from backend.domains.identity.sessions import Pair, open_session, seconds
from backend.domains.identity.signing_up import Newcomer, add_person, hash_first
from backend.domains.identity.throttle import network_of
from backend.domains.identity.visitor import Visitor
from backend.persistence.engine import DB
from protocol.common import Unauthenticated


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
        user_id = await _add(identity, newcomer, wish.agrees)
    except EmailTaken:
        again = bodies.SignIn(
            email=wish.email, password=wish.password, device_name=wish.device_name
        )
        try:
            return await sign_in(identity, again, visitor)
        except (WrongCredentials, AccountInactive, AccountResting):
            raise EmailTaken from None
    pair = await open_session(identity, user_id, visitor, wish.device_name)
    return await signed_in(identity, pair)


async def _add(identity: Identity, newcomer: Newcomer, agreements: Sequence[Agreement]) -> UUID:
    """Make an account, and have its address asked whether it is theirs."""
    async with identity.transaction() as later:
        user_id = await add_person(identity, newcomer)
        await agree(identity, user_id, agreements)
        wanted = LinkWanted(
            purpose=Purpose.VERIFY_EMAIL,
            email=newcomer.email,
            return_to=identity.settings.public_url,
            user_id=user_id,
        )
        later(SEND_LINK, wanted)
    return user_id


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
    password = await store.password_of(email)
    secret_hash = password.secret_hash if password else None
    if not await identity.passwords.matches(wish.password, secret_hash) or password is None:
        raise WrongCredentials
    await _let_in(identity, password.user_id, reactivate=wish.reactivate)
    await identity.uncount(**tries)
    if identity.passwords.is_outdated(password.secret_hash):
        renewed = await identity.passwords.hash(wish.password)
        await store.renew_password_hash(password, renewed, identity.clock.now())
    pair = await open_session(identity, password.user_id, visitor, wish.device_name)
    return await signed_in(identity, pair)


async def _let_in(identity: Identity, user_id: UUID, *, reactivate: bool) -> None:
    async with DB.transaction(allow_nested=False):
        owner = await account_store.lock(user_id)
        if owner is None:
            raise WrongCredentials
        await let_in(identity, owner, reactivate=reactivate)


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
