#!/bin/sh
# Events: the story of a run with a planted change, of a learning rate that is told, of one that is raised
# until training blows up, and of one that ends; the same from the recording as live.
. "$(dirname "$0")/lib.sh"
planted=$BUILD/examples/koop-planted
export OMP_NUM_THREADS=1

start "$WORK/daemon.log" "$KOOPMON" serve --data "$WORK/data"
check "a daemon starts" until_true 20 says "no runs yet" "$KOOPMON" status

# events_of COMMAND...: the array "events" of its JSON.
events_of() { "$@" --json | tr -d '\n' | sed 's/.*"events": *\(\[.*\]\).*/\1/'; }
# journal_of RUN: its directory.
journal_of() {
    echo "$WORK/data/runs/$("$KOOPMON" ls --json | tr '{' '\n' | grep "\"name\": *\"$1\"" |
        sed 's/.*"uuid": *"\([0-9a-f]*\)".*/\1/')"
}
# story RUN OPTION...: trains it to its end, and keeps what was told of it live.
story() {
    run=$1
    shift
    "$KOOPMON" follow "$run" --plain --until finished --timeout 60 >"$WORK/$run.live" &
    follower=$!
    "$planted" --name "$run" --quiet --delay-ms 1 "$@" >"$WORK/$run.log" 2>&1
    wait "$follower"
    check "$run ends, and is followed to its end" test $? -eq 0
    events_of "$KOOPMON" events "$run" >"$WORK/$run.events"
    events_of "$KOOPMON" analyze "$(journal_of "$run")" >"$WORK/$run.recorded"
    check "$run: its recording gives the same events as live" \
        cmp "$WORK/$run.events" "$WORK/$run.recorded"
}
# tells RUN PATTERN: one of its events.
tells() { "$KOOPMON" events "$1" | tr -s ' ' | grep -q "$2" && grep -q "$2" "$WORK/$1.live"; }

story noise --change label-noise --at 900 --steps 1100 --seed 3
check "wrong labels are a transition within 40 steps" \
    tells noise "step 9[0-4][0-9] .*transition .* than expected"

story drop --change lr-drop --at 900 --steps 1100 --seed 3
check "a learning rate that is told is annotated" \
    tells drop "schedule .*the trainer changed the learning rate from 0.1 to 0.03"

story ramp --change lr-ramp --at 900 --steps 1300 --seed 3 --strength 1.02
check "one that is raised and raised is told before it blows up" \
    tells ramp "step [19][01]*[0-9][0-9] .*transition"

story rest --schedule cosine --steps 1600 --seed 3
check "a run that ends at rest has settled" tells rest "settled .*nothing more is being learned since"
finish
