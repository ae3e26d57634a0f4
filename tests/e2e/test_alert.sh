#!/bin/sh
# Alerts as a person meets them: the file, the test of one, and the bell of a terminal.
. "$(dirname "$0")/lib.sh"

mkdir -p "$WORK/config/koopmon"
ini=$WORK/config/koopmon/koopmon.ini
cat >"$ini" <<END
[alert "page"]
exec = /bin/sh -c 'cat >$WORK/page'
[alert "nobody"]
webhook = http://127.0.0.1:9/SECRET
format = slack
[alert "slow"]
exec = /bin/sleep 600
timeout = 5m
END

check "the configuration is understood" says '; \[alert "page"\]' "$KOOPMON" check-config
check "alerts are listed" says '^page  *\/bin\/sh ' "$KOOPMON" alert list
check "without secrets" test "$("$KOOPMON" alert list | grep -c SECRET)" -eq 0
check "a test arrives" says "delivered to page (/bin/sh): exit code 0 in" "$KOOPMON" alert test page
check "as JSON" json_lines "$WORK/page"
check "of its kind" grep -q '"kind":"test","level":"info","resolved":false' "$WORK/page"
check "also where SIGCHLD was ignored" says "delivered to page" \
    env --ignore-signal=CHLD "$KOOPMON" alert test page
code 1 "" "$KOOPMON" alert test nobody
check "a failure is one line that names no secret" test "$(grep -c "failed after .* 127.0.0.1 port 9" \
    "$WORK/err") $(grep -c SECRET "$WORK/err")" = "1 0"
code 2 'did you mean "page"?' "$KOOPMON" alert test pago
timeout --preserve-status -s INT 1 "$KOOPMON" alert test slow >"$WORK/out" 2>&1
check "Ctrl-C ends a test with 130" test $? -eq 130
echo 'exec /usr/bin/page' >>"$ini"
code 2 "koopmon.ini:9: neither a" "$KOOPMON" check-config
rm "$ini"

# bells FILE: how often the terminal whose output it is was rung.
bells() { tr -dc '\a' <"$1" | wc -c; }
script -qec true "$WORK/tty" >/dev/null 2>&1 </dev/null || {
    echo "skipped: no pseudo-terminal here"
    finish
}
start "$WORK/daemon.log" "$KOOPMON" serve --data "$WORK/data"
until_true 20 "$KOOPMON" status >/dev/null 2>&1
follow="'$KOOPMON' follow koop-planted --plain --timeout 60 --until finished"
timeout 300 script -qec "$follow --bell" "$WORK/tty" >/dev/null 2>&1 </dev/null &
on_terminal=$!
timeout 300 sh -c "$follow --bell" >"$WORK/pipe" 2>&1 </dev/null &
on_pipe=$!
STARTED="$STARTED $on_terminal $on_pipe"
start "$WORK/trainer.log" env OMP_NUM_THREADS=1 "$BUILD/examples/koop-planted" \
    --change lr-drop --at 1200 --steps 1500 --delay-ms 1
wait "$on_terminal" "$on_pipe"
check "there was an event" grep -q ' step ' "$WORK/pipe"
check "the bell rings at each event" test "$(bells "$WORK/tty")" -eq "$(grep -c ' step ' "$WORK/pipe")"
check "a file gets none" test "$(bells "$WORK/pipe")" -eq 0
[ "$FAILED" -eq 0 ] || cat "$WORK/daemon.log" "$WORK/pipe" >&2
finish
