#!/bin/sh
# The demo: a one-layer transformer learns modular addition under the monitor. demo.sh BUILD_DIR
. "$(dirname "$0")/../demo.sh"
start_daemon

if on_terminal; then
    # slowed down a little, so that a person can watch
    start_trainer grok "$build/examples/grok" --delay-ms 15
    "$build/koopmon" grok
    echo
    tail -n 1 "$home/trainer.log"
    echo "What the monitor marked:"
    "$build/koopmon" events grok
    echo "The daemon was the demo's own and ends here, with its data; README.md says how to keep a run."
else
    "$build/koopmon" follow grok --plain --until finished --timeout 60 &
    follower=$!
    "$build/examples/grok"
    wait "$follower"
    "$build/koopmon" status grok
fi
