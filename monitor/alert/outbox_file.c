#include "outbox_internal.h"

#include "file.h"
#include "record.h"
#include "scan.h"
#include "segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LENGTH_BYTES = 4, MOST_PARCELS = 2 * KOOP_RULES_MAX * KOOP_OUTBOX_PER_RULE };

static const char name[] = "outbox", unfinished[] = "outbox.new";

/* Bytes that grow; `lost`: memory was out. */
typedef struct buffer {
    uint8_t *bytes;
    size_t size, room;
    bool lost;
} buffer;

static uint8_t *extend(buffer *b, size_t size) {
    if (!b->lost && size > b->room - b->size) {
        const size_t room = 2 * (b->size + size);
        uint8_t *grown = realloc(b->bytes, room);
        b->lost = !grown;
        if (grown) {
            b->bytes = grown;
            b->room = room;
        }
    }
    if (b->lost) return NULL;
    b->size += size;
    return b->bytes + b->size - size;
}

static void add(buffer *b, const void *bytes, size_t size) {
    uint8_t *to = extend(b, size);
    if (to) memcpy(to, bytes, size);
}

static void add_record(buffer *b, int type, uint64_t seq, const void *payload, size_t size) {
    const koop_record_header header = {.type = (uint8_t)type, .length = (uint32_t)size, .seq = seq};
    uint8_t head[KOOP_RECORD_HEADER_BYTES];
    koop_record_pack(&header, payload, head);
    add(b, head, sizeof head);
    if (size > 0) add(b, payload, size);
}

/* The watch behind its length. */
static void add_watch(buffer *b, koop_watch *watch) {
    koop_state counting = koop_state_saving(NULL, 0);
    if (watch) koop_watch_exchange(watch, &counting);
    uint8_t length[LENGTH_BYTES];
    for (int i = 0; i < LENGTH_BYTES; i++) length[i] = (uint8_t)(counting.at >> (8 * i));
    add(b, length, sizeof length);
    uint8_t *to = watch ? extend(b, counting.at) : NULL;
    if (!to) return;
    koop_state saving = koop_state_saving(to, counting.at);
    koop_watch_exchange(watch, &saving);
    if (saving.status != KOOP_OK) b->lost = true;
}

static void add_parcels(buffer *b, const koop_parcel *parcels, int n) {
    json_t *list = json_array();
    int bad = 0;
    for (int i = 0; i < n; i++)
        bad |= json_array_append_new(
            list, json_pack("{s:I, s:s, s:o}", "number", (json_int_t)parcels[i].number, "rule",
                            parcels[i].rule, "alert", koop_alert_to_json(&parcels[i].alert)));
    char *text = bad ? NULL : json_dumps(list, JSON_COMPACT | JSON_REAL_PRECISION(6));
    json_decref(list);
    if (text)
        add(b, text, strlen(text));
    else
        b->lost = true;
    free(text);
}

static void add_note(buffer *b, koop_watch *watch, const koop_parcel *parcels, int n) {
    buffer payload = {0};
    add_watch(&payload, watch);
    add_parcels(&payload, parcels, n);
    if (payload.lost)
        b->lost = true;
    else
        add_record(b, KOOP_OUTBOX_NOTE_TYPE, n > 0 ? parcels[0].number : 0, payload.bytes,
                   payload.size);
    free(payload.bytes);
}

/* Behind a write that failed nothing is appended: a part of it may be there. */
static void append(koop_outbox *outbox, buffer *b) {
    if (outbox->error == 0) {
        if (b->lost)
            outbox->error = ENOMEM;
        else if (koop_file_write(outbox->file, &(struct iovec){b->bytes, b->size}, 1) != KOOP_OK)
            outbox->error = errno;
        outbox->bytes += b->size;
        outbox->writes++;
    }
    free(b->bytes);
}

void koop_outbox_append_note(koop_outbox *outbox, koop_watch *watch, const koop_parcel *parcels,
                             int n) {
    buffer b = {0};
    add_note(&b, watch, parcels, n);
    append(outbox, &b);
}

void koop_outbox_append_done(koop_outbox *outbox, uint64_t number) {
    buffer b = {0};
    add_record(&b, KOOP_OUTBOX_DONE_TYPE, number, NULL, 0);
    append(outbox, &b);
}

koop_status koop_outbox_pack(koop_outbox *outbox, uint8_t **bytes, size_t *size) {
    buffer b = {0};
    add_record(&b, KOOP_OUTBOX_BEGIN_TYPE, (uint64_t)outbox->began_ms, NULL, 0);
    for (size_t i = 0; i < outbox->n_watches; i++) add_note(&b, outbox->watches[i], NULL, 0);
    for (size_t i = 0; i < outbox->n_parcels; i++) add_note(&b, NULL, outbox->parcels[i], 1);
    *bytes = b.bytes;
    *size = b.size;
    if (!b.lost) return KOOP_OK;
    free(b.bytes);
    return KOOP_NO_MEMORY;
}

/* Puts the bytes in the place of the file, and opens it to append. KOOP_IO_FAILED with errno. */
static koop_status put_file(koop_outbox *outbox, uint8_t *bytes, size_t size) {
    struct iovec part = {bytes, size};
    koop_status status = koop_file_replace(outbox->directory, unfinished, name, &part, 1, true);
    if (status != KOOP_OK) return status;
    /* From here on the old file is one that nobody reads. */
    if (outbox->file >= 0) close(outbox->file);
    outbox->file = -1;
    status = koop_segment_open(outbox->directory, name, O_WRONLY | O_APPEND, &outbox->file);
    if (status != KOOP_OK || fsync(outbox->directory) != 0) return KOOP_IO_FAILED;
    return KOOP_OK;
}

