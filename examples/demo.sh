# shellcheck shell=sh
# demo.sh: what the demos share. Sourced with the build directory in $1; gives $build, $home, the
# functions below, and a daemon of their own whose data goes away with the demo.
set -eu
build=$(cd "$1" && pwd)
home=$(mktemp -d)
daemon=
trainer=

end() {
    trap - EXIT HUP INT TERM
    [ -z "$trainer" ] || kill "$trainer" 2>/dev/null || true
    [ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$home"
}
trap end EXIT
trap 'end; exit 129' HUP
trap 'end; exit 130' INT
trap 'end; exit 143' TERM

# failed: the daemon has ended, or the trainer has, and not well.
failed() {
    kill -0 "$daemon" 2>/dev/null || return 0
    [ -n "$trainer" ] && ! kill -0 "$trainer" 2>/dev/null || return 1
    if wait "$trainer"; then trainer=; else return 0; fi
    return 1
}

# until_answers COMMAND...: waits at most 10 s for a command to succeed.
until_answers() {
    tries=0
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        if [ "$tries" -gt 100 ] || failed; then
            cat "$home"/*.log >&2
            exit 1
        fi
        sleep 0.1
    done
}

# start_daemon [OPTION...]
start_daemon() {
    export KOOPMON_ENDPOINT="ipc://$home/koopmon.sock"
    "$build/koopmon" serve --data "$home/data" "$@" 2>"$home/daemon.log" &
    daemon=$!
    until_answers "$build/koopmon" status
}

# start_trainer RUN COMMAND...: in the background; goes on when the daemon knows its run.
start_trainer() {
    run=$1
    shift
    "$@" >"$home/trainer.log" 2>&1 &
    trainer=$!
    until_answers "$build/koopmon" status "$run"
}

on_terminal() { [ -t 0 ] && [ -t 1 ] && [ "${TERM:-dumb}" != dumb ]; }
