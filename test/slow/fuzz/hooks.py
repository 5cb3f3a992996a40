"""Makes generated requests keep the rules that the document names under x-rules, which a schema cannot express.

A value that breaks the schema stays as it is: the API must reject it for that reason.
"""

import random
import re
import uuid

import schemathesis

# Replaces valid values of wait: an order that does not exist, or waits for its fulfilment, takes the whole time.
WAITS_S = [0, 0, 0, 0, 1]

TIME = re.compile(r"(\d{4})(-\d\d-\d\d[Tt]\d\d:\d\d:)(\d\d)(.*)")

# The queries of pages, each with the cursor of the next page.
next_pages = []

# The files that the reference page names.
page_files = []


@schemathesis.hook
def before_call(context, case, kwargs):
    if isinstance(case.query, dict):
        keep_query_rules(case)
    if case.path == "/docs/{file}" and case.meta.generation.mode.is_positive and page_files:
        case.path_parameters["file"] = random.choice(page_files)
    if case.media_type == "application/json":
        keep_body_rules(case.body)
    if case.meta.generation.mode.is_positive and "Idempotency-Key" in case.headers:
        keep_key_rule(case)


@schemathesis.hook
def after_call(context, case, response):
    if case.method == "GET" and case.path == "/api/orders" and response.status_code == 200:
        cursor = response.json()["next_cursor"]
        if cursor is not None:
            next_pages.append({**case.query, "cursor": cursor})
    if case.path == "/docs" and response.status_code == 200:
        page_files[:] = re.findall(r'"/docs/([^"]+)"', response.text)


def keep_key_rule(case):
    # A key belongs to one request. These phases send the same one in all cases, so only the first would be accepted.
    if case.meta.phase.name in ("examples", "coverage"):
        case.headers["Idempotency-Key"] = str(uuid.uuid4())


def keep_query_rules(case):
    query = case.query
    if str(query.get("wait")) in map(str, range(21)):
        query["wait"] = random.choice(WAITS_S)
    for name in ("created_from", "created_to"):
        if name in query:
            query[name] = storable_time(query[name])
    if all(TIME.fullmatch(str(query.get(name))) for name in ("created_from", "created_to")):
        query["created_from"] = "1970" + query["created_from"][4:]  # must be before created_to
    if isinstance(query.get("cursor"), str):  # must be the next_cursor of a page with the same filters
        del query["cursor"]
        if case.meta.generation.mode.is_positive and next_pages:
            case.query = dict(random.choice(next_pages))


def keep_body_rules(body):
    seen = set()
    for order in body if isinstance(body, list) else [body]:
        if not isinstance(order, dict):
            continue
        keep_order_rules(order)
        order_id = order.get("order_id")
        if isinstance(order_id, str):
            if order_id in seen:  # the ids of one request must differ
                del order["order_id"]
            seen.add(order_id)


def keep_order_rules(order):
    quantity, price = order.get("quantity"), order.get("price")
    if is_number(price) and 0 < price <= 100_000_000:
        price = order["price"] = max(round(price, 2), 0.01)
        if is_number(quantity) and 1 <= quantity <= 1_000_000:
            if quantity * price >= 10**13:
                quantity = order["quantity"] = 1
            if is_number(order.get("total_amount")):
                order["total_amount"] = round(price * 100) * quantity / 100
    if "created_at" in order:
        order["created_at"] = storable_time(order["created_at"])


def storable_time(value):
    """Moves a time into the years 2000 to 2019, and a leap second to the second before it."""
    matched = TIME.fullmatch(value) if isinstance(value, str) else None
    if matched is None:
        return value
    year, date, second, rest = matched.groups()
    return f"{2000 + int(year) % 20}{date}{'59' if second == '60' else second}{rest}"


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)
