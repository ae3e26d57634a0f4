#!/bin/sh
# koopmon wait: what it waits for, what counts, and how it ends.
. "$(dirname "$0")/lib.sh"

serve() {
    start "$WORK/daemon.log" "$KOOPMON" serve --data "$WORK/data" --stall-ms 500
    DAEMON=$LAST
    until_true 20 "$KOOPMON" status >/dev/null 2>&1
}
# stumble NAME SNAPSHOTS MS: a trainer whose fourth snapshot is not finite, an event.
stumble() {
    start "$WORK/$1.log" env KOOPMON_RUN="$1" "$BUILD/fault/client_stumbler" "$2" 4 "$3"
    TRAINER=$LAST
}
# waits NAME OPTION...: wait in the background; its output goes to NAME.out.
waits() {
    name=$1
    shift
    "$KOOPMON" wait "$@" >"$WORK/$name.out" 2>"$WORK/$name.err" </dev/null &
    WAITER=$!
    STARTED="$STARTED $WAITER"
}
# asks PROCESS: it has come so far as to ask the daemon, and heeds SIGINT.
asks() { ls -l "/proc/$1/fd" | grep -q eventpoll; }
# ends CODE PROCESS: it exits with that code.
ends() {
    wait "$2"
    [ $? -eq "$1" ]
}

code 2 "say --for what" "$KOOPMON" wait one
code 2 "wants RUN" "$KOOPMON" wait --for finished
code 2 "wants .*transition" "$KOOPMON" wait one --for nothing
code 2 "wants a time" "$KOOPMON" wait one --for finished --timeout soon
code 124 "the time is up" "$KOOPMON" wait one --for finished --timeout 1s

check "a daemon starts" serve
code 124 'run "one" did not appear' "$KOOPMON" wait one --for finished --timeout 1s

# A run that comes after the call: all of its events count.
waits event one --for not-finite --timeout 2m
EVENT=$WAITER
waits end one --for finished --timeout 2m --json
END=$WAITER
waits never one --for transition --timeout 2m
NEVER=$WAITER
for waiter in "$EVENT" "$END" "$NEVER"; do until_true 60 asks "$waiter"; done
stumble one 8 100
check "an event is waited for" ends 0 "$EVENT"
check "and printed" grep -q '^one .*not-finite' "$WORK/event.out"
check "the end is waited for" ends 0 "$END"
check "and printed as JSON" grep -q '^{"schema":1,"type":"state",.*"state":"finished"}$' "$WORK/end.out"
check "a run that finishes without it is told by exit code 1" ends 1 "$NEVER"
check "and one line" grep -q 'run "one" finished without: transition' "$WORK/never.err"

# A run that has finished before.
code 0 "" "$KOOPMON" wait one --for finished
code 1 "" "$KOOPMON" wait one --for not-finite
code 0 "" "$KOOPMON" wait one --for not-finite --since-start
code 0 "" "$KOOPMON" wait one --for not-finite --since-start --json
check "the event is as in follow" grep -q '^{"schema":1,"type":"event",.*"kind":"not-finite"' "$WORK/out"
code 1 "" "$KOOPMON" wait one --for stalled

# A run that goes on: what was before the call does not count; a daemon that is restarted is waited for.
stumble two 100000 50
until_true 30 says '"name":"two"[^}]*"events":1' "$KOOPMON" ls --json
code 124 "did not come to: not-finite" "$KOOPMON" wait two --for not-finite --timeout 1s
waits stall two --for stalled --timeout 2m
kill -KILL "$DAEMON"
wait "$DAEMON" 2>/dev/null
check "the daemon is restarted" serve
until_true 30 says '"name":"two"[^}]*"state":"live"' "$KOOPMON" ls --json
check "wait goes on" kill -0 "$WAITER"
kill -STOP "$TRAINER"
check "a stall is waited for" ends 0 "$WAITER"
check "and printed" grep -q '^two  stalled$' "$WORK/stall.out"
kill -KILL "$TRAINER"

waits interrupted two --for finished
until_true 60 asks "$WAITER"
kill -INT "$WAITER"
check "Ctrl-C ends it with 130" ends 130 "$WAITER"
finish
