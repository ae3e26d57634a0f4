# lib: what every end-to-end test needs. Sourced with the build directory as $1. Gives the test a
# temporary directory and an endpoint of its own, and stops what it started however it ends.

BUILD=$1
KOOPMON=$BUILD/koopmon
WORK=$(mktemp -d /tmp/koopmon-e2e.XXXXXX)
STARTED= # process ids to stop at the end
FAILED=0

export XDG_RUNTIME_DIR="$WORK/run" XDG_STATE_HOME="$WORK/state" XDG_CONFIG_HOME="$WORK/config" HOME="$WORK"
export KOOPMON_ENDPOINT="ipc://$WORK/run/k.sock" OPENBLAS_NUM_THREADS=1 LC_ALL=C.UTF-8
TSAN_OPTIONS="suppressions='$(cd "$(dirname "$0")/.." && pwd)/tsan.supp'"
export TSAN_OPTIONS
export PATH="$BUILD:$PATH" # for what is typed in a terminal
unset KOOPMON_MODE KOOPMON_RUN KOOPMON_OFFLINE_DIR NO_COLOR KOOPMON_SERVER_KEY KOOPMON_KEY_FILE
mkdir -m 700 "$WORK/run" "$WORK/state"

cleanup() {
    code=$?
    trap - EXIT HUP INT TERM
    for process in $STARTED; do kill -KILL "$process" 2>/dev/null; done
    [ -z "${TMUX_SOCKET:-}" ] || tmux -L "$TMUX_SOCKET" kill-server 2>/dev/null
    wait 2>/dev/null
    rm -rf "$WORK"
    exit "$code"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

passed() { echo "ok    $*"; }

failed() {
    echo "FAIL  $*" >&2
    FAILED=1
}

# finish: the exit code of the whole test.
finish() {
    [ "$FAILED" -eq 0 ] && echo "all passed"
    exit "$FAILED"
}

# check WHAT COMMAND...: the command succeeds.
check() {
    what=$1
    shift
    if "$@"; then passed "$what"; else failed "$what: $*"; fi
}

# code N WORD COMMAND...: it exits with N, and when N is not 0 says WORD in one line of complaint and
# nothing else.
code() {
    wanted=$1
    word=$2
    shift 2
    "$@" >"$WORK/out" 2>"$WORK/err" </dev/null
    got=$?
    if [ "$got" -ne "$wanted" ]; then
        failed "exit code $got instead of $wanted: $*"
        cat "$WORK/err" >&2
    elif [ "$wanted" -ge 2 ] && ! { [ "$(wc -l <"$WORK/err")" -eq 1 ] && grep -q -- "$word" "$WORK/err"; }; then
        failed "wants one line with \"$word\": $*"
        cat "$WORK/err" >&2
    else
        passed "exit code $wanted: ${*##*/}"
    fi
}

# until_true SECONDS COMMAND...: polls until the command succeeds.
until_true() {
    deadline=$(($(date +%s) + $1))
    shift
    while ! "$@"; do
        [ "$(date +%s)" -lt "$deadline" ] || return 1
        sleep 0.1
    done
}

# says PATTERN COMMAND...: its output holds the pattern.
says() {
    pattern=$1
    shift
    "$@" 2>/dev/null | grep -q -- "$pattern"
}

# near A B TOLERANCE
near() { awk -v a="$1" -v b="$2" -v t="$3" 'BEGIN { d = a - b; exit !(d <= t && -d <= t) }'; }

# json_lines FILE: every line is a JSON object with "schema":1, and there is one.
json_lines() {
    [ -s "$1" ] || return 1
    if command -v python3 >/dev/null 2>&1; then
        python3 -c 'import json, sys
assert all(json.loads(line)["schema"] == 1 for line in open(sys.argv[1]))' "$1"
    else
        ! grep -v '^{.*"schema":1.*}$' "$1"
    fi
}

# json_of COMMAND...: its output, kept in $WORK/json, is one line of JSON.
json_of() {
    "$@" >"$WORK/json" && [ "$(wc -l <"$WORK/json")" -eq 1 ] && json_lines "$WORK/json"
}

# start LOG COMMAND...: in the background; its process id is in $LAST.
start() {
    log=$1
    shift
    "$@" >"$log" 2>&1 </dev/null &
    LAST=$!
    STARTED="$STARTED $LAST"
}

# stopped PID: it has ended.
stopped() { ! kill -0 "$1" 2>/dev/null; }

# train NAME STEPS [OPTION...]: a trainer in the background, of a transformer so small that hundreds
# of its steps take a second. Its process id is in $TRAINER.
train() {
    name=$1
    steps=$2
    shift 2
    start "$WORK/$name.log" env OPENBLAS_NUM_THREADS=1 "$BUILD/examples/grok" --p 11 --d 8 --mlp 16 \
        --no-early-stop --quiet --name "$name" --steps "$steps" "$@"
    TRAINER=$LAST
}
