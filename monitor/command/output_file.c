#include "output_file.h"
#include "complain.h"
#include "options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse_overwriting(const char *command, const char *path) {
    return koop_complain_of(command, KOOP_EXIT_USAGE, "%s is there already; --force replaces it",
                            path);
}

int koop_output_check(const char *command, const char *path, bool force) {
    struct stat file;
    if (!force && lstat(path, &file) == 0) return refuse_overwriting(command, path);
    return KOOP_PROCEED;
}

static bool write_parts(FILE *file, const koop_output_part *parts, int n) {
    for (int i = 0; i < n; i++)
        if (fwrite(parts[i].bytes, 1, parts[i].n, file) != parts[i].n) return false;
    return true;
}

/* What was begun and could not be ended is taken away again: no half a file is left. */
int koop_output_write(const char *command, const char *path, bool force,
                      const koop_output_part *parts, int n) {
    const int mode = force ? O_TRUNC : O_EXCL;
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | mode, 0666);
    if (fd < 0 && errno == EEXIST && !force) return refuse_overwriting(command, path);
    if (fd < 0) return koop_complain_of(command, KOOP_EXIT_USAGE, "%s: %s", path, strerror(errno));
    FILE *file = fdopen(fd, "w");
    if (!file) close(fd);
    bool written = file && write_parts(file, parts, n);
    int error = errno;
    if (file && fclose(file) != 0) {
        error = errno;
        written = false;
    }
    if (written) return KOOP_EXIT_OK;
    struct stat made;
    if (lstat(path, &made) == 0 && S_ISREG(made.st_mode)) unlink(path);
    return koop_complain_of(command, KOOP_EXIT_USAGE, "%s: %s", path, strerror(error));
}
