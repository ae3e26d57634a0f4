#!/bin/sh
# What the monitor makes of a recurrent network that sits at chance and then breaks through: what it
# marks live, how far from the breakthrough, what it marks in two controls that cannot learn, and
# whether the spectra before, at and after the breakthrough differ from theirs at the same steps.
usage() {
    cat <<'END'
usage: experiment.sh BUILD_DIR [OPTION…] [-- TRAINER OPTION…]

Under a daemon of its own, for each seed: trains the network (recall) until it is solved, and for as
many steps with random answers (random) and with strings of 40 symbols (long), which it cannot learn
in that time. Prints what was marked, the eigenvalues, and comparisons with the controls.

  --seeds N  seeds 0 to N−1 (10)
  --out DIR  keep recordings, events and spectra here (25 MB a run), and go on from those there
END
}

seeds=10 out='' program=gru options="seeds out" flags=''
. "$(dirname "$0")/../experiment.sh"
whole seeds
trainer_options=$*
set -- "$build"
. "$(dirname "$0")/../demo.sh" # $home and start_daemon
# shellcheck disable=SC2086 # options are words
set -- $trainer_options
out=${out:-$home/out}
keep_in "$out" "gru $*"
cd "$out"

# median: of the numbers on standard input, a line each; "-" of none.
median() {
    sort -g | awk '{ x[NR] = $1 } END {
        if (!NR) print "-"
        else print NR % 2 ? x[(NR + 1) / 2] : (x[NR / 2] + x[NR / 2 + 1]) / 2 }'
}

# Of a list of events, the steps of decision and onset; not of how the run ended.
marked() {
    tr -d , | awk '$1 == "step" && $3 != "finished" { print $2, $3 == "since" ? $4 : $2 }'
}

# watch RUN OPTION...: trains under the daemon. Leaves RUN.npy (the weights of all steps), RUN.log,
# RUN.live and RUN.wide (steps of decision and onsets), RUN.modes and RUN.increments (modes of all
# spectra).
watch() {
    run=$1
    shift
    "$build/examples/gru" --name "$run" --seed "$seed" --record "$run.npy" "$@" >"$run.log"
    "$build/koopmon" events "$run" | marked >"$run.live"
    "$build/koopmon" analyze --window 128 --stride 8 "$run.npy" | marked >"$run.wide"
    "$build/koopmon" analyze --plain "$run.npy" >"$run.modes"
    "$build/koopmon" analyze --plain --difference "$run.npy" >"$run.increments"
}

# milestone NAME CONDITION: the step of it, or "never".
milestone() {
    sed -n "s/.*$1 at step \([0-9]*\).*/\1/p; s/.*$1: never.*/never/p" "$2-$seed.log"
}

# marks CONDITION: of the seed, with a star at those near one of its moments.
marks() {
    awk -v left="$left" -v half="$half" -v solved="$solved" '
        function near(a, b) { return a - b <= 64 && b - a <= 64 }
        { printf "%s%s", (NR > 1 ? " " : "") $1,
            near($1, left) || near($1, half) || near($1, solved) ? "*" : "" }
        END { if (!NR) printf "none" }' "$1-$seed.$kind"
}

# at_moment NAME COLUMN: how many seeds of each condition have a mark near the moment.
at_moment() {
    printf '%-10s ' "$1"
    for run in recall random long; do
        while read -r seed moments; do
            moment=$(echo "$seed $moments" | cut -d ' ' -f "$2")
            awk -v m="$moment" '$1 - m <= 64 && m - $1 <= 64 { n = 1 } END { print n + 0 }' \
                "$run-$seed.$kind"
        done <solved | awk -v run="$run" '{ n += $1 } END { printf "  %s %d of %d", run, n, NR }'
    done
    echo
}

# nearest CONDITION: the mark nearest to where the network is off chance, in steps from there; median.
nearest() {
    while read -r seed left moments; do
        awk -v left="$left" 'NR == 1 || ($1 - left) ^ 2 < best ^ 2 { best = $1 - left }
            END { if (NR) print best }' "$1-$seed.$kind"
    done <solved | median
}

# report: what the marks of a kind (live, wide) have to do with the moments.
report() {
    printf '%4s  %10s %8s %7s %6s  %s\n' seed "off chance" halfway solved steps \
        "marked in recall; random; long"
    while read -r seed left half solved steps; do
        printf '%4s  %10s %8s %7s %6s  %s; %s; %s\n' "$seed" "$left" "$half" "$solved" "$steps" \
            "$(marks recall)" "$(marks random)" "$(marks long)"
    done <solved
    echo "Seeds with a mark near the moment, and the controls at the same steps:"
    at_moment "off chance" 2
    at_moment halfway 3
    at_moment solved 4
    steps=$(awk '{ steps += $5 } END { print steps }' solved)
    for run in recall random long; do
        while read -r seed left half solved moments; do marks $run; echo; done <solved |
            sed 's/none//' | tr -s ' ' '\n' | awk -v run=$run -v steps="$steps" -v near="$(nearest $run)" '
            NF { n++; if (!/[*]/) others++ } END {
                printf "%-6s  %d marks in %d steps, %.2f per 1000; %d near no moment; ", run, n, steps,
                    1000 * n / steps, others
                printf "nearest to off chance: %s steps (median)\n", near }'
    done
}

