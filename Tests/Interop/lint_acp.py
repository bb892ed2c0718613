"""acplint, somebody else's linter of ACP, against `belay acp`: no test ends with an error, and no other fails than these.

    lint_acp.py BINARIES PYTHON

PYTHON has acplint. What fails is what acplint 0.1.0 wants otherwise than ACP's schema has it: `protocolVersion` as a string,
the blocks of a prompt as `content`, and updates named in camel case.
"""
import collections
import json
import os
import subprocess
import sys

from stage import Stage

KNOWN = {
    # "Input should be '1' (got 1)"; the schema has an integer.
    "initialize_v1", "protocol_version_returned", "schema_initialize",
    # Its prompts have no `prompt`, and are refused.
    "prompt_stop_reason", "session_update_received",
    # The schema's name is agent_message_chunk.
    "agent_message_chunk_received",
}


def main():
    binaries, python = sys.argv[1:]
    with Stage(binaries, python) as stage:
        report = f"{stage.home}/acplint.json"
        arguments = ["--agent", f"{stage.binaries}/belay", "--agent-args", f"acp --server ws://{stage.address}"]
        subprocess.run(
            [f"{os.path.dirname(stage.python)}/acplint", *arguments, "--cwd", stage.folder, "--output", "json",
             "--output-file", report],
            env=stage.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stage.errors, timeout=240)
        with open(report) as file:
            results = json.load(file)["results"]
    counts = collections.Counter(result["status"] for result in results)
    odd = [result for result in results if result["status"] not in ("PASS", "SKIP") and result["name"] not in KNOWN]
    assert not odd and "ERROR" not in counts, json.dumps(odd, indent=1)
    assert counts["PASS"] >= 30, counts
    print(f"acplint against belay acp: {counts['PASS']} pass, 0 errors, {counts['FAIL']} fail that are its own")


if __name__ == "__main__":
    main()
