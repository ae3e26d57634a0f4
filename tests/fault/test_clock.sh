#!/bin/sh
# The wall clock of the daemon and of a trainer is set an hour on and an hour back while they run:
# nobody is called stalled, nothing is out of order, and no rate or lag is negative or of hours.
# Long: six times.
. "$(dirname "$0")/../e2e/lib.sh"
if grep -q '^KOOP_SANITIZE:[A-Z]*=.' "$BUILD/CMakeCache.txt"; then
    echo "skipped: a sanitizer wants to be loaded first"
    exit 77
fi
FAULT=$BUILD/fault
ROUNDS=1
[ -z "${KOOP_LONG:-}" ] || ROUNDS=6

# with_clock NAME COMMAND...: started in the background, its clock is $WORK/NAME.ahead's and .behind's.
with_clock() {
    clock=$1
    shift
    exec env LD_PRELOAD="$FAULT/shim_clock.so" KOOP_CLOCK_AHEAD="$WORK/$clock.ahead" \
        KOOP_CLOCK_BEHIND="$WORK/$clock.behind" "$@"
}
promised() { sed -n 's/^promised //p' "$WORK/$1.log" 2>/dev/null; }
beyond() { test "$(promised "$1")" -gt "$2" 2>/dev/null; }
number() { "$KOOPMON" status "$1" --json | sed "s/.*\"$2\":\([-0-9.e+]*\).*/\1/"; }
within() { awk -v x="$1" -v a="$2" -v b="$3" 'BEGIN { exit !(x >= a && x <= b) }'; }

# plausible WHEN: both runs go on, and what is shown of them can be true.
plausible() {
    for run in still stepped; do
        now=$(promised $run)
        check "$1: $run goes on" until_true 30 beyond $run $((now + 25))
        rate=$(number $run rate) lag=$(number $run lag_s)
        check "$1: $run: rate $rate, lag $lag s" eval 'within "$rate" 0 200 && within "$lag" 0 1000'
    done
}

start "$WORK/daemon.log" with_clock daemon "$KOOPMON" serve --data "$WORK/data"
check "a daemon starts" until_true 20 says "no runs yet" "$KOOPMON" ls
start "$WORK/states" "$KOOPMON" follow
start "$WORK/out" "$FAULT/publisher" name=still log="$WORK/still.log" rate=50 seconds=1e6
STILL=$LAST
start "$WORK/out" with_clock trainer "$FAULT/publisher" name=stepped log="$WORK/stepped.log" \
    rate=50 seconds=1e6
STEPPED=$LAST
plausible "before"
STEPS=0
while [ "$STEPS" -lt $((6 * ROUNDS)) ]; do
    for step in daemon.ahead daemon.behind trainer.ahead trainer.behind; do
        : >"$WORK/$step"
        STEPS=$((STEPS + 1))
        plausible "$step"
        [ "$step" = daemon.ahead ] || [ "$step" = trainer.ahead ] || continue
        rm "$WORK/$step" # and the next is two steps, or one of two hours
        STEPS=$((STEPS + 1))
    done
    rm "$WORK/daemon.behind"
    plausible "the daemon back, the trainer behind"
    rm "$WORK/trainer.behind"
    plausible "both back"
done
echo "  $STEPS steps of an hour"
kill -TERM "$STILL" "$STEPPED"
check "a trainer ends well" wait "$STILL"
check "and the other" wait "$STEPPED"
check "nobody was called stalled" test "$(grep -c '"stalled"' "$WORK/states")" -eq 0
check "but followed" grep -q '"state":"live"' "$WORK/states"
check "all is in the journals, in order" "$FAULT/check" "$WORK/data" "$WORK/still.log" \
    "$WORK/stepped.log"
finish
