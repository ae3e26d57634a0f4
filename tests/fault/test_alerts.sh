#!/bin/sh
# Alerts to a real server that fails, hangs and comes back, by a daemon that is killed again and again,
# in the midst of deliveries too: each alert arrives at least once, each with one id, and none that
# nothing happened for.
# KOOP_SEED chooses the moments.
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/kit.sh"

SEED=${KOOP_SEED:-$(date +%s)}
echo "seed $SEED"
SNAPSHOTS=12 EVERY=4 # one event a run: what is not finite before there is a spectrum is one streak
GOT=$WORK/got
: >"$GOT"

mode() { echo "$1" >"$WORK/mode.new" && mv "$WORK/mode.new" "$WORK/mode"; }

# configure [LINE...]: a rule for the server, with these lines.
configure() {
    mkdir -p "$WORK/config/koopmon"
    {
        echo '[alert "hook"]'
        echo 'on = not-finite, finished, stalled'
        echo 'cooldown = 0'
        echo "webhook = http://127.0.0.1:$PORT/"
        echo 'timeout = 2s'
        for line; do echo "$line"; done
    } >"$WORK/config/koopmon/koopmon.ini"
}

# stumble NAME [SNAPSHOTS MS]: a trainer in the background.
stumble() {
    start "$WORK/$1.log" env KOOPMON_RUN="$1" "$FAULT/client_stumbler" "${2:-$SNAPSHOTS}" "$EVERY" \
        "${3:-20}"
}

lines() { grep -c "^$1 " "$GOT"; }
tried() { [ "$(lines "$1")" -ge "$2" ]; }
# arrived NAME KIND N: so many alerts of that kind and run arrived, counted by their ids.
arrived() {
    got=$(grep -E '^(ok|slow) ' "$GOT" | grep "\"name\":\"$1\"" | grep "\"kind\":\"$2\"" |
        sed 's/.*"id":"\([^"]*\)".*/\1/' | sort -u | wc -l)
    [ "$got" -ge "$3" ]
}
nothing_waits() { "$KOOPMON" status --json | grep -q '"name":"hook"[^}]*"waiting":0'; }
counts() { "$KOOPMON" status | sed -n 's/^ *alert hook: //p'; }

mode ok
start "$WORK/receiver.log" "$FAULT/receiver" "$WORK/port" "$GOT" "$WORK/mode"
check "the server is there" until_true 10 test -s "$WORK/port"
[ "$FAILED" -eq 0 ] || finish
PORT=$(cat "$WORK/port")
configure

echo "a server that answers 500 five times, hangs, and comes back:"
mode 500
check "a daemon starts" serve --stall-ms 500
stumble plain 4 20
check "it is tried five times" until_true 120 tried 500 5
mode hang
check "it is tried while the server hangs" until_true 120 tried hang 1
check "status says that it is not delivered" says "not delivered at present" "$KOOPMON" status
mode ok
check "it arrives" until_true 120 arrived plain not-finite 1
check "and the end of the run" until_true 120 arrived plain finished 1
check "nothing waits" until_true 60 nothing_waits
ids=$(grep '"kind":"not-finite"' "$GOT" | grep '"name":"plain"' | sed 's/.*"id":"\([^"]*\)".*/\1/' |
    sort -u | wc -l)
check "under one id" test "$ids" -eq 1
echo "      tries: $(lines 500) answered 500, $(lines hang) hung, $(lines ok) answered 200"
check "one line in the log says that it fails" \
    test "$(grep -c 'not delivered: HTTP 500' "$WORK/daemon.log")" -eq 1
check "and one that it does again" test "$(grep -c 'delivered again' "$WORK/daemon.log")" -eq 1

echo "a stall:"
stumble stalls 100000 50
STALLING=$LAST
until_true 30 says '"name":"stalls"' "$KOOPMON" status --json
kill -STOP "$STALLING"
check "is told" until_true 60 arrived stalls stalled 1
kill -CONT "$STALLING"
check "is resolved" until_true 60 grep -q '"name":"stalls".*"kind":"stalled".*"resolved":true' "$GOT"
ids=$(grep '"kind":"stalled"' "$GOT" | sed 's/.*"id":"\([^"]*\)".*/\1/' | sort -u | wc -l)
check "under the same id" test "$ids" -eq 1
kill -KILL "$STALLING"

