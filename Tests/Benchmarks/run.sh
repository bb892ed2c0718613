#!/bin/sh
# Prints the figures that are worth watching, and a table of what is demanded of them.
#
#     run.sh BINARIES [--rows NAME,…] [--short]
set -eu
here=$(dirname "$0")
binaries=$1
shift
case " $* " in
*" --rows "*) ;;
*)
    python3 -B "$here/first_frame.py" "$binaries" 1000
    python3 -B "$here/first_frame.py" "$binaries" 100000
    python3 -B "$here/first_frame.py" "$binaries" 1000000
    python3 -B "$here/resume_rtt.py" "$binaries"
    ;;
esac
python3 -B "$here/server_costs.py" "$binaries/belayd" "$@"
