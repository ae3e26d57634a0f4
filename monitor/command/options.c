#include "options.h"
#include "complain.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* getopt's values: a letter for -h and --help, these for the rest, so that optopt tells them. */
enum { CONNECT = 1, JSON, OWN = 256 };

enum { COMMON = 3, MAX_WORD = 32 };

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

static void print_option(const char *name, const char *argument, const char *help) {
    char left[64];
    snprintf(left, sizeof left, "--%s%s%s", name, argument ? " " : "", argument ? argument : "");
    printf("  %-25s %s\n", left, help);
}

static void join_choices(const koop_option *option, const char *between, char *out, size_t size) {
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0; option->choices[i] && used < size; i++)
        used +=
            (size_t)snprintf(out + used, size - used, "%s%s", i ? between : "", option->choices[i]);
}

static void print_help(const koop_usage *usage, const koop_option *options, int n) {
    printf("usage: koopmon%s%s [options]%s%s\n\n%s\n\n", *usage->command ? " " : "", usage->command,
           *usage->operands ? " " : "", usage->operands, usage->summary);
    for (int i = 0; i < n; i++) {
        char choices[64];
        const char *argument = options[i].argument;
        if (options[i].kind == KOOP_OPTION_CHOICE) {
            join_choices(&options[i], "|", choices, sizeof choices);
            argument = choices;
        }
        print_option(options[i].name, argument, options[i].help);
    }
    print_option("connect", "ENDPOINT",
                 "the daemon's ipc:///path or tcp://host:port (KOOPMON_ENDPOINT)");
    if (!usage->no_json) print_option("json", NULL, "print JSON");
    print_option("help", NULL, "print this");
    if (usage->notes) printf("\n%s\n", usage->notes);
}

/* "koopmon analyze: " or "koopmon: ", for complaints. */
static const char *prefix(const koop_usage *usage, char out[MAX_WORD]) {
    snprintf(out, MAX_WORD, "%s%s", *usage->command ? " " : "", usage->command);
    return out;
}

static int refuse_value(const koop_usage *usage, const koop_option *option, const char *value) {
    char who[MAX_WORD], range[96];
    if (option->kind == KOOP_OPTION_TEXT)
        snprintf(range, sizeof range, "a text");
    else if (option->kind == KOOP_OPTION_SIZE)
        snprintf(range, sizeof range, "bytes, or a number with K, M, G or T, of at least %.10g",
                 option->min);
    else if (option->kind == KOOP_OPTION_CHOICE)
        join_choices(option, ", ", range, sizeof range);
    else
        snprintf(range, sizeof range, "a%s number from %.10g to %.10g",
                 option->kind == KOOP_OPTION_WHOLE ? " whole" : "", option->min, option->max);
    fprintf(stderr, "koopmon%s: --%s wants %s, not \"%s\"\n", prefix(usage, who), option->name,
            range, value);
    return KOOP_EXIT_USAGE;
}

static bool take_choice(const koop_option *option, const char *text) {
    for (int i = 0; option->choices[i]; i++) {
        if (strcmp(text, option->choices[i]) != 0) continue;
        *(int *)option->value = i;
        return true;
    }
    return false;
}

static bool take_value(const koop_option *option, const char *text) {
    long whole;
    switch (option->kind) {
    case KOOP_OPTION_FLAG:
        *(bool *)option->value = true;
        return true;
    case KOOP_OPTION_WHOLE:
        if (!koop_options_whole(text, (long)option->min, (long)option->max, &whole)) return false;
        *(int *)option->value = (int)whole;
        return true;
    case KOOP_OPTION_REAL:
        return koop_options_real(text, option->min, option->max, option->value);
    case KOOP_OPTION_SIZE:
        return koop_options_size(text, (uint64_t)option->min, (uint64_t)option->max, option->value);
    case KOOP_OPTION_TEXT:
        *(const char **)option->value = text;
        return *text != '\0';
    case KOOP_OPTION_CHOICE:
        return take_choice(option, text);
    }
    return false;
}

