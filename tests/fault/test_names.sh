#!/bin/sh
# Names that are meant to do harm, as runs, hosts, groups, scalars and metadata, through a real daemon:
# nothing that a terminal could obey or a reader not see comes out of any command, the log, the user
# interface or an answer, and no file is made outside the data directory. Then the same texts as
# arguments, paths, environment and file contents. 100 runs, 1,000 with KOOP_LONG.
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/kit.sh"

NAMES=$FAULT/names
COUNT=$(long 100 1000)
LOOKED=$(long 10 250) # runs of which every command is asked
TMUX_SOCKET=koopmon-names-$$
unset TMUX
CHECKED=0
mkdir "$WORK/cwd" "$WORK/seen"
cd "$WORK/cwd" || exit 1

# seen NAME COMMAND...: keeps its output and its complaints to be checked.
# A command that should end at once.
seen() {
    file=$WORK/seen/$1
    shift
    timeout 60 "$@" >>"$file.out" 2>>"$file.err" </dev/null
}
clean() {
    kind=$1
    shift
    CHECKED=$((CHECKED + $#))
    "$NAMES" check "$kind" "$@"
}
outside() { find "$WORK" -path "$DATA" -prune -o -path "$WORK/seen" -prune -o -print | sort; }
terminal() { tmux -L "$TMUX_SOCKET" "$@"; }

check "the checker finds what it is there for" sh -c '
    for i in 0 1 2 3 4 5 6 7 8 9 10 12 14 15 16 17 18 19 22 34 36 37 47; do
        "$1" print $i >"$2" && ! "$1" check terminal "$2" 2>/dev/null && ! "$1" check text "$2" \
            2>/dev/null || case $i in 34 | 36) ;; *) echo "number $i" && exit 1 ;; esac
    done' checker "$NAMES" "$WORK/seen/one"
rm "$WORK/seen/one"

check "a daemon starts" serve --stall-ms 1000
ui=yes
terminal -f /dev/null new-session -d -s t -x 120 -y 40 "PS1='ready> ' sh -i" 2>/dev/null || ui=
if [ -n "$ui" ]; then
    terminal pipe-pane -t t -o "cat >>'$WORK/seen/ui.raw'"
    terminal send-keys -t t -l "koopmon"
    terminal send-keys -t t Enter
else
    echo "      no terminal here: the user interface is not looked at"
fi
start "$WORK/seen/follow.out" "$KOOPMON" follow
start "$WORK/seen/plain.out" "$KOOPMON" follow --plain
sleep 1
: >"$WORK/file" # what lies below it cannot be made
outside >"$WORK/before"

# A daemon takes 250 new runs at once, and then few a second: so it starts again for each 250.
taken=0
while [ "$taken" -lt "$COUNT" ]; do
    now=$(long "$COUNT" 250)
    [ "$taken" -eq 0 ] || {
        kill -TERM "$DAEMON"
        wait "$DAEMON"
        cat "$WORK/daemon.log" >>"$WORK/daemons.log"
        check "the daemon starts again" serve --stall-ms 1000
    }
    check "hostile runs $taken to $((taken + now - 1)) are taken" sh -c \
        '"$1" publish "$2" "$3" "$4" >>"$5"' publish "$NAMES" "$KOOPMON_ENDPOINT" "$taken" "$now" \
        "$WORK/seen/answers.out"
    taken=$((taken + now))
done
until_true 60 says "pending\":0" "$KOOPMON" ls --json

if [ -n "$ui" ]; then
    for key in Enter Up Down '?' '?' z z f n N m 1 2 3 Tab j j j k Enter; do
        terminal send-keys -t t "$key"
        sleep 0.3
        terminal capture-pane -p -t t >>"$WORK/seen/screens.out"
    done
    terminal resize-window -t t -x 80 -y 24
    sleep 1
    terminal capture-pane -p -t t >>"$WORK/seen/screens.out"
    shows_them() { terminal capture-pane -p -t t | grep -q '%[0-9A-F][0-9A-F]'; }
    check "the interface shows them" until_true 60 shows_them
    terminal send-keys -t t q
    sleep 1
fi

seen ls "$KOOPMON" ls
seen ls "$KOOPMON" ls --json
seen status "$KOOPMON" status
seen status "$KOOPMON" status --json
for run in $(ls "$DATA/runs" | tail -n "$LOOKED"); do
    seen view "$KOOPMON" status "$run"
    seen view-json "$KOOPMON" status "$run" --json
    seen events "$KOOPMON" events "$run"
    seen events "$KOOPMON" events "$run" --json
    seen journal "$KOOPMON" journal verify "$DATA/runs/$run"
    seen analyze "$KOOPMON" analyze "$DATA/runs/$run"
    seen analyze "$KOOPMON" analyze --json "$DATA/runs/$run"
    seen compare "$KOOPMON" compare "$run" "$run" --json
done
check "events name hostile groups" grep -q "%1B\|%E2\|%2F" "$WORK/seen/events.out"

