#include "journal.h"

#include "aside.h"
#include "directory.h"
#include "file.h"
#include "quarantine.h"
#include "record.h"
#include "recovery.h"
#include "retention.h"
#include "segment.h"
#include "unsynced.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

struct koop_journal {
    int directory;
    int lock; /* of the file that one writer at a time locks */
    int file; /* -1: the next append begins a segment */
    uint32_t number;
    uint64_t size; /* of the segment, in whole records */
    koop_journal_options options;
    uint64_t run;
    uint64_t last_seq, synced_seq;
    bool unsynced;          /* the segment has bytes that fdatasync has not seen */
    bool distrusted;        /* a sync failed: `pending` is in no segment that may be trusted */
    int failure;            /* its errno */
    bool leftover;          /* the next segment's name is on one that failed: ours to remove */
    bool ragged;            /* bytes of a failed append may stand behind `size` */
    koop_unsynced pending;  /* the records appended since the last sync */
    koop_wire_buffer hello; /* packed; every segment begins with it */
    koop_wire_buffer message;
    koop_journal_counters counters;
};

koop_journal_options koop_journal_defaults(void) {
    return (koop_journal_options){.segment_bytes = 64 << 20, .unsynced_bytes = 4 << 20};
}

static void tell_rewritten(const koop_journal *journal) {
    if (!journal->options.listener) return;
    const koop_notice notice = {.kind = KOOP_NOTICE_REWRITTEN,
                                .segment = journal->number,
                                .bytes = journal->size,
                                .error = journal->failure};
    journal->options.listener(journal->options.context, &notice);
}

static koop_record_header header_of(const koop_journal *journal, koop_wire_type type, uint64_t seq,
                                    const koop_wire_buffer *payload) {
    return (koop_record_header){
        .type = (uint8_t)type, .length = (uint32_t)payload->size, .run = journal->run, .seq = seq};
}

static uint64_t hello_bytes(const koop_journal *journal) {
    return KOOP_RECORD_HEADER_BYTES + journal->hello.size;
}

/* The HELLO, and what is in no segment that may be trusted. */
static koop_status write_beginning(const koop_journal *journal, int fd) {
    uint8_t head[KOOP_RECORD_HEADER_BYTES];
    const koop_record_header header = header_of(journal, KOOP_WIRE_HELLO, 0, &journal->hello);
    koop_record_pack(&header, journal->hello.bytes, head);
    struct iovec parts[3] = {{head, sizeof head},
                             {journal->hello.bytes, journal->hello.size},
                             {journal->pending.bytes, journal->pending.size}};
    const koop_status status = koop_file_write(fd, parts, journal->distrusted ? 3 : 2);
    /* Rewritten records must not pass for safe before they are. */
    if (status == KOOP_OK && journal->distrusted && fdatasync(fd) != 0) return KOOP_IO_FAILED;
    return status;
}

/* The next segment appears when its beginning is written: a crash leaves none that ends before what
 * the one before it has. */
