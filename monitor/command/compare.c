#include "command.h"
#include "compare_plot.h"
#include "compare_print.h"

#include <limits.h>
#include <string.h>

enum { OWN = 9, FLAGS = KOOP_DMD_OPTIONS + OWN };

static const koop_usage usage = {
    "compare",
    "A B | A... --vs B...",
    "Measures how far the spectra of A and B are apart, and says whether that is more than "
    "chance.\n"
    "Each operand is a file or a run: a .npy of eigenvalues (complex; 1-D, or 2-D with a spectrum\n"
    "a row), what analyze --json printed (its last spectrum), a .npy trajectory, a recording, a\n"
    "journal directory; else a run of the daemon by name or uuid. Two trajectories are compared by "
    "their\n"
    "disjoint windows. Otherwise each operand is one spectrum (but for rows): of a trajectory the\n"
    "last, with --batch the one of the whole.",
    "The test relabels the spectra of the two sides (windows that end at the same snapshot: swaps\n"
    "them), all ways when there are at most 20,000, else --permutations times at random; with\n"
    "several distances p is Holm's. Windows are taken to be independent, as they are where the\n"
    "dynamics forget within one; and two runs of one kind may differ: compare several a side to\n"
    "know about kinds.\n"
    "Distances: assignment, mean distance of the best pairing of eigenvalues (of unequal numbers:\n"
    "transport); residual, transport with weights 1/(residual + 0.05); both by default, as far as\n"
    "residuals are known; variance, mean |log ratio| of the windows' variance shares, which need\n"
    "not agree between conjugate dynamics.\n"
    "Exit code 0: no difference found, or none tested; 1: different, or above --threshold.\n"
    "JSON: {\"schema\":1,\"a\",\"b\",\"distance\",\"p_value\",\"n\",\"modes\":[A,B],\"method\",\n"
    "\"verdict\",\"different\",\"side_a\",\"side_b\",\"spectra\":[A,B],\"values\":[A,B],\"test\",\n"
    "\"distances\":[{\"name\",\"value\",\"aligned\",\"within\":[A,B],\"statistic\",\"p\",\n"
    "\"p_holm\"}]}",
    2,
    2 * KOOP_SIDE_MAX_ITEMS + 1,
    false};

static const char *const choices[] = {"spectra", "assignment", "residual", "variance", "all", NULL};
static const unsigned choice_bits[] = {
    1u << KOOP_DISTANCE_ASSIGNMENT | 1u << KOOP_DISTANCE_RESIDUAL, 1u << KOOP_DISTANCE_ASSIGNMENT,
    1u << KOOP_DISTANCE_RESIDUAL, 1u << KOOP_DISTANCE_VARIANCE, (1u << KOOP_DISTANCES) - 1};

typedef struct arguments {
    koop_dmd_arguments dmd;
    koop_common common;
    koop_judge_options judge;
    int choice, seed, pools;
    bool versus, has_threshold;
    double threshold;
    koop_compare_picture picture;
} arguments;

static void list_options(arguments *a, koop_option *options) {
    koop_dmd_options_list(&a->dmd, options);
    const koop_option own[OWN] = {
        {"vs", KOOP_OPTION_FLAG, &a->versus, "B...", "what stands behind it is the other side", 0,
         0, NULL, NULL},
        {"pools", KOOP_OPTION_WHOLE, &a->pools, "N",
         "with --batch: N spectra of N pools of trajectories (1)", 1, KOOP_SIDE_MAX_ITEMS, NULL,
         NULL},
        {"distance", KOOP_OPTION_CHOICE, &a->choice, NULL, "which distances (spectra)", 0, 0,
         choices, NULL},
        {"alpha", KOOP_OPTION_REAL, &a->judge.alpha, "X", "different when p is at most X (0.05)",
         1e-6, 0.5, NULL, NULL},
        {"permutations", KOOP_OPTION_WHOLE, &a->judge.permutations, "N",
         "random relabellings (1999)", 1, KOOP_COMPARE_MAX_PERMUTATIONS, NULL, NULL},
        {"seed", KOOP_OPTION_WHOLE, &a->seed, "N", "of the random relabellings (1)", 0, INT_MAX,
         NULL, NULL},
        {"threshold", KOOP_OPTION_REAL, &a->threshold, "X",
         "exit with 1 also when the distance is above X", 0, 1e300, NULL, &a->has_threshold},
        {"plot", KOOP_OPTION_TEXT, &a->picture.path, "FILE.svg",
         "draw the spectra of both sides, of one each also how they are matched", 0, 0, NULL, NULL},
        {"force", KOOP_OPTION_FLAG, &a->picture.force, NULL, "replace a picture that is there", 0,
         0, NULL, NULL},
    };
    memcpy(options + KOOP_DMD_OPTIONS, own, sizeof own);
}

