"""How much bread can still be sold for a day."""


class Stock:
    """The loaves of each kind that the ovens can make in one night."""

    def __init__(self, capacity):
        self.capacity = capacity
        self.reserved = {}

    def left(self, kind):
        """How many loaves are not spoken for."""
        return self.capacity[kind] - self.reserved.get(kind, 0)


def reserve(lines, day):
    """Takes loaves out of what can be sold, all of them or none."""
    shelf = shelf_of(day)
    for line in lines:
        if shelf.left(line.kind) < line.count:
            raise SoldOut(line.kind)
    for line in lines:
        shelf.reserved[line.kind] = shelf.reserved.get(line.kind, 0) + line.count
    return day, lines


def release(reservation):
    """Gives reserved loaves back."""
    day, lines = reservation
    for line in lines:
        shelf_of(day).reserved[line.kind] -= line.count


def shelf_of(day):
    return SHELVES.setdefault(day, Stock(dict(DEFAULT_CAPACITY)))


SHELVES = {}
DEFAULT_CAPACITY = {"rye": 80, "wheat": 120, "roll": 600}


class SoldOut(Exception):
    """There is not enough of a kind."""
