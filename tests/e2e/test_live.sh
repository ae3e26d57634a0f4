#!/bin/sh
# A real daemon and real trainers: what ls, status, follow and events say while a run lives, stalls,
# finishes, and after the daemon was restarted.
. "$(dirname "$0")/lib.sh"

# The daemon must behave with BLAS's threads as they come.
unset OPENBLAS_NUM_THREADS

serve() {
    start "$WORK/daemon.log" "$KOOPMON" serve --data "$WORK/data" --stall-ms 1500 "$@"
    DAEMON=$LAST
    until_true 20 "$KOOPMON" status >/dev/null 2>&1
}

# state_of RUN: its name and state in ls.
state_of() { "$KOOPMON" ls | awk -v run="$1" '$1 == run { print $1, $2; exit }'; }

# lasting RUN: what ls says of it that does not change with time alone.
lasting() {
    "$KOOPMON" ls --json | tr '{' '\n' | grep "\"name\":\"$1\"" |
        sed 's/"rate":[^,}]*//; s/"lag_s":[^,}]*//; s/"pending":[^,}]*//'
}
looks() { test -n "$2" && test "$(lasting "$1")" = "$2"; }
in_state() { test "$(state_of "$1")" = "$1 $2"; }

code 3 "no daemon answers" "$KOOPMON" ls
check "a daemon starts" serve
code 2 "another daemon (pid $DAEMON)" "$KOOPMON" serve --data "$WORK/other"
check "it knows no run" says "no runs yet" "$KOOPMON" ls
code 4 'no run "one"' "$KOOPMON" status one
code 4 'no run "one"' "$KOOPMON" follow one --timeout 1

# A run that finishes, followed from before its first snapshot.
start "$WORK/all.log" "$KOOPMON" follow
EVERYTHING=$LAST
check "follow waits for runs" until_true 20 says "followers: 1" "$KOOPMON" status
timeout 120 "$KOOPMON" follow one --until finished --timeout 30 >"$WORK/one.jsonl" 2>"$WORK/err" &
FOLLOWER=$!
STARTED="$STARTED $FOLLOWER"
train one 40000 --every 100
wait "$TRAINER"
check "the trainer ends well" test $? -eq 0
wait "$FOLLOWER"
check "follow --until finished ends well" test $? -eq 0
check "follow prints JSON lines" json_lines "$WORK/one.jsonl"
check "with updates" grep -q '"type":"update".*"eigenvalues":\[\[' "$WORK/one.jsonl"
check "and the end" grep -q '"type":"state".*"state":"finished"' "$WORK/one.jsonl"
check "the run is finished" in_state one finished
check "it is at its last step" says " 40,000 " "$KOOPMON" ls
check "follow without RUN saw it too" grep -q '"name":"one"' "$WORK/all.log"
kill -INT "$EVERYTHING"
wait "$EVERYTHING"
check "Ctrl-C ends follow with 130" test $? -eq 130
code 0 "" timeout 60 "$KOOPMON" follow one --until finished

for command in "ls" "status" "status one" "events one"; do
    # shellcheck disable=SC2086 # two words
    check "$command --json is valid" json_of "$KOOPMON" $command --json
done
check "events has its run" grep -q '"name":"one"' "$WORK/json"
check "status has phase and spectrum" says "spectrum .* modes" "$KOOPMON" status one
check "status has the loss" says "scalars .*loss" "$KOOPMON" status one
uuid=$("$KOOPMON" status one | awk '/^uuid/ { print substr($2, 1, 8) }')
check "a run is found by the start of its uuid" says "^one  finished" "$KOOPMON" status "$uuid"
check "koopmon without a terminal prints status" says "^one *finished" "$KOOPMON"

