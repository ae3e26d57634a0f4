#include "checkpoint.h"

#include "file.h"
#include "record.h"
#include "segment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char name[] = "checkpoint", unfinished[] = "checkpoint.new";

enum { STATE_AT = 2 * KOOP_RECORD_HEADER_BYTES };

static int open_directory(const char *path) {
    return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

koop_status koop_checkpoint_write(const char *path, const uint8_t run[KOOP_WIRE_UUID_BYTES],
                                  const koop_checkpoint *about, const void *state, size_t size,
                                  bool synced) {
    if (size > KOOP_CHECKPOINT_MAX_BYTES) return KOOP_TOO_LARGE;
    const int directory = open_directory(path);
    if (directory < 0) return KOOP_IO_FAILED;
    const koop_record_header first = {
        .type = KOOP_CHECKPOINT_NEEDS_TYPE, .run = about->options, .seq = about->needs};
    const koop_record_header header = {.type = KOOP_CHECKPOINT_TYPE,
                                       .length = (uint32_t)size,
                                       .run = koop_segment_run(run),
                                       .seq = about->seq};
    uint8_t heads[STATE_AT];
    koop_record_pack(&first, NULL, heads);
    koop_record_pack(&header, state, heads + KOOP_RECORD_HEADER_BYTES);
    struct iovec parts[2] = {{heads, sizeof heads}, {(void *)(uintptr_t)state, size}};
    const koop_status status = koop_file_replace(directory, unfinished, name, parts, 2, synced);
    const int why = errno;
    close(directory);
    errno = why;
    return status;
}

static bool read_head(int fd, uint64_t at, uint8_t type, koop_record_header *header) {
    uint8_t head[KOOP_RECORD_HEADER_BYTES];
    size_t have = 0;
    return koop_file_read(fd, head, sizeof head, at, &have) == KOOP_OK && have == sizeof head &&
           koop_record_unpack(head, sizeof head, header) == KOOP_OK && header->type == type;
}

/* Both headers of the open file, if the file is as long as they say. */
static bool read_heads(int fd, koop_checkpoint *about, koop_record_header *header) {
    koop_record_header first;
    struct stat file;
    if (fstat(fd, &file) != 0 || !read_head(fd, 0, KOOP_CHECKPOINT_NEEDS_TYPE, &first) ||
        !read_head(fd, KOOP_RECORD_HEADER_BYTES, KOOP_CHECKPOINT_TYPE, header) ||
        first.length != 0 || header->length == 0 || header->length > KOOP_CHECKPOINT_MAX_BYTES)
        return false;
    *about = (koop_checkpoint){header->seq, first.seq, first.run};
    return (uint64_t)file.st_size == STATE_AT + (uint64_t)header->length;
}

/* Of a checkpoint by its name. */
static bool look_at(int directory, const char *which, koop_checkpoint *about) {
    koop_record_header header;
    int fd;
    if (koop_segment_open(directory, which, O_RDONLY, &fd) != KOOP_OK) return false;
    const bool whole = read_heads(fd, about, &header);
    close(fd);
    return whole;
}

static koop_status read_state(int fd, const uint8_t *run, koop_checkpoint *about, uint8_t **state,
                              size_t *size) {
    koop_record_header header;
    size_t have = 0;
    if (!read_heads(fd, about, &header) || header.run != koop_segment_run(run))
        return KOOP_NOT_FOUND;
    uint8_t *bytes = malloc(header.length);
    if (!bytes) return KOOP_NO_MEMORY;
    if (koop_file_read(fd, bytes, header.length, STATE_AT, &have) == KOOP_OK &&
        have == header.length && koop_record_check(&header, bytes) == KOOP_OK) {
        *state = bytes;
        *size = header.length;
        return KOOP_OK;
    }
    free(bytes);
    return KOOP_NOT_FOUND;
}

/* What passes, and then there may be a checkpoint after all. */
static bool passes(int error) {
    return error == EMFILE || error == ENFILE || error == ENOMEM;
}

koop_status koop_checkpoint_read(const char *path, const uint8_t run[KOOP_WIRE_UUID_BYTES],
                                 koop_checkpoint *about, void **state, size_t *size) {
    uint8_t *bytes = NULL;
    int fd = -1;
    const int directory = open_directory(path);
    if (directory < 0) return passes(errno) ? KOOP_IO_FAILED : KOOP_NOT_FOUND;
    koop_status status = koop_segment_open(directory, name, O_RDONLY, &fd);
    if (status == KOOP_IO_FAILED && !passes(errno)) status = KOOP_NOT_FOUND;
    if (status == KOOP_OK) {
        status = read_state(fd, run, about, &bytes, size);
        close(fd);
    }
    const int why = errno;
    close(directory);
    errno = why;
    if (status == KOOP_OK) *state = bytes;
    return status;
}

void koop_checkpoint_choose(const char *path, uint64_t options) {
    char aside[40];
    koop_checkpoint about;
    const int directory = open_directory(path);
    if (directory < 0) return;
    const bool whole = look_at(directory, name, &about);
    if (whole && about.options != options) {
        snprintf(aside, sizeof aside, "%s-%016" PRIx64, name, about.options);
        renameat(directory, name, directory, aside);
    }
    snprintf(aside, sizeof aside, "%s-%016" PRIx64, name, options);
    if ((!whole || about.options != options) && look_at(directory, aside, &about))
        renameat(directory, aside, directory, name);
    close(directory);
}

bool koop_checkpoint_needs(int directory, uint64_t *seq) {
    koop_checkpoint about;
    if (!look_at(directory, name, &about)) return false;
    *seq = about.needs;
    return true;
}

void koop_checkpoint_remove(const char *path) {
    const int directory = open_directory(path);
    if (directory < 0) return;
    unlinkat(directory, name, 0);
    close(directory);
}
