#!/bin/sh
# The disk under the journals fills and is freed again, with several runs at once: the daemon stops
# acknowledging and says so once, goes on by itself, and nothing acknowledged is lost. On a tmpfs of
# its own where one can be mounted, else by refused calls. Long: twenty times.
if [ "$(id -u)" -ne 0 ] && [ -z "${KOOP_UNSHARED:-}" ] && unshare -rm true 2>/dev/null; then
    KOOP_UNSHARED=1 exec unshare -rm sh "$0" "$@"
fi
. "$(dirname "$0")/../e2e/lib.sh"
FAULT=$BUILD/fault
DATA=$WORK/data
FULL=$WORK/full # while it is there, calls are refused
RUNS="p1 p2 p3"
CYCLES=2
MEGABYTES=1
SECONDS_EACH=8
[ -z "${KOOP_LONG:-}" ] || CYCLES=20 MEGABYTES=8 SECONDS_EACH=6

unmount() {
    code=$?
    for process in $STARTED; do kill -KILL "$process" 2>/dev/null; done
    umount -l "$DATA" 2>/dev/null
    (exit "$code")
    cleanup
}
mkdir -m 700 "$DATA"
if mount -t tmpfs -o "size=${MEGABYTES}m,mode=0700" tmpfs "$DATA" 2>/dev/null; then
    trap unmount EXIT
    echo "on a tmpfs of $MEGABYTES MB"
    fill() { dd if=/dev/zero of="$DATA/ballast" bs=4k 2>/dev/null; }
    free() { rm -f "$DATA/ballast"; }
    serve() { start "$WORK/daemon.log" "$KOOPMON" serve --data "$DATA"; }
elif ! grep -q '^KOOP_SANITIZE:[A-Z]*=.' "$BUILD/CMakeCache.txt"; then
    echo "by refused calls"
    fill() { : >"$FULL"; }
    free() { rm -f "$FULL"; }
    serve() {
        start "$WORK/daemon.log" env LD_PRELOAD="$FAULT/shim_fail.so" KOOP_FAIL=write,path \
            KOOP_FAIL_AT=1 KOOP_FAIL_COUNT=0 KOOP_FAIL_WHO=own KOOP_FAIL_WHILE="$FULL" \
            KOOP_FAIL_HALF=1 KOOP_FAIL_ERRNO=ENOSPC "$KOOPMON" serve --data "$DATA"
    }
else
    echo "skipped: no tmpfs can be mounted, and a sanitizer's program cannot be made to fail"
    exit 77
fi

now_ms() { echo $(($(date +%s%N) / 1000000)); }
promised() { sed -n 's/^promised //p' "$WORK/$1.log" 2>/dev/null; }
failing() { says "\"journals_failing\":$1[,}]" "$KOOPMON" status --json; }
began() { test "$(promised "$1")" -gt 0 2>/dev/null; }

# went_on: every run has more acknowledged than noted in $WORK/NAME.before.
note() { for run in $RUNS; do promised "$run" >"$WORK/$run.before"; done; }
went_on() {
    for run in $RUNS; do
        [ "$(promised "$run")" -gt "$(cat "$WORK/$run.before")" ] || return 1
    done
}
stands_still() {
    sleep 0.3 # what was under way arrives, and is written down
    note
    sleep 1
    for run in $RUNS; do
        [ "$(promised "$run")" -eq "$(cat "$WORK/$run.before")" ] || return 1
    done
}
lines() { grep -c -- "$1" "$WORK/daemon.log"; }
said_once_each() {
    for run in $RUNS; do
        [ "$(lines "run $run: journal cannot be written")" -eq "$CYCLES" ] || return 1
        [ "$(lines "run $run: journal can be written again")" -eq "$CYCLES" ] || return 1
    done
}
screen_says() { tmux -L "$TMUX_SOCKET" capture-pane -p -t t | grep -q "journal failing"; }
ends() { wait "$1" && test "$(sed -n 's/^held //p' "$2")" -eq 0; }

fill # the endpoints and locks are made first
free
serve
DAEMON=$LAST
check "a daemon starts" until_true 20 says "no runs yet" "$KOOPMON" ls
TRAINERS=
for run in $RUNS; do
    start "$WORK/$run.out" "$FAULT/publisher" name="$run" log="$WORK/$run.log" rate=50 floats=32 \
        slots=32 flush=30000 seconds=$((CYCLES * SECONDS_EACH))
    TRAINERS="$TRAINERS $LAST"
done
for run in $RUNS; do check "$run is acknowledged" until_true 20 began "$run"; done
cycle=0
while [ "$cycle" -lt "$CYCLES" ]; do
    cycle=$((cycle + 1))
    fill
    check "all journals fail" until_true 20 failing "[34]"
    check "nothing is acknowledged" stands_still
    if [ "$cycle" -eq 1 ]; then
        check "status says so" says "trouble .*journal cannot be written" "$KOOPMON" status p1
        check "ls says so" says "p2 .*journal failing" "$KOOPMON" ls
        if command -v tmux >/dev/null 2>&1; then
            TMUX_SOCKET=koopmon-full-$$
            tmux -L "$TMUX_SOCKET" -f /dev/null new-session -d -s t -x 120 -y 30 "koopmon p3" &&
                check "the screen says so" until_true 20 screen_says
        fi
        start "$WORK/late.out" "$FAULT/publisher" name=late log="$WORK/late.log" rate=50 \
            floats=32 slots=32 flush=30000 seconds=6
        LATE=$LAST
        sleep 2.5
    fi
    note
    begun=$(now_ms)
    free
    check "acknowledgements go on" until_true 30 went_on
    echo "  acknowledged again after $(($(now_ms) - begun)) ms"
done
for process in $TRAINERS; do check "a trainer ends well" wait "$process"; done
check "the trainer that came when the disk was full, too" wait "$LATE"
check "no journal fails any more" until_true 20 failing 0
kill -TERM "$DAEMON"
wait "$DAEMON"
check "SIGTERM ends the daemon with 0" test $? -eq 0
check "it said so once for each run when it began, and once when it ended" said_once_each
check "it did not repeat itself for the late one" test "$(lines 'run late: the journal cannot')" -le 1
check "nothing acknowledged is lost" "$FAULT/check" "$DATA" "$WORK/p1.log" "$WORK/p2.log" \
    "$WORK/p3.log" "$WORK/late.log"
check "the rings dropped some, and counted them" says "^dropped [1-9]" cat "$WORK/p1.log"
finish
