#!/bin/sh
# Half of the labels of a training go wrong at a step that is known, and the monitor has to tell.
# demo.sh BUILD_DIR
. "$(dirname "$0")/../demo.sh"
start_daemon
set -- "$build/examples/koop-planted" --change label-noise --at 1200 --steps 1800

if on_terminal; then
    # slowed down a little, so that a person can watch
    start_trainer koop-planted "$@" --delay-ms 15
    "$build/koopmon" koop-planted
    echo
    grep planted "$home/trainer.log"
    echo "What the monitor marked:"
    "$build/koopmon" events koop-planted
    echo "The daemon was the demo's own and ends here, with its data; README.md says how to keep a run."
else
    "$build/koopmon" follow koop-planted --plain --until finished --timeout 60 &
    follower=$!
    "$@" --delay-ms 1
    wait "$follower"
    "$build/koopmon" status koop-planted
fi
