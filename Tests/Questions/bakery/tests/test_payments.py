from bakery import payments


def test_a_timeout_is_retried():
    calls = []

    def request():
        calls.append(1)
        if len(calls) < 2:
            raise TimeoutError
        return "ok"

    assert payments.with_retry(request) == "ok"
