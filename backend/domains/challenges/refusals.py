"""What may be refused of challenges, each named by its fact."""

from datetime import date

from backend.domains.challenges.values import ProofKind
from protocol.refusals import Refusal


class TemplateUnknown(Refusal):
    """There is no such template, or it is not offered any more."""

    code = "challenges.template_unknown"
    sentence = "There is no template {template_slug} to begin with."
    http_status = 404
    template_slug: str


class TemplateChanged(Refusal):
    """The template is another since it was read."""

    code = "challenges.template_changed"
    sentence = "The template {template_slug} has changed; read version {version} and begin again."
    template_slug: str
    version: int


class TemplateForbids(Refusal):
    """The template does not allow this."""

    code = "challenges.template_forbids"
    sentence = "The template {template_slug} does not allow this: {what}."
    http_status = 422
    template_slug: str
    what: str


class SchemaWrong(Refusal):
    """The schema of the settings is none, or not one of an object."""

    code = "challenges.schema_wrong"
    sentence = "settings_schema is no JSON Schema of an object: {problem}."
    http_status = 422
    problem: str


class TemplatesTooMany(Refusal):
    """The catalogue is full."""

    code = "challenges.templates_too_many"
    sentence = "The catalogue has {count_max} templates; that is the most."
    count_max: int


class SettingsWrong(Refusal):
    """The settings are not what the template's schema wants."""

    code = "challenges.settings_wrong"
    sentence = "The settings do not fit the template: {problem} (at {path})."
    http_status = 422
    path: str
    problem: str


class DaysWrong(Refusal):
    """The first day lies in the past, or the last before the first, or too far ahead."""

    code = "challenges.days_wrong"
    sentence = "A challenge begins today or within {ahead_days_max} days, and promises something."
    http_status = 422
    ahead_days_max: int


class WindowWrong(Refusal):
    """A window closes after it opens."""

    code = "challenges.window_wrong"
    sentence = "A window closes after it opens."
    http_status = 422


class WindowOver(Refusal):
    """Nobody can keep what was over before they promised it."""

    code = "challenges.window_over"
    sentence = "The window of {key} is over already; begin with another day, or a later window."
    http_status = 422
    key: str


class ChallengesTooMany(Refusal):
    """A person may have so many challenges at once."""

    code = "challenges.too_many"
    sentence = "You have {count_max} challenges that go on; that is the most."
    count_max: int


class PartnerNeeded(Refusal):
    """Somebody must follow who gets it, or who can confirm and rule."""

    code = "challenges.partner_needed"
    sentence = "This needs a partner: {why}."
    http_status = 422
    why: str


class FollowersTooMany(Refusal):
    """A challenge has room for so many who follow it."""

    code = "challenges.followers_too_many"
    sentence = "A challenge is followed by {count_max} at most."
    count_max: int


class FollowerNeeded(Refusal):
    """Who was named when it was begun cannot be sent away by whose promise it is."""

    code = "challenges.follower_needed"
    sentence = "This was promised with them: only they themselves may stop following."


class ChallengeOver(Refusal):
    """The challenge has ended."""

    code = "challenges.over"
    sentence = "This challenge has ended."


class ProofMissing(Refusal):
    """What is shown is not the proof this challenge wants."""

    code = "challenges.proof_missing"
    sentence = "This challenge wants as proof: {proof}."
    http_status = 422
    proof: ProofKind


class TargetMissed(Refusal):
    """The number lies below what was promised."""

    code = "challenges.target_missed"
    sentence = "{number} is less than what you promised: {target}."
    number: int
    target: int


class NotOpen(Refusal):
    """Nothing of this challenge could be done at that moment: no window was open."""

    code = "challenges.not_open"
    sentence = "Nothing of this challenge was open at that moment."


class AlreadyDone(Refusal):
    """It has been done already."""

    code = "challenges.already_done"
    sentence = "This was done already."
    key: str


class NotDisputable(Refusal):
    """What is final, or not decided yet, cannot be disputed."""

    code = "challenges.not_disputable"
    sentence = "This cannot be disputed: it is {status}."
    status: str


class NotReferee(Refusal):
    """Nobody rules on what they gain by, or what is their own."""

    code = "challenges.not_referee"
    sentence = "You cannot rule on this: it is yours, or you would gain by it."
    http_status = 403


class NotYours(Refusal):
    """Only who made the promise may do this."""

    code = "challenges.not_yours"
    sentence = "Only who made this promise may do that."
    http_status = 403


class StakeGoesOn(Refusal):
    """Who has money on a promise cannot go before it is decided."""

    code = "challenges.stake_goes_on"
    sentence = "There is money on {count} of your promises. Quit them first and let them end."
    count: int


class HasBegun(Refusal):
    """What has begun cannot be called off; it can be ended from the seventh day on."""

    code = "challenges.has_begun"
    sentence = "This has begun; quit it instead, which holds from the seventh day on."


class ChangePending(Refusal):
    """Another change waits for its day."""

    code = "challenges.change_pending"
    sentence = "A change waits for {from_day} already; take it back first."
    from_day: date


class ChangeEmpty(Refusal):
    """The change changes nothing, or would put more at stake than was pledged."""

    code = "challenges.change_empty"
    sentence = "This changes nothing that can be changed; more at stake is another challenge."
    http_status = 422
