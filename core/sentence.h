/* sentence: short plain English about an event, without stdio and without a locale, so that a
 * replay writes the same bytes everywhere. Internal to core. */
#ifndef KOOP_SENTENCE_H
#define KOOP_SENTENCE_H

#include "detect.h"

/* A text of at most KOOP_SENTENCE_BYTES with its NUL; it ends before the first piece that does not
 * fit. All that this file and detect.c write fits. */
typedef struct koop_sentence {
    char *text;
    size_t used;
    bool full;
} koop_sentence;

void koop_sentence_begin(koop_sentence *sentence, char text[KOOP_SENTENCE_BYTES]);
void koop_sentence_add(koop_sentence *sentence, const char *text);
void koop_sentence_add_integer(koop_sentence *sentence, int64_t value); /* 12,480 */
void koop_sentence_add_number(koop_sentence *sentence, double value);   /* 0.1, 2.5e-4: 3 digits */
void koop_sentence_add_ratio(koop_sentence *sentence, double ratio); /* 1.4, 12, above 999 ">999" */

/* How each signal of an event moved: +1 above what was expected, −1 below, 0 not fired; whether the
 * weight norm rises at all, and the name of the scalar that moved most. */
typedef struct koop_movements {
    int up[KOOP_SIGNAL_COUNT];
    bool norm_rises;
    const char *scalar;
} koop_movements;

/* "rises faster", "falls more slowly", …: a rate above (+1) or below (−1) its baseline. */
const char *koop_sentence_norm(int radial, bool norm_rises);

/* Each writes event->sentence from the event's other fields. `group_names` may be NULL. */
void koop_sentence_transition(koop_event *event, koop_movements movements,
                              const char *const *group_names);
void koop_sentence_diverging(koop_event *event, const char *const *group_names);
void koop_sentence_settled(koop_event *event);
void koop_sentence_schedule(koop_event *event, double before, double after);

/* The same for the first n_top of `n` groups that hold NaN or infinity, of `n_groups` in all. */
void koop_sentence_not_finite(koop_event *event, int n, int n_groups,
                              const char *const *group_names);

/* The same for a warning of grokking, of the groups of the input's and the output's embedding. */
void koop_sentence_grokking(koop_event *event, int input, int output,
                            const char *const *group_names);

#endif
