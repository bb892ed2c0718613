"""An agent for the tests that speaks ACP over standard input and output.

What it does follows from the words of the prompt; what it offers, from its environment:

    AGENT_VERSION    the version of the protocol that it answers with
    AGENT_SIGN_IN    it wants its user to sign in: 'needed', or 'given' once `authenticate` was called
    AGENT_GOES_ON    'resume' or 'load': how it goes on with a session; without it, it does not
    AGENT_OPTIONS    it offers a model to choose as well
    AGENT_STATE      a folder where it keeps its sessions, so that they outlive its process
    AGENT_LOG        a file to which it appends every message that it received
    AGENT_SENT       a file to which it appends every message that it sent
    AGENT_NOISE      it prints this many lines that are no messages first
    AGENT_SILENT     it answers nothing
    AGENT_QUIET      it says nothing of its own accord
    AGENT_PACE       the pause between two updates, in seconds
    AGENT_SYNC       in place of the pause it waits until its client has handled the update: a cancel that the update
                     caused has come then
"""
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time

ENVIRONMENT = os.environ
PACE = float(ENVIRONMENT.get("AGENT_PACE", "0.02"))


class Agent:
    def __init__(self):
        self.inbox = queue.Queue()
        self.sessions = {}
        self.last = 0
        self.is_signed_in = ENVIRONMENT.get("AGENT_SIGN_IN") != "needed"
        self.cancelled = set()
        self.answers = {}
        self.lock = threading.Lock()
        self.deferred = []
        self.is_deaf = False
        self.mode = "fast"
        self.model = "large"

    # Messages

    def send(self, message):
        line = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False) + "\n"
        with self.lock:
            if "AGENT_SENT" in ENVIRONMENT:
                with open(ENVIRONMENT["AGENT_SENT"], "a") as log:
                    log.write(line)
            sys.stdout.write(line)
            sys.stdout.flush()

    def read(self):
        for line in sys.stdin:
            while self.is_deaf:
                time.sleep(1)
            if "AGENT_LOG" in ENVIRONMENT:
                with open(ENVIRONMENT["AGENT_LOG"], "a") as log:
                    log.write(line)
            message = json.loads(line)
            if message.get("method") == "session/cancel":
                self.cancelled.add(message["params"]["sessionId"])
                continue
            # In the order in which they came: a cancel behind a prompt that is still in the inbox is for it.
            if message.get("method") == "session/prompt":
                self.cancelled.discard(message["params"]["sessionId"])
            if "method" not in message:
                self.answers[message["id"]] = message
            else:
                self.inbox.put(message)
        self.inbox.put(None)

    def ask(self, method, params, session=None):
        self.last += 1
        number = self.last
        self.send({"id": number, "method": method, "params": params})
        while number not in self.answers:
            if session and session in self.cancelled and method != "session/request_permission":
                self.send({"method": "$/cancel_request", "params": {"requestId": number}})
            time.sleep(0.002)
        answer = self.answers.pop(number)
        return answer.get("result", {"error": answer.get("error")})

    def update(self, session, update, /, **fields):
        self.send({"method": "session/update",
                   "params": {"sessionId": session, "update": {"sessionUpdate": update, **fields}}})

    def say(self, session, text):
        self.update(session, "agent_message_chunk", content={"type": "text", "text": text})

    # Requests

    def run(self):
        threading.Thread(target=self.read, daemon=True).start()
        for number in range(int(ENVIRONMENT.get("AGENT_NOISE", "0"))):
            print(f"Welcome, line {number}", flush=True)
        while (message := self.inbox.get()) is not None:
            if "AGENT_SILENT" in ENVIRONMENT:
                continue
            handler = getattr(self, message["method"].replace("/", "_"), None)
            if "id" not in message:
                continue
            if handler is None:
                self.send({"id": message["id"], "error": {"code": -32601, "message": "no such method"}})
                continue
            try:
                self.send({"id": message["id"], "result": handler(message["params"])})
            except Refusal as refusal:
                self.send({"id": message["id"], "error": {"code": refusal.code, "message": str(refusal)}})
            # What comes behind the answer to the opening of a session belongs to the session.
            for action in self.deferred:
                action()
            self.deferred = []

    def initialize(self, params):
        goes_on = ENVIRONMENT.get("AGENT_GOES_ON")
        return {
            "protocolVersion": int(ENVIRONMENT.get("AGENT_VERSION", "1")),
            "agentCapabilities": {
                "loadSession": goes_on == "load",
                "sessionCapabilities": {"resume": {}} if goes_on == "resume" else {},
            },
            "agentInfo": {"name": "agent", "title": "The agent of the tests", "version": "7"},
            "authMethods": [{"id": "key", "name": "A key", "description": "set AGENT_KEY"}],
        }

    def authenticate(self, params):
        if params["methodId"] != "key":
            raise Refusal(-32602, "there is no such method to sign in")
        self.is_signed_in = True
        return {}

    def session_new(self, params):
        if not self.is_signed_in:
            raise Refusal(-32000, "Authentication required")
        number = 1
        if state := ENVIRONMENT.get("AGENT_STATE"):
            number = len(os.listdir(state)) + 1
            open(f"{state}/own-{number}", "w").close()
        session = f"own-{number}"
        self.sessions[session] = params
        if "AGENT_QUIET" not in ENVIRONMENT:
            self.deferred.append(lambda: self.update(
                session, "available_commands_update",
                availableCommands=[{"name": "plan", "description": "Make a plan"}]))
        return {"sessionId": session, **self.offers()}

    def offers(self):
        """Modes alone, or with AGENT_OPTIONS a model as an option beside them."""
        offers = {"modes": {
            "currentModeId": self.mode,
            "availableModes": [{"id": "fast", "name": "Fast"}, {"id": "slow", "name": "Slow"}]}}
        if "AGENT_OPTIONS" in ENVIRONMENT:
            offers["configOptions"] = [{
                "id": "model", "name": "Model", "category": "model", "type": "select", "currentValue": self.model,
                "options": [{"value": "large", "name": "Large"}, {"value": "small", "name": "Small"}]}]
        return offers

    def go_on(self, params):
        session = params["sessionId"]
        if not os.path.exists(f"{ENVIRONMENT['AGENT_STATE']}/{session}"):
            raise Refusal(-32002, "there is no such session")
        self.sessions[session] = params
        return session

    def session_resume(self, params):
        self.go_on(params)
        return self.offers()

    def session_load(self, params):
        session = self.go_on(params)
        self.update(session, "user_message_chunk", content={"type": "text", "text": "said before"})
        self.say(session, "answered before")
        return self.offers()

    def session_set_config_option(self, params):
        if params["configId"] != "model" or params["value"] not in ("large", "small"):
            raise Refusal(-32602, "there is no such model")
        self.model = params["value"]
        return {"configOptions": self.offers()["configOptions"]}

    def session_set_mode(self, params):
        self.mode = params["modeId"]
        self.update(params["sessionId"], "current_mode_update", currentModeId=params["modeId"])
        return {}

    # Turns

    def session_prompt(self, params):
        session = params["sessionId"]
        text = "\n".join(block.get("text", "") for block in params["prompt"])
        words = params["prompt"][-1].get("text", "").split()
        action = getattr(self, "do_" + words[0], None) if words else None
        if action:
            return {"stopReason": action(session, words, text) or "end_turn"}
        return {"stopReason": self.answer(session)}

    def answer(self, session):
        """A turn of several updates, which ends as cancelled wherever it is cancelled."""
        steps = [
            lambda: self.update(session, "agent_thought_chunk", content={"type": "text", "text": "Let me see. "}),
            lambda: self.update(session, "plan", entries=[
                {"content": "look", "priority": "medium", "status": "in_progress"}]),
            lambda: self.update(session, "tool_call", toolCallId="call_1", title="Look", kind="read",
                                status="in_progress", locations=[{"path": "/etc/hosts", "line": 3}]),
            lambda: self.update(session, "tool_call_update", toolCallId="call_1", status="completed", content=[
                {"type": "diff", "path": "/etc/hosts", "oldText": "a", "newText": "b"}]),
            lambda: self.say(session, "It is "),
            lambda: self.say(session, "there.\u2028"),
        ]
        for step in steps:
            if session in self.cancelled:
                return "cancelled"
            step()
            self.pause(session)
        return "cancelled" if session in self.cancelled else "end_turn"

    def pause(self, session, seconds=None):
        if "AGENT_SYNC" in ENVIRONMENT:
            self.ask("_sync", {"sessionId": session})
            return
        end = time.monotonic() + (PACE if seconds is None else seconds)
        while time.monotonic() < end and session not in self.cancelled:
            time.sleep(0.002)

    def do_repeat(self, session, words, text):
        """Says what it was given."""
        self.say(session, text)

    def do_env(self, session, words, text):
        """Says the names of its environment."""
        self.say(session, " ".join(sorted(os.environ)))

    def do_title(self, session, words, text):
        """Gives the session a title, or takes it back."""
        title = " ".join(words[1:]) or None
        self.update(session, "session_info_update", title=title)
        self.say(session, f"The title is {title}.")

    def do_chunks(self, session, words, text):
        for number in range(int(words[1])):
            self.say(session, f"{number} ")

    def do_stream(self, session, words, text):
        """Says the time so many times a second, for so many seconds; with a fourth word, that word in its place."""
        rate, begin = int(words[1]), time.monotonic()
        for number in range(rate * int(words[2])):
            time.sleep(max(0, begin + number / rate - time.monotonic()))
            self.say(session, f"{words[3] if len(words) > 3 else time.monotonic_ns()} ")

    def do_deaf(self, session, words, text):
        """Asks for a large file again and again, and reads no answer."""
        path = f"{words[1]}/large"
        self.is_deaf = True
        for number in range(1000):
            self.send({"id": 10000 + number, "method": "fs/read_text_file",
                       "params": {"sessionId": session, "path": path}})
        time.sleep(60)

    def do_flood(self, session, words, text):
        """Says so many mebibytes at once."""
        self.say(session, "x" * (int(words[1]) << 20))

    def do_die(self, session, words, text):
        self.say(session, "I was about ")
        print("cannot go on\nfatal: out of ideas", file=sys.stderr, flush=True)
        if words[1:] == ["signal"]:
            os.kill(os.getpid(), signal.SIGKILL)
        os._exit(3)

    def do_mute(self, session, words, text):
        """Closes its output, and goes on as a process."""
        os.close(1)
        time.sleep(60)

    def do_refuse(self, session, words, text):
        raise Refusal(-32603, "overloaded")

    def do_wait(self, session, words, text):
        """Waits until it is cancelled."""
        while session not in self.cancelled:
            time.sleep(0.002)
        return "cancelled"

    def do_hang(self, session, words, text):
        """Neither answers nor hears a cancel, nor an end of its input."""
        self.say(session, "Wait")
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        subprocess.Popen(["sleep", "600"], start_new_session=True)
        while True:
            time.sleep(1)

    def do_ask(self, session, words, text):
        for number in range(int(words[1]) if len(words) > 1 else 1):
            answer = self.ask("session/request_permission", {
                "sessionId": session, "toolCall": {"toolCallId": "call_1", "title": "Remove it", "kind": "delete"},
                "options": [{"optionId": "yes", "name": "Allow", "kind": "allow_once"},
                            {"optionId": "no", "name": "Reject", "kind": "reject_once"}]}, session)
            self.say(session, json.dumps(answer["outcome"], sort_keys=True))
            self.pause(session)
            if session in self.cancelled or answer["outcome"]["outcome"] == "cancelled":
                return "cancelled"
        self.say(session, " Done.")
        self.pause(session)
        return "cancelled" if session in self.cancelled else "end_turn"

    def do_call(self, session, words, text):
        """Calls a method of its client, and says what it answered."""
        params = json.loads(text[text.index("{"):])
        self.say(session, json.dumps(self.ask(words[1], {"sessionId": session, **params}, session), sort_keys=True))

    def do_run(self, session, words, text):
        """Runs a command in a terminal that its tool call shows, and waits for its end."""
        command = text.split(None, 1)[1]
        terminal = self.ask("terminal/create", {"sessionId": session, "command": command})["terminalId"]
        self.update(session, "tool_call", toolCallId="run", title=command, kind="execute", status="in_progress",
                    content=[{"type": "terminal", "terminalId": terminal}])
        params = {"sessionId": session, "terminalId": terminal}
        exit = self.ask("terminal/wait_for_exit", params)
        output = self.ask("terminal/output", params)
        self.update(session, "tool_call_update", toolCallId="run", status="completed",
                    content=[{"type": "terminal", "terminalId": terminal}])
        self.ask("terminal/release", params)
        self.say(session, json.dumps([exit, output], sort_keys=True))

    def do_odd(self, session, words, text):
        """Updates that cannot be read, and one that forges what only a server says."""
        self.send({"method": "session/update", "params": {"sessionId": session, "update": {"sessionUpdate": 5}}})
        self.send({"method": "session/update", "params": {"sessionId": "nobody", "update": {}}})
        self.send({"method": "session/update", "params": {"sessionId": session, "update": {
            "sessionUpdate": "session_info_update", "title": "A title", "_meta": {"belay": {"seq": 9}, "x": 1}}}})
        print("not a message", flush=True)
        self.say(session, "Done.")


class Refusal(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


Agent().run()
