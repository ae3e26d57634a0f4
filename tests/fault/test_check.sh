#!/bin/sh
# The publisher and the checker that the other fault tests stand on: the checker is content with a
# daemon that was killed, and finds a journal that lacks, repeats or changes a snapshot.
. "$(dirname "$0")/../e2e/lib.sh"
FAULT=$BUILD/fault
DATA=$WORK/data

serve() {
    start "$WORK/daemon.log" "$KOOPMON" serve --data "$DATA"
    DAEMON=$LAST
    until_true 20 "$KOOPMON" status >/dev/null 2>&1
}

# ends PID CODE
ends() {
    wait "$1"
    test $? -eq "$2"
}

# finds WORD: check is not content, and says that there are some of these.
finds() {
    ! "$FAULT/check" "$DATA" "$WORK/one.log" >"$WORK/out" && grep -q "^all .* $1 [1-9]" "$WORK/out"
}

# A small ring, and no daemon at first: some must be dropped.
start "$WORK/out.two" "$FAULT/publisher" name=two log="$WORK/two.log" count=3000 slots=16 floats=300
TWO=$LAST
start "$WORK/out.one" "$FAULT/publisher" name=one log="$WORK/one.log" count=2000 rate=1000 \
    slots=4000
ONE=$LAST
check "a daemon starts" serve
sleep 1
kill -KILL "$DAEMON"
wait "$DAEMON" 2>/dev/null
check "it starts again" serve
check "the first publisher ends well" ends "$ONE" 0
check "and the second" ends "$TWO" 0
check "all that was acknowledged is in the journals" "$FAULT/check" "$DATA" "$WORK/one.log" \
    "$WORK/two.log"
check "the small ring dropped some" says "^dropped [1-9]" cat "$WORK/two.log"
kill -TERM "$DAEMON"
wait "$DAEMON"

run=$DATA/runs/$(sed -n 's/^uuid //p' "$WORK/one.log")
last=$(for segment in "$run"/*.koop; do echo "$segment"; done | tail -n 1)
cp "$last" "$WORK/good"
size=$(wc -c <"$last")
head -c $((size / 2)) "$WORK/good" >"$last"
check "it finds what is missing" finds missing
cat "$WORK/good" "$WORK/good" >"$last"
check "it finds what is there twice" finds duplicated
{
    head -c $((size / 2)) "$WORK/good"
    printf 'KOOP'
    tail -c +$((size / 2 + 5)) "$WORK/good"
} >"$last"
check "it finds what is damaged" finds damaged
cp "$WORK/good" "$last"
sed -i "s/^floats .*/floats 63/" "$WORK/one.log"
check "it finds what is not as published" finds altered
finish
