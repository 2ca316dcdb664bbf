"""Commands over HTTP: one operation for each, the same actors behind it."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, HeaderParameter

from actors.principal import Principal
from backend.gateway.calls import address_for, check_id, check_made_at, check_role
from backend.web.describing import operation_of
from backend.web.problems import answer
from protocol.codec import refusal_of, refuse_unstorable_text
from protocol.common import COMMON, IdNotTimed
from protocol.frames import Moment
from protocol.ids import uuid7
from protocol.messages import Ask, Command
from protocol.refusals import Refused
from protocol.vocabulary import Vocabulary

COMMANDS = "/v1/commands/"
Key = Annotated[str | None, HeaderParameter(name="Idempotency-Key")]


class CommandRoutes:
    """Makes the operations of a vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._refusals = {
            refusal.code: refusal for refusal in (*COMMON, *vocabulary.refusals.values())
        }

    def handlers(self) -> list[Any]:
        """Make one route handler for each command and query."""
        return [self._handler(tag, ask) for tag, ask in sorted(self._vocabulary.asks.items())]

    def _handler(self, tag: str, ask: type[Ask]) -> Any:
        decoder = msgspec.json.Decoder(ask)

        async def handle(
            request: Request[Any, Any, Any],
            principal: NamedDependency[Principal],
            to: FromQuery[str | None] = None,
            made_at: FromQuery[str | None] = None,
            idempotency_key: Key = None,
        ) -> Response[Any]:
            command = _decode(decoder, tag, await request.body())
            return await self._ask(
                request, principal, command, to=to, made_at=made_at, key=idempotency_key
            )

        handle.__name__ = tag.replace(".", "_")
        handle.__doc__ = ask.__doc__
        return post(
            COMMANDS + tag,
            operation_id=tag,
            operation_class=operation_of(ask, COMMON),
            security=[{"bearer": []}],
            tags=[tag.partition(".")[0]],
            summary=(ask.__doc__ or tag).splitlines()[0],
            status_code=200,
        )(handle)

    async def _ask(  # noqa: PLR0913 - what a request says
        self,
        request: Request[Any, Any, Any],
        principal: Principal,
        ask: Ask,
        *,
        to: str | None,
        made_at: str | None,
        key: str | None,
    ) -> Response[Any]:
        house = request.app.state.house
        now = house.clock.now()
        check_role(ask.role, principal)
        command_id = _id(key, now)
        check_id(command_id, now)
        address = address_for(ask, to, principal)
        acted_at = check_made_at(ask, _moment(made_at), now)
        known_as = command_id if isinstance(ask, Command) else None
        outcome = await house.ref(address).ask(ask, principal, id=known_as, made_at=acted_at)
        house.meters.answered(command_id, type(ask), outcome)
        headers = {"Idempotency-Key": str(command_id)}
        if outcome.granted:
            return Response(outcome.body, media_type="application/json", headers=headers)
        refused = msgspec.json.decode(outcome.body, type=Refused)
        return answer(refused, self._refusals.get(refused.code), headers)


def _decode(decoder: "msgspec.json.Decoder[Any]", tag: str, body: bytes) -> Ask:
    """Read the `do` fields; the tag stands in the path, and may stand in the body too."""
    try:
        fields = msgspec.json.decode(body or b"{}", type=dict[str, msgspec.Raw])
        fields.setdefault("type", msgspec.Raw(msgspec.json.encode(tag)))
        ask: Ask = decoder.decode(msgspec.json.encode(fields))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as problem:
        raise refusal_of(problem) from None
    refuse_unstorable_text(ask)
    return ask


def _id(key: str | None, now: datetime) -> UUID:
    """Read the id under which the command is done once; without one it is simply new."""
    if key is None:
        return uuid7(int(now.timestamp() * 1000))
    try:
        return UUID(key)
    except ValueError:
        raise IdNotTimed from None


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment: datetime = msgspec.convert(text, Moment)
    except msgspec.ValidationError as problem:
        raise refusal_of(problem, root="$.made_at") from None
    return moment
