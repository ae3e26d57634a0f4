#!/bin/sh
# Hours of use in minutes: eight trainers, one that ends and one that is killed again and again, each
# time a new run; the interface attached and detached; followers that come and go, some killed, some
# that read nothing. The daemon's memory, descriptors and threads must not grow, and nothing be lost.
# A daemon shows at most 256 runs, and keeps a view of each. So that the runs to come replace others
# as they do in a daemon that has long been there, it begins with a list that is full.
# KOOP_SOAK_S sets the length. Under a sanitizer memory says nothing, and is only shown.
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/kit.sh"

LENGTH=${KOOP_SOAK_S:-$(long 8 600)}
ATTACHED=$(long 4 200)
RUNS=$(long 8 256)
CYCLE_S=$(long 2 30)
WARM_UP_S=$((LENGTH * 6 / 10)) # the allocator takes minutes to find its level
HERTZ=$(getconf CLK_TCK)
TMUX_SOCKET=koopmon-soak-$$
unset TMUX

# sample: time, resident KiB, descriptors, threads, CPU ticks; once a second.
sample() {
    while [ -e "$WORK/going" ]; do
        observe >>"$WORK/samples"
        sleep 1
    done
}
observe() {
    now=$(date +%s.%N)
    ticks=$(sed 's/.*) //' "/proc/$DAEMON/stat" | awk '{ print $12 + $13 }')
    echo "$now $(resident) $(descriptors) $(threads) $ticks"
}

# finishing, dying: a trainer after another, each a new run.
finishing() {
    i=0
    while [ -e "$WORK/going" ]; do
        i=$((i + 1))
        "$FAULT/publisher" log="$WORK/finishing-$i.log" name=finishing seconds="$CYCLE_S" \
            flush=60000 rate=100 floats=512 || echo "finishing-$i: exit code $?" >>"$WORK/complaints"
    done
}
dying() {
    i=0
    while [ -e "$WORK/going" ]; do
        i=$((i + 1))
        "$FAULT/publisher" log="$WORK/dying-$i.log" name=dying seconds=100 rate=100 floats=512 &
        sleep "$((CYCLE_S + i % 3))"
        kill -KILL $!
        wait $! 2>/dev/null
    done
}

# following: some read all, some are killed, some stopped so that they read nothing, and then killed.
following() {
    i=0
    while [ -e "$WORK/going" ]; do
        i=$((i + 1))
        "$KOOPMON" follow >"$WORK/follow" 2>&1 &
        follower=$!
        sleep 0.7
        case $((i % 3)) in
        0) kill -INT $follower && sleep 1 && kill -KILL $follower 2>/dev/null ;; # it may have begun too late for INT
        1) kill -KILL $follower ;;
        2) kill -STOP $follower && sleep 1 && kill -KILL $follower ;;
        esac
        wait $follower 2>/dev/null
    done
}

# attach N: the interface, until it shows a run, and q.
attach() {
    tmux -L "$TMUX_SOCKET" -f /dev/null new-session -d -s "u$1" -x 120 -y 40 koopmon
    until_true 60 draws "$1" || return 1
    tmux -L "$TMUX_SOCKET" send-keys -t "u$1" q
    until_true 60 detached "$1"
}
draws() { tmux -L "$TMUX_SOCKET" capture-pane -p -t "u$1" | grep -q "q detach"; }
detached() { ! tmux -L "$TMUX_SOCKET" has-session -t "u$1" 2>/dev/null; }

# slope: MiB an hour and its standard error, by least squares over means of CYCLE_S seconds.
slope() {
    awk -v from="$(awk -v w=$WARM_UP_S 'NR == 1 { printf "%.3f", $1 + w }' "$WORK/samples")" -v b="$CYCLE_S" '
        $1 >= from { k = int(($1 - from) / b); x[k] += $1 - from; y[k] += $2; c[k]++ }
        END {
            for (k in c) { n++; x[k] /= c[k]; y[k] /= c[k]; sx += x[k]; sy += y[k] }
            for (k in c) { dx = x[k] - sx / n; xx += dx * dx; xy += dx * (y[k] - sy / n) }
            a = xy / xx
            for (k in c) { e = y[k] - sy / n - a * (x[k] - sx / n); ee += e * e }
            printf "%.2f %.2f %.1f\n", a * 3600 / 1024, sqrt(ee / (n - 2) / xx) * 3600 / 1024,
                sy / n / 1024
        }' "$WORK/samples"
}

