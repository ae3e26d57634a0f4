#!/bin/sh
# A trainer is killed, comes back as a new run, is killed, …: its runs become stalled, their journals
# can be read and hold what was acknowledged; the daemon keeps neither descriptors nor memory.
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/kit.sh"

# kill_trainers FROM TO
kill_trainers() {
    for i in $(seq "$1" "$2"); do
        start "$WORK/err" "$FAULT/publisher" log="$WORK/t-$i.log" name="t-$i" seconds=1000 rate=200 \
            floats=512
        until_true 60 acknowledged "$WORK/t-$i.log" || failed "t-$i is not acknowledged anything"
        sleep "0.$((i * 7 % 10))"
        kill -KILL "$LAST"
        wait "$LAST" 2>/dev/null
        LOGS="$LOGS $WORK/t-$i.log"
    done
}
acknowledged() { grep -qs '^promised [1-9]' "$1"; }
all_stalled() { test "$("$KOOPMON" ls | grep -c '^t-.* stalled ')" -eq "$1"; }
as_before() { test "$(sockets)" -eq "$before_sockets"; }
closed() { test "$(descriptors)" -eq "$before"; }

kills=$(long 5 50)
warm=$(long 1 10)
check "a daemon starts" serve --stall-ms 1000
fill "$(long 4 256)" # so that the runs to come replace others, as they do in the long run
before=$(descriptors) before_sockets=$(sockets)
kill_trainers 1 "$warm"
# A silent trainer's journal and pipeline are kept for a minute: only the long form can wait.
[ -z "${KOOP_LONG:-}" ] || check "the first descriptors return" until_true 150 closed
[ -z "${KOOP_LONG:-}" ] || sleep 70 # and the pipelines
before_memory=$(resident)
kill_trainers $((warm + 1)) $((warm + kills))
check "$kills more killed trainers' runs are stalled" until_true 60 all_stalled $((warm + kills))
check "their connections are closed" until_true 60 as_before
if [ -n "${KOOP_LONG:-}" ]; then
    check "and all their descriptors" until_true 150 closed
    sleep 70
    after_memory=$(resident)
    echo "      resident $before_memory KiB before, $after_memory KiB after $kills kills"
    check "memory returns" test "$after_memory" -le $((before_memory + 2048))
fi
# shellcheck disable=SC2086 # a list
"$FAULT/check" "$DATA" $LOGS >"$WORK/tally"
check "the journals hold what was acknowledged" test $? -eq 0
sed -n 's/^all  */      /p' "$WORK/tally"
for run in "$DATA"/runs/*; do
    "$KOOPMON" analyze "$run" >"$WORK/analysis" 2>&1 ||
        grep -q "a spectrum needs" "$WORK/analysis" || failed "$run cannot be analyzed"
done
kill -TERM "$DAEMON"
wait "$DAEMON"
check "the daemon ends well" test $? -eq 0
finish
