#!/bin/sh
# Who may connect over tcp: every way not to be let in, with what is said about it on both sides, and
# then the good way, with a key that is allowed late, taken away and given back, and a daemon that
# starts again meanwhile. Prints a table of what was refused.
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/kit.sh"

KEYS=$XDG_CONFIG_HOME/koopmon/keys # the daemon's
AWAY=$WORK/away                 # the home of a user elsewhere
STRANGER=$WORK/stranger
mkdir "$AWAY" "$STRANGER"
"$KOOPMON" keygen --keys "$WORK/none" >/dev/null 2>&1 || {
    echo "skipped: this libzmq has no CURVE"
    exit 77
}

# away HOME COMMAND...: as that user, who has no ipc.
away() {
    home=$1
    shift
    env -u KOOPMON_ENDPOINT -u XDG_RUNTIME_DIR -u XDG_CONFIG_HOME HOME="$home" "$@"
}
secret_of() { echo "$1/.config/koopmon/keys/client.key_secret"; }
key_in() { sed -n 's/.*public-key = "\(.*\)"/\1/p' "$1"; }
row() { printf 'TABLE %-34s %-8s %s\n' "$1" "$2" "$3" >>"$WORK/table"; }

# refused WHAT CODE WORDS COMMAND...: it ends with CODE and one line with WORDS; a row of the table.
refused() {
    what=$1
    wanted=$2
    words=$3
    shift 3
    "$@" >"$WORK/out" 2>"$WORK/err" </dev/null
    got=$?
    if [ "$got" -eq "$wanted" ] && [ "$(wc -l <"$WORK/err")" -eq 1 ] &&
        grep -qF -- "$words" "$WORK/err"; then
        passed "$what: exit code $wanted, \"$words\""
        row "$what" "exit $got" "$(sed "s|$WORK|…|g; s/^koopmon: //" "$WORK/err")"
    else
        failed "$what: exit code $got, not $wanted with \"$words\":"
        cat "$WORK/err" >&2
    fi
}

# says_so WHAT WORDS HOME OPTION...: a trainer of that user publishes, says WORDS, not again and again,
# and ends well and in time.
says_so() {
    what=$1
    words=$2
    home=$3
    shift 3
    away "$home" env "$@" timeout 60 "$FAULT/publisher" log="$WORK/mute.log" name=mute seconds=4 rate=50 \
        flush=0 >"$WORK/mute.err" 2>&1
    got=$?
    if [ "$got" -le 1 ] && grep -qF -- "$words" "$WORK/mute.err" &&
        [ "$(wc -l <"$WORK/mute.err")" -le 2 ]; then
        passed "a trainer, $what: \"$words\""
        row "trainer: $what" "exit $got" "$(sed "s|$WORK|…|g; s/^mute: //" "$WORK/mute.err" | head -n 1)"
    else
        failed "a trainer, $what: exit code $got, wants \"$words\", in two lines at most:"
        cat "$WORK/mute.err" >&2
    fi
}

# serve_tcp HOST [OPTION...]: on the first of a few ports that nobody has; it is in $PORT.
serve_tcp() {
    host=$1
    shift
    for try in 1 2 3 4 5; do
        PORT=$((20000 + ($$ + 3571 * try) % 12000))
        serve --tcp "$host:$PORT" "$@" && return 0
    done
    cat "$WORK/daemon.log" >&2
    return 1
}
stop_daemon() {
    kill -TERM "$DAEMON"
    wait "$DAEMON"
}

