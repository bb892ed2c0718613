#!/bin/sh
# Prints the figures that are worth watching.
#
#     run.sh BINARIES
set -eu
here=$(dirname "$0")
python3 "$here/first_frame.py" "$1" 1000
python3 "$here/first_frame.py" "$1" 100000
python3 "$here/resume_rtt.py" "$1"
