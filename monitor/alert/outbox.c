#include "outbox_internal.h"

#include "directory.h"
#include "file.h"
#include "segment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MOST_BYTES = 256 << 20, WASTE_BYTES = 1 << 20 };

int64_t koop_outbox_began_ms(const koop_outbox *outbox) {
    return outbox->began_ms;
}

/* Where the run's watch is, or would be. */
static size_t place_of(const koop_outbox *outbox, const char *run) {
    size_t low = 0, high = outbox->n_watches;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(outbox->watches[middle]->run, run) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

koop_watch *koop_outbox_watch(koop_outbox *outbox, const char *run) {
    const size_t at = place_of(outbox, run);
    const bool there = at < outbox->n_watches && strcmp(outbox->watches[at]->run, run) == 0;
    return there ? outbox->watches[at] : NULL;
}

/* A list of n pointers with room for one more; NULL when memory is out, and `list` stays. */
static void *grow(void *list, size_t n, size_t *room) {
    if (n < *room) return list;
    const size_t more = *room ? 2 * *room : 16;
    void *grown = realloc(list, more * sizeof(void *));
    if (grown) *room = more;
    return grown;
}

koop_status koop_outbox_replace_watch(koop_outbox *outbox, koop_watch *watch) {
    const size_t at = place_of(outbox, watch->run);
    if (koop_outbox_watch(outbox, watch->run)) {
        koop_watch_free(outbox->watches[at]);
    } else {
        koop_watch **grown = grow(outbox->watches, outbox->n_watches, &outbox->watches_room);
        if (!grown) return KOOP_NO_MEMORY;
        outbox->watches = grown;
        memmove(outbox->watches + at + 1, outbox->watches + at,
                (outbox->n_watches++ - at) * sizeof *outbox->watches);
    }
    outbox->watches[at] = watch;
    return KOOP_OK;
}

koop_watch *koop_outbox_add_watch(koop_outbox *outbox, const char *run) {
    koop_watch *watch = koop_watch_new(run);
    if (watch && koop_outbox_replace_watch(outbox, watch) == KOOP_OK) return watch;
    koop_watch_free(watch);
    return NULL;
}

koop_watch *koop_outbox_watch_at(koop_outbox *outbox, size_t i) {
    return i < outbox->n_watches ? outbox->watches[i] : NULL;
}

static void forget_at(koop_outbox *outbox, size_t at) {
    koop_watch_free(outbox->watches[at]);
    memmove(outbox->watches + at, outbox->watches + at + 1,
            (--outbox->n_watches - at) * sizeof *outbox->watches);
}

void koop_outbox_forget(koop_outbox *outbox, const char *run) {
    if (koop_outbox_watch(outbox, run)) forget_at(outbox, place_of(outbox, run));
}

koop_status koop_outbox_put(koop_outbox *outbox, const koop_parcel *parcel) {
    size_t at = outbox->n_parcels;
    while (at > 0 && outbox->parcels[at - 1]->number >= parcel->number) at--;
    if (at < outbox->n_parcels && outbox->parcels[at]->number == parcel->number) return KOOP_OK;
    koop_parcel **grown = grow(outbox->parcels, outbox->n_parcels, &outbox->parcels_room);
    if (!grown) return KOOP_NO_MEMORY;
    outbox->parcels = grown;
    koop_parcel *copy = malloc(sizeof *copy);
    if (!copy) return KOOP_NO_MEMORY;
    *copy = *parcel;
    memmove(outbox->parcels + at + 1, outbox->parcels + at,
            (outbox->n_parcels++ - at) * sizeof *outbox->parcels);
    outbox->parcels[at] = copy;
    return KOOP_OK;
}

void koop_outbox_drop(koop_outbox *outbox, uint64_t number) {
    for (size_t i = 0; i < outbox->n_parcels; i++) {
        if (outbox->parcels[i]->number != number) continue;
        free(outbox->parcels[i]);
        memmove(outbox->parcels + i, outbox->parcels + i + 1,
                (--outbox->n_parcels - i) * sizeof *outbox->parcels);
        return;
    }
}

koop_parcel *koop_outbox_parcel(koop_outbox *outbox, size_t i) {
    return i < outbox->n_parcels ? outbox->parcels[i] : NULL;
}

koop_parcel *koop_outbox_find(koop_outbox *outbox, uint64_t number) {
    for (size_t i = 0; i < outbox->n_parcels; i++)
        if (outbox->parcels[i]->number == number) return outbox->parcels[i];
    return NULL;
}

koop_parcel *koop_outbox_surplus(koop_outbox *outbox, const char *rule) {
    koop_parcel *least = NULL;
    int n = 0;
    for (size_t i = 0; i < outbox->n_parcels; i++) {
        koop_parcel *parcel = outbox->parcels[i];
        if (strcmp(parcel->rule, rule) != 0) continue;
        n++;
        if (parcel->taken) continue;
        if (!least ||
            koop_alert_level_of(parcel->alert.kind) < koop_alert_level_of(least->alert.kind))
            least = parcel;
    }
    return n > KOOP_OUTBOX_PER_RULE ? least : NULL;
}

koop_status koop_outbox_note(koop_outbox *outbox, koop_watch *watch, koop_parcel *parcels, int n) {
    for (int i = 0; i < n; i++) {
        parcels[i].number = outbox->next + (uint64_t)i;
        if (koop_outbox_put(outbox, &parcels[i]) == KOOP_OK) continue;
        while (i-- > 0) koop_outbox_drop(outbox, parcels[i].number);
        return KOOP_NO_MEMORY;
    }
    outbox->next += (uint64_t)n;
    koop_outbox_append_note(outbox, watch, parcels, n);
    return KOOP_OK;
}

void koop_outbox_done(koop_outbox *outbox, uint64_t number) {
    koop_outbox_drop(outbox, number);
    koop_outbox_append_done(outbox, number);
}

void koop_outbox_mend(koop_outbox *outbox) {
    if (outbox->error != 0 || outbox->bytes > 2 * outbox->base_bytes + WASTE_BYTES)
        koop_outbox_rewrite(outbox);
}

bool koop_outbox_is_kept(const koop_outbox *outbox, char why[KOOP_OUTBOX_WHY_BYTES]) {
    if (outbox->error == 0) return true;
    snprintf(why, KOOP_OUTBOX_WHY_BYTES, "%s", strerror(outbox->error));
    return false;
}

int koop_outbox_unsynced(koop_outbox *outbox, uint64_t *mark) {
    *mark = outbox->writes;
    if (outbox->file < 0 || outbox->synced == outbox->writes) return -1;
    return fcntl(outbox->file, F_DUPFD_CLOEXEC, 0);
}

/* A sync that failed is never tried again on the same file: the kernel may have dropped the pages. */
void koop_outbox_synced(koop_outbox *outbox, uint64_t mark, bool synced) {
    if (!synced) {
        if (outbox->error == 0) outbox->error = EIO;
        return;
    }
    if (outbox->synced < mark) outbox->synced = mark;
}

static void leave_out_removed(koop_outbox *outbox, const char *data_dir) {
    for (size_t i = outbox->n_watches; i-- > 0;) {
        char path[4096];
        struct stat about;
        if (koop_directory_path(data_dir, outbox->watches[i]->run, path, sizeof path) == KOOP_OK &&
            stat(path, &about) != 0 && errno == ENOENT)
            forget_at(outbox, i);
    }
}

/* The whole file, which the caller frees. KOOP_NOT_FOUND, KOOP_IO_FAILED, KOOP_TOO_LARGE,
 * KOOP_NO_MEMORY. */
static koop_status load(const koop_outbox *outbox, uint8_t **bytes, size_t *size) {
    int fd;
    struct stat about;
    koop_status status = koop_segment_open(outbox->directory, "outbox", O_RDONLY, &fd);
    if (status != KOOP_OK) return status;
    if (fstat(fd, &about) != 0) status = KOOP_IO_FAILED;
    if (status == KOOP_OK && about.st_size > FILE_MOST_BYTES) status = KOOP_TOO_LARGE;
    const size_t whole = status == KOOP_OK ? (size_t)about.st_size : 0;
    *bytes = malloc(whole + 1);
    *size = 0;
    if (!*bytes) status = KOOP_NO_MEMORY;
    if (status == KOOP_OK) status = koop_file_read(fd, *bytes, whole, 0, size);
    close(fd);
    return status;
}

static koop_status open_directory(koop_outbox *outbox, const char *data_dir) {
    int runs;
    koop_status status = koop_directory_make(data_dir, NULL, &runs); /* its parents too */
    if (status != KOOP_OK) return status;
    close(runs);
    const int data = open(data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (data < 0) return KOOP_IO_FAILED;
    status = koop_file_directory(data, "alerts", &outbox->directory);
    const int why = errno;
    close(data);
    errno = why;
    return status;
}

/* Keeps the damaged file under another name, beside the one that takes its place. */
static void set_aside(const koop_outbox *outbox, const koop_outbox_report *report,
                      char why[KOOP_OUTBOX_WHY_BYTES]) {
    unlinkat(outbox->directory, "outbox.damaged", 0);
    const bool kept =
        linkat(outbox->directory, "outbox", outbox->directory, "outbox.damaged", 0) == 0;
    snprintf(why, KOOP_OUTBOX_WHY_BYTES,
             "%" PRIu64 " damaged places and %" PRIu64
             " unreadable records%s; alerts may be missing",
             report->damaged, report->unreadable, kept ? ", kept as outbox.damaged" : "");
}

/* Takes what the file has, and leaves one that may be appended to. */
static koop_status take_over(koop_outbox *outbox, const char *data_dir, int64_t now_ms,
                             char why[KOOP_OUTBOX_WHY_BYTES]) {
    koop_outbox_report report = {0};
    uint8_t *bytes = NULL;
    size_t size = 0;
    koop_status status = load(outbox, &bytes, &size);
    const bool is_new = status == KOOP_NOT_FOUND;
    if (status == KOOP_OK) status = koop_outbox_read(outbox, bytes, size, &report);
    free(bytes);
    if (status == KOOP_TOO_LARGE) {
        report.damaged = 1;
        status = KOOP_OK;
    }
    if (status != KOOP_OK && !is_new) return status;
    if (!report.begun) outbox->began_ms = now_ms;
    if (report.damaged + report.unreadable > 0) set_aside(outbox, &report, why);
    leave_out_removed(outbox, data_dir);
    koop_outbox_rewrite(outbox);
    return KOOP_OK;
}

koop_status koop_outbox_open(koop_outbox **out, const char *data_dir, int64_t now_ms,
                             char why[KOOP_OUTBOX_WHY_BYTES]) {
    koop_outbox *outbox = calloc(1, sizeof *outbox);
    why[0] = '\0';
    if (!outbox) return KOOP_NO_MEMORY;
    outbox->directory = outbox->file = -1;
    outbox->next = 1;
    koop_status status = open_directory(outbox, data_dir);
    if (status == KOOP_OK) status = take_over(outbox, data_dir, now_ms, why);
    if (status != KOOP_OK) {
        snprintf(why, KOOP_OUTBOX_WHY_BYTES, "%s",
                 status == KOOP_IO_FAILED ? strerror(errno) : koop_strstatus(status));
        koop_outbox_close(outbox);
        return status;
    }
    *out = outbox;
    return KOOP_OK;
}

void koop_outbox_close(koop_outbox *outbox) {
    if (!outbox) return;
    for (size_t i = 0; i < outbox->n_watches; i++) koop_watch_free(outbox->watches[i]);
    for (size_t i = 0; i < outbox->n_parcels; i++) free(outbox->parcels[i]);
    free(outbox->watches);
    free(outbox->parcels);
    if (outbox->file >= 0) close(outbox->file);
    if (outbox->directory >= 0) close(outbox->directory);
    free(outbox);
}
