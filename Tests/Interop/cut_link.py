"""Eight turns with an agent of the official Python SDK behind belayd, over a link that is cut 25 times at random.

    cut_link.py BINARIES PYTHON [--seed N]

PYTHON has the SDK. The client is `belay --batch` first, and then the SDK's own over `belay acp`. Every prompt has to
reach the agent once, every turn has to be whole and in order, and nothing of the resume layer may reach either side.
"""
import argparse
import asyncio
import json
import random
import subprocess
import sys

import acp
from acp import schema

from stage import Stage, seeded

TURNS = 8
CUTS = 25
PROMPTS = [f"turn-{number}" for number in range(TURNS)]
ANSWERS = ["".join(f"{prompt} {number}, " for number in range(20)) + "done." for prompt in PROMPTS]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaries")
    parser.add_argument("python")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    with seeded(options.seed):
        with Stage(options.binaries, options.python) as stage:
            batch(stage, options.seed)
        with Stage(options.binaries, options.python) as stage:
            asyncio.run(editor(stage, options.seed))


def given(stage):
    """The prompts that the agent was given; nothing of the layer reached it."""
    with open(stage.log) as file:
        received = [json.loads(line) for line in file]
    assert not any("_meta" in json.dumps(message) for message in received), "_meta reached the agent"
    return [message["params"]["prompt"][-1]["text"] for message in received if message.get("method") == "session/prompt"]