void koop_outbox_rewrite(koop_outbox *outbox) {
    uint8_t *bytes;
    size_t size;
    outbox->error = ENOMEM;
    if (koop_outbox_pack(outbox, &bytes, &size) != KOOP_OK) return;
    outbox->error = put_file(outbox, bytes, size) == KOOP_OK ? 0 : errno;
    free(bytes);
    if (outbox->error != 0) return;
    outbox->bytes = outbox->base_bytes = size;
    outbox->synced = outbox->writes;
}

static bool take_parcel(const json_t *json, koop_parcel *parcel) {
    const json_t *number = json_object_get(json, "number");
    const char *rule = json_string_value(json_object_get(json, "rule"));
    if (!json_is_integer(number) || json_integer_value(number) <= 0 || !rule ||
        strlen(rule) >= sizeof parcel->rule)
        return false;
    memset(parcel, 0, sizeof *parcel);
    parcel->number = (uint64_t)json_integer_value(number);
    strcpy(parcel->rule, rule);
    return koop_alert_from_json(json_object_get(json, "alert"), &parcel->alert) == KOOP_OK;
}

static koop_status take_parcels(koop_outbox *outbox, const uint8_t *text, size_t size,
                                koop_outbox_report *report) {
    json_t *list = json_loadb((const char *)text, size, JSON_REJECT_DUPLICATES, NULL), *row;
    size_t i;
    koop_status status = KOOP_OK;
    if (!json_is_array(list)) report->unreadable++;
    json_array_foreach(list, i, row) {
        koop_parcel parcel;
        if (!take_parcel(row, &parcel)) {
            report->unreadable++;
            continue;
        }
        if (parcel.number >= outbox->next) outbox->next = parcel.number + 1;
        if (outbox->n_parcels == MOST_PARCELS)
            report->unreadable++;
        else if (status == KOOP_OK)
            status = koop_outbox_put(outbox, &parcel);
    }
    json_decref(list);
    return status;
}

static koop_status take_watch(koop_outbox *outbox, const uint8_t *bytes, size_t size,
                              koop_outbox_report *report) {
    if (size == 0) return KOOP_OK;
    koop_watch *watch = koop_watch_new("");
    if (!watch) return KOOP_NO_MEMORY;
    koop_state loading = koop_state_loading(bytes, size);
    koop_watch_exchange(watch, &loading);
    koop_status status = loading.status;
    if (status == KOOP_OK && loading.at == size && watch->run[0])
        status = koop_outbox_replace_watch(outbox, watch);
    else if (status != KOOP_NO_MEMORY)
        status = KOOP_BAD_MESSAGE;
    if (status != KOOP_OK) koop_watch_free(watch);
    if (status != KOOP_BAD_MESSAGE) return status;
    report->unreadable++;
    return KOOP_OK;
}

static koop_status take_note(koop_outbox *outbox, const uint8_t *payload, size_t size,
                             koop_outbox_report *report) {
    size_t length = 0;
    for (size_t i = 0; i < LENGTH_BYTES && i < size; i++) length |= (size_t)payload[i] << (8 * i);
    if (size < LENGTH_BYTES || length > size - LENGTH_BYTES) {
        report->unreadable++;
        return KOOP_OK;
    }
    payload += LENGTH_BYTES;
    const koop_status status = take_watch(outbox, payload, length, report);
    if (status != KOOP_OK) return status;
    return take_parcels(outbox, payload + length, size - LENGTH_BYTES - length, report);
}

static koop_status take_record(koop_outbox *outbox, const koop_scan_record *record,
                               koop_outbox_report *report) {
    const uint64_t seq = record->header.seq;
    report->records++;
    switch (record->header.type) {
    case KOOP_OUTBOX_BEGIN_TYPE:
        report->begun = seq <= INT64_MAX;
        if (report->begun) outbox->began_ms = (int64_t)seq;
        return KOOP_OK;
    case KOOP_OUTBOX_NOTE_TYPE:
        return take_note(outbox, record->payload, record->header.length, report);
    case KOOP_OUTBOX_DONE_TYPE:
        koop_outbox_drop(outbox, seq);
        return KOOP_OK;
    default: /* of a later version */
        report->unreadable++;
        return KOOP_OK;
    }
}

/* Whether it is a record that was not written to its end. */
static bool is_torn(const uint8_t *bytes, size_t size) {
    koop_record_header header;
    if (size < KOOP_RECORD_HEADER_BYTES) return true;
    return koop_record_unpack(bytes, size, &header) == KOOP_OK &&
           header.length > size - KOOP_RECORD_HEADER_BYTES;
}

koop_status koop_outbox_read(koop_outbox *outbox, const uint8_t *bytes, size_t size,
                             koop_outbox_report *report) {
    koop_scan scan = {0};
    koop_scan_record record;
    size_t at = 0, used, want;
    koop_status status = KOOP_OK;
    *report = (koop_outbox_report){0};
    while (status == KOOP_OK && koop_scan_next(&scan, bytes + at, size - at, size - at, &record,
                                               &used, &want) == KOOP_SCAN_RECORD) {
        at += used;
        status = take_record(outbox, &record, report);
    }
    const size_t rest = size - (size_t)scan.intact_end;
    const bool torn = is_torn(bytes + scan.intact_end, rest);
    report->torn = torn ? rest : 0;
    report->damaged = scan.damaged + (rest > 0 && !torn);
    return status;
}
