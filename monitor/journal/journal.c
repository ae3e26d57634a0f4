#include "journal.h"

#include "directory.h"
#include "record.h"
#include "recovery.h"
#include "segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/uio.h>
#include <unistd.h>

struct koop_journal {
    int directory;
    int lock; /* of the file that one writer at a time locks */
    int file; /* -1: the next append begins a segment */
    uint32_t number;
    uint64_t size; /* of the segment, in whole records */
    koop_journal_options options;
    uint64_t run;
    bool unsynced;
    bool ragged;            /* bytes of a failed append may stand behind `size` */
    koop_wire_buffer hello; /* packed; every segment begins with it */
    koop_wire_buffer message;
    koop_journal_counters counters;
};

koop_journal_options koop_journal_defaults(void) {
    return (koop_journal_options){.segment_bytes = 64 << 20, .unsynced_bytes = 4 << 20};
}

/* Writes header and payload at the end of the file. A short write is followed by another, which
 * then tells why. */
static koop_status write_record(int fd, const koop_record_header *header,
                                const koop_wire_buffer *payload) {
    uint8_t head[KOOP_RECORD_HEADER_BYTES];
    koop_record_pack(header, payload->bytes, head);
    struct iovec parts[2] = {{head, sizeof head}, {payload->bytes, payload->size}};
    int first = 0;
    while (first < 2) {
        const ssize_t written = writev(fd, parts + first, 2 - first);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return KOOP_IO_FAILED;
        size_t done = (size_t)written;
        while (first < 2 && done >= parts[first].iov_len) done -= parts[first++].iov_len;
        if (first == 2) break;
        parts[first].iov_base = (uint8_t *)parts[first].iov_base + done;
        parts[first].iov_len -= done;
    }
    return KOOP_OK;
}

static koop_record_header header_of(const koop_journal *journal, koop_wire_type type, uint64_t seq,
                                    const koop_wire_buffer *payload) {
    return (koop_record_header){
        .type = (uint8_t)type, .length = (uint32_t)payload->size, .run = journal->run, .seq = seq};
}

static koop_status write_hello(const koop_journal *journal, int fd) {
    const koop_record_header header = header_of(journal, KOOP_WIRE_HELLO, 0, &journal->hello);
    return write_record(fd, &header, &journal->hello);
}

static uint64_t hello_bytes(const koop_journal *journal) {
    return KOOP_RECORD_HEADER_BYTES + journal->hello.size;
}

/* Syncs and closes the current segment. The next append begins another. */
static koop_status finish_segment(koop_journal *journal) {
    if (journal->file < 0) return KOOP_OK;
    const int failed = journal->unsynced && fdatasync(journal->file) != 0;
    close(journal->file);
    journal->file = -1;
    journal->unsynced = false;
    journal->ragged = false;
    if (!failed) return KOOP_OK;
    journal->counters.failed++;
    return KOOP_IO_FAILED;
}

