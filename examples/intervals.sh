# shellcheck shell=sh disable=SC2154 # program and build come from those that source and are sourced
# intervals.sh: what the experiments of lenet and resnet share. Sourced with the program's name in
# $program and the command line in "$@"; prints numbers, and draws what the numbers are of.
usage() {
    cat <<END
usage: experiment.sh BUILD_DIR [OPTION…] [-- TRAINER OPTION…]

Trains $program under a daemon of its own, prints the transitions that the monitor marks on the way,
and measures how far the spectra of the last layer are apart between intervals of the training: of
64 steps each and of whole epochs. 32 delays, no centring.

  --data DIR         train on the data there, not on generated images
  --out DIR          keep the recording, the distances and the pictures here

After -- stand options of the trainer.
END
}

out='' data='' options="data out" flags=''
. "$(dirname "$0")/../experiment.sh"

# of_intervals NAME STEPS OPTION...: the distances between intervals of so many steps, with these
# options of the decomposition, and their map.
of_intervals() {
    name=$1 steps=$2 modes="ten modes"
    [ "$name" != energy ] || modes="99.99% of the energy"
    shift 2
    set -- --window "$steps" --delays 32 --center none --pca 0 "$@"
    "$build/koopmon" distances --windows --json "$@" "$out/weights.npy" >"$out/$name.json"
    "$build/koopmon" plot heatmap --trajectory --log --force -o "$out/$name.svg" \
        --title "$program: distances between intervals of $steps steps, $modes" "$@" "$out/weights.npy" \
        >"$out/plot.log"
    # The median to all others is large where an interval is like none.
    awk -v steps="$steps" '
        function median(list, n,    i, j, kept) {
            for (i = 2; i <= n; i++) {
                kept = list[i]
                for (j = i - 1; j >= 1 && list[j] > kept; j--) list[j + 1] = list[j]
                list[j + 1] = kept
            }
            return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
        }
        {
            held = $0
            sub(/.*"modes":\[/, "", held)
            split(held, modes, /[],]/)
            sub(/.*"matrix":\[\[/, "")
            sub(/\]\].*/, "")
            n = split($0, rows, /\],\[/)
            printf "%-14s %6s %12s %18s\n", "steps", "modes", "to the next", "median to others"
            for (i = 1; i <= n; i++) {
                count = 0
                split(rows[i], cells, ",")
                for (j = 1; j <= n; j++) if (j != i) others[++count] = cells[j] + 0
                printf "%-14s %6d %12s %18.4f\n", (i - 1) * steps "-" i * steps - 1, modes[i],
                    i < n ? sprintf("%.4f", cells[i + 1]) : "", median(others, count)
            }
        }' "$out/$name.json"
}

trainer_options=$*
set -- "$build"
. "$(dirname "$0")/../demo.sh"
out=${out:-$home/out}
mkdir -p "$out"
start_daemon
# As a job, which an interrupted experiment ends with itself.
mkfifo "$home/said"
tee "$out/training.txt" <"$home/said" &
tee=$!
# shellcheck disable=SC2086 # options are words
"$build/examples/$program" --name "$program" --record "$out/weights.npy" \
    ${data:+--data "$data"} $trainer_options >"$home/said" &
trainer=$!
wait "$trainer" || { trainer='' && exit 1; }
trainer=''
wait "$tee"

printf '\nEvents that the monitor told:\n'
"$build/koopmon" events "$program" >"$out/events.txt"
cat "$out/events.txt"

distances="mean assignment distances"
printf '\nSpectra of intervals of 64 steps, ten modes: %s\n' "$distances"
of_intervals steps 64 --rank 10
printf '\nThe same, as many modes as hold 99.99%% of the energy\n'
of_intervals energy 64 --energy 0.9999
epoch=$(awk '$1 == "epoch" && $2 == 1 { print $4; exit }' "$out/training.txt")
epochs=$(grep -c '^epoch' "$out/training.txt")
if [ "$epochs" -gt 2 ] && [ "$epoch" -ge 64 ]; then
    printf '\nSpectra of whole epochs, %s steps each, ten modes: %s\n' "$epoch" "$distances"
    of_intervals epochs "$epoch" --rank 10
fi
[ "$out" = "$home/out" ] || echo "recording, distances and pictures: $out"
