# demo.sh: what the demos share. Sourced with the build directory in $1; gives $build, $home, the
# functions below, and a daemon of their own whose data goes away with the demo.
set -eu
build=$(cd "$1" && pwd)
home=$(mktemp -d)
daemon=
trainer=

end() {
    trap - EXIT INT TERM
    [ -z "$trainer" ] || kill "$trainer" 2>/dev/null || true
    [ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$home"
}
trap end EXIT
trap 'end; exit 130' INT TERM

start_daemon() {
    export KOOPMON_ENDPOINT="ipc://$home/koopmon.sock"
    "$build/koopmon" serve --data "$home/data" "$@" 2>"$home/daemon.log" &
    daemon=$!
    tries=0
    until "$build/koopmon" status >/dev/null 2>&1; do
        tries=$((tries + 1))
        if [ "$tries" -gt 100 ] || ! kill -0 "$daemon" 2>/dev/null; then
            cat "$home/daemon.log" >&2
            exit 1
        fi
        sleep 0.1
    done
}

on_terminal() { [ -t 0 ] && [ -t 1 ] && [ "${TERM:-dumb}" != dumb ]; }
