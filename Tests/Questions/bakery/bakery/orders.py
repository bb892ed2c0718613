"""Orders of customers, from the basket to the counter."""
from dataclasses import dataclass, field

from bakery import payments, stock

CLOSING_HOUR = 18


@dataclass
class Order:
    """What one customer fetches on one day."""

    customer: str
    day: str
    lines: list = field(default_factory=list)
    status: str = "open"

    def total(self):
        """The price in cents, with the discount for ten of one kind."""
        return sum(line.price * line.count - discount(line) for line in self.lines)


def discount(line):
    """The eleventh piece of one kind is free."""
    return line.price * (line.count // 11)


def place_order(order, card, hour):
    """Reserves the bread and charges the card; gives the bread back when the card is declined."""
    if hour >= CLOSING_HOUR:
        raise TooLate(order.day)
    reservation = stock.reserve(order.lines, order.day)
    try:
        payments.charge(card, order.total(), key=f"{order.customer}-{order.day}")
    except payments.Declined:
        stock.release(reservation)
        raise
    order.status = "paid"


def cancel_order(order, hour):
    """Customers can cancel until the orders close; the money goes back to the card."""
    if hour >= CLOSING_HOUR:
        raise TooLate(order.day)
    payments.refund(order)
    order.status = "cancelled"


class TooLate(Exception):
    """The ovens are on already."""
