"""A stand-in for the server of a model: OpenAI's chat completions, with everything that real servers do differently.

What it answers follows from the newest message of the user that is a JSON object: its `rounds`, one for each answer of the
turn. A round is a list of attempts, or one attempt that is the same each time:

    say        the pieces of the text
    think      the pieces of the reasoning, and `think_as` its field
    calls      [name, arguments] of each tool call
    cut        break the connection behind so many pieces
    raw        the body as it is, in parts; `type` its content type
    status     the status, with `headers` and a `body`
    pause      seconds between two pieces
    finish     the reason for the end

A request that ends with the beginning of an answer is gone on with behind it. Any other prompt is answered with its own
words. It prints its port, and appends every request to the file that it is given.
"""
import json
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOG = open(sys.argv[1], "a") if len(sys.argv) > 1 else None
LOCK = threading.Lock()
ATTEMPTS = {}


def script(messages):
    """The script, the place of its message, and the round that is asked for."""
    for index in range(len(messages) - 1, -1, -1):
        if messages[index]["role"] != "user" or not isinstance(messages[index]["content"], str):
            continue
        try:
            found = json.loads(messages[index]["content"])
        except ValueError:
            continue
        if isinstance(found, dict) and "rounds" in found:
            behind = messages[index + 1:]
            return found["rounds"], sum(1 for message in behind if message.get("tool_calls")), behind
    text = next(m["content"] for m in reversed(messages) if m["role"] == "user")
    return [{"say": [text if isinstance(text, str) else "a picture"]}], 0, []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        """A page, and one that has moved."""
        moved = self.path.endswith("/moved")
        body = (b"<html><head><style>p{}</style></head><h1>Title</h1><script>if (a<b) {}</script>"
                b"<p>One &amp; two &lt;three&gt;</p></html>")
        self.send_response(301 if moved else 200)
        self.send_header("location", "/page")
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        request = json.loads(body)
        with LOCK:
            if LOG:
                headers = {name.lower(): value for name, value in self.headers.items()}
                LOG.write(json.dumps({"path": self.path, "headers": headers, "body": request}) + "\n")
                LOG.flush()
        rounds, number, behind = script(request["messages"])
        step = rounds[min(number, len(rounds) - 1)]
        if isinstance(step, list):
            with LOCK:
                key = (json.dumps(rounds), number)
                ATTEMPTS[key] = ATTEMPTS.get(key, 0) + 1
                step = step[min(ATTEMPTS[key], len(step)) - 1]
        said = ""
        for message in behind:
            if message["role"] == "assistant":
                said = "" if message.get("tool_calls") else said + message["content"]
        try:
            self.answer(step, said)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def answer(self, step, said):
        if "status" in step:
            body = step.get("body", "")
            body = (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_response(step["status"])
            for name, value in step.get("headers", {}).items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        self.send_response(200)
        self.send_header("content-type", step.get("type", "text/event-stream"))
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        sent = 0
        for part in step["raw"] if "raw" in step else self.parts(step, said):
            if sent == step.get("cut"):
                # Not the end of a body, but of the connection.
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            data = bytes(part) if isinstance(part, list) else part.encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()
            sent += 1
            time.sleep(step.get("pause", 0))
        self.wfile.write(b"0\r\n\r\n")

    def parts(self, step, said):
        def chunk(delta, finish=None):
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            return "data: " + json.dumps({"choices": [choice]}, ensure_ascii=False) + "\n\n"

        for piece in step.get("think", []):
            yield chunk({step.get("think_as", "reasoning_content"): piece})
        for piece in step.get("say", []):
            if said.startswith(piece):
                said = said[len(piece):]
                continue
            yield chunk({"content": piece})
        for index, (name, arguments) in enumerate(step.get("calls", [])):
            text = arguments if isinstance(arguments, str) else json.dumps(arguments)
            start = {"index": index, "id": f"call_{index}", "type": "function"}
            yield chunk({"tool_calls": [{**start, "function": {"name": name, "arguments": ""}}]})
            for at in range(0, len(text), 7):
                yield chunk({"tool_calls": [{"index": index, "function": {"arguments": text[at:at + 7]}}]})
        yield chunk({}, step.get("finish", "tool_calls" if step.get("calls") else "stop"))
        yield 'data: {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}}\n\n'
        yield "data: [DONE]\n\n"


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


server = Server(("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
