/* Any bytes as the file of the outbox.
 *
 * Checksums would keep a fuzzer out, so byte 9 of a header (zero in a real one) asks for ones that
 * hold. Whatever is read must be in order, must go on as any other would, and must be the same when it
 * was written anew and read again. */
#include "outbox_internal.h"

#include "record.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                            \
    if (!(condition)) __builtin_trap()

static void repair(uint8_t *bytes, size_t size) {
    for (size_t at = 0; at + KOOP_RECORD_HEADER_BYTES <= size; at++) {
        uint8_t *header = bytes + at;
        if (memcmp(header, "KOOPREC1", 8) != 0 || header[9] == 0) continue;
        uint32_t length;
        koop_record_header fields = {.type = header[8]};
        memcpy(&length, header + 12, 4);
        memcpy(&fields.seq, header + 24, 8);
        const size_t rest = size - at - KOOP_RECORD_HEADER_BYTES;
        fields.length = length > rest ? (uint32_t)rest : length;
        koop_record_pack(&fields, header + KOOP_RECORD_HEADER_BYTES, header);
    }
}

static koop_outbox *new_outbox(void) {
    koop_outbox *outbox = calloc(1, sizeof *outbox);
    MUST(outbox);
    outbox->directory = outbox->file = -1;
    outbox->next = 1;
    return outbox;
}

static void check_order(koop_outbox *outbox) {
    for (size_t i = 0; i < outbox->n_watches; i++) {
        MUST(koop_outbox_watch(outbox, outbox->watches[i]->run) == outbox->watches[i]);
        MUST(i == 0 || strcmp(outbox->watches[i - 1]->run, outbox->watches[i]->run) < 0);
    }
    for (size_t i = 0; i < outbox->n_parcels; i++) {
        MUST(outbox->parcels[i]->number < outbox->next);
        MUST(i == 0 || outbox->parcels[i - 1]->number < outbox->parcels[i]->number);
    }
}

/* Each policy takes what may happen next. */
static void go_on(koop_outbox *outbox) {
    for (size_t i = 0; i < outbox->n_watches; i++) {
        koop_watch *watch = outbox->watches[i];
        koop_policy *policy = koop_watch_policy(watch, "a rule");
        for (int r = 0; r < watch->n_rules; r++) {
            policy = &watch->rules[r].policy;
            for (int k = 0; k < KOOP_ALERT_KINDS; k++) {
                uint64_t n;
                koop_alert_kind kind;
                koop_policy_raise(policy, (koop_alert_kind)k, watch->seq + 1, 1000, 5000, &n);
                koop_policy_end(policy, (koop_alert_kind)k, 6000);
                while (koop_policy_resolve(policy, 1000, 9000, &kind, &n)) continue;
            }
        }
        koop_watch_consider(watch, watch->seq, KOOP_ALERT_SETTLED);
    }
}

/* The bytes that an outbox of the same content would begin with. */
static void read_again(koop_outbox *outbox) {
    uint8_t *bytes = NULL, *again = NULL;
    size_t size = 0, size_again = 0;
    koop_outbox_report report;
    MUST(koop_outbox_pack(outbox, &bytes, &size) == KOOP_OK);
    koop_outbox *second = new_outbox();
    MUST(koop_outbox_read(second, bytes, size, &report) == KOOP_OK);
    MUST(report.begun && report.damaged == 0 && report.unreadable == 0 && report.torn == 0);
    check_order(second);
    MUST(koop_outbox_pack(second, &again, &size_again) == KOOP_OK);
    MUST(size == size_again && memcmp(bytes, again, size) == 0);
    koop_outbox_close(second);
    free(bytes);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    koop_outbox_report report;
    uint8_t *bytes = malloc(size + 1);
    MUST(bytes);
    memcpy(bytes, data, size);
    repair(bytes, size);
    koop_outbox *outbox = new_outbox();
    MUST(koop_outbox_read(outbox, bytes, size, &report) == KOOP_OK);
    free(bytes);
    check_order(outbox);
    read_again(outbox);
    go_on(outbox);
    read_again(outbox);
    koop_outbox_close(outbox);
    return 0;
}
