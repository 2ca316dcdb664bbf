"""The refusals that any frame or command may meet, whatever room it was for."""

from protocol.refusals import Refusal


class Malformed(Refusal):
    """The bytes are not JSON or MessagePack, or not a frame."""

    code = "malformed"
    sentence = "This cannot be read: {problem}."
    http_status = 400
    problem: str


class Invalid(Refusal):
    """A field is missing, of the wrong type, out of its range or over its limit."""

    code = "invalid"
    sentence = "{problem} (at {path})."
    http_status = 422
    path: str
    problem: str


class UnknownType(Refusal):
    """No message has this type."""

    code = "unknown_type"
    sentence = "There is no message of this type (at {path})."
    http_status = 422
    path: str


class UnknownField(Refusal):
    """The message has no such field; nothing is ignored silently."""

    code = "unknown_field"
    sentence = "There is no field {field} (at {path})."
    http_status = 422
    path: str
    field: str


class BatchTooLong(Refusal):
    """A frame carries more messages than a frame may."""

    code = "batch_too_long"
    sentence = "A frame may carry {count_max} messages, this one carries {count}."
    http_status = 413
    count: int
    count_max: int


class HelloExpected(Refusal):
    """The first message of a socket must be a hello."""

    code = "hello_expected"
    sentence = "Say hello before anything else."
    http_status = 401


class AlreadyGreeted(Refusal):
    """A socket says hello once."""

    code = "already_greeted"
    sentence = "This socket has already said hello; open another for another person."


class Unauthenticated(Refusal):
    """The token is wrong, expired or revoked; the answer is the same for all three."""

    code = "unauthenticated"
    sentence = "This token does not open anything (any more). Sign in again, or refresh it."
    http_status = 401


class Forbidden(Refusal):
    """The command is for another role."""

    code = "forbidden"
    sentence = "Only the role {role} may do this."
    http_status = 403
    role: str


class NotFound(Refusal):
    """There is no such thing, or it is not yours: the answer is the same."""

    code = "not_found"
    sentence = "There is no {what} of this name for you."
    http_status = 404
    what: str


class WrongActor(Refusal):
    """The command was sent to an actor that does not take it, or does not say to which."""

    code = "wrong_actor"
    sentence = (
        "`to` is missing or of another kind: this belongs to an actor of the kind {expected}."
    )
    http_status = 422
    expected: str


class IdReused(Refusal):
    """The id has been used for another command, or by another person."""

    code = "id_reused"
    sentence = "This id was used before for something else; make a new one for each command."


class IdExpired(Refusal):
    """The id is too old to know whether it was done; so it is not done."""

    code = "id_expired"
    sentence = "This id is older than {days_max} days, so it is not known whether it was done."
    http_status = 410
    days_max: int


class AnswerErased(Refusal):
    """It was done, and what was answered then named somebody whose account is erased by now."""

    code = "answer_erased"
    sentence = "This was done; its answer named somebody who is gone, and went with them."
    http_status = 410


class IdNotTimed(Refusal):
    """The id is not a UUIDv7 of about now."""

    code = "id_not_timed"
    sentence = "Command ids are UUIDv7 made when the person acts, by a clock that is about right."
    http_status = 422


class MadeAtAhead(Refusal):
    """The person cannot have acted in the future."""

    code = "made_at_ahead"
    sentence = "made_at lies {ahead_s} s in the future; set the clock or leave it out."
    http_status = 422
    ahead_s: int


class MadeAtTooOld(Refusal):
    """The command does not accept being told so late."""

    code = "made_at_too_old"
    sentence = "This may be told at most {back_dated_max_s} s after it happened."
    http_status = 422
    back_dated_max_s: int


class RateLimited(Refusal):
    """Too much from one socket, person or address."""

    code = "rate_limited"
    sentence = "Too many at once; wait {retry_after_ms} ms."
    http_status = 429
    temporary = True
    retry_after_ms: int


class Overloaded(Refusal):
    """A limit of what may wait was reached; nothing was done."""

    code = "overloaded"
    sentence = "Too much is waiting ({what}); nothing was done, try again in a moment."
    http_status = 503
    temporary = True
    what: str


class Temporary(Refusal):
    """Something Tandem needs is away for the moment; nothing was done."""

    code = "temporary"
    sentence = "This could not be done just now ({why}); nothing was changed, try again."
    http_status = 503
    temporary = True
    why: str


class Moved(Refusal):
    """The actor lives elsewhere now; nothing was done."""

    code = "moved"
    sentence = "The actor has moved to another server; send the same command again."
    http_status = 503
    temporary = True


class TimedOut(Refusal):
    """No answer came in time, so it may have been done; sent again under its id it is done once."""

    code = "timed_out"
    sentence = "No answer within {waited_ms} ms; send the same again, id and all, to be sure."
    http_status = 504
    temporary = True
    waited_ms: int


class Internal(Refusal):
    """A bug of ours; it has been written down under the reference."""

    code = "internal"
    sentence = "Something is wrong on our side; it is written down under {reference}."
    http_status = 500
    reference: str


class TopicsTooMany(Refusal):
    """A socket follows as many topics as it may."""

    code = "topics_too_many"
    sentence = "A socket may follow {count_max} topics; leave one first."
    count_max: int


COMMON: tuple[type[Refusal], ...] = tuple(
    value
    for value in list(globals().values())
    if isinstance(value, type) and issubclass(value, Refusal) and value is not Refusal
)
"""All of them, for the reference."""
