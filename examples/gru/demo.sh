#!/bin/sh
# A recurrent network learns to recall the first symbol of a string, all at once. demo.sh BUILD_DIR
. "$(dirname "$0")/../demo.sh"
start_daemon

if on_terminal; then
    # slowed down a little, so that a person can watch
    start_trainer gru "$build/examples/gru" --delay-ms 10
    "$build/koopmon" gru
    echo
    tail -n 1 "$home/trainer.log"
    echo "What the monitor marked:"
    "$build/koopmon" events gru
    echo "The daemon was the demo's own and ends here, with its data; README.md says how to keep a run."
else
    "$build/koopmon" follow gru --plain --until finished --timeout 60 &
    follower=$!
    "$build/examples/gru"
    wait "$follower"
    "$build/koopmon" status gru
fi
