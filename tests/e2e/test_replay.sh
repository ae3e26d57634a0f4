#!/bin/sh
# replay: a recording in a terminal (tmux) and without one: what it shows, keys, and its exit codes.
. "$(dirname "$0")/lib.sh"

# record NAME STEPS: an offline recording; its file is in $RECORDING.
record() {
    KOOPMON_MODE=offline KOOPMON_OFFLINE_DIR=$WORK OPENBLAS_NUM_THREADS=1 "$BUILD/examples/grok" \
        --p 11 --d 8 --mlp 16 --no-early-stop --quiet --name "$1" --steps "$2" >"$WORK/log" 2>&1 ||
        failed "$1 records"
    for RECORDING in "$WORK/$1"-*.koop; do break; done
}

# The events of a printed view or of analyze, as "step onset kind" lines.
events_of() {
    python3 -c 'import json, sys
report = json.load(open(sys.argv[1]))
for e in report.get("view", report)["events"]:
    print(e["step"], e["onset"], e["kind"], e["reason"])' "$1"
}

record walk 3000
code 0 "" "$KOOPMON" replay "$RECORDING"
check "without a terminal it prints the final status" grep -q "^walk  finished  step 2,999\|^walk  finished  step 3,000" "$WORK/out"
check "replay --json is valid" json_of "$KOOPMON" replay --json "$RECORDING"
cp "$WORK/json" "$WORK/replay.json"
check "analyze --json is valid" json_of "$KOOPMON" analyze --json "$RECORDING"
cp "$WORK/json" "$WORK/analyze.json"
if command -v python3 >/dev/null 2>&1; then
    events_of "$WORK/replay.json" >"$WORK/replay.events"
    events_of "$WORK/analyze.json" >"$WORK/analyze.events"
    check "the training had events" test -s "$WORK/analyze.events"
    check "replay and analyze say the same of them" cmp "$WORK/replay.events" "$WORK/analyze.events"
    json_of "$KOOPMON" replay --json --window 32 --stride 2 "$RECORDING"
    check "the decomposition is as asked" grep -q '"window":32,.*"stride":2' "$WORK/json"
fi

code 4 "no file and no run" "$KOOPMON" replay "$WORK/missing.koop"
code 4 "no file and no run" "$KOOPMON" replay --data "$WORK/nowhere" walk
echo "step,loss" >"$WORK/text.csv"
code 2 "not a recording" "$KOOPMON" replay "$WORK/text.csv"
code 2 "no segment" "$KOOPMON" replay "$WORK"
: >"$WORK/empty.koop"
code 5 "is empty" "$KOOPMON" replay "$WORK/empty.koop"
head -c 600 "$RECORDING" >"$WORK/hello.koop"
code 5 "is empty" "$KOOPMON" analyze "$WORK/empty.koop"
code 5 "is empty" "$KOOPMON" journal verify "$WORK/empty.koop"
code 2 "neither" "$KOOPMON" journal verify "$WORK/text.csv"
head -c 20 "$RECORDING" >"$WORK/cut.koop"
code 5 "holds no record" "$KOOPMON" replay "$WORK/cut.koop"
code 5 "holds no record" "$KOOPMON" analyze "$WORK/cut.koop"
code 5 "holds no record" "$KOOPMON" journal verify "$WORK/cut.koop"
ln -s "$RECORDING" "$WORK/link.koop"
code 0 "" "$KOOPMON" replay "$WORK/link.koop"
code 0 "" "$KOOPMON" analyze "$WORK/link.koop"
code 2 "is a symbolic link" "$KOOPMON" journal verify "$WORK/link.koop"
code 3 "no file typo.koop, and no daemon" "$KOOPMON" --connect "ipc://$WORK/none.sock" \
    compare "$RECORDING" typo.koop
code 2 "wants a step" "$KOOPMON" replay --from -5 "$RECORDING"
code 5 "holds no" "$KOOPMON" replay "$WORK/hello.koop"
code 2 "wants a number from" "$KOOPMON" replay --speed fast "$RECORDING"
code 2 "wants a step" "$KOOPMON" replay -t yesterday "$RECORDING"
code 2 "wants a value" "$KOOPMON" replay "$RECORDING" -t

