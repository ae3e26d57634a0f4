/* output_file: a file that a command writes besides what it prints: whole, or not at all; one that is
 * there already stays as it is, unless it is to be replaced. Complaints name `command`. */
#ifndef KOOP_OUTPUT_FILE_H
#define KOOP_OUTPUT_FILE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct koop_output_part {
    const void *bytes; /* borrowed */
    size_t n;
} koop_output_part;

/* Before anything is computed: KOOP_PROCEED, or an exit code when `path` is there and stays. */
int koop_output_check(const char *command, const char *path, bool force);

/* Writes the parts, one after the other. 0, or an exit code after a complaint. */
int koop_output_write(const char *command, const char *path, bool force,
                      const koop_output_part *parts, int n);

#endif
