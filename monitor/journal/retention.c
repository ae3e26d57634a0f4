#include "retention.h"

#include "aside.h"
#include "checkpoint.h"
#include "directory.h"
#include "quarantine.h"
#include "segment.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEPT_SEGMENTS = 2, DAY_S = 86400 };

static const char digits[] = "0123456789", hexadecimal[] = "0123456789abcdef";

typedef struct segment_age {
    uint32_t number;
    uint64_t bytes;
    int64_t written_s;
} segment_age;

typedef struct run_age {
    segment_age *segments; /* rising */
    size_t n;
    uint64_t bytes;
    int64_t written_s; /* of the newest; without a segment, of the directory */
} run_age;

/* KOOP_IO_FAILED when anything in the way of a segment is no regular file: such a run is left. */
static koop_status measure(int directory, run_age *run) {
    uint32_t *numbers = NULL;
    *run = (run_age){0};
    koop_status status = koop_directory_segments(directory, &numbers, &run->n);
    if (status == KOOP_OK && run->n > 0) {
        run->segments = calloc(run->n, sizeof *run->segments);
        if (!run->segments) status = KOOP_NO_MEMORY;
    }
    for (size_t i = 0; status == KOOP_OK && i < run->n; i++) {
        struct stat about;
        char name[KOOP_SEGMENT_NAME_BYTES];
        koop_segment_name(numbers[i], name);
        if (fstatat(directory, name, &about, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(about.st_mode)) {
            status = KOOP_IO_FAILED;
            break;
        }
        run->segments[i] = (segment_age){numbers[i], (uint64_t)about.st_size, about.st_mtime};
        run->bytes += (uint64_t)about.st_size;
        if (about.st_mtime > run->written_s) run->written_s = about.st_mtime;
    }
    struct stat about;
    if (run->n == 0 && fstat(directory, &about) == 0) run->written_s = about.st_mtime;
    free(numbers);
    if (status != KOOP_OK) free(run->segments);
    return status;
}

static bool is_old(const koop_journal_options *options, int64_t written_s, int64_t now_s) {
    return options->keep_days > 0 && written_s > 0 &&
           written_s < now_s - (int64_t)options->keep_days * DAY_S;
}

/* The seqs of the first `n` segments: up to where the next one begins. */
static void find_seqs(int directory, const run_age *run, size_t at, size_t n, koop_notice *notice) {
    koop_segment_reader reader;
    uint64_t first = UINT64_MAX, next = UINT64_MAX;
    if (koop_segment_reader_init(&reader) != KOOP_OK) return;
    koop_segment_first_seq(&reader, directory, run->segments[at].number, &first);
    for (size_t i = at + n; i < run->n && next == UINT64_MAX; i++)
        koop_segment_first_seq(&reader, directory, run->segments[i].number, &next);
    koop_segment_reader_clear(&reader);
    if (first == UINT64_MAX) return;
    notice->first_seq = first;
    notice->last_seq = next != UINT64_MAX && next > first ? next - 1 : 0;
}

/* All before the first snapshot of the segments from `next` on is about to be gone. */
static void note_pruned(int directory, const run_age *run, size_t next) {
    koop_segment_reader reader;
    uint64_t first = UINT64_MAX;
    if (koop_segment_reader_init(&reader) != KOOP_OK) return;
    for (size_t i = next; i < run->n && first == UINT64_MAX; i++)
        koop_segment_first_seq(&reader, directory, run->segments[i].number, &first);
    koop_segment_reader_clear(&reader);
    if (first != UINT64_MAX && first > 0) koop_aside_write_pruned(directory, first - 1);
}

static void remove_segment(int directory, const koop_journal_options *options, const run_age *run,
                           size_t at, const char *uuid) {
    const segment_age *segment = &run->segments[at];
    koop_notice notice = {.kind = KOOP_NOTICE_DELETED,
                          .segment = segment->number,
                          .bytes = segment->bytes,
                          .run = uuid};
    char name[KOOP_SEGMENT_NAME_BYTES];
    koop_segment_name(segment->number, name);
    if (options->listener) find_seqs(directory, run, at, 1, &notice);
    if (unlinkat(directory, name, 0) == 0 && options->listener)
        options->listener(options->context, &notice);
}

/* How many of the oldest segments nobody needs: those before the last that begins no later than what
 * the checkpoint needs. */
static size_t count_unneeded(int directory, const koop_journal_options *options,
                             const run_age *run) {
    koop_segment_reader reader;
    uint64_t needs = 0;
    size_t n = 0;
    if (!options->keep_needed) return run->n;
    if (!koop_checkpoint_needs(directory, &needs)) return 0;
    if (koop_segment_reader_init(&reader) != KOOP_OK) return 0;
    for (size_t i = 1; i < run->n; i++) {
        uint64_t first = UINT64_MAX;
        if (koop_segment_first_seq(&reader, directory, run->segments[i].number, &first) != KOOP_OK)
            break;
        if (first <= needs) n = i;
        if (first > needs && first != UINT64_MAX) break;
    }
    koop_segment_reader_clear(&reader);
    return n;
}

void koop_retention_apply(int directory, const koop_journal_options *options, int64_t now_s,
                          const char *uuid) {
    run_age run;
    if (options->keep_bytes == 0 && options->keep_days == 0) return;
    if (measure(directory, &run) != KOOP_OK) return;
    uint64_t kept = run.bytes;
    size_t unneeded = SIZE_MAX; /* not known: looked for when it matters */
    for (size_t i = 0; i + KEPT_SEGMENTS < run.n; i++) {
        const bool beyond = options->keep_bytes > 0 && kept > options->keep_bytes;
        if (!beyond && !is_old(options, run.segments[i].written_s, now_s)) break;
        if (unneeded == SIZE_MAX) unneeded = count_unneeded(directory, options, &run);
        if (i >= unneeded) break;
        kept -= run.segments[i].bytes;
        note_pruned(directory, &run, i + 1);
        remove_segment(directory, options, &run, i, uuid);
    }
    free(run.segments);
}

/* ---- whole runs ---- */

/* `name` from its seventh byte on, when it begins with six digits. */
static const char *behind_number(const char *name) {
    return strspn(name, digits) == 6 ? name + 6 : NULL;
}

/* The names that a run's directory gets from this program, and no others: what else lies there is
 * somebody's. */
static bool is_ours(const char *name) {
    static const char *const names[] = {"lock", "unfinished", "checkpoint", "checkpoint.new",
                                        KOOP_QUARANTINE_NAME};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) return true;
    static const char aside[] = "checkpoint-"; /* and a number of 16 hexadecimal digits */
    if (strncmp(name, aside, sizeof aside - 1) == 0)
        return strlen(name) == sizeof aside - 1 + 16 &&
               strspn(name + sizeof aside - 1, hexadecimal) == 16;
    if (koop_aside_is(name)) return true;
    const char *rest = behind_number(name);
    return koop_segment_number(name) > 0 || (rest && strcmp(rest, ".koop.repair") == 0);
}

