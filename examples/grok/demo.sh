#!/bin/sh
# The demo: a one-layer transformer learns modular addition under the monitor. demo.sh BUILD_DIR
. "$(dirname "$0")/../demo.sh"
start_daemon

if on_terminal; then
    "$build/examples/grok" >"$home/trainer.log" 2>&1 &
    trainer=$!
    "$build/koopmon" grok
    echo
    tail -n 1 "$home/trainer.log"
    echo "What the monitor marked:"
    "$build/koopmon" events grok
    echo "The demo's daemon and its data are gone; examples/README.md says how to keep a run."
else
    "$build/koopmon" follow grok --events --plain --until finished --timeout 30 &
    follower=$!
    "$build/examples/grok" --progress 500
    wait "$follower"
    "$build/koopmon" status grok
fi
