"""Checkout: sessions made, listed and ended over the API, and gone through on their page."""

from backend.embedded.stripe import customer as customers
from backend.embedded.stripe import payment_intent as payments
from backend.embedded.stripe import price as prices
from backend.embedded.stripe import setup_intent as setups
from backend.embedded.stripe.account import Account
from backend.embedded.stripe.checkout_session import (
    CHECKOUT_PATH,
    Behind,
    CreateParams,
    LineItem,
    LineItemParams,
    PaymentData,
    Session,
    SessionListParams,
    SetupData,
    UpdateParams,
)
from backend.embedded.stripe.coupon import Coupon
from backend.embedded.stripe.errors import invalid
from backend.embedded.stripe.forms import NoParams, merged_metadata
from backend.embedded.stripe.operations import Call, operation
from backend.embedded.stripe.price import Price
from backend.embedded.stripe.product import find as find_product
from backend.embedded.stripe.promotion_code import coupon_for
from backend.embedded.stripe.resource import new_id, shown
from backend.embedded.stripe.setup_intent import SetupIntent
from backend.embedded.stripe.tables import ListParams, Page, page_of

LIFE_MIN_S = 30 * 60
LIFE_MAX_S = 24 * 60 * 60
_URL_PROTOCOLS = ("https://", "http://")


@operation("POST", "/v1/checkout/sessions", CreateParams)
async def create(call: Call[CreateParams]) -> Session:
    """Make a session; its page is at its `url`."""
    account, params = call.account, call.params
    await _check(account, params)
    made_id = new_id(Session.prefix)
    made = Session(
        id=made_id,
        created=account.now(),
        behind=Behind(line_items=[await _line(account, line) for line in params.line_items]),
        allowed_payment_method_types=params.allowed_payment_method_types,
        allow_promotion_codes=params.allow_promotion_codes,
        cancel_url=params.cancel_url,
        client_reference_id=params.client_reference_id,
        currency=params.currency.lower() if params.currency else None,
        customer=params.customer,
        customer_creation=None if params.customer else params.customer_creation or "if_required",
        customer_email=params.customer_email,
        expires_at=params.expires_at or account.now() + LIFE_MAX_S,
        locale=params.locale,
        metadata=params.metadata,
        mode=params.mode,
        payment_status="unpaid" if params.mode == "payment" else "no_payment_required",
        submit_type=params.submit_type,
        success_url=params.success_url,
        url=f"{account.base_url}{CHECKOUT_PATH}/{made_id}",
    )
    if params.mode == "payment":
        _sum_up(account, made, params)
    else:
        made.setup_intent = (await _setup(account, params)).id
    account.of(Session).add(made)
    return made


@operation("GET", "/v1/checkout/sessions", SessionListParams)
async def list_all(call: Call[SessionListParams]) -> Page:
    """List sessions."""
    params = call.params
    return call.account.of(Session).page(
        params,
        of=lambda row: (
            params.customer in {None, row.customer}
            and params.payment_intent in {None, row.payment_intent}
            and params.status in {None, row.status}
        ),
    )


@operation("GET", "/v1/checkout/sessions/{id}", NoParams)
async def retrieve(call: Call[NoParams]) -> Session:
    """Read one."""
    return call.account.of(Session).get(call.id)


@operation("GET", "/v1/checkout/sessions/{id}/line_items", ListParams)
async def list_lines(call: Call[ListParams]) -> Page:
    """List what is paid by one."""
    found = call.account.of(Session).get(call.id)
    # The first line is the first of the list, where all others begin with the newest.
    page = page_of(LineItem, list(reversed(found.behind.line_items)), call.params)
    page.url = f"{Session.path}/{found.id}/line_items"
    return page


@operation("POST", "/v1/checkout/sessions/{id}", UpdateParams)
async def update(call: Call[UpdateParams]) -> Session:
    """Change what is said of one."""
    found = call.account.of(Session).get(call.id)
    found.metadata = merged_metadata(found.metadata, call.params.metadata)
    return found


@operation("POST", "/v1/checkout/sessions/{id}/expire", NoParams)
async def end(call: Call[NoParams]) -> Session:
    """End one that nobody has gone through."""
    found = call.account.of(Session).get(call.id)
    if found.status != "open":
        raise invalid(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
            f"Session has a status of `{found.status}`.",
        )
    expire(call.account, found)
    return found


def expire(account: Account, session: Session) -> None:
    """End a session."""
    session.status, session.url = "expired", None
    account.emit("checkout.session.expired", session)


