#!/bin/sh
# A trainer survives: too few descriptors, threads, bytes; forks of every kind; bad endpoints. Each
# case is a process of its own; the tables say how it ended and what reason the client gave.
. "$(dirname "$0")/../e2e/lib.sh"

case $BUILD in
*address* | *thread*) # sanitizers take address space, descriptors and threads of their own
    echo "skipped under a sanitizer"
    exit 77
    ;;
esac
export KOOPMON_OFFLINE_DIR="$WORK"

check "the daemon starts" start "$WORK/serve.log" "$KOOPMON" serve
until_true 30 test -S "$WORK/run/k.sock" || failed "no socket"

# table WHAT PROGRAM [ARGUMENT]: it prints its cases; none failed.
table() {
    what=$1
    program=$BUILD/fault/$2
    shift 2
    if "$program" "$@" >"$WORK/table" 2>&1; then passed "$what"; else failed "$what"; fi
    cat "$WORK/table"
}

check "a plugin that is unloaded while it publishes" "$BUILD/fault/client_plugin" \
    "$BUILD/fault/shim_client_plugin.so"
table "short of descriptors, threads, memory, disk: 0 aborts, 0 hangs" client_resources
table "forks, spawns, exits, cycles: 0 aborts, 0 hangs" client_forks
mkdir -m 700 "$WORK/endpoints"
"$KOOPMON" keygen --client >"$WORK/keygen.log" 2>&1 || failed "no key" # for other machines' daemons
table "endpoints of every bad kind: 0 aborts, 0 hangs" client_endpoints "$WORK/endpoints"
finish
