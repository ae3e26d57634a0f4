/* What a path names, and complaints about what it does not. */
#include "complain.h"
#include "trajectory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

koop_file_kind koop_trajectory_kind(const char *path) {
    struct stat file;
    char start[8] = "";
    if (stat(path, &file) != 0) return errno == ENOENT ? KOOP_FILE_MISSING : KOOP_FILE_OTHER;
    if (S_ISDIR(file.st_mode)) return KOOP_FILE_RECORDS;
    if (!S_ISREG(file.st_mode)) return KOOP_FILE_OTHER;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return KOOP_FILE_OTHER;
    ssize_t n = read(fd, start, sizeof start);
    close(fd);
    if (n >= 6 && memcmp(start, "\x93NUMPY", 6) == 0) return KOOP_FILE_NPY;
    if (n == 8 && memcmp(start, "KOOPREC1", 8) == 0) return KOOP_FILE_RECORDS;
    return KOOP_FILE_OTHER;
}

int koop_trajectory_refuse(const char *path) {
    struct stat file;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return koop_complain(KOOP_EXIT_USAGE, "%s: %s", path, strerror(errno));
    const bool empty = fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && file.st_size == 0;
    close(fd);
    if (empty) return koop_complain(KOOP_EXIT_NO_DATA, "%s: is empty", path);
    return koop_complain(KOOP_EXIT_USAGE, "%s: neither a .npy file nor a recording", path);
}

int koop_trajectory_refuse_records(const char *path) {
    struct stat file;
    if (stat(path, &file) == 0 && S_ISDIR(file.st_mode))
        return koop_complain(KOOP_EXIT_USAGE,
                             "%s: no run's directory: it has no segment 000001.koop", path);
    return koop_complain(KOOP_EXIT_NO_DATA, "%s: holds no record of a run", path);
}

int koop_trajectory_refuse_shapeless(const char *path) {
    return koop_complain(KOOP_EXIT_NO_DATA,
                         "%s: no HELLO in it is intact, so nothing says what its snapshots are of",
                         path);
}

bool koop_trajectory_resolve(const char *path, char out[PATH_MAX]) {
    return realpath(path, out) != NULL;
}
