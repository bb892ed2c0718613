"""Who a customer is."""
import hashlib
import hmac
import secrets

ROUNDS = 600_000


def hash_password(password, salt=None):
    """PBKDF2 with a salt of its own for each customer."""
    salt = salt or secrets.token_bytes(16)
    return salt + hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ROUNDS)


def check_password(password, stored):
    """Compares in constant time."""
    return hmac.compare_digest(stored, hash_password(password, stored[:16]))


class Sessions:
    """Login cookies: random tokens that expire after a week."""

    LIFETIME = 7 * 24 * 3600

    def __init__(self):
        self.tokens = {}

    def login(self, customer, now):
        token = secrets.token_urlsafe()
        self.tokens[token] = (customer, now + self.LIFETIME)
        return token
