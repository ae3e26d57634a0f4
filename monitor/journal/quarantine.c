#include "quarantine.h"

#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_BYTES = 300, MAX_ALIKE = 999, PIECE = 1 << 15 };

static const char unfinished[] = "unfinished";

/* A range of an open file that is to be in the quarantine as `name`. */
typedef struct wish {
    const char *name;
    int file;
    uint64_t offset, bytes;
} wish;

static void name_of(const wish *self, int n, char out[NAME_BYTES]) {
    if (n > 1)
        snprintf(out, NAME_BYTES, "%s.%d", self->name, n);
    else
        snprintf(out, NAME_BYTES, "%s", self->name);
}

static bool same_bytes(const wish *self, int copy) {
    uint8_t a[PIECE], b[PIECE];
    for (uint64_t at = 0; at < self->bytes; at += PIECE) {
        const uint64_t left = self->bytes - at;
        const size_t piece = left < PIECE ? (size_t)left : PIECE;
        size_t have_a = 0, have_b = 0;
        if (koop_file_read(self->file, a, piece, self->offset + at, &have_a) != KOOP_OK ||
            koop_file_read(copy, b, piece, at, &have_b) != KOOP_OK)
            return false;
        if (have_a != piece || have_b != piece || memcmp(a, b, piece) != 0) return false;
    }
    return true;
}

/* Whether `name` holds what is wished for; *free_name when nothing has that name. */
static bool holds(int quarantine, const char *name, const wish *self, bool *free_name) {
    const int copy = openat(quarantine, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    *free_name = copy < 0 && errno == ENOENT;
    if (copy < 0) return false;
    struct stat about;
    const bool same = fstat(copy, &about) == 0 && S_ISREG(about.st_mode) &&
                      (uint64_t)about.st_size == self->bytes && same_bytes(self, copy);
    close(copy);
    return same;
}

/* The first name that holds it already, or that nothing has. KOOP_IO_FAILED: none. */
static koop_status choose_name(int quarantine, const wish *self, char out[NAME_BYTES],
                               bool *there) {
    for (int n = 1; n <= MAX_ALIKE; n++) {
        bool free_name;
        name_of(self, n, out);
        *there = holds(quarantine, out, self, &free_name);
        if (*there || free_name) return KOOP_OK;
    }
    errno = EEXIST;
    return KOOP_IO_FAILED;
}

/* A copy under a passing name first: what has its name is complete. */
static koop_status copy_as(int quarantine, const wish *self, const char *name) {
    unlinkat(quarantine, unfinished, 0);
    const int copy =
        openat(quarantine, unfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (copy < 0) return KOOP_IO_FAILED;
    koop_status status = koop_file_copy(self->file, self->offset, self->bytes, copy);
    if (status == KOOP_OK && fsync(copy) != 0) status = KOOP_IO_FAILED;
    if (status == KOOP_OK && renameat(quarantine, unfinished, quarantine, name) != 0)
        status = KOOP_IO_FAILED;
    const int why = errno;
    close(copy);
    if (status != KOOP_OK) unlinkat(quarantine, unfinished, 0);
    errno = why;
    return status;
}

/* `may_link`: a link to self->name in `parent` will do. */
static koop_status fulfil(int parent, const wish *self, bool may_link) {
    int quarantine;
    koop_status status = koop_file_directory(parent, KOOP_QUARANTINE_NAME, &quarantine);
    if (status != KOOP_OK) return status;
    char name[NAME_BYTES];
    bool there = false;
    status = choose_name(quarantine, self, name, &there);
    if (status == KOOP_OK && !there &&
        (!may_link || linkat(parent, self->name, quarantine, name, 0) != 0))
        status = copy_as(quarantine, self, name);
    /* Also where it was there: a crash may have come before this. */
    if (status == KOOP_OK && fsync(quarantine) != 0) status = KOOP_IO_FAILED;
    const int why = errno;
    close(quarantine);
    errno = why;
    return status;
}

koop_status koop_quarantine_copy(int run, uint32_t number, int file, uint64_t offset,
                                 uint64_t bytes) {
    char name[64];
    snprintf(name, sizeof name, "%06" PRIu32 "-%" PRIu64, number, offset);
    return fulfil(run, &(wish){name, file, offset, bytes}, false);
}

koop_status koop_quarantine_file(int directory, const char *name, int file) {
    struct stat about;
    if (fstat(file, &about) != 0) return KOOP_IO_FAILED;
    return fulfil(directory, &(wish){name, file, 0, (uint64_t)about.st_size}, true);
}

uint64_t koop_quarantine_count(int run) {
    const int quarantine =
        openat(run, KOOP_QUARANTINE_NAME, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *stream = quarantine < 0 ? NULL : fdopendir(quarantine);
    if (!stream) {
        if (quarantine >= 0) close(quarantine);
        return 0;
    }
    uint64_t count = 0;
    for (const struct dirent *entry; (entry = readdir(stream));)
        count += entry->d_name[0] != '.' && strcmp(entry->d_name, unfinished) != 0;
    closedir(stream);
    return count;
}
