"""What may be refused of the demo's clock, each named by its fact."""

from protocol.refusals import Refusal


class StepWrong(Refusal):
    """The demo's clock goes forward only, and not too far at once."""

    code = "demo.step_wrong"
    sentence = "The clock goes forward by 1 to {most_s} seconds at once."
    http_status = 422
    most_s: int


class ClockTooFar(Refusal):
    """The demo's clock has been moved as far as it may be."""

    code = "demo.clock_too_far"
    sentence = "The clock may be ahead by {ahead_s_max} seconds in all; this would be more."
    ahead_s_max: int
