#!/bin/sh
# Journals as a user meets them: acknowledged when synced, verified, damaged, quarantined, repaired,
# kept to a size, and gone when they are too old.
. "$(dirname "$0")/lib.sh"

serve() {
    start "$WORK/daemon.log" "$KOOPMON" serve --data "$WORK/data" --stall-ms 1500 "$@"
    DAEMON=$LAST
    until_true 20 "$KOOPMON" status >/dev/null 2>&1
}
end() {
    kill -TERM "$DAEMON"
    wait "$DAEMON"
}
run_of() { "$KOOPMON" ls --json | sed 's/.*"uuid":"\([0-9a-f]*\)","name":"'"$1"'".*/\1/'; }
# flip FILE OFFSET: changes one byte.
flip() {
    old=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
    # shellcheck disable=SC2059 # the byte is the format
    printf "\\$(printf %03o $((old ^ 4)))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
size_of() { wc -c <"$1"; }

check "a daemon that syncs first starts" serve --ack fsync
train one 4000 --every 10
wait "$TRAINER"
check "the trainer ends well" test $? -eq 0
RUN=$(run_of one)
DIR=$WORK/data/runs/$RUN
SEGMENT=$DIR/000001.koop
TAKEN=$("$KOOPMON" journal verify "$DIR" | sed -n 's/.* \([0-9]*\) snapshots, seqs 1 to .*/\1/p')
check "its journal is intact and has what was published" \
    says "000001.koop: intact: $((TAKEN + 2)) records, $TAKEN snapshots" \
    "$KOOPMON" journal verify "$DIR"
check "status agrees" says "\"snapshots\":$TAKEN," "$KOOPMON" ls --json
code 0 "" "$KOOPMON" journal verify "$DIR" "$SEGMENT"
code 4 "no journal there" "$KOOPMON" journal verify "$DIR" "$WORK/nowhere"
code 2 "neither verify nor repair" "$KOOPMON" journal mend "$DIR"
end

# Damage within, and at the end.
cp "$SEGMENT" "$WORK/good"
flip "$SEGMENT" $(($(size_of "$SEGMENT") / 2))
code 1 "" "$KOOPMON" journal verify "$DIR"
check "it says where" says "  damaged: offset [0-9]*, [0-9]* bytes" "$KOOPMON" journal verify "$DIR"
check "as JSON too" says '"damaged":\[{"offset":[0-9]*,"bytes":[0-9]*}\]' \
    "$KOOPMON" journal verify --json "$DIR"
ln -s "$SEGMENT" "$WORK/link"
code 2 "" "$KOOPMON" journal verify "$DIR" "$WORK/link"
check "trouble with another path does not hide it" says '"damaged":true' \
    "$KOOPMON" journal verify --json "$DIR" "$WORK/link"
flip "$SEGMENT" $(($(size_of "$SEGMENT") - 2))
check "a daemon starts on it" serve
check "status counts it" until_true 30 says "2 damaged ranges of the journal passed over" \
    "$KOOPMON" status one
check "ls --json too" says '"damaged":2' "$KOOPMON" ls --json
check "the log says where" grep -q "passed over, the first in 000001.koop, offset" "$WORK/daemon.log"
end
code 0 "" "$KOOPMON" journal repair "$DIR"
check "the damaged file is in quarantine" test -f "$DIR/quarantine/000001.koop"
code 0 "" "$KOOPMON" journal verify "$DIR"
check "one snapshot is missing, and the goodbye" \
    says "intact: $TAKEN records, $((TAKEN - 1)) snapshots" \
    "$KOOPMON" journal verify "$DIR"
code 0 "" "$KOOPMON" journal repair "$DIR"
check "a second repair does nothing" test "$(find "$DIR/quarantine" -type f | wc -l)" -eq 1

# Not while a daemon writes it.
check "a daemon starts that keeps little" serve --keep 1M --keep-days 10
train two 100000000 --every 10
until_true 30 says "two" "$KOOPMON" ls >/dev/null
TWO=$WORK/data/runs/$(run_of two)
until_true 30 test -s "$TWO/000001.koop"
code 2 "a daemon writes this journal" "$KOOPMON" journal repair "$TWO"
check "but it can be verified" says "intact" "$KOOPMON" journal verify "$TWO"
kill -KILL "$TRAINER"
end

# A run that is all too old goes when the daemon starts.
touch -d '30 days ago' "$DIR"/0*.koop
check "a daemon starts" serve --keep-days 10
check "the old run is gone" test ! -e "$DIR"
check "and the log says so" grep -q "run $RUN: journal deleted: 1 segment," "$WORK/daemon.log"
check "the other is there" test -d "$TWO"
end
finish