/* `word` is what getopt did not know, or found without its value. */
static int refuse_option(const koop_usage *usage, const koop_option *options, int n,
                         const char *word, bool lacks_value) {
    const char *names[KOOP_OPTIONS_MAX + COMMON] = {"connect", "json", "help"};
    char who[MAX_WORD], bare[MAX_WORD] = "";
    for (int i = 0; i < n; i++) names[COMMON + i] = options[i].name;
    const char *start = word + strspn(word, "-");
    size_t length = strcspn(start, "=");
    if (length < sizeof bare) {
        memcpy(bare, start, length);
        bare[length] = '\0';
    }
    prefix(usage, who);
    if (lacks_value) {
        fprintf(stderr, "koopmon%s: %s wants a value; see koopmon%s --help\n", who, word, who);
        return KOOP_EXIT_USAGE;
    }
    const char *near = *bare ? koop_options_nearest(bare, names, COMMON + n) : NULL;
    if (near && strcmp(near, bare) == 0) /* a flag that was given a value */
        fprintf(stderr, "koopmon%s: --%s takes no value\n", who, near);
    else if (near)
        fprintf(stderr, "koopmon%s: no option %s; did you mean --%s?\n", who, word, near);
    else
        fprintf(stderr, "koopmon%s: no option %s; see koopmon%s --help\n", who, word, who);
    return KOOP_EXIT_USAGE;
}

static int check_operands(const koop_usage *usage, int argc, char **argv, int first) {
    char who[MAX_WORD];
    prefix(usage, who);
    if (argc - first > usage->max_operands) {
        fprintf(stderr, "koopmon%s: unexpected \"%s\"; see koopmon%s --help\n", who,
                argv[first + usage->max_operands], who);
        return KOOP_EXIT_USAGE;
    }
    if (argc - first < usage->min_operands) {
        fprintf(stderr, "koopmon%s: wants %s; see koopmon%s --help\n", who, usage->operands, who);
        return KOOP_EXIT_USAGE;
    }
    return KOOP_PROCEED;
}

static void list_long(const koop_option *options, int n, struct option *longs) {
    static const struct option common[COMMON] = {{"connect", required_argument, NULL, CONNECT},
                                                 {"json", no_argument, NULL, JSON},
                                                 {"help", no_argument, NULL, 'h'}};
    memcpy(longs, common, sizeof common);
    for (int i = 0; i < n; i++) {
        bool flag = options[i].kind == KOOP_OPTION_FLAG;
        longs[COMMON + i] =
            (struct option){options[i].name, flag ? no_argument : required_argument, NULL, OWN + i};
    }
    longs[COMMON + n] = (struct option){NULL, 0, NULL, 0};
}

int koop_options_parse(const koop_usage *usage, const koop_option *options, int n, int argc,
                       char **argv, koop_common *common, int *first) {
    struct option longs[KOOP_OPTIONS_MAX + COMMON + 1];
    list_long(options, n, longs);
    optind = 0; /* glibc: start afresh */
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, ":h", longs, NULL)) != -1;) {
        char letter[] = {'-', (char)optopt, '\0'};
        bool is_letter = c == '?' && optopt > ' ' && optopt < OWN && optopt != 'h';
        if (c == '?' || c == ':')
            return refuse_option(usage, options, n, is_letter ? letter : argv[optind - 1],
                                 c == ':');
        if (c == 'h') {
            print_help(usage, options, n);
            return KOOP_EXIT_OK;
        }
        if (c == JSON && usage->no_json)
            return koop_complain(KOOP_EXIT_USAGE, "%s: prints nothing that --json could change",
                                 usage->command);
        if (c == JSON) common->json = true;
        if (c == CONNECT) common->connect = optarg;
        if (c < OWN) continue;
        const koop_option *option = &options[c - OWN];
        if (!take_value(option, optarg)) return refuse_value(usage, option, optarg);
        if (option->given) *option->given = true;
    }
    *first = optind;
    return check_operands(usage, argc, argv, *first);
}
