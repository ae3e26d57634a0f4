#include "option.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WORD = 32 };

bool koop_options_whole(const char *text, long min, long max, long *out) {
    char *end;
    if (!isdigit((unsigned char)*text) && *text != '-' && *text != '+') return false;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno || end == text || *end || value < min || value > max) return false;
    *out = value;
    return true;
}

bool koop_options_real(const char *text, double min, double max, double *out) {
    char *end;
    if (isspace((unsigned char)*text)) return false;
    errno = 0;
    double value = strtod(text, &end);
    bool overflow = errno == ERANGE && isinf(value);
    if (end == text || *end || overflow || !(value >= min && value <= max)) return false;
    *out = value;
    return true;
}

bool koop_options_size(const char *text, uint64_t min, uint64_t max, uint64_t *out) {
    static const char units[] = "KMGT";
    char *end;
    if (!isdigit((unsigned char)*text)) return false;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    const char *unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
    int shift = unit ? 10 * (int)(unit - units + 1) : 0;
    if (errno || end[unit != NULL] || value > UINT64_MAX >> shift) return false;
    value <<= shift;
    if (value < min || value > max) return false;
    *out = value;
    return true;
}

bool koop_options_duration(const char *text, int min_s, int max_s, int *out_s) {
    static const char units[] = "smhd";
    static const long seconds[] = {1, 60, 3600, 86400};
    char *end;
    if (!isdigit((unsigned char)*text)) return false;
    errno = 0;
    long value = strtol(text, &end, 10);
    const char *unit = *end ? strchr(units, *end) : NULL;
    if (errno || (unit ? end[1] != '\0' : *end != '\0' || value != 0)) return false;
    const long each = unit ? seconds[unit - units] : 1;
    if (value > max_s / each || value * each < min_s) return false;
    *out_s = (int)(value * each);
    return true;
}

static int least(int a, int b) {
    return a < b ? a : b;
}

/* Optimal string alignment distance (Damerau 1964). */
static int edits(const char *a, const char *b) {
    int n = (int)strlen(a), m = (int)strlen(b), d[MAX_WORD + 1][MAX_WORD + 1];
    if (n > MAX_WORD || m > MAX_WORD) return MAX_WORD;
    for (int i = 0; i <= n; i++) {
        for (int j = 0; j <= m; j++) {
            if (!i || !j) {
                d[i][j] = i + j;
                continue;
            }
            d[i][j] = least(d[i - 1][j - 1] + (a[i - 1] != b[j - 1]),
                            1 + least(d[i - 1][j], d[i][j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[n][m];
}

const char *koop_options_nearest(const char *word, const char *const *names, int n) {
    const char *best = NULL;
    int limit = (int)strlen(word) / 3 + 1, least_edits = MAX_WORD;
    for (int i = 0; i < n; i++) {
        int distance = edits(word, names[i]);
        if (distance < least_edits) {
            least_edits = distance;
            best = names[i];
        }
    }
    return least_edits <= limit ? best : NULL;
}

void koop_option_choices(const koop_option *option, const char *between, char *out, size_t size) {
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0; option->choices[i] && used < size; i++)
        used +=
            (size_t)snprintf(out + used, size - used, "%s%s", i ? between : "", option->choices[i]);
}

static bool take_choice(const koop_option *option, const char *text) {
    for (int i = 0; option->choices[i]; i++) {
        if (strcmp(text, option->choices[i]) != 0) continue;
        *(int *)option->value = i;
        return true;
    }
    return false;
}

static bool take_flag(bool *flag, const char *text) {
    bool yes = !text || strcmp(text, "yes") == 0 || strcmp(text, "true") == 0;
    if (!yes && strcmp(text, "no") != 0 && strcmp(text, "false") != 0) return false;
    *flag = yes;
    return true;
}

bool koop_option_take(const koop_option *option, const char *text) {
    long whole;
    switch (option->kind) {
    case KOOP_OPTION_FLAG:
        return take_flag(option->value, text);
    case KOOP_OPTION_WHOLE:
        if (!koop_options_whole(text, (long)option->min, (long)option->max, &whole)) return false;
        *(int *)option->value = (int)whole;
        return true;
    case KOOP_OPTION_REAL:
        return koop_options_real(text, option->min, option->max, option->value);
    case KOOP_OPTION_SIZE:
        return koop_options_size(text, (uint64_t)option->min, (uint64_t)option->max, option->value);
    case KOOP_OPTION_TEXT:
        if (*text == '\0') return false;
        *(const char **)option->value = text;
        return true;
    case KOOP_OPTION_CHOICE:
        return take_choice(option, text);
    }
    return false;
}

const char *koop_option_wants(const koop_option *option, char out[KOOP_OPTION_WORDS_BYTES]) {
    switch (option->kind) {
    case KOOP_OPTION_FLAG:
        return strcpy(out, "yes or no");
    case KOOP_OPTION_TEXT:
        return strcpy(out, "a text");
    case KOOP_OPTION_SIZE:
        snprintf(out, KOOP_OPTION_WORDS_BYTES,
                 "bytes, or a number with K, M, G or T, of at least %.10g", option->min);
        return out;
    case KOOP_OPTION_CHOICE:
        koop_option_choices(option, ", ", out, KOOP_OPTION_WORDS_BYTES);
        return out;
    case KOOP_OPTION_WHOLE:
    case KOOP_OPTION_REAL:
        break;
    }
    snprintf(out, KOOP_OPTION_WORDS_BYTES, "a%s number from %.10g to %.10g",
             option->kind == KOOP_OPTION_WHOLE ? " whole" : "", option->min, option->max);
    return out;
}
