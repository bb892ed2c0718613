"""fast-agent, somebody else's agent, behind belayd: a model on the loopback behind it, a cut link in front of it.

    fast_agent.py BINARIES PYTHON [--seed N]

PYTHON has fast-agent-acp. Four turns by `belay --batch`; in each the model wants a command run, which fast-agent has its
client do (ACP, Terminals), and then answers. Every prompt reaches the model once, every command runs once, every answer
is whole, and a server that was killed goes on with a new process that is given the chat.
"""
import argparse
import json
import os
import random
import subprocess
import sys

from stage import HERE, Stage, seeded

TURNS = 4
CUTS = 12


def prompt(number, folder):
    """What the scripted model does: it calls a tool, and then answers in pieces."""
    run = ["execute", {"command": f"echo turn {number} >>{folder}/ran"}]
    return json.dumps({"rounds": [
        {"calls": [run]}, {"say": [f"turn {number} piece {piece}, " for piece in range(20)] + ["done."], "pause": 0.05}]})


def answer(number):
    return "".join(f"turn {number} piece {piece}, " for piece in range(20)) + "done."


def batch(stage, link, *prompts, arguments=()):
    run = subprocess.run(
        [f"{stage.binaries}/belay", "--batch", "--agent", "fast", "--server", f"ws://{link}", "--directory", stage.folder,
         "-o", "jsonl", "--permissions", "allow", *arguments, *(word for text in prompts for word in ("-e", text))],
        env=stage.environment, capture_output=True, text=True, timeout=180, stdin=subprocess.DEVNULL)
    assert run.returncode == 0, f"exit code {run.returncode}: {run.stderr}"
    return [json.loads(line) for line in run.stdout.splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaries")
    parser.add_argument("python")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    command = f"{os.path.dirname(os.path.abspath(options.python))}/fast-agent"
    section = f"""
[agents.fast]
kind = "acp"
users = ["user"]
command = "{command}"
args = ["--no-update-check", "acp", "--model", "generic.scripted", "--shell"]
start_timeout = "60s"
"""
    with seeded(options.seed), Stage(options.binaries, options.python, section) as stage:
        port = stage.start(
            [sys.executable, "-B", f"{HERE.parent}/Peers/model.py", f"{stage.home}/requests"], r"^(\d+)$")
        with open(f"{stage.folder}/fast-agent.yaml", "w") as file:
            file.write(f"generic:\n  api_key: none\n  base_url: http://127.0.0.1:{port}/v1\n")
        prompts = [prompt(number, stage.folder) for number in range(TURNS)]
        link = stage.cut_link(options.seed, CUTS, TURNS * 1.3)
        lines = batch(stage, link, *prompts)
        check(lines, range(TURNS), stage)
        losses = sum(line["type"] == "connection" and line["state"] == "lost" for line in lines)
        assert losses > 0, "the link was never cut"
        stage.restart()
        lines = batch(stage, stage.address, prompt(TURNS, stage.folder), arguments=["--continue"])
        check(lines, [TURNS], stage)
    print(f"fast-agent behind a cut link: {TURNS + 1} turns, whole and once, {losses} losses seen (seed {options.seed})")


def check(lines, numbers, stage):
    answers = [line["text"] for line in lines if line["type"] == "message"]
    assert answers == [answer(number) for number in numbers], answers
    with open(f"{stage.folder}/ran") as file:
        ran = file.read().splitlines()
    assert ran == [f"turn {number}" for number in range(numbers[-1] + 1)], ran
    with open(f"{stage.home}/requests") as file:
        bodies = [json.loads(line)["body"] for line in file]
    # Each turn asks twice: for the call, and for the answer behind its result.
    assert len(bodies) == 2 * (numbers[-1] + 1), f"{len(bodies)} requests"
    assert not any("belay/" in json.dumps(body) for body in bodies), "a field of the layer reached the model"


if __name__ == "__main__":
    sys.exit(main())
