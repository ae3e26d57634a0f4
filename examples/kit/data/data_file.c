#include "data_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { PATH_SHOWN = 256, FIRST_ROOM = 1 << 16 };

koop_status kit_why(char why[KIT_WHY_BYTES], koop_status status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, KIT_WHY_BYTES, format, arguments);
    va_end(arguments);
    return status;
}

koop_status kit_why_in(char why[KIT_WHY_BYTES], koop_status status, const char *path) {
    char said[KIT_WHY_BYTES];
    memcpy(said, why, sizeof said);
    size_t length = strlen(path);
    bool cut = length > PATH_SHOWN;
    return kit_why(why, status, "%s%s: %s", cut ? "..." : "",
                   cut ? path + length - PATH_SHOWN : path, said);
}

/* Opens a regular file; without waiting, should it be a pipe. */
static koop_status open_file(const char *path, gzFile *file, char why[KIT_WHY_BYTES]) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return kit_why(why, errno == ENOENT ? KOOP_NOT_FOUND : KOOP_IO_FAILED, "%s",
                       strerror(errno));
    struct stat at;
    if (fstat(fd, &at) != 0 || !S_ISREG(at.st_mode)) {
        close(fd);
        return kit_why(why, KOOP_IO_FAILED, "not a regular file");
    }
    *file = gzdopen(fd, "rb");
    if (*file) return KOOP_OK;
    close(fd);
    return kit_why(why, KOOP_NO_MEMORY, "%s", koop_strstatus(KOOP_NO_MEMORY));
}

/* Room for more than `size` bytes, at most one above the limit, which then shows. */
static koop_status grow(uint8_t **bytes, size_t size, size_t *room, char why[KIT_WHY_BYTES]) {
    if (size < *room) return KOOP_OK;
    if (size > KIT_DATA_FILE_MAX)
        return kit_why(why, KOOP_TOO_LARGE, "more than %d bytes", KIT_DATA_FILE_MAX);
    size_t larger = *room ? 2 * *room : FIRST_ROOM;
    if (larger > KIT_DATA_FILE_MAX) larger = (size_t)KIT_DATA_FILE_MAX + 1;
    uint8_t *grown = realloc(*bytes, larger);
    if (!grown) return kit_why(why, KOOP_NO_MEMORY, "%s", koop_strstatus(KOOP_NO_MEMORY));
    *bytes = grown;
    *room = larger;
    return KOOP_OK;
}

static koop_status read_all(gzFile file, uint8_t **bytes, size_t *size, char why[KIT_WHY_BYTES]) {
    size_t room = 0;
    for (;;) {
        koop_status status = grow(bytes, *size, &room, why);
        if (status != KOOP_OK) return status;
        int got = gzread(file, *bytes + *size, (unsigned)(room - *size));
        if (got > 0) *size += (size_t)got;
        if (got < 0 || (size_t)*size < room) break;
    }
    int error;
    const char *message = gzerror(file, &error);
    if (error == Z_OK || error == Z_STREAM_END) return KOOP_OK;
    if (error == Z_ERRNO) return kit_why(why, KOOP_IO_FAILED, "%s", strerror(errno));
    if (error == Z_BUF_ERROR) return kit_why(why, KOOP_BAD_MESSAGE, "truncated gzip file");
    return kit_why(why, KOOP_BAD_MESSAGE, "damaged gzip file (%s)", message);
}

koop_status kit_data_file_read(const char *path, uint8_t **bytes, size_t *size,
                               char why[KIT_WHY_BYTES]) {
    gzFile file;
    koop_status status = open_file(path, &file, why);
    if (status != KOOP_OK) return kit_why_in(why, status, path);
    uint8_t *read = NULL;
    size_t length = 0;
    status = read_all(file, &read, &length, why);
    gzclose_r(file);
    if (status != KOOP_OK) {
        free(read);
        return kit_why_in(why, status, path);
    }
    *bytes = read;
    *size = length;
    return KOOP_OK;
}