# The same as arguments, paths, environment.
i=0
while [ "$i" -lt "$(long 50 200)" ]; do
    text=$("$NAMES" print "$i" && echo x)
    text=${text%x}
    for command in status events follow analyze compare journal replay export ls help keygen allow \
        check-config serve; do
        case $command in
        follow) seen echoed "$KOOPMON" follow --timeout 0 "$text" ;;
        compare) seen echoed "$KOOPMON" compare "$text" "$text" ;;
        journal) seen echoed "$KOOPMON" journal verify "$text" ;;
        keygen) seen echoed "$KOOPMON" keygen --name "$text" --keys "$WORK/file/$text" ;;
        serve) seen echoed "$KOOPMON" serve --tcp "$text" --window "$text" ;;
        *) seen echoed "$KOOPMON" "$command" "$text" ;;
        esac
    done
    seen echoed "$KOOPMON" "$text"
    seen echoed "$KOOPMON" ls "--$text"
    seen echoed "$KOOPMON" ls --connect "$text"
    seen echoed "$KOOPMON" ls --config "$text"
    seen echoed "$KOOPMON" ls --connect tcp://127.0.0.1:1 --server-key "$text"
    seen echoed env KOOPMON_ENDPOINT="ipc:///tmp/$text" "$KOOPMON" ls
    seen echoed env KOOPMON_ENDPOINT="ipc:///tmp/$text" "$KOOPMON"
    seen echoed "$KOOPMON" serve --connect "ipc://$WORK/file/$text" --data "$WORK/file/$text"
    printf '\223NUMPY\001\000\166\000%-117.117s\n' "{'descr': '$text', 'x': ($text," >"$WORK/cwd/x.npy"
    seen echoed "$KOOPMON" analyze "$WORK/cwd/x.npy"
    printf '%s' "$text" >"$WORK/cwd/file.key"
    seen echoed "$KOOPMON" allow "$WORK/cwd/file.key"
    printf '[daemon]\n%s = %s\n' "$text" "$text" >"$WORK/cwd/file.ini"
    seen echoed "$KOOPMON" check-config "$WORK/cwd/file.ini"
    printf '[daemon]\ndata = /tmp/%s\n' "$text" >"$WORK/cwd/file.ini"
    seen echoed "$KOOPMON" check-config "$WORK/cwd/file.ini"
    seen echoed "$KOOPMON" check-config --json "$WORK/cwd/file.ini"
    seen echoed env XDG_STATE_HOME="/tmp/$text" KOOPMON_ENDPOINT="ipc:///tmp/$text" "$KOOPMON" \
        check-config
    case $text in
    '' | . | .. | */*) ;;
    *)
        cp "$WORK/cwd/x.npy" "$WORK/cwd/./$text" && seen echoed "$KOOPMON" analyze "./$text"
        rm -f "$WORK/cwd/./$text"
        ;;
    esac
    i=$((i + $(long 3 1)))
done
rm -f "$WORK/cwd/x.npy" "$WORK/cwd/file.key" "$WORK/cwd/file.ini"

check "no command, text or JSON, lets one through" clean text "$WORK"/seen/*.out
check "no complaint does" clean text "$WORK"/seen/*.err
cat "$WORK/daemon.log" >>"$WORK/daemons.log"
check "the log does not" clean text "$WORK/daemons.log"
check "each line of it is one of its own" sh -c \
    "! grep -v '^20[0-9-]*T[0-9:.]*Z \(info\|warning\|error\) ' '$WORK/daemons.log'"
check "follow prints JSON lines" json_lines "$WORK/seen/follow.out"
[ -z "$ui" ] || check "the interface does not" clean terminal "$WORK/seen/ui.raw"
check "runs are named by uuid" sh -c "! ls '$DATA/runs' | grep -v '^[0-9a-f]\{32\}$'"
check "and there are all of them" test "$(ls "$DATA/runs" | wc -l)" -eq "$COUNT"
check "and their files by what they are" sh -c \
    "! find '$DATA/runs' -mindepth 2 | sed 's|.*/||' | grep -v '^[0-9]*[.]koop\$\|^[a-z]*\$' &&
    ! find '$DATA/runs' | grep 'passwd\|owned\|7799\|aaaa'"
outside >"$WORK/after"
grep -v "/daemons.log$\|/before$\|/after$" "$WORK/after" | diff "$WORK/before" - >"$WORK/diff"
check "no file is made outside the data directory" test "$(grep -c '^>' "$WORK/diff")" -eq 0
[ ! -s "$WORK/diff" ] || cat "$WORK/diff" >&2
check "the daemon lives" "$KOOPMON" status >/dev/null
kill -TERM "$DAEMON"
wait "$DAEMON"
check "and ends well" test $? -eq 0
echo "      $COUNT runs, $(cat "$WORK"/seen/* | wc -c) bytes of output in $CHECKED files looked at"
finish
