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

static void add_group(koop_sentence *s, const koop_event *event, int k,
                      const char *const *group_names) {
    add_name(s, group_names[event->top_group[k]]);
    koop_sentence_add(s, " (");
    koop_sentence_add_integer(s, (int64_t)floor(100 * event->top_share[k] + 0.5));
    koop_sentence_add(s, "%)");
}

static void add_groups(koop_sentence *s, const koop_event *event, const char *const *group_names) {
    if (!group_names || event->n_top < 2) return;
    koop_sentence_add(s, event->top_share[0] >= 0.5 ? "; mostly in " : "; most in ");
    add_group(s, event, 0, group_names);
    if (event->top_share[0] >= 0.5) return;
    koop_sentence_add(s, " and ");
    add_group(s, event, 1, group_names);
}

const char *koop_sentence_norm(int norm_rate, bool norm_rises) {
    if (norm_rate > 0) return norm_rises ? "rises faster" : "falls more slowly";
    return norm_rises ? "rises more slowly" : "falls faster";
}

void koop_sentence_transition(koop_event *event, koop_directions d,
                              const char *const *group_names) {
    koop_sentence s;
    const char *joint = "";
    koop_sentence_begin(&s, event->sentence);
    if (d.speed != 0) {
        double ratio = event->speed_ratio;
        ratio = d.speed > 0 ? ratio : 1 / ratio;
        koop_sentence_add(&s, "updates ");
        if (!(ratio < 1.05)) { /* below, the number would say 1.0 */
            koop_sentence_add_ratio(&s, ratio);
            koop_sentence_add(&s, "× ");
        }
        koop_sentence_add(&s, d.speed > 0 ? "faster than usual" : "slower than usual");
        joint = ", and ";
    }
    if (d.prediction != 0) {
        koop_sentence_add(&s, joint);
        koop_sentence_add(&s, d.prediction > 0 ? "the last model no longer predicts "
                                               : "the last model predicts ");
        koop_sentence_add(&s, d.speed != 0 ? "them" : "the updates");
        if (d.prediction < 0) koop_sentence_add(&s, " better than usual");
        joint = ", and ";
    }
    if (d.norm_rate != 0) {
        koop_sentence_add(&s, joint);
        koop_sentence_add(&s, "the weight norm ");
        koop_sentence_add(&s, koop_sentence_norm(d.norm_rate, d.norm_rises));
        koop_sentence_add(&s, " than usual");
    }
    add_groups(&s, event, group_names);
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
