#!/bin/sh
# The user interface in a real terminal (tmux): what it shows, keys, resizing, and its end.
command -v tmux >/dev/null 2>&1 || exit 77
. "$(dirname "$0")/lib.sh"

TMUX_SOCKET=koopmon-e2e-$$
unset TMUX

# open_terminal COLUMNS ROWS: a terminal with a shell that prints "code N" after each command.
open_terminal() {
    tmux -L "$TMUX_SOCKET" -f /dev/null new-session -d -s t -x "$1" -y "$2" \
        "PS1='ready> ' PROMPT_COMMAND= sh -i"
    until_true 10 shows "ready>"
}

type_line() { tmux -L "$TMUX_SOCKET" send-keys -t t -l "$1" && press Enter; }
press() { tmux -L "$TMUX_SOCKET" send-keys -t t "$1"; }
resize() { tmux -L "$TMUX_SOCKET" resize-window -t t -x "$1" -y "$2"; }
screen() { tmux -L "$TMUX_SOCKET" capture-pane -p -t t; }
shows() { screen | grep -q -- "$1"; }

# expect WHAT PATTERN: the screen shows it before long.
expect() {
    if until_true 15 shows "$2"; then
        passed "$1"
    else
        failed "$1: no \"$2\" on"
        screen >&2
    fi
}

# in_front NAME: the program that has the terminal.
in_front() { test "$(tmux -L "$TMUX_SOCKET" display -p -t t '#{pane_current_command}')" = "$1"; }
sized() { test "$(tmux -L "$TMUX_SOCKET" display -p -t t '#{pane_width} #{pane_height}')" = "$1"; }

# fits ROWS: the picture is one for so many rows: the last is the key bar, where there is one.
fits() {
    if [ "$1" -lt 6 ]; then
        screen | head -n 1 | grep -q "^ *traini" && ! shows "detach"
    else
        screen | tail -n 1 | grep -q "q detach"
    fi
}

if ! open_terminal 80 24; then
    echo "skipped: tmux opens no pseudo-terminal here"
    exit 77
fi

type_line "koopmon; echo code \$?"
expect "without a daemon it says how to start one" "koopmon serve"
expect "and how to attach a trainer" "koop_publish"
expect "and exits with 3" "^code 3"
type_line clear

start "$WORK/daemon.log" "$KOOPMON" serve --data "$WORK/data"
DAEMON=$LAST
check "a daemon starts" until_true 20 says "no runs" "$KOOPMON" status
type_line "koopmon; echo code \$?"
expect "without runs it waits, and says for what" "koop_open\|no run\|trainer"
press q
expect "q leaves it" "^code 0"
type_line clear

train training 100000000 --every 20
check "a run is live" until_true 20 says "^training *live" "$KOOPMON" ls
check "with a spectrum" until_true 20 says "^spectrum" "$KOOPMON" status training
type_line "koopmon; echo code \$?"
expect "the header shows the run" "training"
expect "it is live" "LIVE"
expect "the spectrum is there" "spectrum.*\(zoom\|disk\)"
expect "the loss is there" "loss"
expect "the phase is there" "WARMING\|STEADY\|DRIFTING\|TRANSITION"
expect "the timeline is there" "phase  *[wsdT]"
expect "the key bar is there" "q detach"
screen >"$WORK/screen"
check "the picture fills the terminal" test "$(wc -l <"$WORK/screen")" -eq 24

press '?'
expect "? shows the help" "detach; the daemon"
press Escape
expect "Escape goes back" "Space pause"
press F1
expect "F1 shows the help" "detach; the daemon"
press Escape
expect "and back" "Space pause"

for size in "60 15" "20 5" "1 1" "200 50" "80 24"; do
    # shellcheck disable=SC2086 # two words
    resize $size
    check "the terminal is $size" until_true 10 sized "$size"
    [ "$size" = "1 1" ] || check "it draws at $size" until_true 10 fits "${size#* }"
    check "it lives at $size" in_front koopmon
    [ "$size" != "60 15" ] || expect "the run is named at 60x15" "training"
done
expect "back at 80x24 everything is there" "q detach"
expect "the run too" "training"

kill -KILL "$TRAINER"
wait "$TRAINER" 2>/dev/null
expect "a killed trainer is shown as stalled" "STALLED\|stalled"

kill -TERM "$DAEMON"
wait "$DAEMON"
expect "a daemon that is gone is said so" "NO DAEMON"
check "the interface survives it" in_front koopmon
start "$WORK/daemon2.log" "$KOOPMON" serve --data "$WORK/data"
DAEMON=$LAST
expect "and finds it again" "training"
until_true 20 says "^training *stalled" "$KOOPMON" ls
press q
expect "q leaves it" "^code 0"
check "the shell is itself again" until_true 10 shows "ready>"
check "the daemon goes on" says "^training" "$KOOPMON" ls

type_line clear
type_line "TERM=dumb koopmon; echo code \$?"
expect "a dumb terminal gets the status" "^training *stalled"
expect "and no error" "^code 0"
type_line clear
type_line "LC_ALL=C koopmon --no-color training; echo code \$?"
expect "ASCII only, where the locale says so" "q detach"
check "without a character beyond ASCII" test -z "$(screen | LC_ALL=C tr -d '\11\12\15\40-\176')"
press q
expect "and ends" "^code 0"

# A terminal that goes away, where nobody minds SIGHUP.
type_line clear
type_line "(trap '' HUP; koopmon training; echo \$? >$WORK/ended)"
expect "the interface is there once more" "q detach"
tmux -L "$TMUX_SOCKET" kill-server
check "it ends with its terminal" until_true 10 test -s "$WORK/ended"
finish