static koop_status make_segment(koop_journal *journal, const char *name, int *file) {
    static const char unfinished[] = "unfinished";
    const int run = journal->directory;
    if (journal->leftover && unlinkat(run, name, 0) != 0 && errno != ENOENT) return KOOP_IO_FAILED;
    journal->leftover = false;
    if (faccessat(run, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return KOOP_IO_FAILED;
    }
    unlinkat(run, unfinished, 0);
    const int fd = openat(run, unfinished,
                          O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return KOOP_IO_FAILED;
    koop_status status = write_beginning(journal, fd);
    const bool named = status == KOOP_OK && renameat(run, unfinished, run, name) == 0;
    if (named && fsync(run) == 0) {
        *file = fd;
        return KOOP_OK;
    }
    const int why = errno;
    close(fd);
    /* What cannot be removed now is removed at the next try, or all of them would meet it. */
    if (unlinkat(run, named ? name : unfinished, 0) != 0) journal->leftover = named;
    errno = why;
    return KOOP_IO_FAILED;
}

static void close_segment(koop_journal *journal) {
    if (journal->file >= 0) close(journal->file);
    journal->file = -1;
    journal->unsynced = false;
    journal->ragged = false;
}

static void mark_synced(koop_journal *journal) {
    koop_unsynced_clear(&journal->pending);
    journal->unsynced = false;
    journal->distrusted = false;
    journal->synced_seq = journal->last_seq;
}

/* Begins the next segment; the current one, which is synced or distrusted, stays when that fails. */
static koop_status begin_segment(koop_journal *journal) {
    if (journal->number >= KOOP_SEGMENT_LAST) {
        errno = EFBIG;
        return KOOP_IO_FAILED;
    }
    int fd;
    char name[KOOP_SEGMENT_NAME_BYTES];
    koop_segment_name(journal->number + 1, name);
    const koop_status status = make_segment(journal, name, &fd);
    if (status != KOOP_OK) return status;
    close_segment(journal);
    journal->file = fd;
    journal->number++;
    journal->size = hello_bytes(journal);
    if (journal->distrusted) {
        journal->size += journal->pending.size;
        mark_synced(journal);
    } else
        journal->unsynced = true;
    koop_retention_apply(journal->directory, &journal->options, (int64_t)time(NULL), NULL);
    return KOOP_OK;
}

koop_status koop_journal_sync(koop_journal *journal) {
    if (!journal->unsynced && !journal->distrusted) return KOOP_OK;
    if (!journal->distrusted) {
        if (fdatasync(journal->file) == 0) {
            mark_synced(journal);
            return KOOP_OK;
        }
        /* The kernel may have dropped the pages and called them clean: a second try would succeed
         * and mean nothing. */
        journal->failure = errno;
        journal->counters.failed++;
        close_segment(journal);
        journal->distrusted = true;
    }
    const koop_status status = begin_segment(journal);
    if (status == KOOP_OK)
        tell_rewritten(journal);
    else
        journal->counters.failed++;
    return status;
}

static koop_status trim(koop_journal *journal) {
    if (!journal->ragged) return KOOP_OK;
    if (ftruncate(journal->file, (off_t)journal->size) != 0) return KOOP_IO_FAILED;
    journal->ragged = false;
    return KOOP_OK;
}

static bool is_full(const koop_journal *journal, uint64_t bytes) {
    return journal->size + bytes > journal->options.segment_bytes &&
           journal->size > hello_bytes(journal);
}

/* Leaves a segment that the record goes to, and room to remember it. */
static koop_status make_room(koop_journal *journal, uint64_t bytes) {
    const uint64_t remembered = journal->pending.size;
    const bool much = remembered > 0 && remembered + bytes > journal->options.unsynced_bytes;
    koop_status status = trim(journal);
    const bool full = journal->file >= 0 && is_full(journal, bytes);
    if (status == KOOP_OK && (much || full || journal->distrusted))
        status = koop_journal_sync(journal);
    if (status == KOOP_OK && (journal->file < 0 || is_full(journal, bytes)))
        status = begin_segment(journal);
    return status == KOOP_OK ? koop_unsynced_reserve(&journal->pending, (size_t)bytes) : status;
}

static koop_status append_packed(koop_journal *journal, const koop_record_header *header) {
    const uint64_t bytes = KOOP_RECORD_HEADER_BYTES + (uint64_t)header->length;
    const koop_wire_buffer *payload = &journal->message;
    uint8_t head[KOOP_RECORD_HEADER_BYTES];
    koop_status status = make_room(journal, bytes);
    if (status != KOOP_OK) return status;
    koop_record_pack(header, payload->bytes, head);
    struct iovec parts[2] = {{head, sizeof head}, {payload->bytes, payload->size}};
    status = koop_file_write(journal->file, parts, 2);
    if (status != KOOP_OK) {
        const int why = errno;
        journal->ragged = true;
        trim(journal); /* tried again before the next append */
        errno = why;
        return status;
    }
    koop_unsynced_add(&journal->pending, head, sizeof head);
    koop_unsynced_add(&journal->pending, payload->bytes, payload->size);
    journal->size += bytes;
    journal->unsynced = true;
    if (header->seq > journal->last_seq) journal->last_seq = header->seq;
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
    } else if (message->type == KOOP_WIRE_BYE)
        seq = journal->last_seq;
    else
        return KOOP_BAD_ARGUMENT;
    koop_status status = koop_wire_pack(message, &journal->message);
    if (status != KOOP_OK) return status;
    if (journal->message.size > KOOP_RECORD_MAX_PAYLOAD) return KOOP_TOO_LARGE;
    const koop_record_header header = header_of(journal, message->type, seq, &journal->message);
    status = append_packed(journal, &header);
    if (status == KOOP_IO_FAILED) journal->counters.failed++;
    return status;
}

koop_journal_counters koop_journal_get_counters(const koop_journal *journal) {
    return journal->counters;
}

void koop_journal_keep_needed(koop_journal *journal, bool keep_needed) {
    journal->options.keep_needed = keep_needed;
}

uint64_t koop_journal_synced(const koop_journal *journal) {
    return journal->synced_seq;
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
    status = koop_recovery_run(journal->directory, hello, &journal->options, &found);
    if (status != KOOP_OK) return status;
    journal->file = found.file;
    journal->number = found.number;
    journal->size = found.size;
    journal->unsynced = found.torn > 0;
    journal->counters.torn = found.torn;
    journal->counters.damaged = found.damaged;
    journal->counters.quarantined = koop_quarantine_count(journal->directory);
    journal->last_seq = found.last_seq;
    if (journal->options.ack_synced) journal->synced_seq = found.last_seq;
    if (journal->file < 0)
        status = begin_segment(journal);
    else
        koop_retention_apply(journal->directory, &journal->options, (int64_t)time(NULL), NULL);
    if (status == KOOP_OK) koop_aside_keep_hello(journal->directory, journal->run, &journal->hello);
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
    koop_journal_sync(journal); /* a failure is counted; nobody is left to do more */
    close_segment(journal);
    if (journal->directory >= 0) close(journal->directory);
    if (journal->lock >= 0) close(journal->lock);
    koop_unsynced_free(&journal->pending);
    koop_wire_buffer_free(&journal->hello);
    koop_wire_buffer_free(&journal->message);
    free(journal);
}
