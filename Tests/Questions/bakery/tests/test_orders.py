from bakery import orders


def test_the_eleventh_is_free():
    assert orders.discount(Line(price=100, count=11)) == 100


def test_late_orders_are_refused():
    try:
        orders.place_order(order=None, card=None, hour=18)
    except orders.TooLate:
        pass
