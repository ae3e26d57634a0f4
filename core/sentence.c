#include "sentence.h"

#include <math.h>
#include <string.h>

void koop_sentence_begin(koop_sentence *s, char text[KOOP_SENTENCE_BYTES]) {
    s->text = text;
    s->used = 0;
    s->full = false;
    text[0] = '\0';
}

void koop_sentence_add(koop_sentence *s, const char *text) {
    size_t length = strlen(text);
    s->full = s->full || s->used + length >= KOOP_SENTENCE_BYTES;
    if (s->full) return;
    memcpy(s->text + s->used, text, length + 1);
    s->used += length;
}

/* A group's name, its middle left out where it is long. */
static void add_name(koop_sentence *s, const char *name) {
    enum { LONGEST = 30, HEAD = 14, TAIL = 12 };
    char part[HEAD + 1] = {0};
    size_t length = strlen(name);
    if (length <= LONGEST) {
        koop_sentence_add(s, name);
        return;
    }
    memcpy(part, name, HEAD);
    koop_sentence_add(s, part);
    koop_sentence_add(s, "…");
    koop_sentence_add(s, name + length - TAIL);
}

void koop_sentence_add_integer(koop_sentence *s, int64_t value) {
    char digits[32];
    size_t at = sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    digits[--at] = '\0';
    for (int count = 0; rest > 0 || count == 0; count++) {
        if (count > 0 && count % 3 == 0) digits[--at] = ',';
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    }
    if (value < 0) digits[--at] = '-';
    koop_sentence_add(s, digits + at);
}

void koop_sentence_add_ratio(koop_sentence *s, double ratio) {
    if (!(ratio < 999.5)) {
        koop_sentence_add(s, ">999");
    } else if (ratio >= 9.95) {
        koop_sentence_add_integer(s, (int64_t)floor(ratio + 0.5));
    } else {
        int64_t tenths = (int64_t)floor(ratio * 10 + 0.5);
        koop_sentence_add_integer(s, tenths / 10);
        koop_sentence_add(s, ".");
        koop_sentence_add_integer(s, tenths % 10);
    }
}

void koop_sentence_add_number(koop_sentence *s, double value) {
    int power = 0;
    double size = fabs(value);
    if (!(size > 0) || size > 1e300) {
        koop_sentence_add(s, size > 0 ? ">1e300" : "0");
        return;
    }
    while (size >= 999.5) size /= 10, power++;
    while (size < 99.95) size *= 10, power--;
    int64_t digits = (int64_t)floor(size + 0.5); /* 100..999, value = digits · 10^power */
    while (digits % 10 == 0 && digits > 9) digits /= 10, power++;
    int places = digits > 99 ? 3 : digits > 9 ? 2 : 1;
    if (value < 0) koop_sentence_add(s, "-");
    char text[16];
    size_t at = sizeof text;
    text[--at] = '\0';
    bool plain = power + places > -3 && power <= 3;
    int point = plain ? -power : places - 1; /* digits behind the point */
    for (int i = 0; i < power && plain; i++) text[--at] = '0';
    for (int i = 0; digits > 0 || (plain && i <= point); i++) {
        if (i > 0 && i == point) text[--at] = '.';
        text[--at] = (char)('0' + digits % 10);
        digits /= 10;
    }
    koop_sentence_add(s, text + at);
    if (plain) return;
    koop_sentence_add(s, "e");
    koop_sentence_add_integer(s, power + places - 1);
}

static void add_share(koop_sentence *s, const koop_event *event, int k) {
    koop_sentence_add_integer(s, (int64_t)floor(100 * event->top_share[k] + 0.5));
    koop_sentence_add(s, "%");
}

/* "; mostly in fc2 (71%)": which groups move. */
static void add_groups(koop_sentence *s, const koop_event *event, const char *const *group_names) {
    if (!group_names || event->n_top < 1) return;
    bool one = event->top_share[0] >= 0.5 || event->n_top < 2;
    koop_sentence_add(s, event->top_share[0] >= 0.5 ? "; mostly in " : "; most in ");
    for (int k = 0; k < (one ? 1 : 2); k++) {
        if (k > 0) koop_sentence_add(s, " and ");
        add_name(s, group_names[event->top_group[k]]);
        koop_sentence_add(s, " (");
        add_share(s, event, k);
        koop_sentence_add(s, ")");
    }
}

