#!/bin/sh
# analyze and compare on recorded files: the paper's spectra and distances, bad input, exit codes.
. "$(dirname "$0")/lib.sh"

# A .npy header of version 1.0: npy_header DESCR FORTRAN SHAPE, 128 bytes in all.
npy_header() {
    printf '\223NUMPY\001\000\166\000%-117s\n' "{'descr': '$1', 'fortran_order': $2, 'shape': ($3), }"
}

# eigenvalues FILE GOLDEN...: the real parts of its batch spectrum with 4 delays, in order.
eigenvalues() {
    file=$1
    shift
    "$KOOPMON" analyze --batch --delays 4 --plain "$file" | awk -v golden="$*" '
        BEGIN { n = split(golden, wanted, " ") }
        { d = $3 - wanted[NR]; if (d > 1e-8 || d < -1e-8 || $4 > 1e-8 || $4 < -1e-8) bad = 1 }
        END { exit bad || NR != n }'
}

distance() {
    "$KOOPMON" compare --batch --delays 4 --json "$WORK/$1.npy" "$WORK/$2.npy" |
        sed 's/.*"distance":\([0-9.e-]*\).*/\1/'
}

"$BUILD/examples/descent" --no-publish --quiet --record "$WORK" || failed "descent records"

check "mirror descent has the paper's eigenvalues" eigenvalues "$WORK/omd.npy" \
    0.997899990801 0.996444374835 0.983792979721 0.979883238305 0.931967893916 \
    0.924576755900 0.801171739239 0.792540774975 0.565132081049 0.558143533646
check "gradient descent has the paper's eigenvalues" eigenvalues "$WORK/ogd.npy" \
    1.000475922319 0.998562151582 0.993679740966 0.986653517418 0.948821254244 \
    0.934816823889 0.817560880330 0.799911447287 0.571022566191 0.555505538276
check "OMD and OGD are 0.00807324708558 apart" near "$(distance omd ogd)" 0.00807324708558 1e-8
check "OGD and BM are 0.753448793255 apart" near "$(distance ogd bm)" 0.753448793255 1e-6
check "OMD and BM are 0.746023356629 apart" near "$(distance omd bm)" 0.746023356629 1e-6

set -- compare --batch --delays 4 "$WORK/omd.npy"
code 0 "" "$KOOPMON" "$@" "$WORK/ogd.npy" --threshold 0.01
code 1 "" "$KOOPMON" "$@" "$WORK/bm.npy" --threshold 0.01
check "the verdict is in plain words" grep -q "distance 0.746023; no test: one spectrum on each side" "$WORK/out"
# Five starts a pool. With eight, whose spectra are 0.002 apart, the 0.008 between the two would show:
# they are conjugate up to the square of the step.
set -- compare --batch --delays 4 --pools 5 "$WORK/omd.npy"
code 0 "" "$KOOPMON" "$@" "$WORK/ogd.npy"
check "the conjugate pair does not differ" grep -q "^no difference found (p = .*, n = 5 + 5)" "$WORK/out"
code 1 "" "$KOOPMON" "$@" "$WORK/bm.npy"
check "bisection is no conjugate of descent" grep -q "^different (p = 0.016, n = 5 + 5)" "$WORK/out"
code 1 "" "$KOOPMON" compare --batch --delays 4 --pools 5 "$WORK/ogd.npy" "$WORK/bm.npy"
code 2 "25 trajectories, too few for 26 pools" "$KOOPMON" compare --batch --pools 26 "$WORK/omd.npy" \
    "$WORK/ogd.npy"
set -- compare --batch --delays 4 "$WORK/omd.npy"
check "compare --json is valid" json_of "$KOOPMON" "$@" "$WORK/ogd.npy" --json
check "p_value is null where nothing is tested" grep -q '"p_value":null' "$WORK/json"

code 1 "" "$KOOPMON" "$@" "$WORK/bm.npy" --threshold 0.01 --plot "$WORK/matching.svg"
check "the picture has the matching" grep -q ">optimal matching</text>" "$WORK/matching.svg"
code 2 "is there already" "$KOOPMON" "$@" "$WORK/bm.npy" --plot "$WORK/matching.svg"

