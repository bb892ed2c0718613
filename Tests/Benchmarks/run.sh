#!/bin/sh
# Prints the figures that are worth watching.
#
#     run.sh BINARIES [--long]
set -eu
here=$(dirname "$0")
binaries=$1
shift
python3 "$here/first_frame.py" "$binaries" 1000
python3 "$here/first_frame.py" "$binaries" 100000
python3 -B "$here/server_costs.py" "$binaries/belayd" "$@"
# The last one: its exit code says whether the figures are those that are required.
python3 "$here/resume_rtt.py" "$binaries"
