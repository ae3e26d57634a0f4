#!/bin/sh
# Does the warning of grokking come before the test accuracy, and only then? Trains transformers that
# grok and controls that do not, runs koopmon as it is on their weights, and counts.
usage() {
    cat <<EOF
usage: grokking.sh BUILD_DIR [OPTION...]

Trains, of each seed, one transformer that groks and one control: without weight decay, with random
labels or with too little data (a fifth), in turn. The control gets as many steps as the other one until
half of its test pairs are right, and 2,000 at least. Analyses what both published, with defaults; prints
a line a run and what follows from them. (Seeds 100 to 119 chose the thresholds, 200 to 219 judged them.)

  --first N      first seed (200)
  --seeds N      how many (20)
  --jobs N       trainings at a time (1)
  --out DIR      keep recordings and results there; what is there is not trained again
  --help         this text
EOF
}

program=grok first=200 seeds=20 jobs=1 out=''
options="first seeds jobs out" flags=''
. "$(dirname "$0")/../../../examples/experiment.sh"
whole first seeds jobs
make_work
out=${out:-$work/out}
case $out in *[[:space:]]*) refuse "--out takes no spaces" ;; esac
mkdir -p "$out"
export KOOPMON_MODE=offline KOOPMON_OFFLINE_DIR="$out" OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1

# half LOG: the step at which half of the test pairs were right; -1: never.
half() {
    sed -n 's/.*half of the test pairs right at step \([0-9]*\).*/\1/p' "$1" | grep . || echo -1
}

kind() {
    case $(($1 % 3)) in
    2) echo no-decay ;;
    0) echo random-labels ;;
    1) echo too-little-data ;;
    esac
}

# train NAME OPTION...: a recording, NAME-UUID.koop, and its log; a log without end is of a training
# that was broken off.
train() {
    grep -qs ' steps in ' "$out/$1.log" && return
    rm -f "$out/$1"-*.koop
    name=$1
    shift
    "$build/examples/grok" --name "$name" "$@" >"$out/$name.log" || exit 1
}

pair() {
    train "g$1" --seed "$1"
    length=$(half "$out/g$1.log")
    [ "$length" -ge 0 ] || length=6000
    [ "$length" -ge 2000 ] || length=2000
    case $(kind "$1") in
    no-decay) train "c$1" --seed "$1" --steps "$length" --weight-decay 0 ;;
    random-labels) train "c$1" --seed "$1" --steps "$length" --random-labels ;;
    too-little-data) train "c$1" --seed "$1" --steps "$length" --frac 0.2 ;;
    esac
}

# judge NAME CUT: last step, step of the first warning or -1, highest score up to step CUT.
judge() {
    "$build/koopmon" analyze --json "$out/$1"-*.koop | tr '{' '\n' | awk -v cut="$2" '
        BEGIN { alarm = -1 }
        /^"step":/ { step = substr($0, 8) + 0 }
        /^"step":.*"rank":/ { last = step }
        /^"acceleration":/ {
            sub(/.*"score":/, "")
            if ((cut < 0 || step <= cut) && $0 + 0 > best) best = $0 + 0
        }
        /"kind":"grokking\?"/ { if (alarm < 0) alarm = step }
        END { print last, alarm, best + 0 }'
}

i=0
while [ "$i" -lt "$seeds" ]; do
    pair $((first + i)) &
    i=$((i + 1))
    [ $((i % jobs)) -ne 0 ] || wait
done
wait

i=0
while [ "$i" -lt "$seeds" ]; do
    seed=$((first + i))
    cut=$(half "$out/g$seed.log")
    judge "g$seed" "$cut" | { read -r _ alarm score && echo "grokking $seed $cut $alarm $score"; }
    judge "c$seed" "$cut" |
        { read -r last alarm score && echo "control $(kind "$seed") $seed $last $alarm $score"; }
    i=$((i + 1))
done >"$out/runs"
cat "$out/runs"
"$build/bench/bench_grokking" <"$out/runs"
