"""An agent made with the official Python SDK of ACP, for the `acp` back end of belayd.

    sdk_agent.py LOG

It appends to LOG every line that it is sent. Each turn streams for a second and calls a tool.
"""
import asyncio
import sys

import acp
from acp.helpers import start_tool_call, text_block, tool_content, update_agent_message_text, update_tool_call


class Agent(acp.Agent):
    def on_connect(self, connection):
        self.connection = connection

    async def initialize(self, protocol_version, client_capabilities=None, client_info=None, **kwargs):
        return acp.InitializeResponse(protocol_version=acp.PROTOCOL_VERSION)

    async def new_session(self, cwd, mcp_servers=None, **kwargs):
        return acp.NewSessionResponse(session_id="sdk-session")

    async def cancel(self, session_id, **kwargs):
        pass

    async def prompt(self, prompt, session_id, **kwargs):
        text = prompt[-1].text
        await self.connection.session_update(
            session_id, start_tool_call("count", "Count", kind="think", status="in_progress"))
        for number in range(20):
            await self.connection.session_update(session_id, update_agent_message_text(f"{text} {number}, "))
            await asyncio.sleep(0.05)
        await self.connection.session_update(
            session_id, update_tool_call("count", status="completed", content=[tool_content(text_block("20"))]))
        await self.connection.session_update(session_id, update_agent_message_text("done."))
        return acp.PromptResponse(stop_reason="end_turn")


async def main():
    """Standard input is copied into the log on its way to the SDK."""
    reader, writer = await acp.stdio_streams()
    copy = asyncio.StreamReader(limit=1 << 24)

    async def copying():
        with open(sys.argv[1], "ab") as log:
            while line := await reader.readline():
                log.write(line)
                log.flush()
                copy.feed_data(line)
        copy.feed_eof()

    task = asyncio.create_task(copying())
    await acp.run_agent(Agent(), writer, copy)
    await task


asyncio.run(main())
