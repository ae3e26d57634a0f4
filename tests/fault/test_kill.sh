#!/bin/sh
# The daemon is killed again and again, at random moments and while it recovers, under publishers
# that go on: nothing acknowledged is missing, repeated or altered, everything published is journaled
# or counted as dropped, and what the daemon then shows is what an uninterrupted one would. Then it is
# killed in the midst of large writes: the torn ends are mended.
# KOOP_SEED chooses the moments.
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/kit.sh"

SEED=${KOOP_SEED:-$(date +%s)}
echo "seed $SEED"

# reap SECONDS OPTION...: a reaper with a daemon, until its kills are done.
reap() {
    limit=$1
    shift
    rm -f "$WORK/report"
    for log in $LOGS; do set -- log="$log" "$@"; done
    start "$WORK/daemon.log" "$FAULT/reaper" "$DATA" "$WORK/report" seed="$SEED" "$@" -- \
        "$KOOPMON" serve --data "$DATA" --quiet
    REAPER=$LAST
    until_true "$limit" reaped && test -s "$WORK/report"
}
reaped() { test -s "$WORK/report" || stopped "$REAPER"; }

# reaper_ends: and its daemon, well.
reaper_ends() {
    kill -TERM "$REAPER"
    wait "$REAPER"
}

# verify WHAT: the journals against the logs; the tally is in $WORK/tally.
verify() {
    # shellcheck disable=SC2086 # a list
    if "$FAULT/check" "$DATA" $LOGS >"$WORK/tally" && grep -q '^all .* repeated 0$' "$WORK/tally"; then
        passed "$1"
    else
        failed "$1:"
        cat "$WORK/tally" >&2
    fi
    sed -n 's/^all  */      /p' "$WORK/tally"
}

# computed RUN: all that is journaled is in its view.
computed() { "$KOOPMON" status "$1" --json 2>/dev/null | grep -q '"state":"finished".*"pending":0'; }
holds() { test -n "$2" && grep -qF "$2" "$1"; }
view_of() { "$KOOPMON" status "$1" --json | lasting; }

echo "kills at random moments:"
publish small rate="$(long 400 600)" floats=512 slots=8192
publish sketched rate="$(long 300 500)" floats=20000 sketch=512 slots=8192
publish chunked rate=4 floats=393216 bytes=134217728
publish starved rate=500 floats=512 slots=16
kills=$(long 8 300)
check "$kills times killed and started" reap $((120 + 10 * kills)) kills="$kills" early=0.2
cat "$WORK/report"
check "the publishers end well" retire
verify "nothing acknowledged is lost, repeated or altered; the account is exact"
check "no journal is damaged" test "$(field damaged "$WORK/report")" = 0
check "a ring of seconds drops nothing" kept_all small "$(long 400 600)" 8192
check "nor one of sketches" kept_all sketched "$(long 300 500)" 8192
check "nor one of chunked snapshots" kept_all chunked 4 85
check "the one with none counted its drops" grep -q '^dropped [1-9]' "$WORK/starved.log"
echo "      longest without an acknowledgement $(largest silence_ms) ms," \
    "longest koop_publish $(largest slowest_us) us"

for run in small sketched chunked starved; do
    check "$run is computed" until_true 600 computed "$run"
    view_of "$run" >"$WORK/$run.view"
    "$KOOPMON" events "$run" --json >"$WORK/$run.events"
done
check "the daemon ends well" reaper_ends

# The same journals, and nothing else that a daemon keeps, before one that was never killed.
mkdir -m 700 "$WORK/copy" "$WORK/copy/runs"
for run in "$DATA"/runs/*; do
    mkdir -m 700 "$WORK/copy/runs/${run##*/}"
    ln "$run"/*.koop "$WORK/copy/runs/${run##*/}"
done
DATA=$WORK/copy
check "a daemon starts on a copy" serve
for run in small sketched chunked starved; do
    check "$run is computed anew" until_true 600 computed "$run"
    view_of "$run" >"$WORK/view"
    check "with the same view" cmp "$WORK/$run.view" "$WORK/view"
    "$KOOPMON" events "$run" --json >"$WORK/events"
    check "and the same events" cmp "$WORK/$run.events" "$WORK/events"
    [ "$run" != chunked ] || [ -n "${KOOP_LONG:-}" ] || continue # too few for a spectrum
    uuid=$(sed -n 's/^uuid //p' "$WORK/$run.log")
    "$KOOPMON" analyze "$DATA/runs/$uuid" --json >"$WORK/analysis"
    spectrum=$(grep -o '"eigenvalues":\[\[[^a-z]*\]\]' "$WORK/analysis" | tail -n 1)
    check "its spectrum is the last of analyze" holds "$WORK/view" "$spectrum"
done
echo "      events: $(cat "$WORK"/*.events | grep -o '"onset"' | wc -l)"
kill -TERM "$DAEMON"
wait "$DAEMON"

# Large snapshots as fast as they go. A few kills at a time, so that the disk does not fill.
echo "kills in the midst of writes of 4 MB:"
kills=$(long 1 100) # at least, and so many torn ends:
wanted=$(long 1 50)
torn=0 aimed=0 done=0 left=0
while [ "$done" -lt "$kills" ] || [ "$torn" -lt "$wanted" ]; do
    [ "$FAILED" -eq 0 ] && [ "$done" -lt $((4 * kills + 20)) ] || break
    DATA=$WORK/large
    LOGS=
    rm -rf "$DATA"
    publish large-1 floats=1048576 rate=25 bytes=134217728
    publish large-2 floats=1048576 rate=25 bytes=134217728
    reap 300 kills=10 torn="$(long 2 0)" least=100 most=300 aim=4194304 ||
        failed "the reaper ended early"
    retire || failed "a publisher did not end well"
    # shellcheck disable=SC2086
    "$FAULT/check" "$DATA" $LOGS >"$WORK/tally" || {
        failed "journals are not as acknowledged:"
        cat "$WORK/tally" >&2
    }
    reaper_ends || failed "the daemon did not end well"
    done=$((done + $(field kills "$WORK/report")))
    aimed=$((aimed + $(field aimed "$WORK/report")))
    torn=$((torn + $(field torn "$WORK/report")))
    left=$((left + $(field torn "$WORK/tally")))
    SEED=$((SEED + 1))
done
echo "      kills $done, of them at a growing segment $aimed; torn ends $torn, left torn $left"
check "kills tear records" test "$torn" -ge "$wanted"
check "all of them are mended" test "$left" -eq 0
finish
