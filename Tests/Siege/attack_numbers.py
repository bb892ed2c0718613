"""Row 1: numbers outside of every range, in every field that holds one."""
from target import answers
from websocket import WebSocket, initialize, request

NUMBERS = [
    -(2**63), 2**63 - 1, -(2**63) + 1, -(2**53), 2**53, 2**53 - 1, 2**53 + 1, -1, 0, 1, 500, 501, 2**31, -(2**31) - 1,
    2**32, 2**64, -(2**64), 10**30, 1e308, -1e308, 0.5, -0.0, "1", None, True, [], {},
]


def requests(session, epoch, number):
    """Each request that has a number, with this one in it."""
    here = {"sessionId": session}
    at = here | {"epoch": epoch}
    for field in ("before", "after", "limit"):
        yield "_belay/history", here | {field: number}
    yield "_belay/history", here | {"before": number, "after": number, "limit": number}
    for first, last in ((number, number), (1, number), (number, 2**63 - 1), (-(2**63), number)):
        yield "_belay/fill", at | {"from": first, "to": last}
    yield "_belay/fill", at | {"from": 1, "to": 1, "pages": number}
    yield "_belay/fork", at | {"clientSessionKey": "siege", "window": number}
    folder = here | {"cwd": "/", "mcpServers": []}
    for stamp in ({"afterSeq": number}, {"afterSeq": 0, "afterTs": number}, {"afterSeq": 0, "window": number}):
        yield "session/resume", folder | {"_meta": {"belay": {"epoch": epoch} | stamp}}
    for cursor in (number, str(number), "9223372036854775807", "-9223372036854775808", "99999999999999999999"):
        yield "session/list", {"cursor": cursor}
    yield "_belay/ping", {"t": number, "acks": [at | {"seq": number}]}
    yield "_belay/state", here | {"parts": [number]}
    yield "session/prompt", here | {"prompt": number}


async def numbers(target):
    """One number through all fields."""
    number = target.chance.choice(NUMBERS)
    socket = await target.open()
    try:
        session, epoch = await target.session(socket)
        count = 0
        for method, params in requests(session, epoch, number):
            count += 1
            await socket.send(request(100 + count, method, params))
        ack = {"sessionId": session, "epoch": epoch, "seq": number}
        await socket.send({"jsonrpc": "2.0", "method": "_belay/ack", "params": {"acks": [ack]}})
        await socket.send(request(number, "_belay/ping", {}))
        await answers(socket, count + 2)
    finally:
        socket.abort()


async def first_numbers(target):
    """One number through all fields of `initialize`, in a frame and in the upgrade request."""
    number = target.chance.choice(NUMBERS)
    entry = {"sessionId": target.neighbour["session"], "epoch": target.neighbour["epoch"]}
    params = initialize("siege", [entry | {"afterSeq": number, "afterTs": number, "window": number}])
    params["clientCapabilities"]["_meta"]["belay"]["version"] = number
    if target.chance.random() < 0.5:
        params["protocolVersion"] = number
    if target.chance.random() < 0.5:
        socket = await WebSocket.open(target.port, target.tokens["mallory"], params)
    else:
        socket = await WebSocket.open(target.port, target.tokens["mallory"])
        await socket.send(request(0, "initialize", params))
    try:
        await answers(socket, 1)
    finally:
        socket.abort()
