"""The keys of a deployment: one that browsers subscribe with, and former ones beside it."""

import msgspec
import pytest

from backend.integrations.vapid import (
    FORMER_KEYS_MAX,
    VapidKeyRing,
    VapidKeyWrong,
    WebPushSettings,
    generate_vapid_keys,
    public_key_of,
)
from backend.settings import Settings, SettingWrong

NEW, OLD, ELDEST = (generate_vapid_keys() for _ in range(3))


def test_a_private_key_has_its_public_half() -> None:
    made = generate_vapid_keys()
    assert public_key_of(made.private_key) == made.public_key
    assert generate_vapid_keys() != made


@pytest.mark.parametrize("wrong", ["", "x", "not a key", "A" * 42, "A" * 43, "é" * 43])
def test_what_is_no_key_is_said_to_be_none(wrong: str) -> None:
    with pytest.raises(VapidKeyWrong, match="32 bytes"):
        public_key_of(wrong)


def test_a_ring_knows_the_key_at_hand_and_the_eldest() -> None:
    ring = VapidKeyRing(NEW.private_key, f"{OLD.private_key}  {ELDEST.private_key}\n")
    assert (ring.current, ring.eldest) == (NEW.public_key, ELDEST.public_key)
    assert list(ring) == [NEW, OLD, ELDEST]
    assert OLD.public_key in ring
    assert generate_vapid_keys().public_key not in ring


def test_with_a_single_key_it_is_the_eldest_too() -> None:
    ring = VapidKeyRing(NEW.private_key)
    assert ring.current == ring.eldest == NEW.public_key


def test_a_deployment_without_a_key_has_an_empty_ring() -> None:
    ring = VapidKeyRing()
    assert not ring
    assert (ring.current, ring.eldest) == ("", "")


@pytest.mark.parametrize(
    ("current", "former", "said"),
    [
        ("x", "", "TANDEM_VAPID_PRIVATE_KEY is no VAPID key"),
        (NEW.private_key, "x", "TANDEM_VAPID_FORMER_PRIVATE_KEYS is no VAPID key"),
        (NEW.private_key, f"{OLD.private_key},{ELDEST.private_key}", "is no VAPID key"),
        ("", OLD.private_key, "TANDEM_VAPID_PRIVATE_KEY is not"),
        (NEW.private_key, f"{OLD.private_key} " * (FORMER_KEYS_MAX + 1), "holds 9 keys"),
    ],
    ids=["current", "former", "commas", "only former", "too many"],
)
def test_a_wrong_setting_is_named_before_anything_starts(
    current: str, former: str, said: str
) -> None:
    settings = Settings(
        database_url="x", vapid_private_key=current, vapid_former_private_keys=former
    )
    with pytest.raises(SettingWrong, match=said) as wrong:
        settings.check_node()
    assert OLD.private_key not in str(wrong.value)


def test_no_private_key_is_ever_shown() -> None:
    settings = WebPushSettings(private_key=NEW.private_key, former_private_keys=OLD.private_key)
    ring = VapidKeyRing(settings.private_key, settings.former_private_keys)
    shown = f"{settings!r} {ring!r} {list(ring)!r} {msgspec.structs.replace(settings)!r}"
    assert NEW.private_key not in shown
    assert OLD.private_key not in shown
