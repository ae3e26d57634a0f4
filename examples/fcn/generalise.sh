#!/bin/sh
# Does the spectrum of the first fifth of a training tell how well it will generalise? Rank correlations
# of what is known at 20% of many trainings with their held-out accuracy at the end.
usage() {
    cat <<EOF
usage: generalise.sh BUILD_DIR [OPTION...]

Trains networks of one width with several learning rates and numbers of images, each from many seeds,
and holds images out. Of the last layer in the first fifth of the steps it takes two spectra: of all
of it (rank 10, 320/h delays, not centred), and of its last 64 steps (as the monitor has it). Prints
how well they order the trainings by their held-out accuracy at the end, next to what loss and
accuracy at 20% can do: within a setting, where only the seed differs, and across settings.

  --data DIR       MNIST's files; without it the digits are drawn
  --h N            hidden units (10)
  --seeds N        of each setting (20)
  --steps N        of training, a multiple of 5 from 500 on (1000)
  --rates LIST     learning rates (0.03,0.1,0.3)
  --images LIST    to train on (2000,8000)
  --out DIR        keep table and spectra there; what is there is not computed again
  --help           this text

Features; of eigenvalues those whose residual is at most 0.1:
  modulus slowest trusted        mean and largest modulus, and their number; of all of the fifth
  w_modulus w_slowest w_trusted  the same of its last 64 steps
  rank straightness              of its last 64 steps: effective rank, net displacement over path
  to_best                        distance to the best run's spectrum; the best of the other half of
                                 the seeds, within the setting or of all
Baselines at 20%: loss and train (accuracy) on the training images, held_loss and held on the others.
Baseline across settings: usual, the mean accuracy of the setting in the other half of the seeds.
EOF
}

program=fcn data='' h=10 seeds=20 steps=1000 rates=0.03,0.1,0.3 images=2000,8000 out=''
options="data h seeds steps rates images out" flags=''
. "$(dirname "$0")/../experiment.sh"
fcn=$build/examples/fcn koopmon=$build/koopmon here=$(dirname "$0")
whole h seeds steps
if [ "$h" -lt 5 ] || [ "$h" -gt 320 ]; then refuse "--h wants 5 to 320"; fi
[ "$seeds" -ge 4 ] || refuse "--seeds wants 4 or more"
if [ "$steps" -lt 500 ] || [ $((steps % 5)) -ne 0 ]; then
    refuse "--steps wants a multiple of 5 from 500 on"
fi

make_work
out=${out:-$work/out}
case $out in *[[:space:]]*) refuse "--out takes no spaces" ;; esac
keep_in "$out" "${data:-drawn digits}, h $h, $steps steps"
fifth=$((steps / 5))

# train RATE IMAGES SEED: the scores to the end, and the spectra of the first fifth. $run names it.
train() {
    "$fcn" --no-publish --hold-out --h "$h" --lr "$1" --images "$2" --seed "$3" --steps "$steps" \
        --measure-every "$fifth" --record "$work/weights.npy" --record-steps "$fifth" \
        ${data:+--data "$data"} >"$work/scores"
    "$koopmon" analyze --json "$work/weights.npy" >"$work/window"
    "$koopmon" analyze --batch --delays $((320 / h)) --rank 10 --json "$work/weights.npy" \
        >"$work/whole"
    mv "$work/window" "$run.window"
    mv "$work/whole" "$run.json"
    mv "$work/scores" "$run.scores"
}

# scores FILE: loss, train, held_loss and held at 20%, then the held-out accuracy at the end.
scores() {
    awk -v fifth="$fifth" -v steps="$steps" '
        { sub("test loss", "held_loss"); sub("test ", "held "); gsub("%", "") }
        $1 == "step" && $2 == fifth { early = $6 " " $8 " " $10 " " $12 }
        $1 == "step" && $2 == steps { print early, $12 }' "$1"
}

# trusted FILE: mean and largest modulus of the trusted eigenvalues of its last spectrum, their
# number, and the signals that come with it, "-" where there is none.
trusted() {
    awk '
        function signal(name,    text) {
            text = $0
            if (!sub(".*\"" name "\":", "", text)) return "-"
            return text + 0
        }
        {
            text = $0
            sub(/.*"eigenvalues":\[\[/, "", text)
            sub(/\]\].*/, "", text)
            n = split(text, row, /\],\[/)
            for (i = 1; i <= n; i++) {
                split(row[i], z, ",")
                if (z[4] == "null" || z[4] > 0.1) continue
                modulus = sqrt(z[1] * z[1] + z[2] * z[2])
                sum += modulus
                if (modulus > most) most = modulus
                count++
            }
            print count ? sum / count : "-", count ? most : "-", count + 0,
                signal("effective_rank"), signal("straightness")
        }' "$1"
}

