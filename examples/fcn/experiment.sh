#!/bin/sh
# Do narrow and wide networks learn alike? The experiment of Redman et al. (NeurIPS 2024, section 4.2)
# on fully connected networks, and what its choice of delays has to do with the answer.
usage() {
    cat <<EOF
usage: experiment.sh BUILD_DIR [OPTION...]

Trains networks of each width from several seeds, and of each seed several that start side by side;
makes of each seed one spectrum (rank 10, 320/h delays, no centring); prints how far apart the
spectra of two widths are, how far those of one, and whether that is more than chance.
As a control the same trajectories are analysed with 8 delays at every width.
Where images are few, epochs return within the trajectory: in a fixed order that is a rhythm, which the
spectra then have too. --shuffle, or --images 60000 without --data, is without it.

  --data DIR     MNIST's files; without it the digits are drawn
  --images N     to train on (all; drawn ones: 8000)
  --seeds N      seeds of each width (25)
  --inits N      networks a seed (10)
  --steps N      of training (1000)
  --widths LIST  two or more (5,10,40)
  --shuffle      shuffle the images every epoch; else they come in their order
  --out DIR      keep spectra, distances and pictures there; what is there is not computed again
  --help         this text
EOF
}

program=fcn data='' images='' seeds=25 inits=10 steps=1000 widths=5,10,40 shuffle='' out=''
options="data images seeds inits steps widths out" flags=shuffle
. "$(dirname "$0")/../experiment.sh"
fcn=$build/examples/fcn koopmon=$build/koopmon
whole seeds inits steps
[ "$seeds" -ge 2 ] || refuse "--seeds wants 2 or more"
widths=$(echo "$widths" | tr ',' ' ')
for h in $widths; do
    case $h in *[!0-9]* | 0*) refuse "not a width: $h" ;; esac
    [ "$h" -le 320 ] || refuse "--widths are 320 at most: 320/h delays"
done
[ "$(echo "$widths" | wc -w)" -ge 2 ] || refuse "--widths wants two or more"

make_work
out=${out:-$work/out}
case $out in *[[:space:]]*) refuse "--out takes no spaces" ;; esac
keep_in "$out" "${data:-drawn digits}, ${images:-all} images, $inits inits, $steps steps${shuffle:+, shuffled}"

# spectra DIRECTORY: the files of its spectra, in the order of the seeds.
spectra() {
    seed=0
    while [ "$seed" -lt "$seeds" ]; do
        echo "$out/$1/$seed.json"
        seed=$((seed + 1))
    done
}

# analyse WIDTH DELAYS SEED: one spectrum of the trajectories at hand.
analyse() {
    spectrum=$out/h$1-d$2/$3.json
    [ ! -s "$spectrum" ] || return 0
    mkdir -p "${spectrum%/*}"
    "$koopmon" analyze --batch --delays "$2" --rank 10 --json "$work/weights.npy" \
        >"$work/spectrum"
    mv "$work/spectrum" "$spectrum"
}

train() {
    seed=0
    while [ "$seed" -lt "$seeds" ]; do
        if ! [ -s "$out/h$1-d$2/$seed.json" ] || ! [ -s "$out/h$1-d8/$seed.json" ]; then
            # shellcheck disable=SC2086 # no word where it is empty
            "$fcn" --no-publish --h "$1" --seed "$seed" --inits "$inits" --steps "$steps" \
                --measure-every "$steps" --record "$work/weights.npy" ${shuffle:+--shuffle} \
                ${data:+--data "$data"} ${images:+--images "$images"} >"$work/log"
            grep "network 0" "$work/log" | tail -n 1 | sed "s/^/h $1  seed $seed  /" >>"$out/scores"
            tail -n 1 "$work/log" >"$out/training"
            analyse "$1" "$2" "$seed"
            analyse "$1" 8 "$seed"
        fi
        seed=$((seed + 1))
    done
}

# row A B PAPER: of two directories of spectra. The matched mean is over the seeds, A's with B's.
row() {
    # shellcheck disable=SC2046 # a list of paths without blanks
    "$koopmon" compare --json $(spectra "$1") --vs $(spectra "$2") >"$work/json" || [ $? -eq 1 ]
    awk -v a="$1" -v b="$2" -v paper="$3" '
        # The number, or with `at` the at-th of an array, behind "name": in what is said of a distance.
        function field(text, name, at,    parts) {
            sub(".*\"" name "\":\\[?", "", text)
            split(text, parts, /[],}]/)
            return parts[at ? at : 1]
        }
        {
            for (k = 1; k <= 2; k++) {
                name = k == 1 ? "assignment" : "residual"
                text = substr($0, index($0, "{\"name\":\"" name "\""))
                text = substr(text, 1, index(text, "}"))
                printf "%-8s %-8s %-10s %8.5f %8.5f %8.5f %9.5f %7.4f   %s\n", a, b, name,
                    field(text, "aligned"), field(text, "within", 1), field(text, "within", 2),
                    field(text, "statistic"), field(text, "p"), k == 1 ? paper : ""
                a = b = ""
            }
        }' "$work/json"
}

