#include "options.h"
#include "complain.h"
#include "settings.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

/* getopt's values: a letter where there is one, these for the rest, so that optopt tells them. */
enum { CONNECT = 1, JSON, SERVER_KEY, KEY_FILE, OWN = 256 };

enum { COMMON = 6, MAX_WORD = 32 };

/* Lends texts to the command that runs; koop_options_forget frees it. */
static koop_settings *in_force;

static void print_option(const char *name, const char *argument, const char *help) {
    char left[96];
    snprintf(left, sizeof left, "%s%s%s%s", name[1] ? "--" : "-", name, argument ? " " : "",
             argument ? argument : "");
    printf("  %-25s %s\n", left, help);
}

static void print_help(const koop_usage *usage, const koop_option *options, int n) {
    printf("usage: koopmon%s%s [options]%s%s\n\n%s\n\n", *usage->command ? " " : "", usage->command,
           *usage->operands ? " " : "", usage->operands, usage->summary);
    for (int i = 0; i < n; i++) {
        if (!options[i].help) continue; /* a second name */
        char choices[64];
        const char *argument = options[i].argument;
        if (options[i].kind == KOOP_OPTION_CHOICE && !argument) {
            koop_option_choices(&options[i], "|", choices, sizeof choices);
            argument = choices;
        }
        print_option(options[i].name, argument, options[i].help);
    }
    print_option("connect", "ENDPOINT",
                 "the daemon's ipc:///path or tcp://host:port (KOOPMON_ENDPOINT)");
    print_option("config", "FILE", "(-c) the configuration file (~/.config/koopmon/koopmon.ini)");
    print_option("server-key", "KEY|FILE", "for tcp: the daemon's public key (KOOPMON_SERVER_KEY)");
    print_option("key-file", "FILE", "for tcp: the keys of this side (KOOPMON_KEY_FILE)");
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
    char wants[KOOP_OPTION_WORDS_BYTES];
    koop_complain_of(usage->command, KOOP_EXIT_USAGE, "%s%s wants %s, not \"%s\"",
                     option->name[1] ? "--" : "-", option->name, koop_option_wants(option, wants),
                     value);
    return KOOP_EXIT_USAGE;
}

/* `word` is what getopt did not know, or found without its value. */
static int refuse_option(const koop_usage *usage, const koop_option *options, int n,
                         const char *word, bool lacks_value) {
    const char *names[KOOP_OPTIONS_MAX + COMMON] = {"connect", "config",     "json",
                                                    "help",    "server-key", "key-file"};
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
        koop_complain_of(usage->command, KOOP_EXIT_USAGE, "%s wants a value; see koopmon%s --help",
                         word, who);
        return KOOP_EXIT_USAGE;
    }
    const char *near = *bare ? koop_options_nearest(bare, names, COMMON + n) : NULL;
    if (near && strcmp(near, bare) == 0) /* a flag that was given a value */
        koop_complain_of(usage->command, KOOP_EXIT_USAGE, "--%s takes no value", near);
    else if (near)
        koop_complain_of(usage->command, KOOP_EXIT_USAGE, "no option %s; did you mean --%s?", word,
                         near);
    else
        koop_complain_of(usage->command, KOOP_EXIT_USAGE, "no option %s; see koopmon%s --help",
                         word, who);
    return KOOP_EXIT_USAGE;
}

static int check_operands(const koop_usage *usage, int argc, char **argv, int first) {
    char who[MAX_WORD];
    prefix(usage, who);
    if (argc - first > usage->max_operands) {
        koop_complain_of(usage->command, KOOP_EXIT_USAGE, "unexpected \"%s\"; see koopmon%s --help",
                         argv[first + usage->max_operands], who);
        return KOOP_EXIT_USAGE;
    }
    if (argc - first < usage->min_operands) {
        koop_complain_of(usage->command, KOOP_EXIT_USAGE, "wants %s; see koopmon%s --help",
                         usage->operands, who);
        return KOOP_EXIT_USAGE;
    }
    return KOOP_PROCEED;
}