def expire_due(account: Account) -> bool:
    """End the sessions whose time is over; returns whether there was any."""
    now = account.now()
    due = [row for row in account.of(Session) if row.status == "open" and row.expires_at <= now]
    for session in due:
        expire(account, session)
    return bool(due)


async def _check(account: Account, params: CreateParams) -> None:
    if params.customer is not None:
        await customers.find(account, params.customer, "customer")
    if params.customer is not None and params.customer_email is not None:
        raise invalid("You may only specify one of these parameters: customer, customer_email.")
    for param in ("success_url", "cancel_url"):
        url = getattr(params, param)
        if url is not None and not url.startswith(_URL_PROTOCOLS):
            raise invalid("Not a valid URL", "url_invalid", param=param)
    if params.mode == "payment" and not params.line_items:
        raise invalid(
            "Missing required param: line_items.", "parameter_missing", param="line_items"
        )
    if params.mode == "setup" and not (params.currency or params.allowed_payment_method_types):
        raise invalid("Missing required param: currency.", "parameter_missing", param="currency")
    lives_s = LIFE_MAX_S if params.expires_at is None else params.expires_at - account.now()
    if not LIFE_MIN_S <= lives_s <= LIFE_MAX_S:
        raise invalid(
            "The `expires_at` timestamp must be at least 30 minutes and less than 24 hours from "
            "Checkout Session creation.",
            param="expires_at",
        )


async def _line(account: Account, told: LineItemParams) -> LineItem:
    """Make a line. Raises ApiError."""
    data = told.price_data
    if told.price is not None:
        price = account.of(Price).get(told.price, "line_items[0][price]")
    elif data is not None:
        price = await prices.new(
            account,
            prices.CreateParams(
                currency=data.currency,
                unit_amount=data.unit_amount,
                product=data.product,
                product_data=data.product_data,
                recurring=data.recurring,
            ),
        )
    else:
        raise invalid("You must specify either `price` or `price_data` when using prices.")
    if price.type == "recurring":
        raise invalid(
            "You specified `payment` mode but passed a recurring price. Either switch to "
            "`subscription` mode or use only one-time prices."
        )
    product = await find_product(account, price.product, "product")
    amount = price.unit_amount * told.quantity
    return LineItem(
        id=new_id(LineItem.prefix),
        created=account.now(),
        amount_subtotal=amount,
        amount_total=amount,
        currency=price.currency,
        description=product.name,
        price=shown(price),
        quantity=told.quantity,
    )


def _sum_up(account: Account, session: Session, params: CreateParams) -> None:
    """Say what is to be paid, and what the payment is to be told. Raises ApiError."""
    lines = session.behind.line_items
    session.currency = lines[0].currency
    if any(line.currency != session.currency for line in lines):
        raise invalid("All prices of a Checkout Session have the same currency.")
    session.amount_subtotal = sum(line.amount_subtotal for line in lines)
    session.behind.payment_data = {
        name: value
        for name, value in shown(params.payment_intent_data or PaymentData()).items()
        if value is not None
    }
    off = 0
    if params.discounts:
        off = _discount(account, session, params).off(session.amount_subtotal)
    session.amount_total = session.amount_subtotal - off
    session.total_details = {"amount_discount": off, "amount_shipping": 0, "amount_tax": 0}
    if 0 < session.amount_total < payments.AMOUNT_MIN:
        raise invalid(
            "The Checkout Session's total amount due must add up to at least the minimum charge "
            "amount.",
            "amount_too_small",
        )


def _discount(account: Account, session: Session, params: CreateParams) -> Coupon:
    """Find what is taken off. Raises ApiError."""
    if len(params.discounts) > 1:
        raise invalid("You may only specify one discount.", param="discounts")
    told = params.discounts[0]
    if told.promotion_code is not None:
        coupon = coupon_for(account, told.promotion_code, session.customer)
    else:
        coupon = account.of(Coupon).get(str(told.coupon), "discounts[0][coupon]")
    if not coupon.is_valid(account.now()) or coupon.currency not in {None, session.currency}:
        raise invalid(f"Coupon {coupon.id} cannot be redeemed.", "coupon_expired")
    session.behind.coupon, session.behind.promotion_code = coupon.id, told.promotion_code
    session.discounts = [{"coupon": told.coupon, "promotion_code": told.promotion_code}]
    return coupon


async def _setup(account: Account, params: CreateParams) -> SetupIntent:
    data = params.setup_intent_data or SetupData()
    return await setups.new(
        account,
        setups.CreateParams(
            customer=params.customer,
            description=data.description,
            metadata=data.metadata,
            allowed_payment_method_types=["card"],
        ),
    )
