#!/bin/sh
# Hostile peers on every endpoint, while three publishers go on: the daemon lives, its memory stays
# bounded, and all that was published is journaled or counted as dropped. Then a daemon that has few
# descriptors meets more connections than it can hold.
# A row for each kind of peer: snapshots acknowledged a second while it acts; the daemon's largest
# memory, and (at full length) its memory and share of a core 5 s later; connections that it cut.
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/kit.sh"

PORT=$((20000 + $$ % 10000 * 2))
SECONDS_EACH=$(long 1 5)
if ldd "$KOOPMON" | grep -q 'lib[at]san'; then MOST_MB=8192; else MOST_MB=2048; fi

alive() { kill -0 "$DAEMON"; }
acknowledged() {
    # shellcheck disable=SC2086 # a list
    cat $LOGS 2>/dev/null | awk '/^acknowledged / { n += $2 } END { print n + 0 }'
}
all_begun() { test "$(acknowledged)" -gt 300; }
milliseconds() { echo $(($(date +%s%N) / 1000000)); }
memory_mb() { awk -v word="$1:" '$1 == word { print int($2 / 1024) }' "/proc/$DAEMON/status"; }
ticks() { awk '{ print $14 + $15 }' "/proc/$DAEMON/stat"; }
percent_of_core() {
    before=$(ticks)
    sleep 1
    echo $((($(ticks) - before) * 100 / $(getconf CLK_TCK)))
}
cut_off() { "$KOOPMON" status --json | sed -n 's/.*"cut":\([0-9]*\).*/\1/p'; }

# row WHAT COMMAND...: measures while the command acts.
row() {
    what=$1
    shift
    echo 5 >"/proc/$DAEMON/clear_refs" 2>/dev/null # the peak begins anew
    from=$(milliseconds)
    before=$(acknowledged)
    "$@" >"$WORK/hostile.out" || failed "$what: $*"
    rate=$((($(acknowledged) - before) * 1000 / ($(milliseconds) - from)))
    alive || {
        failed "$what: the daemon is gone:"
        tail -n 3 "$WORK/daemon.log" >&2
        finish
    }
    peak=$(memory_mb VmHWM)
    [ "$peak" -le "$MOST_MB" ] || failed "$what: $peak MB"
    if [ -n "${KOOP_LONG:-}" ]; then
        sleep 5
        printf '%-20s %6d/s %6d MB %6d MB %6d%% %8s\n' "$what" "$rate" "$peak" \
            "$(memory_mb VmRSS)" "$(percent_of_core)" "$(cut_off)"
    else
        printf '%-20s %6d/s %6d MB\n' "$what" "$rate" "$peak"
    fi
}

# against MODE...: of each a row, by ipc and, at full length, by tcp.
against() {
    for mode; do
        row "$mode" "$FAULT/hostile" "$KOOPMON_ENDPOINT" "$mode" "$SECONDS_EACH"
        [ -z "${KOOP_LONG:-}" ] ||
            row "$mode, tcp" "$FAULT/hostile" "tcp://127.0.0.1:$PORT" "$mode" "$SECONDS_EACH"
    done
}
against_views() {
    for mode; do
        row "$mode" "$FAULT/hostile" "$KOOPMON_ENDPOINT.view" "$mode" "$SECONDS_EACH"
        [ -z "${KOOP_LONG:-}" ] ||
            row "$mode, tcp" "$FAULT/hostile" "tcp://127.0.0.1:$((PORT + 1))" "$mode" "$SECONDS_EACH"
    done
}

check "the daemon starts" serve --tcp "$PORT"
for name in one two three; do
    publish "$name" rate="$(long 500 1000)" floats=512 slots=16384
done
check "the publishers are heard" until_true 60 all_begun
row nobody sleep "$SECONDS_EACH"
against more welcomed-more ping garbage hello hello-again twins properties
against_views requests more
if [ -n "${KOOP_LONG:-}" ]; then
    against claim oversize come-and-go credit identity hold half shake-hold noise slow
    against_views requests-read follow hold
fi
log_bytes() { wc -c <"$WORK/daemon.log"; }
check "its log stayed short" test "$(log_bytes)" -lt $((1 << 20))
answers() { "$KOOPMON" status >/dev/null 2>&1; }
check "the daemon answers" until_true 60 answers
check "it counts whom it cut" test "$(cut_off)" -gt 0
check "the publishers end well" retire
# shellcheck disable=SC2086 # a list
check "nothing is lost" "$FAULT/check" "$DATA" $LOGS
kill -TERM "$DAEMON"
check "the daemon ends well" wait "$DAEMON"

# More connections than descriptors.
ulimit -n 256
LOGS=
check "a daemon with few descriptors starts" serve
publish early rate=200 floats=512
check "its publisher is heard" until_true 60 all_begun
(
    ulimit -n "$(ulimit -Hn)" 2>/dev/null
    exec "$FAULT/hostile" "$KOOPMON_ENDPOINT" shake-hold "$(long 3 10)" 200
) >"$WORK/hostile.out" &
HOSTILE=$!
STARTED="$STARTED $HOSTILE"
sleep 1
before=$(acknowledged)
all_go_on() { test "$(acknowledged)" -gt $((before + 200)); }
check "it goes on" until_true 60 all_go_on
wait "$HOSTILE"
publish late rate=200 floats=512
late_begun() { says '^acknowledged [1-9]' cat "$WORK/late.log"; }
check "a newcomer is heard afterwards" until_true 60 late_begun
check "and all end well" retire
# shellcheck disable=SC2086
check "nothing is lost there" "$FAULT/check" "$DATA" $LOGS
finish