set -- distances --batch --delays 4 "$WORK/omd.npy" "$WORK/bm.npy" "$WORK/ogd.npy"
check "distances --json is valid" json_of "$KOOPMON" "$@" --json
check "the conjugate pair stands together" grep -q '"order":\[1,0,2\]}$' "$WORK/json"
code 0 "" "$KOOPMON" "$@" --npy "$WORK/distances.npy"
check "the table has the distances" grep -q "omd.npy *0.746 *0 *0.008073" "$WORK/out"
code 2 "is there already" "$KOOPMON" "$@" --npy "$WORK/distances.npy"
code 0 "" "$KOOPMON" plot heatmap -o "$WORK/distances.svg" "$WORK/distances.npy"

for run in omd ogd; do
    code 0 "" "$KOOPMON" spectra --batch --delays 4 --pools 5 -o "$WORK/$run-spectra.npy" "$WORK/$run.npy"
    check "$run has five rows" grep -q ": 5 spectra of 10 eigenvalues$" "$WORK/out"
done
code 0 "" "$KOOPMON" compare "$WORK/omd-spectra.npy" "$WORK/ogd-spectra.npy"
cp "$WORK/out" "$WORK/of-spectra"
code 0 "" "$KOOPMON" compare --distance assignment --batch --delays 4 --pools 5 "$WORK/omd.npy" \
    "$WORK/ogd.npy"
check "written spectra compare as the trajectories do" cmp "$WORK/of-spectra" "$WORK/out"
code 0 "" "$KOOPMON" plot spectrum -o "$WORK/spectra.svg" "$WORK/omd-spectra.npy"

code 2 "use --batch" "$KOOPMON" analyze "$WORK/omd.npy"
code 2 "No such file" "$KOOPMON" analyze "$WORK/missing.npy"
echo "step,loss" >"$WORK/text.npy"
code 2 "neither a .npy file nor a recording" "$KOOPMON" analyze "$WORK/text.npy"
head -c 1000 "$WORK/omd.npy" >"$WORK/cut.npy"
code 2 "truncated" "$KOOPMON" analyze --batch "$WORK/cut.npy"
npy_header '<f8' True '2, 2' >"$WORK/fortran.npy"
code 2 "Fortran" "$KOOPMON" analyze "$WORK/fortran.npy"
npy_header '>f8' False '2, 2' >"$WORK/big.npy"
code 2 "big-endian" "$KOOPMON" analyze "$WORK/big.npy"
npy_header '<i8' False '2, 2' >"$WORK/integers.npy"
code 2 "<i8" "$KOOPMON" analyze "$WORK/integers.npy"
npy_header '<f8' False '4294967296, 4294967296' >"$WORK/absurd.npy"
code 2 "beyond any file" "$KOOPMON" analyze "$WORK/absurd.npy"
npy_header '<f8' False '0, 3' >"$WORK/empty.npy"
code 5 "a spectrum needs 64" "$KOOPMON" analyze "$WORK/empty.npy"
code 2 "from 3 to 4096" "$KOOPMON" analyze --window many "$WORK/empty.npy"
code 2 "did you mean --window" "$KOOPMON" analyze --widow 10 "$WORK/empty.npy"

KOOPMON_MODE=offline KOOPMON_OFFLINE_DIR=$WORK \
    "$BUILD/examples/grok" --p 23 --d 32 --mlp 64 --no-early-stop --quiet --steps 300 --name one \
    --record "$WORK/grok.npy" || failed "grok records"
for recording in "$WORK"/one-*.koop; do break; done
code 0 "" "$KOOPMON" analyze "$recording"
check "the recording's last spectrum is shown" grep -q "modulus" "$WORK/out"
check "analyze --json of a recording is valid" json_of "$KOOPMON" analyze --json "$recording"
check "it has spectra" grep -q '"spectra":\[{"step":' "$WORK/json"
check "analyze --json of a .npy trajectory is valid" json_of "$KOOPMON" analyze --json "$WORK/grok.npy"
code 0 "" "$KOOPMON" compare "$recording" "$WORK/grok.npy"
head -c 3000 "$recording" >"$WORK/cut.koop"
code 5 "usable snapshots" "$KOOPMON" analyze "$WORK/cut.koop"

"$KOOPMON" analyze --plain "$WORK/grok.npy" 2>"$WORK/err" | head -n 1 >"$WORK/out"
check "a closed pipe ends it quietly" test ! -s "$WORK/err"
if [ -w /dev/full ]; then
    "$KOOPMON" analyze --plain "$WORK/grok.npy" >/dev/full 2>"$WORK/err"
    check "a full disk is an error" test $? -eq 2
    check "and it says so" grep -q "cannot write" "$WORK/err"
fi
finish
