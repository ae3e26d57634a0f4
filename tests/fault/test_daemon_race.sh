#!/bin/sh
# Twenty daemons start at once on one endpoint and one data directory, again after the winner was
# killed, and again: each time exactly one serves, the others end with 2 and name it, and none takes
# the winner's sockets away.
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/kit.sh"

RIVALS=20
ROUNDS=$(long 3 40)

# server: the process id of who serves.
server() { "$KOOPMON" status 2>/dev/null | sed -n 's/^daemon .*, pid \([0-9]*\),.*/\1/p'; }

# race OPTION…: the winner's process id is in $DAEMON, the codes of the others in $WORK/codes.
race() {
    rm -f "$WORK"/rival.* "$WORK/codes"
    RACING=
    for i in $(seq "$RIVALS"); do
        start "$WORK/rival.$i" "$KOOPMON" serve --quiet "$@"
        RACING="$RACING $LAST"
    done
    until_true 60 one_serves
    DAEMON=$(server)
    case "$RACING " in *" $DAEMON "*) ;; *) failed "'$DAEMON' serves, and is none of$RACING" && return ;; esac
    for process in $RACING; do
        [ "$process" = "$DAEMON" ] && continue
        wait "$process"
        echo "$?" >>"$WORK/codes"
    done
}
one_serves() { "$KOOPMON" status >/dev/null 2>&1; }
losers_say() {
    test "$(grep -c '^2$' "$WORK/codes")" -eq $((RIVALS - 1)) &&
        test "$(cat "$WORK"/rival.* | grep -c "another daemon (pid $DAEMON)")" -eq $((RIVALS - 1)) &&
        test "$(cat "$WORK"/rival.* | wc -l)" -eq $((RIVALS - 1))
}
before=
round=0
while [ "$round" -lt "$ROUNDS" ] && [ "$FAILED" -eq 0 ]; do
    round=$((round + 1))
    race --data "$DATA"
    losers_say || {
        failed "round $round: not all others end with 2 and name $DAEMON alone:"
        cat "$WORK"/rival.* "$WORK/codes" >&2
    }
    [ "$DAEMON" != "$before" ] || failed "round $round: the dead daemon is still named"
    "$FAULT/publisher" log="$WORK/publisher-$round.log" name="p-$round" count=50 >/dev/null 2>&1 ||
        failed "round $round: a publisher could not"
    LOGS="$LOGS $WORK/publisher-$round.log"
    test "$(server)" = "$DAEMON" || failed "round $round: the winner no longer serves"
    kill -KILL "$DAEMON"
    wait "$DAEMON" 2>/dev/null
    before=$DAEMON
done
check "$round times one of $RIVALS served, and the others ended with 2 and named it" \
    test "$FAILED" -eq 0
# shellcheck disable=SC2086 # a list
check "each of them took what was published" "$FAULT/check" "$DATA" $LOGS
finish