def batch(stage, seed):
    link = stage.cut_link(seed, CUTS, TURNS * 1.1)
    run = subprocess.run(
        [f"{stage.binaries}/belay", "--batch", "--agent", "sdk", "--server", f"ws://{link}", "--directory",
         stage.folder, "-o", "jsonl"] + [word for prompt in PROMPTS for word in ("-e", prompt)],
        env=stage.environment, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    assert run.returncode == 0, f"exit code {run.returncode}: {run.stderr}"
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    answers = [line["text"] for line in lines if line["type"] == "message"]
    assert answers == ANSWERS, answers
    numbers = [line["seq"] for line in lines if "seq" in line]
    assert numbers == sorted(numbers), f"out of order: {numbers}"
    assert given(stage) == PROMPTS, given(stage)
    losses = sum(line["type"] == "connection" and line["state"] == "lost" for line in lines)
    assert losses > 0, "the link was never cut"
    print(f"ACP SDK behind a cut link: {TURNS} turns, whole and once, {losses} losses seen (seed {seed})")


class Editor(acp.Client):
    """The SDK's client, which keeps what it was sent."""

    def __init__(self):
        self.updates = []
        self.choice = "yes"

    def on_connect(self, connection):
        pass

    async def session_update(self, session_id, update, **kwargs):
        self.updates.append(update)

    async def request_permission(self, session_id, tool_call, options, **kwargs):
        return {"outcome": {"outcome": "selected", "optionId": self.choice}}

    @property
    def text(self):
        return "".join(u.content.text for u in self.updates if u.session_update == "agent_message_chunk")


def shim(stage, editor, link, agent):
    return acp.spawn_agent_process(
        editor, f"{stage.binaries}/belay", "acp", "--server", f"ws://{link}", "--agent", agent, env=stage.environment,
        transport_kwargs={"stderr": stage.errors})


async def editor(stage, seed):
    link = stage.cut_link(seed, CUTS, TURNS * 1.1)
    seen = Editor()
    async with shim(stage, seen, link, "sdk") as (connection, _):
        greeting = await connection.initialize(protocol_version=acp.PROTOCOL_VERSION)
        assert greeting.agent_capabilities.load_session, greeting
        session = (await connection.new_session(cwd=stage.folder, mcp_servers=[])).session_id
        for prompt, answer in zip(PROMPTS, ANSWERS):
            before = len(seen.text)
            result = await connection.prompt(session_id=session, prompt=[acp.text_block(prompt)])
            assert result.stop_reason == "end_turn", result
            assert seen.text[before:] == answer, seen.text[before:]
    assert given(stage) == PROMPTS, given(stage)
    assert not any(u.session_update == "user_message_chunk" for u in seen.updates), "the editor knows what it said"
    assert not any("belay" in u.model_dump_json() for u in seen.updates), "a field of the layer leaked"

    # Another editor opens the session: everything comes before the answer.
    again = Editor()
    async with shim(stage, again, link, "sdk") as (connection, _):
        await connection.initialize(protocol_version=acp.PROTOCOL_VERSION)
        await connection.load_session(session_id=session, cwd=stage.folder, mcp_servers=[])
        assert again.text == "".join(ANSWERS), again.text
        asked = [u.content.text for u in again.updates if u.session_update == "user_message_chunk"]
        assert asked == PROMPTS, asked
    await questions(stage, link)
    await files(stage, seed)
    print(f"ACP SDK over belay acp: {TURNS} turns, whole and once, replayed for a second editor, questions answered, "
          "its files and terminals used")


async def questions(stage, link):
    seen = Editor()
    async with shim(stage, seen, link, "peer") as (connection, _):
        await connection.initialize(protocol_version=acp.PROTOCOL_VERSION)
        session = (await connection.new_session(cwd=stage.folder, mcp_servers=[])).session_id
        for seen.choice in ("yes", "no"):
            before = len(seen.text)
            await connection.prompt(session_id=session, prompt=[acp.text_block("ask")])
            assert f'"optionId": "{seen.choice}"' in seen.text[before:], seen.text
        prompt = asyncio.create_task(connection.prompt(session_id=session, prompt=[acp.text_block("run sleep 60")]))
        while not any(getattr(u, "title", None) == "sleep 60" for u in seen.updates):
            await asyncio.sleep(0.02)
        await connection.cancel(session_id=session)
        result = await asyncio.wait_for(prompt, 30)
        assert result.stop_reason == "cancelled", result
        try:
            await connection.prompt(session_id=session, prompt=[acp.text_block("die")])
            raise AssertionError("a turn whose agent died has no end")
        except acp.RequestError as error:
            assert "exit code 3" in str(error.data) + str(error), error


class Workbench(Editor):
    """An editor with files that are not saved, and terminals of its own."""

    def __init__(self):
        super().__init__()
        self.buffers = {}
        self.begun = []
        self.terminals = {}

    async def read_text_file(self, session_id, path, line=None, limit=None, **kwargs):
        if path not in self.buffers:
            raise acp.RequestError.resource_not_found(path)
        return schema.ReadTextFileResponse(content=self.buffers[path])

    async def write_text_file(self, session_id, path, content, **kwargs):
        self.buffers[path] = content
        return schema.WriteTextFileResponse()

    async def create_terminal(self, session_id, command, args=None, cwd=None, env=None, **kwargs):
        name = f"edit-{len(self.begun)}"
        self.begun.append(command)
        self.terminals[name] = await asyncio.create_subprocess_shell(
            f"exec 2>&1; {command}", cwd=cwd, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE)
        self.terminals[name].shown = ""
        asyncio.create_task(self.follow(self.terminals[name]))
        return schema.CreateTerminalResponse(terminal_id=name)

    async def follow(self, process):
        while text := await process.stdout.read(4096):
            process.shown += text.decode()

    async def terminal_output(self, session_id, terminal_id, **kwargs):
        return schema.TerminalOutputResponse(output=self.terminals[terminal_id].shown, truncated=False)

    async def wait_for_terminal_exit(self, session_id, terminal_id, **kwargs):
        code = await self.terminals[terminal_id].wait()
        await asyncio.sleep(0.05)
        return schema.WaitForTerminalExitResponse(exit_code=code)

    async def release_terminal(self, session_id, terminal_id, **kwargs):
        if self.terminals[terminal_id].returncode is None:
            self.terminals[terminal_id].kill()
        return schema.ReleaseTerminalResponse()

    async def kill_terminal(self, session_id, terminal_id, **kwargs):
        self.terminals[terminal_id].kill()
        return schema.KillTerminalResponse()


async def files(stage, seed):
    """Agents use the editor's files and terminals while it is there, over a link that is cut, and the server's after."""
    bench, runs = Workbench(), 6
    link = stage.cut_link(seed + 1, CUTS // 2, runs * 0.8)
    path = f"{stage.folder}/notes"
    with open(path, "w") as file:
        file.write("on disk")
    capabilities = schema.ClientCapabilities(
        fs=schema.FileSystemCapabilities(read_text_file=True, write_text_file=True), terminal=True)
    async with shim(stage, bench, link, "peer") as (connection, _):
        await connection.initialize(protocol_version=acp.PROTOCOL_VERSION, client_capabilities=capabilities)
        session = (await connection.new_session(cwd=stage.folder, mcp_servers=[])).session_id

        async def say(text):
            before = len(bench.text)
            await connection.prompt(session_id=session, prompt=[acp.text_block(text)])
            return bench.text[before:]

        bench.buffers[path] = "not saved"
        assert "not saved" in await say(f'call fs/read_text_file {{"path": "{path}"}}')
        await say(f'call fs/write_text_file {{"path": "{path}", "content": "changed"}}')
        assert bench.buffers[path] == "changed"
        refused = await say(f'call fs/read_text_file {{"path": "{stage.folder}/../other"}}')
        assert "upwards" in refused, refused
        commands = [f"echo {number} >>ran; sleep 0.5; echo said {number}" for number in range(runs)]
        for number, command in enumerate(commands):
            said = await say(f"run {command}")
            assert f"said {number}" in said and '"exitCode": 0' in said, said
        assert bench.begun == commands, bench.begun
        shown = [u for u in bench.updates if u.session_update in ("tool_call", "tool_call_update")]
        assert any("edit-0" in u.model_dump_json() for u in shown), "the editor does not know its terminal"
        assert any("said 5" in u.model_dump_json() for u in shown), "what the terminal has shown is not in the call"
        last = asyncio.create_task(say("run echo left >>ran; exec sleep 30"))
        while len(bench.begun) == runs:
            await asyncio.sleep(0.02)
        last.cancel()
    with open(f"{stage.folder}/ran") as file:
        assert file.read().split() == [str(number) for number in range(runs)] + ["left"], "a command ran twice"
    for process in bench.terminals.values():
        if process.returncode is None:
            process.kill()
        await process.wait()

    # The editor is gone: the session goes on with the server's own files.
    run = subprocess.run(
        [f"{stage.binaries}/belay", "--batch", "--server", f"ws://{stage.address}", "--directory", stage.folder,
         "--resume", session, "--", f'call fs/read_text_file {{"path": "{path}"}}'],
        env=stage.environment, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert "on disk" in run.stdout, run


if __name__ == "__main__":
    sys.exit(main())
