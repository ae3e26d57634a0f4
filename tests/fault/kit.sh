# kit: what the fault tests that drive publishers and daemons have in common. Sourced after
# ../e2e/lib.sh.

FAULT=$BUILD/fault
DATA=$WORK/data
PUBLISHERS= # process ids
LOGS=       # of all publishers so far

# long SHORT LONG: the one that goes with KOOP_LONG.
long() { if [ -n "${KOOP_LONG:-}" ]; then echo "$2"; else echo "$1"; fi; }

serve() {
    start "$WORK/daemon.log" "$KOOPMON" serve --data "$DATA" "$@"
    DAEMON=$LAST
    until_true 60 "$KOOPMON" status >/dev/null 2>&1
}

# publish NAME [OPTION...]: a publisher in the background, until it gets SIGTERM.
publish() {
    name=$1
    shift
    start "$WORK/$name.err" "$FAULT/publisher" log="$WORK/$name.log" name="$name" seconds=1e6 \
        flush=120000 "$@"
    PUBLISHERS="$PUBLISHERS $LAST"
    LOGS="$LOGS $WORK/$name.log"
}

# retire: all publishers end well, each with all that it published acknowledged or dropped.
retire() {
    # shellcheck disable=SC2086 # lists
    kill -TERM $PUBLISHERS
    for process in $PUBLISHERS; do wait "$process" || return 1; done
    PUBLISHERS=
    # shellcheck disable=SC2086
    ! grep -H '^held [1-9]' $LOGS
}

# field WORD FILE: the number behind the word in a line of "word number word number".
field() { sed -n "s/^\(.* \)\{0,1\}$1 \([0-9]*\).*/\2/p" "$2" | tail -n 1; }

# largest WORD: over the logs.
largest() {
    # shellcheck disable=SC2086
    sed -n "s/^$1 //p" $LOGS | sort -n | tail -n 1
}

# kept_all NAME RATE SLOTS: its ring dropped nothing, unless it was without an acknowledgement for
# longer than the ring has room for, which a machine with other work can bring about.
kept_all() {
    grep -q '^dropped 0$' "$WORK/$1.log" && return 0
    silence=$(sed -n 's/^silence_ms //p' "$WORK/$1.log")
    [ $((silence * $2)) -gt $(($3 * 800)) ] &&
        echo "      $1 was cut off for $silence ms, longer than its ring is for: it may drop"
}

# lasting: of a view's JSON what does not change with the time, the process, and when a journal was read.
lasting() { sed 's/"\(rate\|lag_s\|eta_s\|pid\|refused\|damaged\|quarantined\)":[^,}]*,\{0,1\}//g'; }

# fill N: so many runs that are over, so that the daemon's list of 256 can be full.
fill() {
    for i in $(seq "$1"); do
        "$FAULT/publisher" log="$WORK/old.log" name="old-$i" count=3 flush=60000 \
            >/dev/null 2>&1 &
        [ $((i % 16)) -ne 0 ] || until_true 60 no_publishers
    done
    until_true 120 no_publishers
}
no_publishers() { ! pgrep -P $$ -x publisher >/dev/null; }

# Of the daemon: open descriptors, those that are sockets, threads, resident KiB.
descriptors() { for f in "/proc/$DAEMON/fd"/*; do echo "$f"; done | wc -l; }
sockets() { for f in "/proc/$DAEMON/fd"/*; do readlink "$f"; done | grep -c '^socket:'; }
threads() { awk '/^Threads/ { print $2 }' "/proc/$DAEMON/status"; }
resident() { awk '/^VmRSS/ { print $2 }' "/proc/$DAEMON/status"; }
