#include "find_run.h"

#include "directory.h"
#include "journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RUNS = 65536, LEAST_DIGITS = 4 };

/* Names first, as the daemon does; the newest stands last. */
static koop_status search(const char *data_dir, const char *run,
                          char (*uuids)[KOOP_VIEW_UUID_BYTES], int n, char path[PATH_MAX],
                          koop_wire_hello *hello) {
    char name[KOOP_WIRE_NAME_BYTES];
    for (int i = n; i-- > 0;) {
        const koop_status status = koop_directory_path(data_dir, uuids[i], path, PATH_MAX);
        if (status != KOOP_OK) return status;
        if (koop_journal_hello(path, hello) != KOOP_OK) continue;
        koop_wire_safe_name(hello->name, name);
        if (strcmp(name, run) == 0) return KOOP_OK;
    }
    const size_t length = strlen(run);
    int matches = 0, found = 0;
    for (int i = 0; length >= LEAST_DIGITS && i < n; i++) {
        if (strncmp(uuids[i], run, length) != 0) continue;
        found = i;
        matches++;
    }
    if (matches != 1 || koop_directory_path(data_dir, uuids[found], path, PATH_MAX) != KOOP_OK)
        return KOOP_NOT_FOUND;
    return koop_journal_hello(path, hello);
}

koop_status koop_find_run(const char *data_dir, const char *run, char path[PATH_MAX],
                          koop_wire_hello *hello) {
    char(*uuids)[KOOP_VIEW_UUID_BYTES] = malloc(MOST_RUNS * sizeof *uuids);
    int n = 0;
    if (!uuids) return KOOP_NO_MEMORY;
    koop_status status = koop_journal_list(data_dir, uuids, MOST_RUNS, &n);
    if (status == KOOP_OK) status = search(data_dir, run, uuids, n, path, hello);
    free(uuids);
    return status;
}
