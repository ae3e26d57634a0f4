#!/bin/sh
# Processes that die or stand still while others hold on to them: a trainer killed whose child keeps the
# connection open is called stalled all the same; daemon, trainer or screen stopped (SIGSTOP) and let
# go on cost nothing that was acknowledged. Long: several times each, and stopped for longer.
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/kit.sh"
TIMES=$(long 1 10)
DEATHS=$(long 1 20) # over each transport
DEAD= # logs
PAUSE=$(long 2 5)

now_ms() { echo $(($(date +%s%N) / 1000000)); }
value() { sed -n "s/^$2 //p" "$WORK/$1.log" 2>/dev/null; }
has() { test "$(value "$1" "$2")" -ge "$3" 2>/dev/null; }
in_state() { "$KOOPMON" ls | grep -q "^$1 *$2 "; }
live() { until_true 60 in_state "$1" live; }
sockets() { ls -l "/proc/$1/fd" 2>/dev/null | grep -c socket; }

serve_both() {
    for try in 1 2 3 4 5; do
        PORT=$((20000 + ($$ + 3571 * try) % 12000))
        serve --tcp "$PORT" && kill -0 "$DAEMON" 2>/dev/null && return 0
    done
    return 1
}

# die NAME: a trainer with an idle child is killed; how long until it is called stalled.
die() {
    start "$WORK/$1.err" "$FAULT/publisher" name="$1" log="$WORK/$1.log" rate=50 seconds=1000 \
        child=1000
    trainer=$LAST
    DEAD="$DEAD $WORK/$1.log"
    until_true 60 has "$1" child 1 || return 1
    child=$(value "$1" child)
    STARTED="$STARTED $child"
    live "$1" || return 1
    kill -KILL "$trainer"
    begun=$(now_ms)
    wait "$trainer" 2>/dev/null
    test "$(sockets "$child")" -gt 0 || return 1 # the connection is still there
    until_true 60 in_state "$1" stalled || return 1
    echo "$(($(now_ms) - begun)) $1" >>"$WORK/stalled"
    kill -KILL "$child"
}

check "a daemon starts" serve_both
for i in $(seq "$DEATHS"); do
    check "a dead trainer with a living child is called stalled, ipc, $i" die "ipc$i"
    KOOPMON_TRAINER=$KOOPMON_ENDPOINT
    KOOPMON_ENDPOINT="tcp://127.0.0.1:$PORT"
    check "and over tcp" die "tcp$i"
    KOOPMON_ENDPOINT=$KOOPMON_TRAINER
done
sort -n "$WORK/stalled" | awk '{ t[NR] = $1 } END {
    print "  stalled after " t[1] " to " t[NR] " ms, median " t[int((NR + 1) / 2)] ", of " NR }'

# The daemon stands still: trainers go on, their rings may overflow.
publish steady rate=200 floats=64 slots=4096
publish small rate=200 floats=64 slots=64
check "they are live" live small
for i in $(seq "$TIMES"); do
    kill -STOP "$DAEMON"
    before=$(value steady published)
    sleep "$PAUSE"
    after=$(value steady published)
    check "trainers go on while the daemon stands still" test "$after" -gt $((before + 20))
    kill -CONT "$DAEMON"
    check "what waited is acknowledged" until_true 60 has steady promised "$after"
    check "the run is live" live steady
    check "and the one with the small ring" live small
done

# A trainer stands still.
victim=${PUBLISHERS# }
victim=${victim%% *}
for i in $(seq "$TIMES"); do
    kill -STOP "$victim"
    check "a trainer that stands still is called stalled" until_true 60 in_state steady stalled
    kill -CONT "$victim"
    check "and live when it goes on" live steady
done

# Those who watch stand still: nobody else minds.
start "$WORK/followed" "$KOOPMON" follow
follower=$LAST
watcher=
if command -v tmux >/dev/null 2>&1; then
    TMUX_SOCKET=koopmon-stop-$$
    tmux -L "$TMUX_SOCKET" -f /dev/null new-session -d -s t -x 80 -y 24 "exec $KOOPMON steady" &&
        watcher=$(tmux -L "$TMUX_SOCKET" display -p -t t '#{pane_pid}')
    check "the screen is there" until_true 20 says "koopmon\|steady" tmux -L "$TMUX_SOCKET" \
        capture-pane -p -t t
fi
check "the follower is there" until_true 20 test -s "$WORK/followed"
# shellcheck disable=SC2086
kill -STOP $follower $watcher
before=$(value steady promised)
sleep "$PAUSE"
check "the daemon answers others" says "^steady *live" "$KOOPMON" ls
check "and acknowledges" has steady promised $((before + 20))
# shellcheck disable=SC2086
kill -CONT $follower $watcher
lines=$(wc -l <"$WORK/followed")
more_lines() { test "$(wc -l <"$WORK/followed")" -gt "$lines"; }
check "the follower goes on" until_true 20 more_lines
if [ -n "$watcher" ]; then
    shot() { tmux -L "$TMUX_SOCKET" capture-pane -p -t t | head -n 1; }
    seen=$(shot)
    moved() { test "$(shot)" != "$seen"; }
    check "the screen goes on" until_true 20 moved
fi

check "the trainers end well" retire
check "the small ring dropped some, and counted them" has small dropped 1
kill -TERM "$DAEMON"
wait "$DAEMON"
check "SIGTERM ends the daemon with 0" test $? -eq 0
# shellcheck disable=SC2086 # a list
check "nothing acknowledged is lost" "$FAULT/check" "$DATA" $LOGS $DEAD
finish
