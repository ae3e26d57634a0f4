#include "directory.h"
#include "journal.h"
#include "segment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct entry {
    char uuid[33];
    int64_t start_ms;
} entry;

static koop_status take_start(void *context, const koop_wire_message *message) {
    int64_t *start_ms = context;
    if (message->type == KOOP_WIRE_HELLO) *start_ms = message->as.hello.start_ms;
    return KOOP_TIMED_OUT; /* one message is enough: only the first can tell */
}

/* Whether there is a segment; *out gets the start that the first record tells, else the time at
 * which the directory last changed. */
static bool find_start(int run, koop_segment_reader *reader, int64_t *out) {
    struct stat about;
    int64_t start_ms = fstat(run, &about) == 0 ? (int64_t)about.st_mtime * 1000 : 0;
    *out = start_ms;
    uint32_t *numbers = NULL;
    size_t count = 0;
    if (koop_directory_segments(run, &numbers, &count) != KOOP_OK) return true;
    if (count == 0) return false;
    char name[KOOP_SEGMENT_NAME_BYTES];
    koop_segment_name(numbers[0], name);
    free(numbers);
    int fd;
    koop_segment_report report;
    if (koop_segment_open(run, name, O_RDONLY, &fd) != KOOP_OK) return true;
    koop_segment_read(reader, fd, take_start, &start_ms, &report);
    close(fd);
    *out = start_ms;
    return true;
}

static koop_status collect(DIR *stream, koop_segment_reader *reader, entry **entries,
                           size_t *count) {
    size_t capacity = 0;
    const struct dirent *item;
    while (errno = 0, (item = readdir(stream)) != NULL) {
        if (!koop_directory_is_uuid(item->d_name)) continue;
        const int run =
            openat(dirfd(stream), item->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (run < 0) continue;
        if (*count == capacity) {
            capacity = capacity ? 2 * capacity : 64;
            entry *grown = realloc(*entries, capacity * sizeof **entries);
            if (!grown) {
                close(run);
                return KOOP_NO_MEMORY;
            }
            *entries = grown;
        }
        entry *next = &(*entries)[*count];
        memcpy(next->uuid, item->d_name, sizeof next->uuid);
        *count += find_start(run, reader, &next->start_ms);
        close(run);
    }
    return errno ? KOOP_IO_FAILED : KOOP_OK;
}

static int by_start(const void *a, const void *b) {
    const entry *x = a, *y = b;
    if (x->start_ms != y->start_ms) return x->start_ms < y->start_ms ? -1 : 1;
    return strcmp(x->uuid, y->uuid);
}

koop_status koop_journal_list(const char *data_dir, char (*uuids)[33], int capacity, int *count) {
    DIR *stream;
    koop_status status = koop_directory_runs(data_dir, &stream);
    if (status == KOOP_NOT_FOUND) {
        *count = 0;
        return KOOP_OK;
    }
    if (status != KOOP_OK) return status;
    entry *entries = NULL;
    size_t found = 0;
    koop_segment_reader reader;
    status = koop_segment_reader_init(&reader);
    if (status == KOOP_OK) status = collect(stream, &reader, &entries, &found);
    koop_segment_reader_clear(&reader);
    closedir(stream);
    if (status == KOOP_OK) {
        if (found > 1) qsort(entries, found, sizeof *entries, by_start);
        const size_t kept = found < (size_t)capacity ? found : (size_t)capacity;
        for (size_t i = 0; i < kept; i++)
            memcpy(uuids[i], entries[found - kept + i].uuid, sizeof uuids[i]);
        *count = (int)kept;
    }
    free(entries);
    return status;
}
