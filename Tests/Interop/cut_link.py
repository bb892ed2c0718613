"""Eight turns with an agent of the official Python SDK behind belayd, over a link that is cut 25 times at random.

    cut_link.py BINARIES PYTHON [--seed N]

PYTHON has the SDK. Every prompt has to reach the agent once, every turn has to be whole and in order on the standard
output of `belay --batch`, and nothing of the resume layer may reach the agent.
"""
import argparse
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

TURNS = 8
CUTS = 25
HERE = pathlib.Path(__file__).parent


def start(arguments, environment, pattern, errors):
    """Starts a program, and waits until it says its address."""
    process = subprocess.Popen(
        arguments, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True)
    for line in process.stdout:
        if found := re.search(pattern, line):
            return process, found.group(1)
    raise SystemExit(f"cut_link: {arguments[0]} did not start")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaries", type=os.path.abspath)
    parser.add_argument("python", type=os.path.abspath)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    chance = random.Random(options.seed)
    home = tempfile.mkdtemp(prefix="belay-cut-")
    processes = []
    try:
        os.mkdir(f"{home}/folder")
        with open(f"{home}/belayd.toml", "w") as file:
            file.write(
                f'[agents.sdk]\nkind = "acp"\ncommand = "{options.python}"\n'
                f'users = ["cut"]\nargs = ["-B", "{HERE.resolve()}/sdk_agent.py", "{home}/log"]\n')
        environment = {
            "HOME": home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "XDG_STATE_HOME": home,
            "XDG_RUNTIME_DIR": home, "XDG_CONFIG_HOME": home}
        data = f"{home}/data"
        token = subprocess.run(
            [f"{options.binaries}/belayd", "token", "create", "--user", "cut", "--data", data], env=environment,
            capture_output=True, text=True, check=True).stdout.strip()
        errors = open(f"{home}/errors", "w")
        server, address = start(
            [f"{options.binaries}/belayd", "serve", "--listen", "127.0.0.1:0", "--data", data, "--config",
             f"{home}/belayd.toml", "--root", f"{home}/folder"], environment, r"listening on ws://(\S+)", errors)
        processes.append(server)
        # A turn takes somewhat more than a second.
        times = sorted(chance.uniform(0.3, TURNS * 1.1) for _ in range(CUTS))
        with open(f"{home}/plan", "w") as file:
            file.writelines(f"{int(time * 1000)}ms cut\n" for time in times)
        proxy, link = start(
            [f"{options.binaries}/belay", "proxy", "--to", address, "--plan", f"{home}/plan"], environment,
            r"(127\.0\.0\.1:\d+)", errors)
        processes.append(proxy)
        prompts = [f"turn-{number}" for number in range(TURNS)]
        run = subprocess.run(
            [f"{options.binaries}/belay", "--batch", "--agent", "sdk", "--server", f"ws://{link}", "--directory",
             f"{home}/folder", "-o", "jsonl"] + [word for prompt in prompts for word in ("-e", prompt)],
            env={**environment, "BELAY_TOKEN": token}, capture_output=True, text=True, timeout=120,
            stdin=subprocess.DEVNULL)
        check(run, prompts, f"{home}/log", options.seed)
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait()
        shutil.rmtree(home, ignore_errors=True)


def check(run, prompts, log, seed):
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == 0, f"seed {seed}: exit code {run.returncode}: {run.stderr}"
    answers = [line["text"] for line in lines if line["type"] == "message"]
    wanted = ["".join(f"{prompt} {number}, " for number in range(20)) + "done." for prompt in prompts]
    assert answers == wanted, f"seed {seed}: {answers}"
    numbers = [line["seq"] for line in lines if "seq" in line]
    assert numbers == sorted(numbers), f"seed {seed}: out of order: {numbers}"
    with open(log) as file:
        received = [json.loads(line) for line in file]
    given = [message["params"]["prompt"][-1]["text"] for message in received if message.get("method") == "session/prompt"]
    assert given == prompts, f"seed {seed}: the agent was given {given}"
    assert not any("_meta" in json.dumps(message) for message in received), f"seed {seed}: _meta reached the agent"
    cuts = sum(line["type"] == "connection" and line["state"] == "lost" for line in lines)
    assert cuts > 0, f"seed {seed}: the link was never cut"
    print(f"ACP SDK behind a cut link: {len(prompts)} turns, whole and once, {cuts} losses seen (seed {seed})")


if __name__ == "__main__":
    sys.exit(main())
