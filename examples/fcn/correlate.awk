# correlate: how well each column of a table orders a target, and whether that is more than chance.
#
#   awk -v target=NAME [-v group=NAME] [-v given=NAME] [-v skip="NAME..."] [-v permutations=N]
#       -f correlate.awk TABLE
#
# A table has a line of names, then a line a run; values are separated by blanks. Every column but
# those named above is a feature; "-" is a value that is missing, and its row counts not for
# that feature.
#
#   rho     Spearman's: the correlation of ranks (equal values: their mean rank). With `group`,
#           ranks are taken within each group and set in -1..1, so that only what orders the runs of
#           one group counts; without it `group`'s differences count too
#   given   the same of what a straight line in the ranks of that column leaves of the ranks of
#           feature and target: what the feature knows beyond that column
#   p       two-sided, (b+1)/(m+1) over m random permutations of the target (within its group)
#   holm    p adjusted for the number of features
#
# Random numbers are this program's own (Park & Miller 1988, Commun. ACM 31): equal input, equal p.

function die(why) {
    print "correlate: " why | "cat 1>&2"
    failed = 1
    exit 2
}

function below(n) {
    state = (state * 16807) % 2147483647
    return int(state / 2147483647 * n)
}

# Ranks of column c within the group of each row, in -1..1, into out[row]; only rows with here[row].
function rank(c, here, out,    i, j, less, same, members) {
    for (i = 1; i <= n; i++) {
        if (!here[i]) continue
        less = same = members = 0
        for (j = 1; j <= n; j++) {
            if (!here[j] || label[j] != label[i]) continue
            members++
            if (cell[j, c] + 0 < cell[i, c] + 0) less++
            else if (cell[j, c] + 0 == cell[i, c] + 0) same++
        }
        out[i] = members < 2 ? 0 : (2 * less + same - 1) / (members - 1) - 1
    }
}

# What a straight line through the origin in z leaves of x.
function leave(x, z, here,    i, xz, zz) {
    xz = zz = 0
    for (i = 1; i <= n; i++) {
        if (!here[i]) continue
        xz += x[i] * z[i]
        zz += z[i] * z[i]
    }
    for (i = 1; i <= n; i++) if (here[i] && zz > 0) x[i] -= xz / zz * z[i]
}

# The correlation of x and y, and its p, into result["rho"], result["p"].
function test(x, y, here,    i, k, m, b, xx, yy, xy, sum, bound, kept, swap, rows, value, at, first) {
    xx = yy = xy = 0
    for (i = 1; i <= n; i++) {
        if (!here[i]) continue
        xx += x[i] * x[i]
        yy += y[i] * y[i]
        xy += x[i] * y[i]
    }
    if (xx < 1e-12 || yy < 1e-12) {
        result["rho"] = result["p"] = "-"
        return
    }
    # rows in the order of their groups, so that a group is one stretch
    m = 0
    for (k = 1; k <= groups; k++) {
        first[k] = m + 1
        for (i = 1; i <= n; i++)
            if (here[i] && label[i] == name_of[k]) {
                m++
                rows[m] = x[i]
                value[m] = y[i]
            }
    }
    first[groups + 1] = m + 1
    bound = (xy < 0 ? -xy : xy) - 1e-9
    b = 0
    state = 1
    for (at = 1; at <= permutations; at++) {
        sum = 0
        for (k = 1; k <= groups; k++)
            for (i = first[k + 1] - 1; i >= first[k]; i--) {
                swap = first[k] + below(i - first[k] + 1)
                kept = value[swap]
                value[swap] = value[i]
                value[i] = kept
                sum += rows[i] * kept
            }
        if (sum >= bound || -sum >= bound) b++
    }
    result["rho"] = xy / sqrt(xx * yy)
    result["p"] = (b + 1) / (permutations + 1)
}

function column(name) {
    if (!(name in number)) die("no column " name)
    return number[name]
}

# Holm's adjustment of p[1..features]; "-" stays.
function adjust(p, out,    i, j, k, smaller, tests, most) {
    for (i = 1; i <= features; i++) if (p[i] != "-") tests++
    for (i = 1; i <= features; i++) {
        out[i] = "-"
        if (p[i] == "-") continue
        most = 0
        for (j = 1; j <= features; j++) {
            if (p[j] == "-" || p[j] > p[i]) continue
            smaller = 0
            for (k = 1; k <= features; k++) if (p[k] != "-" && p[k] < p[j]) smaller++
            if ((tests - smaller) * p[j] > most) most = (tests - smaller) * p[j]
        }
        out[i] = most > 1 ? 1 : most
    }
}

function show(format, x) { return x == "-" ? sprintf("%8s", "-") : sprintf(format, x) }

BEGIN { if (permutations == "") permutations = 4999 }

NR == 1 {
    columns = NF
    for (c = 1; c <= NF; c++) { number[$c] = c; title[c] = $c }
    next
}

NF != columns { die("line " NR " has " NF " values, not " columns) }

{
    n++
    for (c = 1; c <= NF; c++) cell[n, c] = $c
}

END {
    if (failed) exit 2
    if (target == "") die("wants -v target=NAME")
    t = column(target)
    g = group == "" ? 0 : column(group)
    z = given == "" ? 0 : column(given)
    for (i = 1; i <= n; i++) {
        label[i] = g ? cell[i, g] : "all"
        if (label[i] in seen) continue
        seen[label[i]] = 1
        name_of[++groups] = label[i]
    }
    for (c = 1; c <= columns; c++) {
        if (c == t || c == g || c == z || index(" " skip " ", " " title[c] " ")) continue
        rows = 0
        for (i = 1; i <= n; i++) {
            here[i] = cell[i, c] != "-" && cell[i, t] != "-" && (!z || cell[i, z] != "-")
            rows += here[i]
        }
        rank(c, here, x)
        rank(t, here, y)
        if (z) {
            rank(z, here, w)
            leave(x, w, here)
            leave(y, w, here)
        }
        test(x, y, here)
        feature[++features] = title[c]
        count[features] = rows
        rho[features] = result["rho"]
        p[features] = result["p"]
    }
    adjust(p, holm)
    printf "%-16s %5s %8s %8s %8s\n", "feature", "n", "rho", "p", "holm"
    for (i = 1; i <= features; i++)
        printf "%-16s %5d %s %s %s\n", feature[i], count[i], show("%8.3f", rho[i]),
            show("%8.4f", p[i]), show("%8.4f", holm[i])
}
