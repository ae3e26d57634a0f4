/* alert: one message that a person is to get about a run, as plain data.
 *
 * Made from an event of the detector, or by the daemon (a run stalled, finished), or for a test; kept
 * in JSON until it is delivered, written as each channel wants it (format.h), sent by one
 * (channel.h). Copied by assignment. All text in it is safe to print (printable.h).
 *
 * JSON, the form that is kept, that programs get on standard input and webhooks in format json:
 *     {"schema": 1, "type": "alert", "id", "run", "name", "host", "kind", "level", "resolved",
 *      "step", "onset", "time_ms", "reason", "groups": [[name, share], …], "suppressed", "text"}
 * "text" is the whole of it in one line for people. Later versions may add keys. */
#ifndef KOOP_ALERT_H
#define KOOP_ALERT_H

#include "view.h"

#include <jansson.h>

#define KOOP_ALERT_SCHEMA 1

enum {
    KOOP_ALERT_ID_BYTES = 33, /* 32 hexadecimal digits and NUL */
    KOOP_ALERT_HEADLINE_BYTES = 32,
    KOOP_ALERT_TEXT_BYTES = 768,
    KOOP_ALERT_JSON_BYTES = 4096 /* no alert is longer in JSON on one line, NUL included */
};

/* The detector's kinds by their own values, and those that are no event of it. */
typedef enum koop_alert_kind {
    KOOP_ALERT_TRANSITION = KOOP_EVENT_TRANSITION,
    KOOP_ALERT_SCHEDULE = KOOP_EVENT_SCHEDULE,
    KOOP_ALERT_SETTLED = KOOP_EVENT_SETTLED,
    KOOP_ALERT_DIVERGING = KOOP_EVENT_DIVERGING,
    KOOP_ALERT_GROKKING = KOOP_EVENT_GROKKING,
    KOOP_ALERT_STALLED = KOOP_EVENT_STALLED,
    KOOP_ALERT_NOT_FINITE = KOOP_EVENT_NOT_FINITE,
    KOOP_ALERT_FINISHED, /* the trainer said goodbye */
    KOOP_ALERT_TEST,     /* koopmon alert test */
    KOOP_ALERT_KINDS
} koop_alert_kind;

typedef enum koop_alert_level {
    KOOP_ALERT_INFO,     /* schedule, settled, grokking?, finished, test */
    KOOP_ALERT_WARNING,  /* transition, stalled */
    KOOP_ALERT_CRITICAL, /* diverging, not-finite */
    KOOP_ALERT_LEVELS
} koop_alert_level;

typedef struct koop_alert_group {
    char name[KOOP_VIEW_NAME_BYTES];
    double share; /* of the update energy, 0..1 */
} koop_alert_group;

typedef struct koop_alert {
    char id[KOOP_ALERT_ID_BYTES]; /* its maker's: the same alert has the same one whenever made */
    char run[KOOP_VIEW_UUID_BYTES];
    char name[KOOP_VIEW_NAME_BYTES];
    char host[KOOP_VIEW_NAME_BYTES];
    koop_alert_kind kind;
    bool resolved;   /* what an earlier alert of this kind and run said is over; it has its id */
    int64_t step;    /* of the decision */
    int64_t onset;   /* where it began, ≤ step */
    int64_t time_ms; /* Unix time of the decision */
    char sentence[KOOP_SENTENCE_BYTES]; /* why, without a final full stop */
    int n_groups;                       /* that moved most, by falling share */
    koop_alert_group group[KOOP_EVENT_TOP_GROUPS];
    uint64_t suppressed; /* alerts to the same receiver left out since the last one sent */
} koop_alert;

const char *
koop_alert_kind_name(koop_alert_kind kind); /* koop_event_kind_name, "finished", "test" */
bool koop_alert_kind_of(const char *name, koop_alert_kind *kind); /* also "grokking" without ? */

koop_alert_level koop_alert_level_of(koop_alert_kind kind);
const char *koop_alert_level_name(koop_alert_level level); /* "info", "warning", "critical" */

/* Whether the kind can be over, and is then told as resolved (transition, diverging, stalled,
 * not-finite); the others are moments. */
bool koop_alert_kind_lasts(koop_alert_kind kind);

/* "transition", and of one that is over "transition resolved". Returns `out`. */
const char *koop_alert_headline(const koop_alert *alert, char out[KOOP_ALERT_HEADLINE_BYTES]);

/* All of it in one line, made safe to print: "fc1 on host3: transition at step 12,410 (since
 * 12,380): updates 4× faster than usual; mostly in fc2 (61%) (3 more left out)", "fc1 on host3:
 * transition resolved at step 13,020: steady again". Returns `out`. */
const char *koop_alert_text(const koop_alert *alert, char out[KOOP_ALERT_TEXT_BYTES]);

/* Whether every text of it is (printable.h); what is not is neither kept nor sent. */
bool koop_alert_is_printable(const koop_alert *alert);

/* A new reference; NULL when memory is out or a text of the alert is not printable. */
json_t *koop_alert_to_json(const koop_alert *alert);

/* The same on one line without its end, shares to six digits, in memory that the caller frees; NULL
 * likewise. */
char *koop_alert_to_line(const koop_alert *alert);

/* KOOP_BAD_MESSAGE: not the documented form, a schema that is not ours, text that is not printable.
 * *alert is written only on KOOP_OK. */
koop_status koop_alert_from_json(const json_t *json, koop_alert *alert);

#endif