echo "a configuration that changes:"
cp "$GOT" "$WORK/before"
configure 'format = whatever'
kill -HUP "$DAEMON"
check "a bad one is refused" until_true 10 grep -q 'stays as it was.*koopmon.ini:6: ' "$WORK/daemon.log"
: >"$WORK/empty.ini" # the bad one is refused by every command
check "and the daemon goes on with the old one" says "alert hook:" "$KOOPMON" status -c "$WORK/empty.ini"
configure 'run = nobody' '[daemon]' 'keep = 10G'
kill -HUP "$DAEMON"
check "a good one is taken" until_true 10 grep -q 'read again: 1 alert' "$WORK/daemon.log"
check "and what needs a restart is named" grep -q 'restart is needed.*: keep$' "$WORK/daemon.log"
stumble unheard 4 20
check "the run is over" until_true 60 says '"name":"unheard"[^}]*"state":"finished"' "$KOOPMON" ls --json
sleep 2
check "nobody is told" test "$(grep -c '"name":"unheard"' "$GOT")" -eq 0
configure
kill -HUP "$DAEMON"
until_true 10 test "$(grep -c 'read again: 1 alert' "$WORK/daemon.log")" -ge 2

kills=$(long 5 50)
wanted=$((kills * 3 * 2)) # of each run its event and its end
echo "$kills kills:"
mode slow
: >"$GOT"
for i in $(seq "$kills"); do
    for which in a b c; do stumble "run-$i-$which"; done
    SEED=$(((SEED * 1103515245 + 12345) % 2147483648))
    case $((i % 5)) in
    2) mode 503 ;;
    3) mode hang ;;
    *) mode slow ;;
    esac
    sleep "0.$((SEED / 65536 % 700 + 100))"
    kill -KILL "$DAEMON"
    wait "$DAEMON" 2>/dev/null
    serve --stall-ms 500
done
mode ok
over() {
    [ "$("$KOOPMON" ls --json | grep -o '"name":"run-[^"]*"[^}]*"state":"finished"' | wc -l)" -eq $((3 * kills)) ]
}
check "all runs are over" until_true 120 over
all_arrived() {
    [ "$(grep -E '^(ok|slow) .*"name":"run-.*"resolved":false' "$GOT" |
        sed 's/.*"id":"\([^"]*\)".*/\1/' | sort -u | wc -l)" -ge "$wanted" ]
}
check "each alert arrived" until_true 300 all_arrived
check "nothing waits" until_true 120 nothing_waits

# Of each alert that is no resolved one: run, kind, step, id.
grep '"resolved":false' "$GOT" | grep '"name":"run-' |
    sed 's/.*"id":"\([^"]*\)","run":"\([^"]*\)".*"kind":"\([^"]*\)".*"step":\([0-9]*\).*/\2 \3 \4 \1/' \
        >"$WORK/told"
grep -E '^(ok|slow) ' "$GOT" | grep '"resolved":false' | grep -c '"name":"run-' >"$WORK/delivered"
sort -u "$WORK/told" >"$WORK/distinct"
events=$(cut -d' ' -f1-3 "$WORK/distinct" | sort -u | wc -l)
ids=$(cut -d' ' -f4 "$WORK/distinct" | sort -u | wc -l)
printf "      "
echo "alerts wanted $wanted, told $events, ids $ids; tries $(wc -l <"$WORK/told")," \
    "answered 200: $(cat "$WORK/delivered"), so again after a kill: $(($(cat "$WORK/delivered") - ids))"
check "each event that was wanted, and no other" test "$events" -eq "$wanted"
check "each with one id" test "$(wc -l <"$WORK/distinct")" -eq "$wanted" -a "$ids" -eq "$wanted"
check "none again but after a kill" test $(($(cat "$WORK/delivered") - ids)) -le "$kills"
strangers=$(grep '"resolved":true' "$GOT" | grep '"name":"run-' | sed 's/.*"id":"\([^"]*\)".*/\1/' |
    sort -u | while read -r id; do grep -q "$id" "$WORK/distinct" || echo "$id"; done | wc -l)
check "what is resolved has the id of what was told" test "$strangers" -eq 0
echo "      $(counts)"
kill -TERM "$DAEMON"
wait "$DAEMON"
check "the daemon ends well" test $? -eq 0
finish
