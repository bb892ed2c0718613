"""A server of the Model Context Protocol for the tests, over standard input and output.

    tools.py        tools that add, look, fail, wait and die
    tools.py bad    ends at once
"""
import json
import os
import sys
import time

if sys.argv[1:] == ["bad"]:
    print("no such database", file=sys.stderr)
    sys.exit(3)

TOOLS = [
    {"name": "add", "description": "Add two numbers.", "inputSchema": {
        "type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}}},
     "annotations": {"readOnlyHint": True}},
    {"name": "change", "title": "Change it", "inputSchema": {"type": "object"}},
    {"name": "odd name/ä", "annotations": {"readOnlyHint": True}},
    {"name": "fail", "annotations": {"readOnlyHint": True}},
    {"name": "die", "annotations": {"readOnlyHint": True}},
    {"name": ""},
]


def call(name, arguments):
    if name == "add":
        return {"content": [{"type": "text", "text": str(arguments["a"] + arguments["b"])}]}
    if name == "fail":
        return {"content": [{"type": "text", "text": "it does not work"}], "isError": True}
    if name == "die":
        os._exit(4)
    if name == "change":
        return {"content": [], "structuredContent": {"pid": os.getpid(), "keys": sorted(k for k in os.environ if "SECRET" in k)}}
    return {"content": [{"type": "image", "data": "", "mimeType": "image/png"}]}


for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    method, params, answer = message["method"], message.get("params", {}), {}
    if method == "initialize":
        answer = {"result": {"protocolVersion": "2024-11-05", "capabilities": {"tools": {}},
                             "serverInfo": {"name": "tools", "version": "1"}}}
    elif method == "tools/list":
        # One a page.
        at = int(params.get("cursor") or 0)
        more = {"nextCursor": str(at + 1)} if at + 1 < len(TOOLS) else {}
        answer = {"result": {"tools": [TOOLS[at]], **more}}
    elif method == "tools/call":
        answer = {"result": call(params["name"], params["arguments"])}
    else:
        answer = {"error": {"code": -32601, "message": "no such method"}}
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], **answer}), flush=True)