/* "; fc1 now has 17% of the motion and fc2 49%": whose shares changed. */
static void add_shares(koop_sentence *s, const koop_event *event, const char *const *group_names) {
    if (!group_names) return;
    for (int k = 0; k < event->n_top && k < 2; k++) {
        koop_sentence_add(s, k == 0 ? "; " : " and ");
        add_name(s, group_names[event->top_group[k]]);
        koop_sentence_add(s, k == 0 ? " now has " : " ");
        add_share(s, event, k);
        if (k == 0) koop_sentence_add(s, " of the motion");
    }
}

const char *koop_sentence_norm(int radial, bool norm_rises) {
    if (radial > 0) return norm_rises ? "rises faster" : "falls more slowly";
    return norm_rises ? "rises more slowly" : "falls faster";
}

/* Pieces of a sentence: "a", "a and b", "a, b and c"; what those compare with is said after the last
 * that does. */
typedef struct pieces {
    koop_sentence s;
    int told, n;     /* so far, and in all */
    int comparisons; /* to come */
} pieces;

static void next_piece(pieces *p) {
    if (p->told > 0) koop_sentence_add(&p->s, p->told == p->n - 1 ? " and " : ", ");
    p->told++;
}

static void compare(pieces *p, const char *text) {
    koop_sentence_add(&p->s, text);
    if (--p->comparisons == 0) koop_sentence_add(&p->s, " than expected");
}

static void add_speed(pieces *p, int up, double ratio) {
    next_piece(p);
    ratio = up > 0 ? ratio : 1 / ratio;
    koop_sentence_add(&p->s, "updates are ");
    if (!(ratio < 1.05)) { /* below, the number would say 1.0 */
        koop_sentence_add_ratio(&p->s, ratio);
        koop_sentence_add(&p->s, "× ");
    }
    compare(p, up > 0 ? "faster" : "slower");
}

/* Alignment and persistence say much the same; the former is told when both moved. */
static bool has_course(const int *up) {
    return up[KOOP_SIGNAL_ALIGNMENT] != 0 || up[KOOP_SIGNAL_PERSISTENCE] != 0;
}

static void add_course(pieces *p, const int *up) {
    int alignment = up[KOOP_SIGNAL_ALIGNMENT], persistence = up[KOOP_SIGNAL_PERSISTENCE];
    next_piece(p);
    if (alignment != 0)
        compare(p, alignment > 0 ? "the weights go on straighter" : "the weights turn back more");
    else
        koop_sentence_add(&p->s, persistence > 0 ? "each update is more like the one before"
                                                 : "each update is less like the one before");
}

static void add_prediction(pieces *p, int up) {
    const char *updates = p->told > 0 ? "them" : "the updates"; /* after those of add_speed */
    next_piece(p);
    koop_sentence_add(&p->s, "the last model ");
    koop_sentence_add(&p->s, up > 0 ? "no longer predicts " : "predicts ");
    koop_sentence_add(&p->s, updates);
    if (up < 0) compare(p, " better");
}

static void add_norm(pieces *p, int up, bool norm_rises) {
    next_piece(p);
    koop_sentence_add(&p->s, "the weight norm ");
    compare(p, koop_sentence_norm(up, norm_rises));
}

static void add_scalar(pieces *p, int up, const char *name) {
    next_piece(p);
    add_name(&p->s, name);
    compare(p, up > 0 ? " is higher" : " is lower");
}