/* Operands change places with options while they are parsed, but not with each other: so --vs
 * becomes an operand that is known by its address. */
static char versus_mark[] = "--vs";

static void mark_versus(int argc, char **argv) {
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], versus_mark) == 0) {
            argv[i] = versus_mark + 2;
            return;
        }
}

/* Splits the operands argv[0..n) at --vs. */
static int split(const arguments *a, char **argv, int n, koop_side *one, koop_side *other) {
    int at = 0;
    while (at < n && argv[at] != versus_mark + 2) at++;
    if (a->versus) /* getopt took it, so it was not the one that was marked */
        return koop_complain(KOOP_EXIT_USAGE, "compare: write --vs once, and in full");
    if (at == n && n > 2)
        return koop_complain(KOOP_EXIT_USAGE,
                             "compare: unexpected \"%s\"; with several a side: A... --vs B...",
                             argv[2]);
    int behind = at == n ? 1 : at + 1;
    one->n_operands = at == n ? 1 : at;
    other->n_operands = n - behind;
    one->operands = argv;
    other->operands = argv + behind;
    if (one->n_operands < 1 || other->n_operands < 1)
        return koop_complain(KOOP_EXIT_USAGE, "compare: --vs wants operands on both sides");
    return KOOP_PROCEED;
}

/* Windows need a trajectory on each side: against a spectrum alone only the last one is meant. */
static bool by_windows(const arguments *a, const koop_side *one, const koop_side *other) {
    return !a->dmd.batch && one->n_operands == 1 && other->n_operands == 1 &&
           koop_side_has_windows(one->operands[0]) && koop_side_has_windows(other->operands[0]);
}

static int run(const arguments *a, koop_side *one, koop_side *other) {
    koop_judgement judgement;
    bool windows = by_windows(a, one, other);
    int code = koop_side_load(one, &a->dmd, &a->common, windows);
    if (code == KOOP_EXIT_OK) code = koop_side_load(other, &a->dmd, &a->common, windows);
    if (code == KOOP_EXIT_OK) code = koop_judge(one, other, &a->judge, &judgement);
    if (code == KOOP_EXIT_OK && a->picture.path)
        code = koop_compare_plot(one, other, &judgement, &a->picture);
    if (code != KOOP_EXIT_OK) return code;
    if (a->common.json)
        code = koop_compare_print_json(one, other, &judgement);
    else
        koop_compare_print_text(one, other, &judgement, a->picture.path);
    bool above = a->has_threshold && judgement.findings[0].apart > a->threshold;
    return code == KOOP_EXIT_OK && (judgement.different || above) ? KOOP_EXIT_DIFFERENT : code;
}

int koop_command_compare(int argc, char **argv) {
    arguments a = {.judge = {.alpha = 0.05, .permutations = 1999}, .seed = 1, .pools = 1};
    koop_option options[FLAGS];
    koop_side one = {.n = 0}, other = {.n = 0};
    list_options(&a, options);
    mark_versus(argc, argv);
    int first, code = koop_options_parse(&usage, options, FLAGS, argc, argv, &a.common, &first);
    if (code == KOOP_PROCEED) code = koop_dmd_options_settle(&a.dmd, "compare");
    if (code == KOOP_PROCEED && a.pools > 1 && !a.dmd.batch)
        code = koop_complain(KOOP_EXIT_USAGE, "compare: --pools is for --batch");
    if (code == KOOP_PROCEED) code = koop_compare_plot_settle(&a.picture);
    if (code == KOOP_PROCEED) code = split(&a, argv + first, argc - first, &one, &other);
    if (code != KOOP_PROCEED) return code;
    a.judge.distances = choice_bits[a.choice];
    a.judge.if_known =
        strcmp(choices[a.choice], "spectra") == 0 || strcmp(choices[a.choice], "all") == 0;
    a.judge.seed = (uint64_t)a.seed;
    one.command = other.command = "compare";
    one.most = other.most = KOOP_SIDE_MAX_ITEMS;
    one.pools = other.pools = a.pools;
    code = run(&a, &one, &other);
    koop_side_free(&one);
    koop_side_free(&other);
    return code;
}