# The daemon's side.
some="--data $WORK/other --tcp"
# shellcheck disable=SC2086 # words
{
    refused "serve beyond this machine, no key" 2 "koopmon keygen" "$KOOPMON" serve $some 0.0.0.0:29999
    refused "the same, IPv6" 2 "koopmon keygen" "$KOOPMON" serve $some '[::]:29999'
    refused "the same, *" 2 "koopmon keygen" "$KOOPMON" serve $some '*:29999'
    refused "serve by name" 2 "names a host" "$KOOPMON" serve $some example.org:29999
    check "keygen makes the daemon's keys" "$KOOPMON" keygen >"$WORK/made"
    refused "keygen again" 2 "--force" "$KOOPMON" keygen
    refused "nobody allowed" 2 "koopmon allow PUBLIC_KEY" "$KOOPMON" serve $some 0.0.0.0:29999
    refused "nobody allowed, loopback --keys" 2 "koopmon allow PUBLIC_KEY" "$KOOPMON" serve $some \
        29999 --keys "$KEYS"
    for home in "$AWAY" "$STRANGER"; do away "$home" "$KOOPMON" keygen --client >/dev/null; done
    check "allow takes a file" "$KOOPMON" allow --name away "$(dirname "$(secret_of "$AWAY")")/client.key"
    chmod 644 "$KEYS/server.key_secret"
    refused "server secret readable by others" 2 "can be read by others" "$KOOPMON" serve $some \
        0.0.0.0:29999
    chmod 600 "$KEYS/server.key_secret"
    chmod 777 "$KEYS/allowed"
    refused "list writable by others" 2 "others may write" "$KOOPMON" serve $some 0.0.0.0:29999
    chmod 700 "$KEYS/allowed"
}
check "and then it serves all addresses" serve_tcp 0.0.0.0
SERVER=$(key_in "$KEYS/server.key")
TCP=tcp://127.0.0.1:$PORT
away_ls() { away "$@" "$KOOPMON" ls --connect "$TCP"; }

# The other side: views.
ours="--connect $TCP --server-key $KEYS/server.key"
# shellcheck disable=SC2086 # words
{
    refused "no keys, another machine" 2 "KOOPMON_SERVER_KEY" away "$AWAY" "$KOOPMON" ls \
        --connect tcp://192.0.2.1:5757
    refused "no keys (NULL)" 3 "for keys" away_ls "$AWAY"
    refused "unknown client key" 3 "refuses this key: on its machine run koopmon allow" \
        away "$STRANGER" "$KOOPMON" ls $ours
    refused "wrong server key" 3 "another key than KOOPMON_SERVER_KEY" away "$AWAY" "$KOOPMON" ls \
        --connect "$TCP" --server-key "$(dirname "$(secret_of "$STRANGER")")/client.key"
    refused "no client key" 2 "koopmon keygen --client" away "$WORK/none" "$KOOPMON" ls $ours
    for mode in 640 604; do
        chmod $mode "$(secret_of "$AWAY")"
        refused "client secret mode $mode" 2 "can be read by others" away "$AWAY" "$KOOPMON" ls $ours
    done
    chmod 620 "$(secret_of "$AWAY")"
    refused "client secret mode 620" 2 "can be written by others" away "$AWAY" "$KOOPMON" ls $ours
    chmod 600 "$(secret_of "$AWAY")"
    ln -s "$(secret_of "$AWAY")" "$WORK/link"
    refused "client secret a link" 2 "symbolic link" away "$AWAY" "$KOOPMON" ls $ours \
        --key-file "$WORK/link"
    refused "server key nonsense" 2 "neither a public key" away "$AWAY" "$KOOPMON" ls --connect "$TCP" \
        --server-key nonsense
    check "the good key is let in" says "no runs yet" away "$AWAY" "$KOOPMON" ls $ours
}

# The other side: trainers. None is harmed.
says_so "no keys, another machine" "KOOPMON_SERVER_KEY" "$AWAY" KOOPMON_ENDPOINT=tcp://192.0.2.1:5757
says_so "no keys (NULL)" "for keys" "$AWAY" KOOPMON_ENDPOINT="$TCP"
says_so "unknown client key" "koopmon allow '$(key_in "$(secret_of "$STRANGER")")'" "$STRANGER" \
    KOOPMON_ENDPOINT="$TCP" KOOPMON_SERVER_KEY="$SERVER"
says_so "wrong server key" "another key than KOOPMON_SERVER_KEY" "$AWAY" KOOPMON_ENDPOINT="$TCP" \
    KOOPMON_SERVER_KEY="$(key_in "$(secret_of "$STRANGER")")"
chmod 644 "$(secret_of "$AWAY")"
says_so "client secret readable by others" "can be read by others" "$AWAY" KOOPMON_ENDPOINT="$TCP" \
    KOOPMON_SERVER_KEY="$SERVER"
chmod 600 "$(secret_of "$AWAY")"
check "the daemon says whom it refused, and how to let it in" grep -qF \
    "refused: unknown key from 127.0.0.1; to let it in: koopmon allow '$(key_in "$(secret_of "$STRANGER")")'" \
    "$WORK/daemon.log"
