"""The parts of the reference that are told rather than listed."""

from protocol.codec import SUBPROTOCOL_JSON, SUBPROTOCOL_MSGPACK
from protocol.limits import HEARTBEAT_S

OPENING = f"""\
<!-- Generated from the messages by `make generate`; do not edit. -->
# The language of Tandem, protocol v1

Everything an app says to Tandem and hears from it. The same facts stand in
[schema.json](schema.json) for programs and in [tandem.d.ts](tandem.d.ts) for TypeScript.

## Connect

Open a WebSocket at `/v1/socket` with one of two subprotocols: `{SUBPROTOCOL_JSON}` (text messages)
or `{SUBPROTOCOL_MSGPACK}` (binary messages). Both carry the same objects; moments and ids are
strings in both. Compression is not negotiated. A WebSocket message is one frame, or a list of
frames that are taken in order, each by itself.

```text
→ {{"type":"hello","token":"…","resume":{{"relationship/…":"1.12"}}}}
← {{"type":"welcome","session":"…","user_id":"…","now":"2026-03-02T09:00:00Z",…}}
← {{"type":"push","topic":"relationship/…","pos":"1.13","at":"…","event":{{"type":"…",…}}}}
← {{"type":"joined","topic":"relationship/…","pos":"1.13"}}
→ {{"type":"call","id":"019534d4-1a00-7000-8000-000000000001","to":"relationship/…",
   "made_at":"2026-03-02T08:59:58Z","do":{{"type":"…"}}}}
← {{"type":"reply","id":"019534d4-1a00-7000-8000-000000000001","ok":{{"type":"…",…}}}}
→ {{"type":"join","topic":"announcements"}}
→ {{"type":"leave","topic":"announcements"}}
→ {{"type":"presence","topic":"relationship/…","doing":"checking_in"}}
← {{"type":"heartbeat","now":"…","heads":{{"relationship/…":"1.13"}}}}
← {{"type":"bye","reason":"moving","retry_after_ms":1200}}
```

Rules that hold everywhere:

- **A reply means it is kept.** `ok` leaves the server after the commit.
- **An id is done once.** `id` is a UUIDv7 the app makes when the person acts. After a lost
  connection send the same call with the same id: the first outcome comes again. Refusals whose
  `temporary` is true are not kept; try those again, with the same id.
- **A topic has no holes.** `pos` is `generation.number`; within a generation the number grows by
  one. Keep the last `pos` of each topic and give it in `resume` or `join`. The answer is every
  missed `push` in order, or one `snapshot` that replaces what was held, then `joined`. If a `push`
  or a head in a `heartbeat` skips a number, join again from the last `pos`.
- **Topics have no order between them.** What two topics tell of one thing is put together by what
  it carries, its id and its version, never by what came last.
- **Several events told as one.** Of an event marked *latest only*, a turn keeps the last: it tells
  the whole truth by itself.
- **Nothing unknown is ignored by the server:** an unknown type or field is refused by name. The
  app, however, ignores types and fields it does not know: later servers may send more.
- **The server lives** while a heartbeat comes every {HEARTBEAT_S} s.
- **Who leaves says so,** by a close frame. A connection that ends without one is taken for a phone
  that fell asleep: what it was told last and did not mark as read is pushed to it.
- A socket follows its own `user/<id>` and `announcements` without asking.

## Addresses

`to` and `topic` are addresses: `user/<id>`, `relationship/<id>`, or a single word such as
`announcements`. `to` may be left out for the caller's own `user/<id>` and for kinds with a single
actor. An address that is not the caller's is answered exactly like one that does not exist:
`not_found`.
"""

OVER_HTTP = """\
## Over HTTP

Every ask is also an operation: `POST /v1/commands/<type>`, with the fields as the JSON body, `to`
and `made_at` as query parameters, the id as the header `Idempotency-Key`, and the access token as
`Authorization: Bearer …`. A grant answers 200 with what would stand in `ok`; a refusal answers its
status with a problem body (RFC 9457) that carries `code`, `facts` and `temporary`. Signing up,
signing in, and reading history are ordinary routes: see `/v1/schema`.
"""

FROM_CLIENT = """\
## Frames from the client

What is not understood is answered with a `problem`, what was called with a `reply`; the socket
stays open unless a [close code](#close-codes) says otherwise.
"""

FROM_SERVER = """\
## Frames from the server

Fields that have their default may be left out.
"""

CLOSE_CODES = """\
## Close codes

4000 to 4499 say "come back", 4500 to 4999 say "stop". Before one of these comes a `bye` with the
same reason and, where it helps, how long to wait; where a socket was refused before it could say
anything, only the close code.
"""

REFUSALS = """\
## Refusals

`message` is a sentence for people, `facts` are for programs, `code` does not change. `temporary`
says that nothing was kept under the id and that trying again may help.
"""

LIMITS = """\
## Limits

Nothing waits unbounded. A deployment may set those marked with *; `welcome` tells those of calls.
"""
