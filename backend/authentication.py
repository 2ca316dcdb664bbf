"""Authentication for the gateway: tokens and tickets are what the identity room says they are."""

import msgspec

from actors.ports import Clock
from actors.principal import Principal
from backend.domains import identity
from backend.domains.identity import IdentitySettings, Origin, PasswordCost, origin_of
from backend.integrations.oidc import OidcClient, OidcSettings
from backend.settings import Settings, SettingWrong


class SessionAuthenticator:
    """Opens sockets to who holds an access token or a ticket."""

    def __init__(self, clock: Clock) -> None:
        """Judge expiry by this clock."""
        self._clock = clock

    async def principal_of(self, token: str) -> Principal:
        """Say whose access token this is. Raises Unauthenticated."""
        return await identity.principal_of_access_token(token, self._clock.now())

    async def redeem(self, ticket: str) -> Principal:
        """Take a one-use ticket. Raises Unauthenticated."""
        return await identity.redeem_ticket(ticket, self._clock.now())


CHEAP = PasswordCost(time_cost=1, memory_kib=8, at_once=1)


def identity_settings(settings: Settings) -> IdentitySettings:
    """Say what the identity room must know of the deployment's settings."""
    return IdentitySettings(
        hash_key=settings.hash_key,
        passwords=CHEAP if settings.is_cheap else PasswordCost(),
        public_url=settings.public_url,
        return_to=_origins(settings),
        terms_version=settings.terms_version,
        privacy_version=settings.privacy_version,
    )


def providers_of(settings: Settings, clock: Clock) -> dict[str, OidcClient]:
    """Make the clients of the providers people may come in by. Raises SettingWrong."""
    if not settings.oidc:
        return {}
    try:
        known = msgspec.json.decode(settings.oidc, type=tuple[OidcSettings, ...])
        return {one.name: OidcClient(one, clock) for one in known}
    except (msgspec.MsgspecError, ValueError) as problem:
        raise SettingWrong(f"The setting TANDEM_OIDC is wrong: {problem}.") from None


def _origins(settings: Settings) -> frozenset[Origin]:
    """Read where links may lead. Raises SettingWrong."""
    found = set()
    for name, urls in (
        ("PUBLIC_URL", [settings.public_url]),
        ("RETURN_TO", settings.return_to.split()),
    ):
        for url in urls:
            origin = origin_of(url)
            if origin is None:
                raise SettingWrong(f"The setting TANDEM_{name} is wrong: {url} is no origin.")
            found.add(origin)
    return frozenset(found)
