#!/bin/sh
# bench_detect on one small network: its tables have sane rows, kept runs give the same ones again, and
# what is no use is refused. $1: build directory.
set -eu
bench=$1/bench/bench_detect
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1

fail() {
    echo "$1" >&2
    cat "$work/out" >&2
    exit 1
}

has() {
    grep -qE -- "$1" "$work/out" || fail "no line: $1"
}

run() {
    "$bench" --models mlp --optimizers sgd --changes lr-ramp --schedules constant \
        --seeds 1000..1000 --tuning 900..900 --quiet-steps 1100 --synthetic 2 --jobs 2 \
        --out "$work/runs" "$@" >"$work/out" 2>"$work/err" || return $?
}

refused() {
    code=0
    "$bench" "$@" >"$work/out" 2>"$work/err" || code=$?
    [ $code -eq 2 ] || fail "$*: $code, not refused"
    [ "$(wc -l <"$work/err")" -eq 1 ] || fail "$*: not one line"
}

refused --seeds 900..905
refused --seeds 5..4
refused --models mlp,cnn
refused --changes none,
refused --only all

run
has '^Seeds 1000 to 1000 \(tuning: used while the detector was made\)'
# The change is plain: told soon, by both.
[ "$(grep -cE '^\| lr-ramp \| mlp \| 1 \| 100\.0% \| [1-4]?[0-9]\.0 \|' "$work/out")" -eq 2 ] ||
    fail "the change was not told by both"
has '^\| weights \| mlp \| constant \| 1 \| 101 \| [0-9]+ \| [0-9.]+ \| 0?[0-9.]+ to [0-9.]+ \|'
has '^\| weights and scalars \| mlp \| constant \| 1 \| 101 \|'
has '^\| \*\*koopmon, weights\*\* \| 1 of 1 \| 100\.0% \| [1-9][0-9]*\.0 \|'
for rival in 'loss alone: CUSUM' 'gradient norm alone: CUSUM' 'loss: Page-Hinkley' 'loss: ADWIN' \
    'loss: PELT, afterwards' 'eigenvalues: path \(CHASM\)' 'reconstruction \(CPDMD\)'; do
    has "^\| $rival \| [0-9.e+]+ \| [0-9.]+% \|"
done
has '^\| AR\(1\) 0\.7 \| 7520 \| [0-9]+ \|'
has '^\| mlp \| [0-9.]+ \| [0-9.]+ \| [0-9.]+ \| [0-9.]+ \| [0-9.]+% \|$'

# The same runs again, from the files: not one is made.
[ "$(ls "$work/runs" | grep -c -e '^planted-mlp-sgd-' -e '^quiet-mlp-sgd-constant-')" -eq 3 ] ||
    fail "the runs were not kept: $(ls "$work/runs")"
cp "$work/out" "$work/first"
touch "$work/mark"
run
cmp "$work/first" "$work/out" || fail "kept runs gave other tables"
[ -z "$(find "$work/runs" -type f -newer "$work/mark")" ] || fail "kept runs were made again"

# A file that is none, or of other options, is said so.
echo nothing >"$work/runs/quiet-mlp-sgd-constant-1000"
run && fail "a damaged file was taken"
grep -q 'quiet-mlp-sgd-constant-1000: its file is not of these options' "$work/err" ||
    fail "not said: $(cat "$work/err")"
