"""Letters to customers."""
from string import Template

RECEIPT = Template("Dear $name, your bread for $day is paid: $total cents. Fetch it before noon.")


def send_receipt(order, mailer):
    """Sends the receipt when an order is paid; a mail that bounces is logged and not repeated."""
    text = RECEIPT.substitute(name=order.customer, day=order.day, total=order.total())
    mailer.send(to=order.customer, subject="Your bread", body=text)


def remind(orders, mailer):
    """In the morning, everybody who has something to fetch is reminded."""
    for order in orders:
        if order.status == "paid":
            mailer.send(to=order.customer, subject="Fresh bread", body="It is out of the oven.")
