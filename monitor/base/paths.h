/* paths: private directories and lock files.
 *
 * The daemon's files belong to one user: directories are made 0700, and one that is there already
 * must be owned by this user and not be writable by others, or someone else could put a socket or
 * a journal in it. */
#ifndef KOOP_PATHS_H
#define KOOP_PATHS_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>

/* Makes the directory `path` and its missing parents, each 0700. KOOP_IO_FAILED, with one line in
 * `error` that names the path, when it cannot be made or is not this user's alone to write. */
koop_status koop_paths_make_private(const char *path, char *error, size_t error_size);

/* Whether the open file is a regular one of this user's, that no others may write to. */
bool koop_paths_is_own_file(int fd);

/* Takes the lock file `path` (created 0600) and writes this process's pid into it. *fd must be
 * given to koop_paths_unlock; the lock also ends with the process. KOOP_DISABLED: another process
 * holds it, *holder gets its pid (0 when it has not written it, as on a full disk). KOOP_IO_FAILED;
 * errno is EPERM when the file there is another's, or others may write to it, and ELOOP when it is a
 * link. */
koop_status koop_paths_lock(const char *path, int *fd, long *holder);
void koop_paths_unlock(int fd); /* the file stays, empty; -1 is allowed */

/* Whether the process can open `count` more descriptors. libzmq aborts when it gets none. */
int koop_paths_can_open(int count);

/* Opens /dev/null in place of each standard descriptor that is closed: else the next file opened
 * would get its number, and what is printed would be written into it. */
koop_status koop_paths_fill_standard(void);

#endif