/* In a quarantine: "NNNNNN-OFFSET", "NNNNNN.koop", each perhaps with ".2". */
static bool is_quarantined(const char *name) {
    if (strcmp(name, "unfinished") == 0) return true;
    const char *rest = behind_number(name);
    if (!rest) return false;
    const size_t offset = *rest == '-' ? strspn(rest + 1, digits) : 0;
    if (offset > 0)
        rest += 1 + offset;
    else if (strncmp(rest, ".koop", 5) == 0)
        rest += 5;
    else
        return false;
    const size_t alike = *rest == '.' ? strspn(rest + 1, digits) : 0;
    return rest[alike > 0 ? 1 + alike : 0] == '\0';
}

/* Calls for each name but "." and ".."; stops at the first that is not `wanted`. */
static bool each(int directory, bool wanted(const char *name), bool remove) {
    const int own = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = own < 0 ? NULL : fdopendir(own);
    if (!stream) {
        if (own >= 0) close(own);
        return false;
    }
    bool all = true;
    for (const struct dirent *entry; all && (entry = readdir(stream));) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
        all = wanted(name);
        if (all && remove && strcmp(name, KOOP_QUARANTINE_NAME) != 0) unlinkat(directory, name, 0);
    }
    closedir(stream);
    return all;
}

static bool remove_contents(int directory) {
    const int quarantine =
        openat(directory, KOOP_QUARANTINE_NAME, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool ours = each(directory, is_ours, false);
    if (ours && quarantine >= 0)
        ours = each(quarantine, is_quarantined, false) && each(quarantine, is_quarantined, true) &&
               unlinkat(directory, KOOP_QUARANTINE_NAME, AT_REMOVEDIR) == 0;
    if (quarantine >= 0) close(quarantine);
    return ours && each(directory, is_ours, true);
}

/* Removes the run if all of it is too old, nobody writes it, and nothing else lies in it. */
static void remove_run(int runs, int directory, const char *uuid,
                       const koop_journal_options *options, int64_t now_s) {
    run_age run;
    if (options->keep_days == 0 || measure(directory, &run) != KOOP_OK) return;
    koop_notice notice = {
        .kind = KOOP_NOTICE_REMOVED, .segment = (uint32_t)run.n, .bytes = run.bytes, .run = uuid};
    if (is_old(options, run.written_s, now_s)) {
        const int lock =
            openat(directory, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
        if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0) {
            if (run.n > 0) find_seqs(directory, &run, 0, run.n, &notice);
            if (remove_contents(directory) && unlinkat(runs, uuid, AT_REMOVEDIR) == 0 &&
                options->listener)
                options->listener(options->context, &notice);
        }
        if (lock >= 0) close(lock);
    }
    free(run.segments);
}

koop_status koop_journal_prune(const char *data_dir, const koop_journal_options *options,
                               int64_t now_s) {
    DIR *stream;
    if (options->keep_bytes == 0 && options->keep_days == 0) return KOOP_OK;
    const koop_status status = koop_directory_runs(data_dir, &stream);
    if (status != KOOP_OK) return status == KOOP_NOT_FOUND ? KOOP_OK : status;
    for (const struct dirent *entry; (entry = readdir(stream));) {
        if (!koop_directory_is_uuid(entry->d_name)) continue;
        const int runs = dirfd(stream);
        const int run =
            openat(runs, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (run < 0) continue;
        koop_retention_apply(run, options, now_s, entry->d_name);
        remove_run(runs, run, entry->d_name, options, now_s);
        close(run);
    }
    closedir(stream);
    return KOOP_OK;
}
