#!/bin/sh
# plot: each kind of picture of a real recording and of .npy files, read back as XML; files, exit
# codes, and runs by name.
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2317 # it is called by check
# well_formed FILE: an XML parser of others reads it and finds text in it, where python3 has one.
well_formed() {
    if command -v python3 >/dev/null 2>&1; then
        python3 -c 'import sys
from xml.dom import minidom
root = minidom.parse(sys.argv[1]).documentElement
assert root.tagName == "svg" and root.getElementsByTagName("text"), "no picture"' "$1"
    else
        grep -q "</svg>" "$1"
    fi
}

# drawn WHAT KIND OPERAND...: twice, to a file and to standard output, with the same bytes.
drawn() {
    what=$1
    kind=$2
    shift 2
    rm -f "$WORK/picture.svg"
    check "$what is drawn" "$KOOPMON" plot "$kind" -o "$WORK/picture.svg" "$@" >"$WORK/said"
    check "$what is well-formed" well_formed "$WORK/picture.svg"
    "$KOOPMON" plot "$kind" -o - "$@" >"$WORK/again.svg" 2>/dev/null
    check "$what is the same every time" cmp "$WORK/picture.svg" "$WORK/again.svg"
}

# shows PATTERN: the last picture has it.
shows() { check "it shows $1" grep -q -- "$1" "$WORK/picture.svg"; }

# npy FILE TYPE SHAPE: an array of what comes as little-endian bytes on standard input.
npy() {
    header="{'descr': '$2', 'fortran_order': False, 'shape': ($3), }"
    {
        printf '\223NUMPY\001\000\166\000%-117s\n' "$header"
        cat
    } >"$1"
}

KOOPMON_MODE=offline KOOPMON_OFFLINE_DIR=$WORK OPENBLAS_NUM_THREADS=1 "$BUILD/examples/grok" \
    --p 11 --d 8 --mlp 16 --no-early-stop --quiet --name walk --steps 1200 >"$WORK/log" 2>&1 ||
    failed "a recording"
for RECORDING in "$WORK"/walk-*.koop; do break; done

drawn "the spectrum of a recording" spectrum "$RECORDING"
shows "Re λ"
drawn "the curves of a recording" curves --log "$RECORDING"
for name in loss test_accuracy speed prediction distance step; do shows ">$name</text>"; done
shows ">walk</text>"
check "events are in the picture as analyze prints them" test \
    "$("$KOOPMON" analyze "$RECORDING" | grep -c '^step ')" -eq \
    "$(grep -c '>step [0-9]*: ' "$WORK/picture.svg")"
drawn "one scalar" curves --scalar test_loss "$RECORDING"
shows ">test_loss</text>"
check "and no other" test "$(grep -c '>loss</text>' "$WORK/picture.svg")" -eq 0
drawn "the weights of a recording" trajectory "$RECORDING"
shows ">1st principal component ("
drawn "the distances of a recording's windows" heatmap --log "$RECORDING"
shows "mean assignment distance"
shows ">63</text>"

# 1, i, −1 and 1/2 as complex128; 1, 2, 0.5 and 2 as float64.
one='\000\000\000\000\000\000\360\077' zero='\000\000\000\000\000\000\000\000'
minus='\000\000\000\000\000\000\360\277' half='\000\000\000\000\000\000\340\077'
two='\000\000\000\000\000\000\000\100'
# shellcheck disable=SC2059 # the bytes are the format
printf "$one$zero$zero$one$minus$zero$half$zero" | npy "$WORK/<eigenvalues>.npy" '<c16' 4,
# shellcheck disable=SC2059
printf "$one$two$half$two" | npy "$WORK/matrix.npy" '<f8' '2, 2'
# shellcheck disable=SC2059
printf "$one$two$half$two" | npy "$WORK/values.npy" '<f8' 4,
drawn "an array and a recording" spectrum "$WORK/<eigenvalues>.npy" "$RECORDING"
shows ">&lt;eigenvalues&gt;.npy (4)</text>"
drawn "a matrix" heatmap "$WORK/matrix.npy"
shows 'fill="#fde725"'
drawn "a histogram" histogram --bins 4 "$WORK/values.npy" "$WORK/matrix.npy"
shows "values.npy (4)"

# A run of the data directory, by name and by the start of its uuid.
uuid=${RECORDING##*walk-} && uuid=${uuid%.koop}
mkdir -p "$XDG_STATE_HOME/koopmon/runs/$uuid"
cp "$RECORDING" "$XDG_STATE_HOME/koopmon/runs/$uuid/000001.koop"
drawn "a run by name" curves walk
shows ">walk</text>"
drawn "a run by uuid" heatmap "$(printf %.8s "$uuid")"
drawn "a run's directory" spectrum "$XDG_STATE_HOME/koopmon/runs/$uuid"

code 2 "is there already" "$KOOPMON" plot histogram -o "$WORK/picture.svg" "$WORK/values.npy"
code 0 "" "$KOOPMON" plot histogram --force -o "$WORK/picture.svg" "$WORK/values.npy"
code 2 "say where the picture goes" "$KOOPMON" plot histogram "$WORK/values.npy"
code 4 "no file and no run" "$KOOPMON" plot curves -o - missing
code 2 "neither a .npy" "$KOOPMON" plot curves -o - "$0"
code 2 "has no scalar" "$KOOPMON" plot curves -o - --scalar nothing "$RECORDING"
code 5 "a spectrum needs 4000" "$KOOPMON" plot spectrum -o - --window 4000 "$RECORDING"
code 5 "distances need two" "$KOOPMON" plot heatmap -o - --window 1000 "$RECORDING"
head -c 600 "$RECORDING" >"$WORK/hello.koop"
code 5 "" "$KOOPMON" plot curves -o - "$WORK/hello.koop"
check "plot --json is valid" json_of "$KOOPMON" plot histogram --force --json \
    -o "$WORK/picture.svg" "$WORK/values.npy"
"$KOOPMON" plot histogram -o - "$WORK/values.npy" >/dev/full 2>"$WORK/err"
check "a full disk is said" grep -q "cannot write" "$WORK/err"
finish