# other_half: for each line of $out/rows (setting, seed, accuracy, file) what the runs with seeds of the
# other parity tell: distance of its spectrum to that of the best of them, of its setting and of all;
# and their mean accuracy in its setting.
other_half() {
    # shellcheck disable=SC2046 # a list of paths without blanks
    "$koopmon" distances --order given --json $(awk '{ print $4 }' "$out/rows") >"$work/json"
    sed 's/.*"matrix":\[\[//; s/\]\].*//; s/\],\[/\n/g' "$work/json" |
        awk -v rows="$out/rows" '
            BEGIN {
                while ((getline line < rows) > 0) {
                    split(line, cell, " ")
                    n++
                    setting[n] = cell[1]
                    parity[n] = cell[2] % 2
                    accuracy[n] = cell[3]
                }
            }
            # Of equal accuracies the first.
            function best(i, all,    j, at) {
                for (j = 1; j <= n; j++)
                    if (parity[j] != parity[i] && (all || setting[j] == setting[i]) &&
                        (!at || accuracy[j] + 0 > accuracy[at] + 0)) at = j
                return at
            }
            function usual(i,    j, sum, m) {
                for (j = 1; j <= n; j++)
                    if (parity[j] != parity[i] && setting[j] == setting[i]) {
                        sum += accuracy[j]
                        m++
                    }
                return sum / m
            }
            {
                split($0, distance, ",")
                print distance[best(NR, 0)], distance[best(NR, 1)], usual(NR)
            }'
}

: >"$out/rows"
: >"$work/features"
for rate in $(echo "$rates" | tr ',' ' '); do
    for n in $(echo "$images" | tr ',' ' '); do
        seed=0
        while [ "$seed" -lt "$seeds" ]; do
            run=$out/h$h-lr$rate-n$n-seed$seed
            [ -s "$run.scores" ] || train "$rate" "$n" "$seed"
            early=$(scores "$run.scores")
            echo "lr$rate,n$n $seed ${early##* } $run.json" >>"$out/rows"
            # shellcheck disable=SC2046
            set -- $(trusted "$run.json") $(trusted "$run.window")
            echo "$1 $2 $3 $6 $7 $8 $9 ${10} ${early% *}" >>"$work/features"
            tail -n 1 "$run.scores" >"$work/training"
            seed=$((seed + 1))
        done
    done
done
other_half >"$work/others"
{
    echo "setting seed test to_best to_best_of_all usual modulus slowest trusted w_modulus w_slowest" \
        "w_trusted rank straightness loss train held_loss held"
    awk '{ print $1, $2, $3 }' "$out/rows" | paste -d ' ' - "$work/others" "$work/features"
} >"$out/table"

correlate() { awk -v target=test "$@" -f "$here/correlate.awk" "$out/table"; }

runs=$(($(wc -l <"$out/table") - 1))
echo "h $h, $steps steps, $runs trainings; the last: $(cat "$work/training")"
printf '\nheld-out accuracy at the end, %%\n%-16s %5s %8s %8s %8s %8s\n' setting runs mean sd min max
awk 'NR > 1 {
        if (!($1 in n)) order[++settings] = $1
        n[$1]++; sum[$1] += $3; squares[$1] += $3 * $3
        if (n[$1] == 1 || $3 < min[$1]) min[$1] = $3
        if (n[$1] == 1 || $3 > max[$1]) max[$1] = $3
    }
    END {
        for (i = 1; i <= settings; i++) {
            s = order[i]
            variance = (squares[s] - sum[s] * sum[s] / n[s]) / (n[s] - 1)
            printf "%-16s %5d %8.2f %8.2f %8.2f %8.2f\n", s, n[s], sum[s] / n[s],
                (variance > 0 ? sqrt(variance) : 0), min[s], max[s]
        }
    }' "$out/table"
printf '\nWithin a setting: only the seed differs\n'
correlate -v group=setting -v skip="seed to_best_of_all usual"
printf '\nThe same, beyond the held-out accuracy at 20%%\n'
correlate -v group=setting -v given=held -v skip="seed to_best_of_all usual"
printf '\nAcross settings\n'
correlate -v skip="setting seed to_best"
printf '\nThe same, beyond what is usual in the setting\n'
correlate -v given=usual -v skip="setting seed to_best"
[ "$out" = "$work/out" ] || echo "table and spectra: $out"
