#!/bin/sh
# Three optimisers on one problem: two are conjugate, one is not. demo.sh BUILD_DIR
. "$(dirname "$0")/../demo.sh"
start_daemon --window 24 --delays 1 --rank 4 --pca 4 --stride 1

if on_terminal; then
    start_trainer omd "$build/examples/descent" --delay-ms 100
    "$build/koopmon"
fi
"$build/examples/descent" --record "$home" >/dev/null
echo "Koopman spectra of 25 pooled starts, 4 delays: their mean assignment distance, and whether five"
echo "spectra of five starts each differ by more than chance:"
# compare exits with 1 where they do
compare() {
    printf '\n%s\n' "$1"
    "$build/koopmon" compare --batch --delays 4 --distance assignment "$home/$2.npy" "$home/$3.npy"
    "$build/koopmon" compare --batch --delays 4 --pools 5 --distance assignment "$home/$2.npy" \
        "$home/$3.npy" || [ $? -eq 1 ]
}
compare "mirror and gradient descent (conjugate)" omd ogd
compare "gradient descent and bisection" ogd bm
compare "mirror descent and bisection" omd bm
