#!/bin/sh
# Starts a belayd of its own and lets other people's clients talk to it; then another one, with other people's agent
# behind it.
#
#     run.sh BINARIES
set -eu

binaries=$1
here=$(dirname "$0")
work=$(mktemp -d)
server=
trap 'kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install --disable-pip-version-check websockets agent-client-protocol acplint

token=$("$binaries/belayd" token create --user interop --data "$work/data")
# Before it is read: the server's shell may not have come to make it.
: >"$work/out"
"$binaries/belayd" serve --listen 127.0.0.1:0 --data "$work/data" --root "$(pwd -P)" >"$work/out" 2>"$work/log" &
server=$!
for _ in $(seq 100); do
    url=$(sed -n 's/^listening on //p' "$work/out")
    [ -z "$url" ] || break
    sleep 0.1
done
for client in plain_client acp_sdk_client; do
    "$work/venv/bin/python" "$here/$client.py" "$url" "$token" "$(pwd -P)"
done
"$work/venv/bin/python" -B "$here/cut_link.py" "$binaries" "$work/venv/bin/python"
"$work/venv/bin/python" -B "$here/lint_acp.py" "$binaries" "$work/venv/bin/python"

# It wants Python 3.12; Debian 12 has 3.11.
newer=
for python in python3 python3.14 python3.13 python3.12 "$HOME"/.pyenv/versions/3.1[2-9]*/bin/python3; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then newer=$python; break; fi
done
if [ -n "$newer" ]; then
    "$newer" -m venv "$work/fast"
    "$work/fast/bin/pip" -q install --disable-pip-version-check fast-agent-acp
    "$work/venv/bin/python" -B "$here/fast_agent.py" "$binaries" "$work/fast/bin/python"
else
    echo "fast-agent: not run, for want of Python 3.12"
fi