# window CONDITION STEP FILE: the 65 snapshots that end at that step (a window of 64, and one of
# increments), as a recording of their own.
window() {
    row=$((values * 4))
    skip=$(($(wc -c <"$1-$seed.npy") - (steps - $2 + 65) * row))
    text="{'descr': '<f4', 'fortran_order': False, 'shape': (65, $values), }"
    printf '\223NUMPY\001\000\166\000%-117s\n' "$text" >"$3"
    tail -c +$((skip + 1)) "$1-$seed.npy" | head -c $((65 * row)) >>"$3"
}

# shape MODES STEP: of the last spectrum not after that step, a value a column: mean modulus, modes
# with a residual of at most 0.1, and of those the largest modulus and the largest below 1.
shape() {
    awk -v step="$2" '$1 > step { exit }
        $1 != at { at = $1; n = trusted = sum = most = slow = 0 }
        { n++; sum += $2 }
        $6 <= 0.1 { trusted++; if ($2 > most) most = $2; if ($2 < 1 && $2 > slow) slow = $2 }
        END { print sum / n, trusted, most, slow }' "$1"
}

column() { cut -d ' ' -f "$1" "$2" | median; }

start_daemon
touch seeds
seed=-1
while seed=$((seed + 1)) && [ "$seed" -lt "$seeds" ]; do
    ! grep -q "^$seed " seeds || continue
    watch "recall-$seed" "$@"
    steps=$(sed -n 's/.*; \([0-9]*\) steps in.*/\1/p' "recall-$seed.log")
    watch "random-$seed" "$@" --random-answers --steps "$steps" --no-early-stop
    watch "long-$seed" "$@" --length 40 --steps "$steps" --no-early-stop
    echo "$seed $(milestone chance recall) $(milestone right recall) $(milestone solved recall) $steps" \
        >>seeds
done
values=$("$build/koopmon" analyze recall-0.npy | tr -d , | sed -n 's/.* snapshots of \([0-9]*\) .*/\1/p')
awk -v n="$seeds" '$1 < n && !/never/' seeds >solved
left_out=$((seeds - $(wc -l <solved)))
[ "$left_out" -eq 0 ] || echo "Not solved, and left out below: $left_out of $seeds seeds."
[ -s solved ] || exit 0

echo "Steps at which the monitor marked a change. * near: at most 64 steps from where the network is off"
echo "chance, halfway, or has solved it. Live, with the settings as they come:"
kind=live && report
echo
echo "The same recordings with --window 128 --stride 8:"
kind=wide && report

# Early and before: the windows that end 150 and 50 steps before the network is off chance (its loss
# moves some 30 before). At: the one around halfway. After: the last.
echo
echo "Medians over seeds: mean |λ|, trusted modes (residual ≤ 0.1), largest trusted |λ|, largest of"
echo "them below 1, mean |λ| of increments"
rm -f early-*.npy before-*.npy at-*.npy after-*.npy
for phase in early before at after; do
    for run in recall random long; do
        : >"$phase.$run"
        : >"$phase.$run.increments"
        while read -r seed left half solved steps; do
            case $phase in
            early) step=$((left - 150)) ;;
            before) step=$((left - 50)) ;;
            at) step=$((half + 32)) ;;
            after) step=$steps ;;
            esac
            [ "$step" -ge 64 ] || step=64
            shape "$run-$seed.modes" "$step" >>"$phase.$run"
            shape "$run-$seed.increments" "$step" >>"$phase.$run.increments"
            window "$run" "$step" "$phase-$run-$seed.npy"
        done <solved
        printf '%-7s %-7s %.4f %4s %.4f %.4f %.4f\n' "$phase" "$run" "$(column 1 "$phase.$run")" \
            "$(column 2 "$phase.$run")" "$(column 3 "$phase.$run")" "$(column 4 "$phase.$run")" \
            "$(column 1 "$phase.$run.increments")"
    done
done
for phase in early before at after; do
    for control in random long; do
        for what in "" --difference; do
            printf '\n%s, recall against %s%s: ' "$phase" "$control" "${what:+, increments}"
            # shellcheck disable=SC2086 # no word where there is no option; compare exits with 1
            "$build/koopmon" compare $what --stride 1 $phase-recall-*.npy --vs \
                $phase-$control-*.npy || [ $? -eq 1 ]
        done
    done
done
