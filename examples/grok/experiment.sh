#!/bin/sh
# What the first 100 steps tell: spectra of training with and without what leads to grokking, over
# seeds, and whether they differ by more than chance. Redman et al. (NeurIPS 2024), figure 5.
usage() {
    cat <<'END'
usage: experiment.sh BUILD_DIR [OPTION…] [-- TRAINER OPTION…]

Trains the transformer of the paper under each condition and seed, takes one spectrum of each (PCA
to 10, 32 delays, 10 modes, pooled over perturbed initialisations), and compares the conditions.

  --seeds N          the first N of the paper's ten, then 43, 44, … (10)
  --inits N          initialisations a seed, perturbed by 0.1% (10)
  --steps N          the first N steps, 100 as the released scripts have it (100)
  --conditions LIST  any of grok no-decay random constrained constrained-random
                     ("grok constrained")
  --double           train in double
  --out DIR          keep spectra and logs here, and go on from those that are there: another DIR
                     for other settings

After -- stand options of the trainer for another size than the paper's.
END
}

seeds=10 inits=10 steps=100 conditions="grok constrained" program=grok double='' out=''
options="seeds inits steps conditions out" flags=double
. "$(dirname "$0")/../experiment.sh"
whole seeds inits steps
[ -z "$double" ] || program=grok64
paper=
[ $# -gt 0 ] || paper=1
[ -z "$paper" ] || set -- --p 113 --d 128 --mlp 512 --lr 1e-3 --frac 0.3

# options_of CONDITION: its options of the trainer.
options_of() {
    case $1 in
    grok) ;;
    no-decay) echo "--weight-decay 0" ;;
    random) echo "--random-labels" ;;
    constrained) echo "--constrain-norm" ;;
    constrained-random) echo "--constrain-norm --random-labels" ;;
    *) refuse "no condition $1" ;;
    esac
}
for condition in $conditions; do options_of "$condition" >/dev/null; done

make_work
out=${out:-$work/out}
keep_in "$out" "$*, $inits inits, $steps steps"
out=$(cd "$out" && pwd)
list=$(echo "16 17 22 23 31 33 34 40 41 42 $(seq 43 $((42 + seeds)))" | tr '\n' ' ' | cut -d ' ' -f "-$seeds")

# one CONDITION SEED [TRAINER OPTION…]: its spectrum, unless it is there.
one() {
    name=$program-$1-$2
    condition_options=$(options_of "$1")
    seed=$2
    shift 2
    [ ! -s "$out/$name.npy" ] || return 0
    # shellcheck disable=SC2086 # options are words
    KOOPMON_MODE=disabled "$build/examples/$program" "$@" $condition_options --steps $((steps - 1)) \
        --no-early-stop --seed "$seed" --inits "$inits" --record "$work/weights.npy" \
        >"$out/$name.log" 2>&1 || { cat "$out/$name.log" >&2; exit 1; }
    "$build/koopmon" spectra --batch --pca 10 --delays 32 --rank 10 -o "$work/spectrum.npy" --force \
        "$work/weights.npy" >/dev/null
    mv "$work/spectrum.npy" "$out/$name.npy"
    rm "$work/weights.npy"
}

for seed in $list; do
    for condition in $conditions; do
        echo "seed $seed, $condition" >&2
        one "$condition" "$seed" "$@"
    done
done

# compare A B: a line of the table.
compare() {
    a=$1 b=$2
    set --
    for seed in $list; do set -- "$@" "$out/$program-$a-$seed.npy"; done
    set -- "$@" --vs
    for seed in $list; do set -- "$@" "$out/$program-$b-$seed.npy"; done
    # compare exits with 1 where the two differ
    result=$("$build/koopmon" compare --distance assignment "$@") || [ $? -eq 1 ]
    echo "$result" | awk -v a="$a" -v b="$b" '
        /^  assignment/ { between = $2; in_a = $4; in_b = $6; p = NF > 2 ? $NF : "-" }
        END { printf "%-20s %-20s %9.4f %9.4f %9.4f  %s\n", a, b, between, in_a, in_b, p }'
}

echo "Spectra of the first $steps steps, $program, $seeds seeds of $inits initialisations: mean distances"
printf '%-20s %-20s %9s %9s %9s  %s\n' A B between "within A" "within B" p
echo "$conditions" | tr ' ' '\n' | while read -r a; do
    echo "$conditions" | tr ' ' '\n' | awk -v a="$a" 'later { print } $0 == a { later = 1 }' |
        while read -r b; do compare "$a" "$b"; done
done
[ -z "$paper" ] || echo "published, 20 seeds: grok and constrained 0.0276 apart, 0.0021 and 0.0026 within, p = 0.0005"
