"""Privacy over HTTP: having one's data gathered, fetching it, and being erased."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get, post
from litestar.datastructures import CacheControlHeader, State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Stream
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED

from actors.principal import Principal
from backend.domains.identity import Identity, identity_of
from backend.domains.privacy import bodies
from backend.domains.privacy.bodies import ErasurePlanned, ExportLink, ExportShown, ExportsShown
from backend.domains.privacy.erasing import asking as erasing
from backend.domains.privacy.exporting import asking, export_store, linking
from backend.domains.privacy.exporting.export_store import KeptExport
from backend.domains.privacy.messages import ExportFailed, ExportTooLarge
from backend.persistence.personal_data import Catalogue
from protocol.refusals import Refused

BODY_BYTES_MAX = 4 * 1024
SIGNATURE_MAX = 100

Asker = NamedDependency[Principal]
Room = NamedDependency[Identity]
All = NamedDependency[Catalogue]
AnyRequest = Request[Any, Any, Any]


def catalogue_of(state: State) -> Catalogue:
    """Find what the rooms say of personal data; the house has gathered it."""
    found: Catalogue = state.house.catalogue
    return found


_OPEN: dict[str, Any] = {"cache_control": CacheControlHeader(no_store=True), "tags": ["privacy"]}
_SIGNED_IN: dict[str, Any] = {
    **_OPEN,
    "dependencies": {
        "identity": Provide(identity_of, sync_to_thread=False),
        "catalogue": Provide(catalogue_of, sync_to_thread=False),
    },
    "request_max_body_size": BODY_BYTES_MAX,
    "security": [{"bearer": []}],
}


@post("/v1/me/export", status_code=HTTP_202_ACCEPTED, **_SIGNED_IN)
async def ask_for_export(
    request: AnyRequest,
    data: JSONBody[bodies.Proof],
    principal: Asker,
    identity: Room,
    catalogue: All,
) -> ExportShown:
    """Have all of your data gathered; you hear when it can be fetched.

    Give your password, or sign in just before.
    """
    kept = await asking.ask(identity, catalogue, principal, data)
    return _shown(request, kept)


@get("/v1/me/exports", **_SIGNED_IN)
async def list_exports(request: AnyRequest, principal: Asker) -> ExportsShown:
    """See your exports, and how far each is."""
    kept = await export_store.list_of(principal.user_id)
    return ExportsShown(exports=[_shown(request, one) for one in kept])


@post("/v1/me/exports/{export_id:uuid}/link", status_code=HTTP_200_OK, **_SIGNED_IN)
async def make_link(
    export_id: FromPath[UUID], data: JSONBody[bodies.Proof], principal: Asker, identity: Room
) -> ExportLink:
    """Get a link that fetches an archive, for some minutes; whoever has it needs nothing else.

    Give your password, or sign in just before.
    """
    return await asking.make_link(identity, principal, export_id, data)


@get("/v1/exports/{export_id:uuid}", media_type="application/zip", **_OPEN)
async def fetch_export(
    request: AnyRequest,
    export_id: FromPath[UUID],
    signature: Annotated[str, QueryParameter(max_length=SIGNATURE_MAX)],
) -> Stream:
    """Fetch an archive by a link to it."""
    now = request.app.state.house.clock.now()
    kept = await linking.open_link(export_id, signature, now)
    made_at = kept.ended_at or kept.requested_at
    headers = {
        "Content-Disposition": f'attachment; filename="tandem-{made_at:%Y-%m-%d}.zip"',
        "Content-Length": str(kept.size_bytes),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Stream(linking.content_of(kept), headers=headers, media_type="application/zip")


@post("/v1/me/erase", status_code=HTTP_202_ACCEPTED, **_SIGNED_IN)
async def erase(
    data: JSONBody[bodies.Erase], principal: Asker, identity: Room, catalogue: All
) -> ErasurePlanned:
    """Have your account erased. It rests at once; sign in with `reactivate` to call it off.

    After fourteen days it is done: what you wrote goes, your relationships end, nothing names you
    any more. Money you have goes to charity if you give it up (`give_up_balances`), and stands in
    the way otherwise. Give your password, or sign in just before.
    """
    return ErasurePlanned(due_at=await erasing.ask(identity, catalogue, principal, data))


def _shown(request: AnyRequest, kept: KeptExport) -> ExportShown:
    shown = {name: getattr(kept, name) for name in ExportShown.__struct_fields__}
    return ExportShown(**{**shown, "failure": _why(request, kept.failure)})


def _why(request: AnyRequest, code: str | None) -> Refused | None:
    """Say why an export could not be made."""
    if code is None:
        return None
    if code == ExportTooLarge.code:
        bytes_max = request.app.state.house.settings.export_bytes_max
        return ExportTooLarge(bytes_max=bytes_max).refused()
    return ExportFailed().refused()


ROUTES: list[Any] = [ask_for_export, list_exports, make_link, fetch_export, erase]
