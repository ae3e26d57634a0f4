#!/bin/sh
# What a trainer grows by while it publishes at 1 kHz and the daemon is stopped, or absent: at most
# twice its ring and 8 MB.
. "$(dirname "$0")/../e2e/lib.sh"

case $BUILD in
*address* | *thread*) # a sanitizer's shadow is no memory of the client's
    echo "skipped under a sanitizer"
    exit 77
    ;;
esac
seconds=${KOOP_LONG:+60}

printf '%8s %-8s %10s %10s %9s %9s %9s\n' bytes daemon published dropped "ring MB" "growth MB" "bound MB"
for bytes in 2048 65536 1048576; do
    start "$WORK/serve.log" "$KOOPMON" serve
    until_true 30 test -S "$WORK/run/k.sock" || failed "no socket"
    check "$bytes bytes, daemon stopped" "$BUILD/fault/client_memory" $bytes "${seconds:-3}" "$LAST"
    kill -KILL "$LAST"
    until_true 30 stopped "$LAST"
    rm -rf "$WORK/state" "$WORK/run"
    mkdir -m 700 "$WORK/state" "$WORK/run"
    check "$bytes bytes, no daemon" "$BUILD/fault/client_memory" $bytes "${seconds:-3}"
done
finish
