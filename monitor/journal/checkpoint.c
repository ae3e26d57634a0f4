#include "checkpoint.h"

#include "file.h"
#include "record.h"
#include "segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char name[] = "checkpoint", unfinished[] = "checkpoint.new";

static int open_directory(const char *path) {
    return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static koop_status write_file(int fd, const koop_record_header *header, const void *state,
                              bool synced) {
    uint8_t head[KOOP_RECORD_HEADER_BYTES];
    koop_record_pack(header, state, head);
    struct iovec parts[2] = {{head, sizeof head}, {(void *)(uintptr_t)state, header->length}};
    koop_status status = koop_file_write(fd, parts, 2);
    if (status == KOOP_OK && synced && fdatasync(fd) != 0) status = KOOP_IO_FAILED;
    return status;
}

koop_status koop_checkpoint_write(const char *path, const uint8_t run[KOOP_WIRE_UUID_BYTES],
                                  uint64_t seq, const void *state, size_t size, bool synced) {
    if (size > KOOP_CHECKPOINT_MAX_BYTES) return KOOP_TOO_LARGE;
    const int directory = open_directory(path);
    if (directory < 0) return KOOP_IO_FAILED;
    unlinkat(directory, unfinished, 0); /* of one that was killed */
    const int fd =
        openat(directory, unfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    koop_status status = fd < 0 ? KOOP_IO_FAILED : KOOP_OK;
    const koop_record_header header = {.type = KOOP_CHECKPOINT_TYPE,
                                       .length = (uint32_t)size,
                                       .run = koop_segment_run(run),
                                       .seq = seq};
    if (status == KOOP_OK) status = write_file(fd, &header, state, synced);
    if (status == KOOP_OK && renameat(directory, unfinished, directory, name) != 0)
        status = KOOP_IO_FAILED;
    const int why = errno;
    if (fd >= 0 && status != KOOP_OK) unlinkat(directory, unfinished, 0);
    if (fd >= 0) close(fd);
    close(directory);
    errno = why;
    return status;
}

/* The header of the open file, if the file is as long as it says and the run's. */
static bool read_header(int fd, const uint8_t *run, koop_record_header *header) {
    uint8_t head[KOOP_RECORD_HEADER_BYTES];
    size_t have = 0;
    struct stat about;
    return fstat(fd, &about) == 0 && koop_file_read(fd, head, sizeof head, 0, &have) == KOOP_OK &&
           have == sizeof head && koop_record_unpack(head, sizeof head, header) == KOOP_OK &&
           header->type == KOOP_CHECKPOINT_TYPE && header->run == koop_segment_run(run) &&
           header->length > 0 && header->length <= KOOP_CHECKPOINT_MAX_BYTES &&
           (uint64_t)about.st_size == KOOP_RECORD_HEADER_BYTES + (uint64_t)header->length;
}

static koop_status read_state(int fd, const uint8_t *run, koop_record_header *header,
                              uint8_t **state) {
    size_t have = 0;
    if (!read_header(fd, run, header)) return KOOP_NOT_FOUND;
    uint8_t *bytes = malloc(header->length);
    if (!bytes) return KOOP_NO_MEMORY;
    if (koop_file_read(fd, bytes, header->length, KOOP_RECORD_HEADER_BYTES, &have) == KOOP_OK &&
        have == header->length && koop_record_check(header, bytes) == KOOP_OK) {
        *state = bytes;
        return KOOP_OK;
    }
    free(bytes);
    return KOOP_NOT_FOUND;
}

koop_status koop_checkpoint_read(const char *path, const uint8_t run[KOOP_WIRE_UUID_BYTES],
                                 uint64_t *seq, void **state, size_t *size) {
    koop_record_header header;
    uint8_t *bytes = NULL;
    int fd = -1;
    const int directory = open_directory(path);
    if (directory < 0) return KOOP_NOT_FOUND;
    koop_status status = koop_segment_open(directory, name, O_RDONLY, &fd);
    if (status == KOOP_OK) {
        status = read_state(fd, run, &header, &bytes);
        close(fd);
    }
    close(directory);
    if (status != KOOP_OK) return status == KOOP_NO_MEMORY ? status : KOOP_NOT_FOUND;
    *seq = header.seq;
    *state = bytes;
    *size = header.length;
    return KOOP_OK;
}

void koop_checkpoint_remove(const char *path) {
    const int directory = open_directory(path);
    if (directory < 0) return;
    unlinkat(directory, name, 0);
    close(directory);
}
