#include "options.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void print_help(const kit_option *options, int n, const char *usage, FILE *out) {
    fprintf(out, "%s\n\n", usage);
    for (int i = 0; i < n; i++) {
        char left[64];
        snprintf(left, sizeof left, "%s%s%s", options[i].name, options[i].operand ? " " : "",
                 options[i].operand ? options[i].operand : "");
        fprintf(out, "  %-24s %s\n", left, options[i].help);
    }
    fprintf(out, "  %-24s %s\n", "--help", "this text");
}

/* The option that `argument` names; *attached gets the text after '=', or NULL. */
static const kit_option *find(const kit_option *options, int n, const char *argument,
                              const char **attached) {
    const char *equals = strchr(argument, '=');
    size_t length = equals ? (size_t)(equals - argument) : strlen(argument);
    *attached = equals ? equals + 1 : NULL;
    for (int i = 0; i < n; i++)
        if (strlen(options[i].name) == length && !strncmp(options[i].name, argument, length))
            return &options[i];
    return NULL;
}

static bool takes_value(const kit_option *option) {
    return option->kind != KIT_ON && option->kind != KIT_OFF;
}

static bool set_number(const kit_option *option, const char *text) {
    char *end;
    errno = 0;
    double number;
    long count = 0;
    if (option->kind == KIT_COUNT) {
        count = strtol(text, &end, 10);
        number = (double)count;
    } else {
        number = strtod(text, &end);
    }
    if (end == text || *end || errno || !isfinite(number)) return false;
    if (number < option->min || number > option->max) return false;
    if (option->kind == KIT_COUNT)
        *(long *)option->value = count;
    else
        *(double *)option->value = number;
    return true;
}

static bool set(const kit_option *option, const char *text, FILE *err) {
    switch (option->kind) {
    case KIT_ON:
        *(bool *)option->value = true;
        return true;
    case KIT_OFF:
        *(bool *)option->value = false;
        return true;
    case KIT_TEXT:
        *(const char **)option->value = text;
        return true;
    case KIT_COUNT:
    case KIT_REAL:
        if (set_number(option, text)) return true;
        fprintf(err, "%s wants a %s from %g to %g, not \"%s\"\n", option->name,
                option->kind == KIT_COUNT ? "whole number" : "number", option->min, option->max,
                text);
        return false;
    }
    return false;
}

kit_parsed kit_options_parse(const kit_option *options, int n, const char *usage, int argc,
                             char *const *argv, FILE *out, FILE *err) {
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            print_help(options, n, usage, out);
            return KIT_HELP;
        }
        const char *text;
        const kit_option *option = find(options, n, argv[i], &text);
        if (!option) {
            fprintf(err, "no such option: %s (--help lists them)\n", argv[i]);
            return KIT_USAGE;
        }
        if (!takes_value(option) && text) {
            fprintf(err, "%s takes no value\n", option->name);
            return KIT_USAGE;
        }
        if (takes_value(option) && !text) {
            if (i + 1 == argc) {
                fprintf(err, "%s wants a value\n", option->name);
                return KIT_USAGE;
            }
            text = argv[++i];
        }
        if (!set(option, text, err)) return KIT_USAGE;
    }
    return KIT_GO;
}
