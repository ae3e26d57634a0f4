# spectra.awk: figures for experiment.sh, from what `koopmon analyze --plain` prints (a line a mode:
# step, modulus, re, im, energy, residual; |l| falls within a step). -v what=
#   known    for each true eigenvalue of the linear system: distance of the nearest mode, its modulus
#            minus the true one, its residual; then the modes that are trusted
#   again    over all windows: mean residual; mean of |residual - sqrt(1 - |l|^2)|; trusted modes a
#            window; mean distance of trusted modes to the nearest of the next window, over that to
#            the nearest of their own
#   first    of the last window: trusted modes, and modulus and residual of the first two
#   median   of columns of numbers, one line a seed
#   verdicts of first lines of `koopmon compare`: how many differ, median and least p
function gap(w, i, v, j) { return sqrt((re[w, i] - re[v, j]) ^ 2 + (im[w, i] - im[v, j]) ^ 2) }

# The distance from mode i of window w to the nearest of window v, itself apart.
function nearest(w, i, v,   j, d, least) {
    least = -1
    for (j = 1; j <= n[v]; j++) {
        if (w == v && i == j) continue
        d = gap(w, i, v, j)
        if (least < 0 || d < least) { least = d; found = j }
    }
    return least
}

function sort(x, count,   i, j, y) {
    for (i = 2; i <= count; i++) {
        y = x[i]
        for (j = i - 1; j >= 1 && x[j] > y; j--) x[j + 1] = x[j]
        x[j + 1] = y
    }
}

function middle(x, count) {
    sort(x, count)
    return (x[int((count + 1) / 2)] + x[int((count + 2) / 2)]) / 2
}

function known(   t, j, line) {
    split("0.995 0.97 0.9", modulus_of, " ")
    split("0.3 0.9 0", angle_of, " ")
    for (t = 1; t <= 3; t++) {
        re[0, 1] = modulus_of[t] * cos(angle_of[t])
        im[0, 1] = modulus_of[t] * sin(angle_of[t])
        error = nearest(0, 1, windows)
        line = line sprintf("%.17g %.17g %.17g ", error, size[windows, found] - modulus_of[t],
                            residual[windows, found])
    }
    print line trusted
}

function again(   w, i, modes, sum, off, moved, spacing, d) {
    for (w = 1; w <= windows; w++)
        for (i = 1; i <= n[w]; i++) {
            modes++
            sum += residual[w, i]
            d = residual[w, i] - sqrt(size[w, i] < 1 ? 1 - size[w, i] ^ 2 : 0)
            off += d < 0 ? -d : d
            if (w == windows || residual[w, i] > 0.1) continue
            moved += nearest(w, i, w + 1)
            spacing += nearest(w, i, w)
        }
    print sum / modes, off / modes, trusted / windows, (spacing > 0 ? moved / spacing : "-")
}

function median(   c, i, k, x, line) {
    for (c = 1; c <= NF; c++) {
        k = 0
        for (i = 1; i <= NR; i++) if (column[c, i] != "-") x[++k] = column[c, i]
        line = line sprintf(" %9s", k < NR ? "-" : sprintf("%.3g", middle(x, k)))
    }
    print line
}

function verdicts(   i, p, differ) {
    for (i = 1; i <= NR; i++) {
        p[i] = verdict[i]
        sub(/.*\(p = /, "", p[i])
        p[i] = p[i] + 0
        differ += verdict[i] ~ /^different/
    }
    m = middle(p, NR)
    printf "%d of %d differ, median p %.2g, least %.2g\n", differ, NR, m, p[1]
}

what == "median" { for (c = 1; c <= NF; c++) column[c, NR] = $c; next }
what == "verdicts" { verdict[NR] = $0; next }
!windows || $1 != step { step = $1; n[++windows] = 0 }
{
    i = ++n[windows]
    size[windows, i] = $2
    re[windows, i] = $3
    im[windows, i] = $4
    residual[windows, i] = $6
    trusted += $6 <= 0.1
}
END {
    if (what == "known") known()
    if (what == "again") again()
    if (what == "first")
        print trusted, size[windows, 1], residual[windows, 1], size[windows, 2], residual[windows, 2]
    if (what == "median") median()
    if (what == "verdicts") verdicts()
}
