"""Signatures: a webhook is believed when one of our secrets signed its very bytes, lately."""

import json
import time
from collections.abc import Callable

import pytest
from stripe import WebhookSignature

from backend.embedded.stripe.deliveries import signature
from backend.integrations.stripe_api import (
    TOLERANCE_S,
    PayloadUnreadable,
    SignatureStale,
    SignatureWrong,
    WebhookRefused,
    WebhookSecretMissing,
    verified_event,
)

OLD, NEW, FOREIGN = "whsec_old", "whsec_new", "whsec_foreign"
BODY = json.dumps(
    {
        "id": "evt_1",
        "object": "event",
        "type": "payment_intent.succeeded",
        "data": {"object": {"id": "pi_1", "object": "payment_intent", "description": "größer"}},
    },
    ensure_ascii=False,
).encode()


def signed(*secrets: str, body: bytes = BODY, ago_s: int = 0) -> str:
    """Sign a body as the stand-in does."""
    return signature(body, secrets, int(time.time()) - ago_s)


def test_an_event_that_stripe_signed_is_read() -> None:
    event = verified_event(BODY, signed(OLD), [OLD])
    assert (event.id, event.type) == ("evt_1", "payment_intent.succeeded")
    assert event.data.object["description"] == "größer"


def test_the_stand_in_signs_as_the_library_does() -> None:
    at = int(time.time())
    theirs = WebhookSignature.generate_signature_header(BODY.decode(), OLD, at)
    assert signature(BODY, [OLD], at) == theirs


@pytest.mark.parametrize("signs", [(OLD,), (NEW,), (OLD, NEW), (NEW, OLD)])
def test_while_a_secret_is_replaced_either_will_do(signs: tuple[str, ...]) -> None:
    assert verified_event(BODY, signed(*signs), [NEW, OLD]).id == "evt_1"


def foreign() -> str:
    """Sign with a secret that is none of ours."""
    return signed(FOREIGN)


def of_another_scheme() -> str:
    """Say of a right signature that it is of another kind."""
    return signed(OLD).replace("v1=", "v0=")


def without_signature() -> str:
    """Say when, and nothing else."""
    return signed(OLD).partition(",")[0]


@pytest.mark.parametrize("header", [foreign, of_another_scheme, without_signature])
def test_what_none_of_our_secrets_signed_is_refused(header: Callable[[], str]) -> None:
    with pytest.raises(SignatureWrong):
        verified_event(BODY, header(), [NEW, OLD])


@pytest.mark.parametrize("header", ["t=soon,v1=abc", "t=,v1=", "nonsense", "=,=,", "", None])
def test_what_is_no_signature_is_refused(header: str | None) -> None:
    with pytest.raises(SignatureWrong):
        verified_event(BODY, header, [NEW, OLD])


def test_a_body_that_was_changed_is_refused_by_a_single_byte() -> None:
    header = signed(OLD)
    with pytest.raises(SignatureWrong):
        verified_event(BODY.replace(b"evt_1", b"evt_2"), header, [OLD])
    with pytest.raises(SignatureWrong):
        verified_event(BODY + b" ", header, [OLD])


def test_a_time_that_was_changed_is_refused() -> None:
    header = signed(OLD, ago_s=TOLERANCE_S + 60)
    with pytest.raises(SignatureWrong):
        verified_event(BODY, header.replace(header[2:12], str(int(time.time()))), [OLD])


def test_what_was_signed_too_long_ago_is_refused() -> None:
    header = signed(OLD, ago_s=TOLERANCE_S + 60)
    with pytest.raises(SignatureStale, match=f"{TOLERANCE_S} s"):
        verified_event(BODY, header, [NEW, OLD])
    assert verified_event(BODY, header, [NEW, OLD], tolerance_s=TOLERANCE_S + 120).id == "evt_1"


@pytest.mark.parametrize("secrets", [(), ("",)])
def test_without_a_secret_nothing_can_be_believed(secrets: tuple[str, ...]) -> None:
    with pytest.raises(WebhookSecretMissing, match="TANDEM_STRIPE_WEBHOOK_SECRETS"):
        verified_event(BODY, signed(""), secrets)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"7",
        b"{}",
        b'{"object": "charge", "id": "ch_1"}',
        b'{"object": "event"}',
    ],
)
def test_what_stripe_signed_and_is_no_event_is_unreadable(body: bytes) -> None:
    with pytest.raises(PayloadUnreadable):
        verified_event(body, signed(OLD, body=body), [OLD])


def test_what_is_no_text_is_unreadable() -> None:
    with pytest.raises(PayloadUnreadable):
        verified_event(b"\xff\xfe", signed(OLD, body=b"\xff\xfe"), [OLD])


def test_a_refusal_tells_no_secret() -> None:
    for header in (signed(FOREIGN), signed(OLD, ago_s=10_000)):
        with pytest.raises(WebhookRefused) as refused:
            verified_event(BODY, header, [OLD])
        assert OLD not in repr(refused.value)
        assert "pi_1" not in repr(refused.value)
