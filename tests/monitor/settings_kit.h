/* settings_kit: a configuration file at the standard place, of a home that is the test's own. */
#ifndef SETTINGS_KIT_H
#define SETTINGS_KIT_H

#include "capture.h"

#include <sys/stat.h>

static char directory[64], standard[128];

/* The configuration at the standard place. */
static inline void configure(const char *text) {
    FILE *file = fopen(standard, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    fclose(file);
}

static inline int set_up(void **state) {
    (void)state;
    snprintf(directory, sizeof directory, "/tmp/koopmon_settings_XXXXXX");
    if (!mkdtemp(directory)) return 1;
    snprintf(standard, sizeof standard, "%s/koopmon", directory);
    mkdir(standard, 0700);
    snprintf(standard, sizeof standard, "%s/koopmon/koopmon.ini", directory);
    setenv("XDG_CONFIG_HOME", directory, 1);
    setenv("XDG_STATE_HOME", "/state", 1);
    unsetenv("KOOPMON_ENDPOINT");
    return 0;
}

static inline int tear_down(void **state) {
    (void)state;
    char path[128];
    unlink(standard);
    snprintf(path, sizeof path, "%s/koopmon", directory);
    rmdir(path);
    rmdir(directory);
    return 0;
}

#endif