row "daemon's log: unknown client key" "-" "$(sed -n 's/^[^ ]* \(.*refused: unknown.*\)/\1/p' "$WORK/daemon.log" | head -n 1)"
check "and counts it" says "handshakes_refused: [1-9]" "$KOOPMON" status
check "none of them has a run" says "no runs yet" "$KOOPMON" ls

# By ipc nothing has changed, and it stays private.
check "ipc needs no keys" "$KOOPMON" ls
check "its directory is private" test "$(stat -c %a "$WORK/run")" = 700

# The good way: a trainer whose key is allowed late.
enter() {
    name=$1
    home=$2
    shift 2
    start "$WORK/$name.err" env -u XDG_RUNTIME_DIR -u XDG_CONFIG_HOME HOME="$home" KOOPMON_ENDPOINT="$TCP" \
        KOOPMON_SERVER_KEY="$SERVER" "$FAULT/publisher" log="$WORK/$name.log" name="$name" \
        seconds=1e6 flush=60000 rate=200 slots=32768 "$@"
    PUBLISHERS="$PUBLISHERS $LAST"
    LOGS="$LOGS $WORK/$name.log"
}
acknowledged() { test "$(field acknowledged "$WORK/$1.log" 2>/dev/null)" -gt "$2" 2>/dev/null; }
grows() { until_true 60 acknowledged "$1" $(($(field acknowledged "$WORK/$1.log") + 100)); }
enter late "$STRANGER"
enter good "$AWAY"
check "a good trainer is acknowledged" until_true 60 acknowledged good 100
check "one that is not allowed is told" until_true 60 grep -q "koopmon allow" "$WORK/late.err"
check "and publishes on" test "$(field acknowledged "$WORK/late.log")" -eq 0
check "once allowed" "$KOOPMON" allow --name stranger "$(key_in "$(secret_of "$STRANGER")")"
check "it is acknowledged without another word" until_true 60 acknowledged late 100

# A key that is taken away: the connection stays open, and nothing more is taken.
check "a key is taken away" "$KOOPMON" allow --remove stranger
check "its trainer is told" until_true 60 grep -q "not allowed any more" "$WORK/late.err"
row "trainer: key taken off the list" "-" "$(grep 'not allowed any more' "$WORK/late.err" | head -n 1)"
sleep 0.5 # what it writes down lags behind
before=$(field acknowledged "$WORK/late.log")
check "others are acknowledged" grows good
check "it is not" test "$(field acknowledged "$WORK/late.log")" -eq "$before"
refused "key taken off the list: views" 3 "refuses this key" away "$STRANGER" "$KOOPMON" ls \
    --connect "$TCP" --server-key "$SERVER"
check "the key is given back" "$KOOPMON" allow --name stranger "$(key_in "$(secret_of "$STRANGER")")"
check "what it published meanwhile is taken" grows late

kill -KILL "$DAEMON"
wait "$DAEMON" 2>/dev/null
check "the daemon is killed and starts again" serve --tcp "0.0.0.0:$PORT"
check "the good trainer is back" grows good
check "and the late one" grows late
check "views see both" until_true 20 says "^late  *live" away "$AWAY" "$KOOPMON" ls --connect "$TCP" \
    --server-key "$SERVER"
check "the trainers end well" retire
check "everything acknowledged is in the journal, once" "$FAULT/check" "$DATA" "$WORK/good.log" \
    "$WORK/late.log"
check "nothing was dropped" sh -c "! grep -H '^dropped [1-9]' '$WORK/good.log' '$WORK/late.log'"
stop_daemon

# Keys on both sides or on neither.
check "a daemon on loopback, without keys" serve_tcp 127.0.0.1
TCP=tcp://127.0.0.1:$PORT
refused "keys, and a daemon without" 3 "uses no keys" away "$AWAY" "$KOOPMON" ls --connect "$TCP" \
    --server-key "$SERVER"
check "it is open to this machine" says "^good" away "$STRANGER" "$KOOPMON" ls --connect "$TCP"
stop_daemon
check "loopback with --keys" serve_tcp 127.0.0.1 --keys "$KEYS"
TCP=tcp://127.0.0.1:$PORT
refused "loopback --keys, no keys" 3 "for keys" away "$AWAY" "$KOOPMON" ls --connect "$TCP"
check "with keys" says "^good" away "$AWAY" "$KOOPMON" ls --connect "$TCP" --server-key "$SERVER"
stop_daemon

echo "what is said to those who are not let in:"
sed 's/^TABLE /  /' "$WORK/table"
finish
