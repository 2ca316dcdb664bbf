"""Why signing in with a provider did not come to its end. No text holds a token or a secret."""

from enum import Enum


class OidcError(Exception):
    """Somebody is not signed in by a provider; the text says why and what to do."""


class OidcSettingsWrong(ValueError):
    """What a deployment says of a provider cannot be; found before anybody signs in."""


class ProviderAway(OidcError):
    """The provider does not answer, or not now; trying again may help."""

    def __init__(self, provider: str, reason: str) -> None:
        super().__init__(f"The OpenID provider {provider} is away: {reason}. Try again later.")


class ProviderMisconfigured(OidcError):
    """What the provider says and what we know of it do not go together; only people can mend it."""

    def __init__(self, provider: str, reason: str) -> None:
        super().__init__(
            f"Signing in with the OpenID provider {provider} cannot work: {reason}. Compare the "
            "settings of this deployment with those of the client at the provider."
        )


class CodeFault(Enum):
    """What is wrong with a code that came back from a provider."""

    MALFORMED = "malformed"
    """It is nothing that a provider may send."""
    WRONG_ISSUER = "wrong_issuer"
    """Another provider sent it, or one that will not say who it is although it promised to."""
    NOT_GRANTED = "not_granted"
    """It was used before, is too old, or belongs to another attempt, client or redirect URI."""


class CodeRefused(OidcError):
    """A code is not worth an ID token; the person may begin anew."""

    def __init__(self, why: CodeFault) -> None:
        super().__init__(f"The authorization code is refused: {why.value}. Begin signing in anew.")
        self.why = why


class TokenFault(Enum):
    """What is wrong with an ID token."""

    MALFORMED = "malformed"
    """It is no ID token, or lacks what every ID token has."""
    WRONG_ALGORITHM = "wrong_algorithm"
    """It is signed in a way that is not allowed, or not at all."""
    UNKNOWN_KEY = "unknown_key"
    """The provider does not publish the key it names."""
    BAD_SIGNATURE = "bad_signature"
    """Its signature is not that of the key it names."""
    WRONG_ISSUER = "wrong_issuer"
    """Somebody else issued it."""
    WRONG_AUDIENCE = "wrong_audience"
    """It is not for us, or for strangers as well."""
    WRONG_PARTY = "wrong_party"
    """Somebody else had it issued (`azp`)."""
    WRONG_NONCE = "wrong_nonce"
    """It belongs to another attempt to sign in."""
    EXPIRED = "expired"
    """Its time is over."""
    TOO_OLD = "too_old"
    """It was issued too long ago to show that somebody signs in now."""
    NOT_YET_VALID = "not_yet_valid"
    """It comes from the future."""
    WRONG_ACCESS_TOKEN = "wrong_access_token"  # noqa: S105 - the name of a fault
    """It was issued with another access token (`at_hash`)."""
    WRONG_CODE = "wrong_code"
    """It was issued for another authorization code (`c_hash`)."""


class TokenRefused(OidcError):
    """An ID token says of nobody who they are."""

    def __init__(self, why: TokenFault) -> None:
        super().__init__(f"The ID token is refused: {why.value}. Begin signing in anew.")
        self.why = why
