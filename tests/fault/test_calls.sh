#!/bin/sh
# The k-th call of a kind fails, under a real daemon with two trainers: whatever becomes of the daemon,
# what it acknowledged is in the journals once a clean one has been there. Short: a spread of k. Long:
# every k to 2,000, as far as there are so many calls (a daemon syncs ten times a second).
. "$(dirname "$0")/../e2e/lib.sh"
if grep -q '^KOOP_SANITIZE:[A-Z]*=.' "$BUILD/CMakeCache.txt"; then
    echo "skipped: a sanitizer's own allocator cannot be made to fail"
    exit 77
fi
TRIALS=$(mktemp -d /dev/shm/koopmon-fault.XXXXXX 2>/dev/null) || TRIALS=$WORK/trials
mkdir -p "$TRIALS"
export OPENBLAS_NUM_THREADS=1

# sweep SHORT LONG OPTION...: every SHORT-th k, or in a long run every LONG-th. The trials of a failure
# stay until they were shown.
sweep() {
    spread=$1
    [ -z "${KOOP_LONG:-}" ] || spread=$2
    shift 2
    "$BUILD/fault/sweep" build="$BUILD" dir="$TRIALS" step="$spread" parallel=8 "$@" && return 0
    tail -n 20 "$TRIALS"/*/*.log >&2
    rm -rf "$TRIALS"/*
    return 1
}

check "allocations" sweep 150 1 what=alloc to=2000
check "allocations, from start-up on" sweep 40 1 what=alloc to=220 startup=1
check "three allocations in a row" sweep 500 5 what=alloc to=2000 fails=3
many() { sweep "$@" to=2000 count=1000 stride=1000; }
check "writes" many 400 1 what=write
check "writes, half done" many 700 5 what=write half=1
check "writes, half done, and the mending too" many 700 5 what=write half=1 fails=2 own=1
check "death in the middle of a write" many 700 5 what=write half=1 errno=kill own=1
check "syncs" sweep 20 1 what=sync to=40 count=1500 rate=1000 stride=1000
check "opens" sweep 7 1 what=open to=30
check "opens, from start-up on" sweep 30 1 what=open to=110 startup=1
check "descriptors" sweep 2 1 what=fd to=6
check "descriptors, from start-up on" sweep 5 1 what=fd to=16 startup=1
check "names: mkdir, unlink, rename" sweep 9 1 what=path to=30 startup=1
check "threads" sweep 2 1 what=thread to=5 startup=1

# The same with a trainer, who may end up without monitoring, and its neighbour. Some calls fail
# alone; some, as where memory or descriptors are short, with all that come after. (A libzmq that
# cannot get what it wants aborts: only what is asked for before it starts can be refused.)
trains() { sweep "$@" startup=1 trainer=1 count=100 rate=300; }
check "a trainer's allocations" trains 130 1 what=alloc to=380
check "all of a trainer's allocations from one on" trains 130 1 what=alloc to=380 fails=0
check "a trainer's descriptors" trains 10 1 what=fd to=30
check "all of a trainer's descriptors from one on" trains 10 1 what=fd to=30 fails=0
check "a trainer's threads" trains 3 1 what=thread to=6
check "all of a trainer's threads from one on" trains 3 1 what=thread to=6 fails=0
check "a trainer's own writes" trains 5 1 what=write own=1 to=12
rm -rf "$TRIALS"
finish