# published A B: what the spectra that were published with the paper give: matched (within A, within B).
published() {
    case $1-$2 in
    5-10) echo "0.0065 (0.0050, 0.0043)" ;;
    5-40) echo "0.0070 (0.0050, 0.0043)" ;;
    10-40) echo "0.0047 (0.0043, 0.0043)" ;;
    esac
}

heading() {
    printf '\n%s\n' "$1"
    printf '%-8s %-8s %-10s %8s %8s %8s %9s %7s   %s\n' A B distance matched "in A" "in B" excess p "$2"
}

# pairs DELAYS: all pairs of widths; DELAYS of each, or as the paper has them when empty.
pairs() {
    for a in $widths; do
        for b in $widths; do
            [ "$a" -lt "$b" ] || continue
            row "h$a-d${1:-$((320 / a))}" "h$b-d${1:-$((320 / b))}" \
                "$([ -n "$1" ] || published "$a" "$b")"
        done
    done
}

# modulus DIRECTORY: mean modulus of all its eigenvalues, and the smallest.
modulus() {
    # shellcheck disable=SC2046
    sed 's/.*"eigenvalues":\[\[//; s/\]\].*//; s/\],\[/\n/g' $(spectra "$1") | awk -F , -v name="$1" '
        {
            modulus = sqrt($1 * $1 + $2 * $2)
            sum += modulus
            if (NR == 1 || modulus < least) least = modulus
        }
        END { printf "%-10s %8.5f %8.4f\n", name, sum / NR, least }'
}

draw() {
    maps='' spectra=''
    for h in $widths; do
        name=h$h-d$((320 / h))
        # shellcheck disable=SC2046
        "$koopmon" spectra --force -o "$out/$name-spectra.npy" $(spectra "$name") >"$work/log"
        # shellcheck disable=SC2046
        "$koopmon" distances --order given --force --npy "$out/$name.npy" $(spectra "$name") \
            >"$work/log"
        maps="$maps $out/$name.npy" spectra="$spectra $out/$name-spectra.npy"
    done
    # shellcheck disable=SC2086
    "$koopmon" plot spectrum --force -o "$out/spectra.svg" --title "Spectra of $seeds seeds" $spectra \
        >"$work/log"
    # The logarithmic axis leaves out the zeros of the diagonal.
    # shellcheck disable=SC2086
    "$koopmon" plot histogram --log --force -o "$out/seeds.svg" \
        --title "Distances between the spectra of two seeds, one width" $maps >"$work/log" 2>&1 ||
        { cat "$work/log" >&2 && exit 1; }
    # shellcheck disable=SC2046
    "$koopmon" distances --order given --force --npy "$out/all.npy" \
        $(for h in $widths; do spectra "h$h-d$((320 / h))"; done) >"$work/log"
    "$koopmon" plot heatmap --force -o "$out/all.svg" \
        --title "Distances of all spectra, $seeds of each width: $widths" "$out/all.npy" >"$work/log"
}

for h in $widths; do train "$h" $((320 / h)); done
cat "$out/training"
echo "$seeds seeds of each width, $inits networks a seed; names: hWIDTH-dDELAYS"
heading "Widths, with 320/h delays (as published)" "published spectra: matched (in A, in B)"
pairs ""
heading "Control: the same trajectories, the number of delays alone" ""
for h in $widths; do [ "$h" -eq 40 ] || row "h$h-d$((320 / h))" "h$h-d8" ""; done
heading "Control: widths with 8 delays each" ""
pairs 8
printf '\nModuli of the eigenvalues\n%-10s %8s %8s\n' "" mean least
for h in $widths; do
    modulus "h$h-d$((320 / h))"
    [ "$h" -eq 40 ] || modulus "h$h-d8"
done
draw
cat <<EOF

matched: mean distance of A's and B's spectrum of one seed. in A, in B: mean over all pairs of seeds.
excess: mean over all pairs of A and B less the mean of the two within.
p: of excess, the seeds relabelled.
EOF
[ "$out" = "$work/out" ] || echo "spectra, distances and pictures: $out"
