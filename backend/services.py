"""The services of this deployment: what nodes and workers use of the world outside."""

from typing import Any

import msgspec

from actors.ports import Clock
from backend.domains.payments import PayoutLimits
from backend.domains.usdc import ByTier, Usdc
from backend.integrations.chain import ChainSettings, RpcUrlWrong
from backend.integrations.ethereum_address import AddressWrong, read_address
from backend.integrations.stripe_api import Stripe, StripeSettings
from backend.settings import Settings, SettingWrong


def services_of(settings: Settings, clock: Clock) -> dict[type, Any]:
    """Make what both a node and a worker use; nothing is connected yet. Raises SettingWrong."""
    return {
        PayoutLimits: PayoutLimits(unused_minor_max=settings.payout_unused_minor_max),
        Stripe: Stripe(stripe_settings(settings)),
        Usdc: usdc_of(settings, clock),
    }


def stripe_settings(settings: Settings) -> StripeSettings:
    """Say what the client of Stripe must know of the settings."""
    return StripeSettings(
        secret_key=settings.stripe_secret_key,
        publishable_key=settings.stripe_publishable_key,
        webhook_secrets=tuple(settings.stripe_webhook_secrets.split()),
        api_base=settings.stripe_api_base,
    )


def usdc_of(settings: Settings, clock: Clock) -> Usdc:
    """Make what reads the chain, if there is one. Raises SettingWrong."""
    try:
        return Usdc(_chain_settings(settings.chain), _limits(settings.usdc_limits), clock)
    except RpcUrlWrong as problem:
        raise SettingWrong(_wrong("CHAIN", problem)) from None


def _chain_settings(text: str) -> ChainSettings | None:
    """Read which chain it is. Raises SettingWrong."""
    if not text:
        return None
    try:
        found = msgspec.json.decode(text, type=ChainSettings)
        return msgspec.structs.replace(found, token=read_address(found.token))
    except (msgspec.MsgspecError, AddressWrong) as problem:
        raise SettingWrong(_wrong("CHAIN", problem)) from None


def _limits(text: str) -> ByTier:
    """Read which limits hold for which tier. Raises SettingWrong."""
    try:
        return msgspec.json.decode(text or "{}", type=ByTier)
    except msgspec.MsgspecError as problem:
        raise SettingWrong(_wrong("USDC_LIMITS", problem)) from None


def _wrong(name: str, problem: Exception) -> str:
    said = str(problem).rstrip(".")
    return f"The setting TANDEM_{name} is wrong: {said}. See docs/settings.md."
