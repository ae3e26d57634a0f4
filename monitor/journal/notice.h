/* notice: what a journal has to say while it does its work: damage, a disk that fails, deletions.
 *
 * The journal does not print: who opens it gives a listener, and the words are made here. */
#ifndef KOOP_NOTICE_H
#define KOOP_NOTICE_H

#include <stddef.h>
#include <stdint.h>

typedef enum koop_notice_kind {
    KOOP_NOTICE_TORN,        /* an incomplete record at the end of the last segment was cut off */
    KOOP_NOTICE_QUARANTINED, /* a damaged range; its bytes are in the quarantine */
    KOOP_NOTICE_NOT_COPIED,  /* a damaged range that could not be copied: the segment is left */
    KOOP_NOTICE_REWRITTEN,   /* a sync failed; what it was to save is in this segment, synced */
    KOOP_NOTICE_DELETED,     /* a segment beyond what is to be kept */
    KOOP_NOTICE_REMOVED      /* a whole run beyond it; `segment` counts its segments */
} koop_notice_kind;

typedef struct koop_notice {
    koop_notice_kind kind;
    uint32_t segment;
    uint64_t offset, bytes;
    uint64_t first_seq, last_seq; /* of what was deleted; 0: none, or unknown */
    int error;                    /* errno of what failed; 0: nothing did */
    const char *run;              /* uuid; NULL: of the journal that is open */
} koop_notice;

typedef void koop_notice_listener(void *context, const koop_notice *notice);

/* One line of words, cut to `size`. */
void koop_notice_text(const koop_notice *notice, char *out, size_t size);

#endif
