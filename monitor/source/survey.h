/* survey: a first reading of a recording: what is in it, how long it is, and where to begin. */
#ifndef KOOP_SURVEY_H
#define KOOP_SURVEY_H

#include "journal.h"
#include "pace.h"

typedef struct koop_survey {
    koop_wire_hello hello;
    bool has_hello;
    koop_pace_span span; /* span.snapshots: how many there are */
    uint64_t last_seq;   /* what comes to the file later is not played */
    koop_journal_counters counters;
} koop_survey;

/* Reads all of `path`, a recording, a segment, or a run's directory. What koop_journal_read
 * returns. */
koop_status koop_survey_read(koop_survey *survey, const char *path);

/* Where to begin: the first snapshot that is at `value` or after it. */
typedef enum koop_place_kind {
    KOOP_PLACE_START,
    KOOP_PLACE_STEP,  /* the trainer's step */
    KOOP_PLACE_SHARE, /* of the snapshots, 0..1 */
    KOOP_PLACE_AGE_MS /* before the last snapshot */
} koop_place_kind;

typedef struct koop_place {
    koop_place_kind kind;
    double value;
} koop_place;

/* "12000", "50%", "3m ago" (or "3m"; s, m, h, d); false when it is none of these. */
bool koop_place_parse(const char *text, koop_place *place);

/* Whether the snapshot, the `index`-th from 0, is there. */
bool koop_place_reached(const koop_place *place, const koop_survey *survey, uint64_t index,
                        const koop_wire_snapshot *snapshot);

#endif