/* Begins the next segment with the HELLO; the current one stays when that fails. */
static koop_status begin_segment(koop_journal *journal) {
    if (journal->number >= KOOP_SEGMENT_LAST) {
        errno = EFBIG;
        return KOOP_IO_FAILED;
    }
    char name[KOOP_SEGMENT_NAME_BYTES];
    koop_segment_name(journal->number + 1, name);
    const int fd = openat(journal->directory, name,
                          O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return KOOP_IO_FAILED;
    if (write_hello(journal, fd) != KOOP_OK || fsync(journal->directory) != 0) {
        const int why = errno;
        close(fd);
        unlinkat(journal->directory, name, 0);
        errno = why;
        return KOOP_IO_FAILED;
    }
    finish_segment(
        journal); /* its failure is counted; what was acknowledged is in the page cache */
    journal->file = fd;
    journal->number++;
    journal->size = hello_bytes(journal);
    journal->unsynced = true;
    return KOOP_OK;
}

static koop_status trim(koop_journal *journal) {
    if (!journal->ragged) return KOOP_OK;
    if (ftruncate(journal->file, (off_t)journal->size) != 0) return KOOP_IO_FAILED;
    journal->ragged = false;
    return KOOP_OK;
}

static koop_status append_packed(koop_journal *journal, const koop_record_header *header) {
    const uint64_t bytes = KOOP_RECORD_HEADER_BYTES + (uint64_t)header->length;
    koop_status status = trim(journal);
    if (status != KOOP_OK) return status;
    const bool full = journal->size + bytes > journal->options.segment_bytes &&
                      journal->size > hello_bytes(journal);
    if (journal->file < 0 || full) status = begin_segment(journal);
    if (status != KOOP_OK) return status;
    status = write_record(journal->file, header, &journal->message);
    if (status != KOOP_OK) {
        const int why = errno;
        journal->ragged = true;
        trim(journal); /* tried again before the next append */
        errno = why;
        return status;
    }
    journal->size += bytes;
    journal->unsynced = true;
    journal->counters.records++;
    journal->counters.bytes += bytes;
    return KOOP_OK;
}

koop_status koop_journal_append(koop_journal *journal, const koop_wire_message *message) {
    uint64_t seq = 0;
    if (message->type == KOOP_WIRE_SNAPSHOT) {
        const koop_wire_snapshot *snapshot = &message->as.snapshot;
        if (snapshot->at != 0 || snapshot->bytes != snapshot->total) return KOOP_BAD_ARGUMENT;
        seq = snapshot->seq;
    } else if (message->type != KOOP_WIRE_BYE)
        return KOOP_BAD_ARGUMENT;
    koop_status status = koop_wire_pack(message, &journal->message);
    if (status != KOOP_OK) return status;
    if (journal->message.size > KOOP_RECORD_MAX_PAYLOAD) return KOOP_TOO_LARGE;
    const koop_record_header header = header_of(journal, message->type, seq, &journal->message);
    status = append_packed(journal, &header);
    if (status == KOOP_IO_FAILED) journal->counters.failed++;
    return status;
}

koop_status koop_journal_sync(koop_journal *journal) {
    if (!journal->unsynced) return KOOP_OK;
    if (fdatasync(journal->file) == 0) {
        journal->unsynced = false;
        return KOOP_OK;
    }
    /* The kernel may have dropped the pages and called them clean: a second try would succeed and
     * mean nothing. The segment is left as it is and the next append begins another. */
    const int why = errno;
    journal->counters.failed++;
    journal->unsynced = false;
    finish_segment(journal);
    errno = why;
    return KOOP_IO_FAILED;
}

koop_journal_counters koop_journal_get_counters(const koop_journal *journal) {
    return journal->counters;
}

static koop_status open_and_recover(koop_journal *journal, const char *data_dir,
                                    const koop_wire_hello *hello, uint64_t *last_seq) {
    char uuid[2 * KOOP_WIRE_UUID_BYTES + 1];
    for (int i = 0; i < KOOP_WIRE_UUID_BYTES; i++)
        snprintf(uuid + 2 * i, 3, "%02x", (unsigned)hello->run[i]);
    koop_status status = koop_directory_make(data_dir, uuid, &journal->directory);
    if (status != KOOP_OK) return status;
    /* A file open for writing, not the directory: over NFS flock needs one. */
    journal->lock = openat(journal->directory, "lock",
                           O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
    if (journal->lock < 0 || flock(journal->lock, LOCK_EX | LOCK_NB) != 0) return KOOP_IO_FAILED;

    koop_recovery found;
    status = koop_recovery_run(journal->directory, hello, &found);
    if (status != KOOP_OK) return status;
    journal->file = found.file;
    journal->number = found.number;
    journal->size = found.size;
    journal->unsynced = found.torn > 0;
    journal->counters.torn = found.torn;
    journal->counters.damaged = found.damaged;
    if (journal->file < 0) status = begin_segment(journal);
    if (status == KOOP_OK) *last_seq = found.last_seq;
    return status;
}

koop_status koop_journal_open(koop_journal **out, const char *data_dir,
                              const koop_wire_hello *hello, const koop_journal_options *options,
                              uint64_t *last_seq) {
    koop_journal *journal = calloc(1, sizeof *journal);
    if (!journal) return KOOP_NO_MEMORY;
    journal->directory = journal->lock = journal->file = -1;
    const koop_journal_options defaults = koop_journal_defaults();
    journal->options = options ? *options : defaults;
    if (journal->options.segment_bytes == 0)
        journal->options.segment_bytes = defaults.segment_bytes;
    if (journal->options.unsynced_bytes == 0)
        journal->options.unsynced_bytes = defaults.unsynced_bytes;
    journal->run = koop_segment_run(hello->run);
    koop_status status = KOOP_NO_MEMORY;
    koop_wire_message *message = malloc(sizeof *message);
    if (message) {
        message->type = KOOP_WIRE_HELLO;
        message->as.hello = *hello;
        status = koop_wire_pack(message, &journal->hello);
        free(message);
    }
    if (status == KOOP_OK) status = open_and_recover(journal, data_dir, hello, last_seq);
    if (status != KOOP_OK) {
        const int why = errno;
        koop_journal_close(journal);
        errno = why;
        return status;
    }
    *out = journal;
    return KOOP_OK;
}

void koop_journal_close(koop_journal *journal) {
    if (!journal) return;
    if (journal->file >= 0) trim(journal);
    finish_segment(journal);
    if (journal->directory >= 0) close(journal->directory);
    if (journal->lock >= 0) close(journal->lock);
    koop_wire_buffer_free(&journal->hello);
    koop_wire_buffer_free(&journal->message);
    free(journal);
}