cp "$RECORDING" "$WORK/damaged.koop"
printf 'damaged' | dd of="$WORK/damaged.koop" bs=1 seek=100000 conv=notrunc 2>/dev/null
code 0 "" "$KOOPMON" replay "$WORK/damaged.koop"
check "damage is passed over and said" grep -q "1 damaged range was passed over" "$WORK/err"
check "and the rest is there" grep -q "^walk  finished" "$WORK/out"

start "$WORK/daemon.log" "$KOOPMON" serve --data "$WORK/data"
DAEMON=$LAST
check "a daemon starts" until_true 20 says "no runs" "$KOOPMON" status
train kept 400
check "it keeps a run" until_true 60 says "^kept *finished" "$KOOPMON" ls
wait "$TRAINER"
kill "$DAEMON"
check "the daemon ends" until_true 20 stopped "$DAEMON"
code 0 "" "$KOOPMON" replay --data "$WORK/data" kept
check "its run is found by name, and it says which" \
    grep -q "^run kept, [0-9a-f]\{32\}$" "$WORK/err"
check "and replayed" grep -q "^kept  finished" "$WORK/out"
for RUN in "$WORK/data/runs"/*; do break; done
code 0 "" "$KOOPMON" replay --data "$WORK/data" "$(basename "$RUN" | cut -c 1-8)"
check "and by the start of its uuid" grep -q "^kept  finished" "$WORK/out"
code 0 "" "$KOOPMON" replay "$RUN"
check "and by its directory" grep -q "^kept  finished" "$WORK/out"

if ! command -v tmux >/dev/null 2>&1; then
    echo "skipped: the screen, without tmux"
    finish
fi
TMUX_SOCKET=koopmon-e2e-$$
unset TMUX
tmux -L "$TMUX_SOCKET" -f /dev/null new-session -d -s t -x 80 -y 24 \
    "PS1='ready> ' PROMPT_COMMAND= sh -i"
press() { tmux -L "$TMUX_SOCKET" send-keys -t t "$@"; }
type_line() { press -l "$1" && press Enter; }
screen() { tmux -L "$TMUX_SOCKET" capture-pane -p -t t; }
shows() { screen | grep -q -- "$1"; }
expect() {
    if until_true 30 shows "$2"; then
        passed "$1"
    else
        failed "$1: no \"$2\" on"
        screen >&2
    fi
}
if ! until_true 10 shows "ready>"; then
    echo "skipped: tmux opens no pseudo-terminal here"
    finish
fi

# So slow that it is at its beginning whenever a key comes.
type_line "koopmon replay --speed 0.001 $RECORDING; echo code \$?"
expect "the header says that it is a replay, and its speed" "^ walk .*REPLAY ×0.001"
expect "and the key bar what to press" "Space pause.*q leave"
press Space
expect "Space pauses" "REPLAY ×0.001 *PAUSED"
press .
expect "a step goes on while it is paused" "PAUSED.*step [1-9]"
press Right
press +
expect "+ is faster" "REPLAY ×0.1 "
press G
expect "G goes to the end" "REPLAY END *FINISHED *step \(2,999\|3,000\)"
expect "where the events are" "▲1"
shown=$(screen | sed -n 's/.* \([0-9]*\) events\{0,1\} *$/\1/p' | head -n 1)
[ ! -s "$WORK/analyze.events" ] ||
    check "as many as analyze tells" test "$shown" = "$(wc -l <"$WORK/analyze.events" | tr -d ' ')"
press '?'
expect "? tells the keys of a replay" "one update on, and pause there"
press Escape
press g
expect "g starts over" "REPLAY ×0.1 .*step [0-9]\{1,2\} "
press q
expect "q leaves" "^code 0"
check "without a word of a daemon" sh -c "! tmux -L $TMUX_SOCKET capture-pane -p -t t | grep -q daemon"
type_line clear
type_line "koopmon replay --speed max -t 50% $RECORDING; echo code \$?"
expect "at full speed it comes to its end and stays" "REPLAY END *FINISHED"
press q
expect "until q" "^code 0"
finish
