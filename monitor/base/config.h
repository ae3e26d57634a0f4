/* config: the text of a configuration file, entry by entry.
 *
 *     ; a comment, also with #
 *     [daemon]
 *     keep = 10G        ; a comment behind a value
 *     [alert "name"]    ; a section with a name of its own
 *
 * Knows the form, not which sections and keys there are: its handler does. libinih tells keys from
 * values and comments; what it would pass over or bend (a line too long for it, a line that goes on a
 * key because it is indented, a section without keys or with a bracket in its name, control
 * characters) is refused or read here. One file at a time, no state; koop_config_parse does no I/O. */
#ifndef KOOP_CONFIG_H
#define KOOP_CONFIG_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    KOOP_CONFIG_BYTES = 1 << 20,   /* a larger file is refused */
    KOOP_CONFIG_LINE_BYTES = 198,  /* likewise a line; libinih's own limit */
    KOOP_CONFIG_NAME_BYTES = 33,   /* of a section, with NUL */
    KOOP_CONFIG_SUBNAME_BYTES = 65 /* of [section "subname"], with NUL */
};

typedef struct koop_config_entry {
    int line; /* from 1 */
    const char *section;
    const char *subname; /* NULL: none */
    const char *key;     /* NULL: this is the section's header */
    const char *value;   /* not empty */
} koop_config_entry;

typedef struct koop_config_error {
    int line; /* 0: of no line */
    char why[256];
} koop_config_error;

/* Takes an entry, borrowed for the call. false, with `error->why` written, ends the reading. */
typedef bool koop_config_handler(void *context, const koop_config_entry *entry,
                                 koop_config_error *error);

/* Calls `handler` for every entry of bytes[0..size), in order. KOOP_BAD_MESSAGE with `error`, which
 * may have come after some entries. */
koop_status koop_config_parse(const char *bytes, size_t size, koop_config_handler *handler,
                              void *context, koop_config_error *error);

/* Reads a regular file into *bytes, which the caller frees. KOOP_NOT_FOUND, KOOP_IO_FAILED,
 * KOOP_TOO_LARGE, KOOP_NO_MEMORY, each with error->why. */
koop_status koop_config_read(const char *path, char **bytes, size_t *size,
                             koop_config_error *error);

/* $XDG_CONFIG_HOME/koopmon/koopmon.ini, else ~/.config/koopmon/koopmon.ini. KOOP_TOO_LARGE. */
koop_status koop_config_path(char *out, size_t size);

#endif
