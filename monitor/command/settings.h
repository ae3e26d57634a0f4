/* settings: the configuration file: every option of the daemon by its own name, below [daemon] or
 * [decomposition], and [daemon] endpoint.
 *
 * They come from the rows of serve_options, so an option of the daemon is a setting as soon as it is
 * a row. Besides them, the sections [alert "NAME"] (rule.h). A command takes them for those of its own options that have the same name; the command line
 * goes before, and so does the environment. Whatever is not wholly understood is refused. */
#ifndef KOOP_SETTINGS_H
#define KOOP_SETTINGS_H

#include "config.h"
#include "option.h"
#include "rule.h"

typedef enum koop_setting_origin {
    KOOP_SETTING_DEFAULT,
    KOOP_SETTING_FILE,
    KOOP_SETTING_ENVIRONMENT
} koop_setting_origin;

typedef struct koop_setting {
    const char *section;
    const koop_option *option; /* with its value */
    const char *text;          /* as the file has it; NULL: it has none */
    int line;                  /* in the file */
    koop_setting_origin origin;
} koop_setting;

typedef struct koop_settings koop_settings;

/* Reads the file at `path`; NULL: the one at the standard place, if there is one. KOOP_PROCEED, or
 * an exit code after a complaint that names file and line. Free with koop_settings_free. */
int koop_settings_read(koop_settings **out, const char *path);

/* The text of a file. No output. KOOP_BAD_MESSAGE with `error`, KOOP_NO_MEMORY. */
koop_status koop_settings_parse(koop_settings **out, const char *bytes, size_t size,
                                koop_config_error *error);
void koop_settings_free(koop_settings *settings); /* NULL is allowed */

/* Writes the values of all options[0..n) that the file has; they do not count as given. Texts are
 * borrowed from `settings`. */
void koop_settings_apply(const koop_settings *settings, const koop_option *options, int n);

/* The endpoint of the file, if the environment names none; else NULL. Borrowed. */
const char *koop_settings_endpoint(const koop_settings *settings);

/* All settings, in the order of the sections; *n gets their number. Borrowed. */
const koop_setting *koop_settings_list(const koop_settings *settings, int *n);

/* The alerts of the file, each whole. Borrowed. */
const koop_rules *koop_settings_rules(const koop_settings *settings);

/* The file that was read, or where it would be. Borrowed. */
const char *koop_settings_path(const koop_settings *settings);
bool koop_settings_has_file(const koop_settings *settings);
bool koop_settings_is_named(const koop_settings *settings); /* was read by a path that was given */

#endif
