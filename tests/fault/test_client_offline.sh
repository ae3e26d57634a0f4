#!/bin/sh
# Recordings without a daemon: whole, of a trainer that was killed, and of a disk that filled up. All
# of them are read, up to the last whole record; the trainer goes on in any case.
. "$(dirname "$0")/../e2e/lib.sh"

export KOOPMON_MODE=offline KOOPMON_OFFLINE_DIR="$WORK/recordings" KOOPMON_RUN=trainer
rounds=${KOOP_LONG:+50}

recording() { ls "$WORK"/recordings/*.koop; }
empty() { rm -rf "$WORK/recordings" && mkdir "$WORK/recordings"; }
snapshots() { "$KOOPMON" analyze --json "$(recording)" | sed 's/.*"snapshots":\([0-9]*\).*/\1/'; }
matches() { case $1 in $2) ;; *) return 1 ;; esac; }
larger() { [ "$(stat -c %s "$WORK"/recordings/*.koop 2>/dev/null || echo 0)" -gt "$1" ]; }

empty
check "a trainer records" "$BUILD/fault/client_recorder" 300
check "every snapshot is read" [ "$(snapshots)" = 300 ]

# flip OFFSET: the byte there.
flip() {
    byte=$(od -An -tu1 -j "$1" -N 1 "$(recording)")
    printf "\\$(printf %o $((byte ^ 1)))" | dd of="$(recording)" bs=1 seek="$1" conv=notrunc 2>/dev/null
}
flip 60
check "with its first HELLO damaged as well" [ "$(snapshots 2>/dev/null)" = 300 ]
check "which verify tells" says "1, exit" sh -c \
    '"$1" journal verify "$2" | grep -c "damaged: offset 0," | tr "\n" ","; echo " exit"' sh \
    "$KOOPMON" "$(recording)"

round=1
while [ $round -le "${rounds:-3}" ]; do
    empty
    start "$WORK/recorder.log" "$BUILD/fault/client_recorder" 0
    until_true 60 larger $((300000 + round * 7919)) || failed "nothing is recorded"
    kill -KILL "$LAST"
    until_true 30 stopped "$LAST"
    bytes=$(stat -c %s "$(recording)")
    read=$(snapshots)
    # 2 KB of values and some 150 bytes around them
    if [ "${read:-0}" -ge $((bytes / 2300)) ]; then
        passed "killed at $bytes bytes: $read snapshots are read"
    else
        failed "killed at $bytes bytes: only ${read:-0} snapshots are read"
    fi
    round=$((round + 1))
done

for bytes in 0 100 3000 300000 301111; do
    empty
    # through a pipe: the limit is on all files of the trainer
    said=$({ "$BUILD/fault/client_recorder" 300 $bytes && echo "ends well"; } 2>&1 | cat)
    check "disk full at $bytes bytes: it says so and goes on" \
        matches "$said" "recording $WORK/*.koop: File too large
ends well"
done
check "what fitted is read ($(snapshots))" [ "$(snapshots)" -ge $((301111 / 2300)) ]
check "and is whole" [ -z "$("$KOOPMON" analyze --json "$(recording)" 2>&1 >/dev/null)" ]

# A disk of its own that is really full, where this may be mounted.
empty
if mount -t tmpfs -o size=256k none "$WORK/recordings" 2>/dev/null; then
    "$BUILD/fault/client_recorder" 300 >"$WORK/out" 2>"$WORK/err"
    check "a full file system: the trainer ends well" [ $? -eq 0 ]
    check "and says why" grep -q "recording .*koop: No space left" "$WORK/out"
    check "what fitted is read ($(snapshots))" [ "$(snapshots)" -ge 64 ]
    umount "$WORK/recordings"
else
    echo "skipped: a file system of 256 KB may not be mounted here"
fi
finish