# A trainer that dies.
train two 100000000 --every 5
check "a live run is shown" until_true 20 in_state two live
check "it computes" until_true 20 says "^spectrum" "$KOOPMON" status two
kill -KILL "$TRAINER"
wait "$TRAINER" 2>/dev/null
check "a killed trainer's run is stalled" until_true 20 in_state two stalled
code 0 "" timeout 60 "$KOOPMON" follow two --until stalled
# Another run that takes a followed run's name is another run.
train same 100000000 --delay-ms 1000 # slow, so that its lines leave time to end between them
FIRST=$TRAINER
check "a run is there" until_true 20 in_state same live
start "$WORK/same.log" sh -c '"$1" follow same --until stalled >"$2.jsonl"; echo $? >"$2.code"' \
    follower "$KOOPMON" "$WORK/same"
check "it is followed" until_true 20 test -s "$WORK/same.jsonl"
train same 200 --every 100
wait "$TRAINER"
check "a newer run of its name finishes" until_true 20 in_state same finished
sleep 2.5 # longer than follow's look at the run's state
check "its follower goes on" test ! -e "$WORK/same.code"
kill -KILL "$FIRST"
wait "$FIRST" 2>/dev/null
check "until the run that it follows ends" until_true 20 says 0 cat "$WORK/same.code"

check "two runs compare" says "distance .*; no test: one spectrum on each side" "$KOOPMON" compare one two
check "a run compares with its journal" says "distance 0; " "$KOOPMON" compare one \
    "$WORK"/data/runs/"$uuid"*

# Restarts: ended politely, and killed.
one=$(lasting one)
two=$(lasting two)
kill -TERM "$DAEMON"
wait "$DAEMON"
check "SIGTERM ends the daemon with 0" test $? -eq 0
code 3 "no daemon answers" "$KOOPMON" status one
check "it starts again" serve
check "a finished run is back as it was" until_true 20 looks one "$one"
check "a stalled run is back as it was" until_true 20 looks two "$two"
kill -KILL "$DAEMON"
wait "$DAEMON" 2>/dev/null
code 3 "no daemon answers" "$KOOPMON" ls
check "it starts after being killed" serve
check "with the finished run" until_true 20 looks one "$one"
check "and the stalled one" until_true 20 looks two "$two"
kill -TERM "$DAEMON"
wait "$DAEMON"

# In the background, on tcp as well.
# serve_tcp: on the first of a few ports that nobody has; it is in $port.
serve_tcp() {
    for try in 1 2 3 4 5; do
        port=$((20000 + ($$ + 3571 * try) % 12000))
        "$KOOPMON" serve --daemonize --log "$WORK/background.log" --data "$WORK/data" \
            --tcp "$port" >"$WORK/out" 2>"$WORK/err" && return 0
    done
    cat "$WORK/err" >&2
    return 1
}
exec 7<"$0" # it must not keep what it was started with
check "a daemon goes to the background" serve_tcp
exec 7<&-
DAEMON=$(sed 's/.*pid \([0-9]*\),.*/\1/' "$WORK/out")
STARTED="$STARTED $DAEMON"
check "the daemon in the background serves the runs" until_true 20 in_state one finished
check "it keeps nothing that its starter had open" sh -c \
    "! ls -l '/proc/$DAEMON/fd' | grep -q 'test_live'"
ln -s "$WORK/elsewhere" "$WORK/link.log"
code 2 "symbolic link" "$KOOPMON" serve --connect "ipc://$WORK/run/l.sock" --data "$WORK/other" \
    --daemonize --log "$WORK/link.log"
mkfifo "$WORK/fifo.log"
code 2 "fifo.log: " "$KOOPMON" serve --connect "ipc://$WORK/run/l.sock" --data "$WORK/other" \
    --daemonize --log "$WORK/fifo.log"
check "and writes through no link" test ! -e "$WORK/elsewhere"
check "also over tcp" says "^one *finished" "$KOOPMON" ls --connect "tcp://127.0.0.1:$port"
code 2 "another daemon (pid $DAEMON)" "$KOOPMON" serve --daemonize --data "$WORK/data"
code 2 "another daemon (pid $DAEMON) serves tcp" \
    "$KOOPMON" serve --connect "tcp://127.0.0.1:$port" --data "$WORK/other"
kill -INT "$DAEMON"
check "SIGINT ends it" until_true 20 stopped "$DAEMON"
finish
