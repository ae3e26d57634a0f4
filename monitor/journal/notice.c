#include "notice.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void seqs_text(const koop_notice *notice, char *out, size_t size) {
    out[0] = '\0';
    if (notice->first_seq == 0) return;
    if (notice->last_seq > notice->first_seq)
        snprintf(out, size, ", seqs %" PRIu64 " to %" PRIu64, notice->first_seq, notice->last_seq);
    else
        snprintf(out, size, ", from seq %" PRIu64, notice->first_seq);
}

void koop_notice_text(const koop_notice *notice, char *out, size_t size) {
    char place[80], seqs[80];
    snprintf(place, sizeof place, "%06" PRIu32 ".koop, offset %" PRIu64 ", %" PRIu64 " bytes",
             notice->segment, notice->offset, notice->bytes);
    seqs_text(notice, seqs, sizeof seqs);
    switch (notice->kind) {
    case KOOP_NOTICE_TORN:
        snprintf(out, size, "journal %s: incomplete record cut off", place);
        return;
    case KOOP_NOTICE_QUARANTINED:
        snprintf(out, size, "journal %s: damaged; copied to quarantine", place);
        return;
    case KOOP_NOTICE_NOT_COPIED:
        snprintf(out, size, "journal %s: damaged; left as it is, no copy can be made: %s", place,
                 strerror(notice->error));
        return;
    case KOOP_NOTICE_REWRITTEN:
        snprintf(out, size,
                 "journal could not be synced: %s; what was not safe is written again, in "
                 "%06" PRIu32 ".koop",
                 strerror(notice->error), notice->segment);
        return;
    case KOOP_NOTICE_DELETED:
        snprintf(out, size, "journal segment %06" PRIu32 ".koop deleted: %" PRIu64 " bytes%s",
                 notice->segment, notice->bytes, seqs);
        return;
    case KOOP_NOTICE_REMOVED:
        snprintf(out, size, "journal deleted: %" PRIu32 " segment%s, %" PRIu64 " bytes%s",
                 notice->segment, notice->segment == 1 ? "" : "s", notice->bytes, seqs);
        return;
    }
}