command -v tmux >/dev/null 2>&1 || exit 77
if ! tmux -L "$TMUX_SOCKET" -f /dev/null new-session -d -s keep "sleep 100000"; then
    echo "skipped: tmux opens no pseudo-terminal here"
    exit 77
fi
check "a daemon starts" serve --quiet
fill "$RUNS"
filled() { test "$("$KOOPMON" ls | tail -n +2 | wc -l)" -ge "$RUNS"; }
check "$RUNS runs have been" until_true 60 filled

publish raw-a rate=50 floats=512
publish raw-b rate=100 floats=512
publish raw-c rate=200 floats=512
publish sketched rate=50 floats=20000 sketch=512
publish wide rate=20 floats=65536 sketch=1024
train groups 1000000000 --delay-ms 20
until_true 60 says "^spectrum" "$KOOPMON" status raw-b
sleep 1 # followers of `says` are forgotten after six; these asked, and followed nothing
before_descriptors=$(descriptors)
before_threads=$(threads)
touch "$WORK/going"
sample &
sampler=$!
finishing &
churn=$!
following &
churn="$churn $!"
# A dead trainer's journal stays open for a minute: only the long form can wait for its end.
if [ -n "${KOOP_LONG:-}" ]; then
    dying &
    churn="$churn $!"
fi

began=$(date +%s)
i=0
while [ "$i" -lt "$ATTACHED" ] && [ "$FAILED" -eq 0 ]; do
    i=$((i + 1))
    attach "$i" || failed "the interface, attached for the ${i}th time, shows nothing or stays"
    while [ $(($(date +%s) - began)) -lt $((LENGTH * i / ATTACHED)) ]; do sleep 0.1; done
done
passed "the interface came and went $i times in $(($(date +%s) - began)) s"
rm "$WORK/going"
# shellcheck disable=SC2086 # a list
wait $churn $sampler
same() { test "$(descriptors)" -eq "$before_descriptors" && test "$(threads)" -eq "$before_threads"; }
check "descriptors ($before_descriptors) and threads ($before_threads) are as before" \
    until_true 120 same
same || echo "now $(descriptors) and $(threads)" >&2

kill -TERM "$TRAINER"
check "the publishers end well" retire
check "fast ones dropped nothing" kept_all raw-c 200 1024
check "nor sketched ones" kept_all sketched 50 1024
check "those that ended before ended well" test ! -e "$WORK/complaints"
for log in "$WORK"/finishing-*.log "$WORK"/dying-*.log; do
    [ ! -e "$log" ] || LOGS="$LOGS $log"
done
# shellcheck disable=SC2086
if "$FAULT/check" "$DATA" $LOGS >"$WORK/tally"; then
    passed "nothing is lost"
else
    failed "something is lost:"
    cat "$WORK/tally" >&2
fi
sed -n 's/^all  */      /p' "$WORK/tally"
kill -TERM "$DAEMON"
wait "$DAEMON"
check "the daemon ends well" test $? -eq 0
check "and said nothing" test ! -s "$WORK/daemon.log"

awk -v hertz="$HERTZ" 'NR == 1 { t = $1; c = $5 } { e = $1 - t; u = $5 - c; if ($2 > m) m = $2 }
    END { printf "      %d s, daemon %.1f%% of a CPU, at most %.1f MiB\n", e, 100 * u / hertz / e,
        m / 1024 }' "$WORK/samples"
if [ -n "${KOOP_LONG:-}" ]; then
    line=$(slope)
    # shellcheck disable=SC2086 # three words
    set -- $line
    echo "      after $WARM_UP_S s: $3 MiB, growing by $1 MiB an hour (standard error $2)"
    [ -n "${KOOP_SANITIZE:-}" ] ||
        check "memory does not grow by 1 MiB an hour" awk -v grows="$1" -v error="$2" -v mib="$3" \
            'BEGIN { exit !(mib + 0 > 0 && grows - 2 * error < 1) }'
fi
[ -z "${KOOP_SAMPLES:-}" ] || cp "$WORK/samples" "$KOOP_SAMPLES"
finish