static void list_long(const koop_option *options, int n, struct option *longs) {
    static const struct option common[COMMON] = {
        {"connect", required_argument, NULL, CONNECT},
        {"config", required_argument, NULL, 'c'},
        {"json", no_argument, NULL, JSON},
        {"server-key", required_argument, NULL, SERVER_KEY},
        {"key-file", required_argument, NULL, KEY_FILE},
        {"help", no_argument, NULL, 'h'}};
    memcpy(longs, common, sizeof common);
    for (int i = 0; i < n; i++) {
        bool flag = options[i].kind == KOOP_OPTION_FLAG;
        longs[COMMON + i] =
            (struct option){options[i].name, flag ? no_argument : required_argument, NULL, OWN + i};
    }
    longs[COMMON + n] = (struct option){NULL, 0, NULL, 0};
}

/* The letters that getopt takes: those of all commands, and options whose name is one. */
static void list_short(const koop_option *options, int n, char *shorts) {
    shorts += sprintf(shorts, ":hc:");
    for (int i = 0; i < n; i++)
        if (!options[i].name[1])
            shorts += sprintf(shorts, "%s%s", options[i].name,
                              options[i].kind == KOOP_OPTION_FLAG ? "" : ":");
}

/* The option that getopt's value stands for; NULL: one of all commands. */
static const koop_option *option_of(const koop_option *options, int n, int c) {
    if (c >= OWN) return &options[c - OWN];
    for (int i = 0; i < n; i++)
        if (options[i].name[0] == c && !options[i].name[1]) return &options[i];
    return NULL;
}

/* One pass over argv. Without `taking`, values of the options are left where they are. */
static int read_words(const koop_usage *usage, const koop_option *options, int n, int argc,
                      char **argv, bool taking, koop_common *common, const char **config) {
    struct option longs[KOOP_OPTIONS_MAX + COMMON + 1];
    char shorts[8 + 2 * KOOP_OPTIONS_MAX];
    list_long(options, n, longs);
    list_short(options, n, shorts);
    optind = 0; /* glibc: start afresh */
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
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
        if (c == SERVER_KEY) common->server_key = optarg;
        if (c == KEY_FILE) common->key_file = optarg;
        if (c == 'c') *config = optarg;
        const koop_option *option = option_of(options, n, c);
        if (!option || !taking) continue;
        if (!koop_option_take(option, optarg)) return refuse_value(usage, option, optarg);
        if (option->given) *option->given = true;
    }
    return KOOP_PROCEED;
}

static int configure(const koop_option *options, int n, const char *config, koop_common *common) {
    koop_options_forget();
    int code = koop_settings_read(&in_force, config);
    if (code != KOOP_PROCEED) return code;
    koop_settings_apply(in_force, options, n);
    if (!common->connect) common->connect = koop_settings_endpoint(in_force);
    return KOOP_PROCEED;
}

int koop_options_parse(const koop_usage *usage, const koop_option *options, int n, int argc,
                       char **argv, koop_common *common, int *first) {
    const char *config = NULL;
    int code = read_words(usage, options, n, argc, argv, false, common, &config);
    if (code == KOOP_PROCEED) code = configure(options, n, config, common);
    if (code == KOOP_PROCEED)
        code = read_words(usage, options, n, argc, argv, true, common, &config);
    *first = optind;
    return code == KOOP_PROCEED ? check_operands(usage, argc, argv, *first) : code;
}

int koop_options_parse_alone(const koop_usage *usage, const koop_option *options, int n, int argc,
                             char **argv, koop_common *common, int *first, const char **config) {
    int code = read_words(usage, options, n, argc, argv, true, common, config);
    *first = optind;
    return code == KOOP_PROCEED ? check_operands(usage, argc, argv, *first) : code;
}

const koop_settings *koop_options_settings(void) {
    return in_force;
}

void koop_options_forget(void) {
    koop_settings_free(in_force);
    in_force = NULL;
}
