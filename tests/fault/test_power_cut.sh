#!/bin/sh
# What a power cut leaves, imitated: the daemon is killed, the newest segment of every run, and
# whatever else is kept beside it, loses a random part of its end, or gets zeros there, and the daemon starts
# again under the same publishers. What was cut is gone; nothing else is lost, altered or repeated,
# and the view is that of the journal.
# KOOP_SEED chooses the cuts.
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/kit.sh"

SEED=${KOOP_SEED:-$(date +%s)}
CUTS=$(long 5 60)
echo "seed $SEED"

# below N: a random whole number from 0 to N.
below() {
    SEED=$(((SEED * 1103515245 + 12345) % 2147483648))
    RANDOM_NUMBER=$((SEED / 8 % ($1 + 1)))
}

# cut FILE: somewhere in its last 100 kB, now and then anywhere, and now and then with zeros behind.
cut_end() {
    size=$(wc -c <"$1")
    below 9
    kind=$RANDOM_NUMBER
    reach=$size
    [ "$kind" -eq 0 ] || [ "$size" -lt 100000 ] || reach=100000
    below "$reach"
    truncate -s $((size - RANDOM_NUMBER)) "$1"
    [ "$kind" -ne 1 ] || truncate -s "$size" "$1"
    [ "$kind" -ne 1 ] || zeroed=$((zeroed + 1))
}
cut_all() {
    for run in "$DATA"/runs/*; do
        segment=$(for f in "$run"/*.koop; do echo "$f"; done | tail -n 1)
        [ ! -f "$segment" ] || cut_end "$segment"
        for file in "$run"/*; do
            case $file in *.koop | */lock) continue ;; esac
            [ ! -f "$file" ] || cut_end "$file"
        done
    done
}
live() { test "$("$KOOPMON" ls | grep -c ' live ')" -eq 3; }
computed() { "$KOOPMON" status "$1" --json 2>/dev/null | grep -q '"state":"finished".*"pending":0'; }

zeroed=0 cuts=0
check "a daemon starts" serve --quiet
publish small rate=400 floats=512
publish sketched rate=200 floats=20000 sketch=512
publish chunked rate=5 floats=393216 bytes=134217728
check "three runs are live" until_true 60 live
while [ "$cuts" -lt "$CUTS" ] && [ "$FAILED" -eq 0 ]; do
    cuts=$((cuts + 1))
    below 10
    sleep "1.$RANDOM_NUMBER"
    kill -KILL "$DAEMON"
    wait "$DAEMON" 2>/dev/null
    cut_all
    serve --quiet || failed "it does not start after cut $cuts"
    until_true 60 live || failed "not all publishers are back after cut $cuts"
done
check "it starts after $cuts cuts ($zeroed of them with zeros), and the publishers go on" \
    test "$FAILED" -eq 0
check "the publishers end well" retire
# What was acknowledged and cut cannot be there: the promises are taken back.
for log in $LOGS; do sed -i 's/^promised .*/promised 0/; s/^ended .*/ended 0/' "$log"; done
# shellcheck disable=SC2086 # a list
"$FAULT/check" "$DATA" $LOGS >"$WORK/tally"
sed -n 's/^all  */      /p' "$WORK/tally"
check "nothing is altered or repeated" grep -q "^all .* duplicated 0 altered 0 .* repeated 0$" "$WORK/tally"
check "only zeros are damage" test "$(field damaged "$WORK/tally")" -le "$zeroed"
for run in small sketched chunked; do
    check "$run is computed" until_true 300 computed "$run"
    "$KOOPMON" status "$run" --json | lasting >"$WORK/$run.view"
done
kill -TERM "$DAEMON"
wait "$DAEMON"
check "the daemon ends well" test $? -eq 0
for run in "$DATA"/runs/*; do
    for file in "$run"/*; do
        case $file in *.koop | */quarantine) continue ;; esac
        rm -rf "$file"
    done
done
check "a daemon starts that has the journals alone" serve --quiet
for run in small sketched chunked; do
    check "$run is computed anew" until_true 300 computed "$run"
    "$KOOPMON" status "$run" --json | lasting >"$WORK/view"
    check "with the same view" cmp "$WORK/$run.view" "$WORK/view"
done
finish
