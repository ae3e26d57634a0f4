/* judge: distances between two sides, what they are worth by a permutation test, and the verdict. */
#ifndef KOOP_JUDGE_H
#define KOOP_JUDGE_H

#include "compare.h"
#include "distance_matrix.h"

typedef struct koop_judge_options {
    unsigned distances; /* bits 1u << koop_distance */
    bool if_known;      /* leave out those that some item lacks the data for; else refuse */
    int permutations;
    uint64_t seed;
    double alpha;
} koop_judge_options;

typedef struct koop_finding {
    koop_distance distance;
    double apart; /* mean between the sides, over the aligned pairs where there are any */
    koop_compare_means means;
    koop_compare_result test; /* where there is one */
    double adjusted;          /* p by Holm, over all findings */
} koop_finding;

enum { KOOP_VERDICT_BYTES = 200 };

typedef struct koop_judgement {
    int n_a, n_b, n_findings;
    koop_finding findings[KOOP_DISTANCES];
    bool windows;         /* items are windows */
    bool equal_sizes;     /* all spectra have as many eigenvalues */
    koop_relabelling how; /* pairs: windows that end at the same snapshot of both sides */
    bool tested, different;
    double p, alpha; /* p: the least adjusted one */
    uint64_t seed;
    char verdict[KOOP_VERDICT_BYTES];
} koop_judgement;

/* 0, or an exit code after a complaint. Sides have at least one item each. */
int koop_judge(const koop_side *a, const koop_side *b, const koop_judge_options *options,
               koop_judgement *out);

#endif
