#!/bin/sh
# The demos without a terminal: each prints its story and exits with 0.
. "$(dirname "$0")/lib.sh"
demos=$(cd "$(dirname "$0")/../../examples" && pwd)

sh "$demos/grok/demo.sh" "$BUILD" >"$WORK/grok" 2>&1 </dev/null
check "demo grok exits with 0" test $? -eq 0
check "it memorised and grokked" grep -q "memorised at step .* grokked" "$WORK/grok"
check "it marked a transition" grep -q "^grok  step .*  transition  " "$WORK/grok"
check "it closes with how the run ended" grep -q "^grok  finished" "$WORK/grok"

sh "$demos/descent/demo.sh" "$BUILD" >"$WORK/descent" 2>&1 </dev/null
check "demo descent exits with 0" test $? -eq 0
check "mirror and gradient descent are close" grep -q "distance 0.00807325;" "$WORK/descent"
check "by chance" test "$(grep -c "no difference found (p = " "$WORK/descent")" -eq 1
check "bisection is far from them" grep -q "distance 0.753449;" "$WORK/descent"
check "from both, by more than chance" test "$(grep -c "different (p = " "$WORK/descent")" -eq 2
[ "$FAILED" -eq 0 ] || cat "$WORK/grok" "$WORK/descent" >&2
finish