/* What a scalar does lies in no group. */
void koop_sentence_transition(koop_event *event, koop_movements m, const char *const *group_names) {
    const int *up = m.up;
    bool scalar = up[KOOP_SIGNAL_SCALARS] && m.scalar;
    bool shares = event->fired & 1u << KOOP_SIGNAL_SHARES;
    int weights = (up[KOOP_SIGNAL_SPEED] != 0) + (up[KOOP_SIGNAL_PREDICTION] != 0) +
                  has_course(up) + (up[KOOP_SIGNAL_RADIAL] != 0);
    int comparisons = weights + scalar - (up[KOOP_SIGNAL_PREDICTION] > 0) -
                      (has_course(up) && up[KOOP_SIGNAL_ALIGNMENT] == 0);
    pieces p = {.n = weights + scalar, .comparisons = comparisons};
    koop_sentence_begin(&p.s, event->sentence);
    if (up[KOOP_SIGNAL_SPEED]) add_speed(&p, up[KOOP_SIGNAL_SPEED], event->speed_ratio);
    if (up[KOOP_SIGNAL_PREDICTION]) add_prediction(&p, up[KOOP_SIGNAL_PREDICTION]);
    if (has_course(up)) add_course(&p, up);
    if (up[KOOP_SIGNAL_RADIAL]) add_norm(&p, up[KOOP_SIGNAL_RADIAL], m.norm_rises);
    if (scalar) add_scalar(&p, up[KOOP_SIGNAL_SCALARS], m.scalar);
    if (p.n == 0) koop_sentence_add(&p.s, "the layers share the motion otherwise than before");
    if (shares)
        add_shares(&p.s, event, group_names);
    else if (weights > 0)
        add_groups(&p.s, event, group_names);
}

void koop_sentence_diverging(koop_event *event, const char *const *group_names) {
    koop_sentence s;
    koop_sentence_begin(&s, event->sentence);
    koop_sentence_add(&s, "updates grow and grow: ");
    koop_sentence_add_ratio(&s, event->speed_ratio);
    koop_sentence_add(&s, "× since step ");
    koop_sentence_add_integer(&s, event->onset);
    add_groups(&s, event, group_names);
}

void koop_sentence_settled(koop_event *event) {
    koop_sentence s;
    koop_sentence_begin(&s, event->sentence);
    koop_sentence_add(&s, "nothing more is being learned since step ");
    koop_sentence_add_integer(&s, event->onset);
    koop_sentence_add(&s, ": updates ");
    koop_sentence_add_ratio(&s, 1 / event->speed_ratio);
    koop_sentence_add(&s, "× slower than at their fastest");
}

void koop_sentence_schedule(koop_event *event, double before, double after) {
    koop_sentence s;
    koop_sentence_begin(&s, event->sentence);
    koop_sentence_add(&s, "the trainer changed the learning rate from ");
    koop_sentence_add_number(&s, before);
    koop_sentence_add(&s, " to ");
    koop_sentence_add_number(&s, after);
}

void koop_sentence_not_finite(koop_event *event, int n, int n_groups,
                              const char *const *group_names) {
    koop_sentence s;
    koop_sentence_begin(&s, event->sentence);
    if (!group_names)
        koop_sentence_add(&s, "the weights");
    else if (n == n_groups)
        koop_sentence_add(&s, "all layers");
    for (int k = 0; k < event->n_top && group_names && n < n_groups; k++) {
        if (k > 0) koop_sentence_add(&s, k == n - 1 ? " and " : ", ");
        add_name(&s, group_names[event->top_group[k]]);
    }
    if (group_names && n < n_groups && n > event->n_top) {
        koop_sentence_add(&s, " and ");
        koop_sentence_add_integer(&s, n - event->n_top);
        koop_sentence_add(&s, " more");
    }
    koop_sentence_add(&s, group_names && n == 1 ? " holds" : " hold");
    koop_sentence_add(&s, " NaN or infinity; such snapshots are left out");
}

void koop_sentence_grokking(koop_event *event, int input, int output,
                            const char *const *group_names) {
    koop_sentence s;
    koop_sentence_begin(&s, event->sentence);
    koop_sentence_add(&s, "the weights shrink, but ");
    add_name(&s, group_names ? group_names[input] : "the first layer");
    koop_sentence_add(&s, " and ");
    add_name(&s, group_names ? group_names[output] : "the last");
    koop_sentence_add(&s, " do not come to rest: generalisation may be setting in");
}
