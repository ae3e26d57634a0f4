/* watch: what is kept of a run between one event and the next, over restarts: how far its events were
 * considered, the state it was last seen in, and each rule's policy. Plain data with an owner.
 *
 * Events come from the run's journal, and a daemon that was killed computes some of them again. So an
 * event is known by the snapshot that gave it: one at or before `seq` was considered, and is not
 * again. A stall or an end, which no journal has, is known by its number. */
#ifndef KOOP_WATCH_H
#define KOOP_WATCH_H

#include "policy.h"
#include "rule.h"

typedef enum koop_watch_state {
    KOOP_WATCH_UNKNOWN, /* not seen yet */
    KOOP_WATCH_LIVE,
    KOOP_WATCH_STALLED, /* and told */
    KOOP_WATCH_FINISHED
} koop_watch_state;

typedef struct koop_watch_rule {
    char name[KOOP_CONFIG_SUBNAME_BYTES];
    koop_policy policy;
} koop_watch_rule;

typedef struct koop_watch {
    char run[KOOP_VIEW_UUID_BYTES];
    char name[KOOP_VIEW_NAME_BYTES];
    char host[KOOP_VIEW_NAME_BYTES];
    int64_t step;   /* as last heard of */
    uint64_t seq;   /* of the last snapshot whose events were considered, */
    unsigned kinds; /* of which these were: bit (1u << koop_alert_kind) */
    koop_watch_state state;
    uint64_t stalls, ends;  /* how often it did */
    int n_rules;            /* that something was raised for */
    koop_watch_rule *rules; /* owned */
    bool computed;          /* not kept: its journal was read to its end; */
    bool settled;           /* nor this: its phase was that when last told */
} koop_watch;

koop_watch *koop_watch_new(const char *run); /* of `run`; NULL when memory is out */
void koop_watch_free(koop_watch *watch);     /* NULL is allowed */

/* The policy of a rule, made where there is none yet; NULL when memory is out, or so many rules that
 * are no more were seen that there is no room. Stays until the next call. */
koop_policy *koop_watch_policy(koop_watch *watch, const char *rule);
koop_policy *koop_watch_find(koop_watch *watch, const char *rule); /* NULL: none */

/* Leaves the policies of these rules only. */
void koop_watch_keep(koop_watch *watch, const koop_rules *rules);

/* Whether the event of that kind by snapshot `seq` was not considered before; now it is. */
bool koop_watch_consider(koop_watch *watch, uint64_t seq, koop_alert_kind kind);

/* The id of an alert: the same for the same run, rule, kind and number whenever it is made. */
void koop_watch_id(const char *run, const char *rule, koop_alert_kind kind, uint64_t number,
                   char id[KOOP_ALERT_ID_BYTES]);

/* Saves it, or loads it into one just made of no run. */
void koop_watch_exchange(koop_watch *watch, koop_state *state);

#endif
