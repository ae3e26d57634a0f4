#include "watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 1, MOST_RULES = 2 * KOOP_RULES_MAX };

koop_watch *koop_watch_new(const char *run) {
    koop_watch *watch = calloc(1, sizeof *watch);
    if (watch) snprintf(watch->run, sizeof watch->run, "%s", run);
    return watch;
}

void koop_watch_free(koop_watch *watch) {
    if (!watch) return;
    free(watch->rules);
    free(watch);
}

koop_policy *koop_watch_find(koop_watch *watch, const char *rule) {
    for (int i = 0; i < watch->n_rules; i++)
        if (strcmp(watch->rules[i].name, rule) == 0) return &watch->rules[i].policy;
    return NULL;
}

/* One more, of no name; NULL when memory is out. */
static koop_watch_rule *add_rule(koop_watch *watch) {
    const size_t n = (size_t)watch->n_rules + 1;
    koop_watch_rule *grown = realloc(watch->rules, n * sizeof *grown);
    if (!grown) return NULL;
    watch->rules = grown;
    memset(&grown[n - 1], 0, sizeof *grown);
    watch->n_rules++;
    return &grown[n - 1];
}

koop_policy *koop_watch_policy(koop_watch *watch, const char *rule) {
    koop_policy *found = koop_watch_find(watch, rule);
    if (found || watch->n_rules == MOST_RULES) return found;
    koop_watch_rule *added = add_rule(watch);
    if (!added) return NULL;
    snprintf(added->name, sizeof added->name, "%s", rule);
    return &added->policy;
}

void koop_watch_keep(koop_watch *watch, const koop_rules *rules) {
    int kept = 0;
    for (int i = 0; i < watch->n_rules; i++)
        if (koop_rules_find(rules, watch->rules[i].name)) watch->rules[kept++] = watch->rules[i];
    watch->n_rules = kept;
}

bool koop_watch_consider(koop_watch *watch, uint64_t seq, koop_alert_kind kind) {
    const unsigned bit = 1u << kind;
    if (seq < watch->seq || (seq == watch->seq && watch->kinds & bit)) return false;
    /* Where watching began nothing is known of its kinds: all of it is considered. */
    if (seq == watch->seq && watch->kinds == 0) return false;
    watch->kinds = seq == watch->seq ? watch->kinds | bit : bit;
    watch->seq = seq;
    return true;
}

/* FNV-1a (Fowler, Noll, Vo), with its NUL so that neighbours keep apart. */
static uint64_t hash_text(uint64_t hash, const char *text) {
    do hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
    while (*text++);
    return hash;
}

/* The finaliser of MurmurHash3: every bit of its input moves every one of its output. */
static uint64_t mix(uint64_t hash) {
    hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccd;
    hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53;
    return hash ^ hash >> 33;
}

void koop_watch_id(const char *run, const char *rule, koop_alert_kind kind, uint64_t number,
                   char id[KOOP_ALERT_ID_BYTES]) {
    char event[64];
    uint64_t half[2] = {0xcbf29ce484222325, 0x6c62272e07bb0142};
    snprintf(event, sizeof event, "%s %" PRIu64, koop_alert_kind_name(kind), number);
    for (int i = 0; i < 2; i++)
        half[i] = mix(hash_text(hash_text(hash_text(half[i], run), rule), event));
    snprintf(id, KOOP_ALERT_ID_BYTES, "%016" PRIx64 "%016" PRIx64, half[0], half[1]);
}

static void exchange_rules(koop_watch *watch, koop_state *state) {
    int n = watch->n_rules;
    koop_state_int(state, &n, 0, MOST_RULES);
    for (int i = 0; i < n && state->status == KOOP_OK; i++) {
        koop_watch_rule *rule = koop_state_loads(state) ? add_rule(watch) : &watch->rules[i];
        if (!rule) {
            state->status = KOOP_NO_MEMORY;
            return;
        }
        koop_state_text(state, rule->name, sizeof rule->name);
        koop_policy_exchange(&rule->policy, state);
    }
}

void koop_watch_exchange(koop_watch *watch, koop_state *state) {
    int kinds = (int)watch->kinds, number = (int)watch->state;
    koop_state_same_int(state, VERSION);
    koop_state_same_int(state, KOOP_ALERT_KINDS);
    koop_state_text(state, watch->run, sizeof watch->run);
    koop_state_text(state, watch->name, sizeof watch->name);
    koop_state_text(state, watch->host, sizeof watch->host);
    koop_state_bytes(state, &watch->step, sizeof watch->step);
    koop_state_count(state, &watch->seq, UINT64_MAX);
    koop_state_int(state, &kinds, 0, (1 << KOOP_ALERT_KINDS) - 1);
    koop_state_int(state, &number, KOOP_WATCH_UNKNOWN, KOOP_WATCH_FINISHED);
    koop_state_count(state, &watch->stalls, UINT64_MAX - 1);
    koop_state_count(state, &watch->ends, UINT64_MAX - 1);
    exchange_rules(watch, state);
    if (state->status != KOOP_OK) return;
    watch->kinds = (unsigned)kinds;
    watch->state = (koop_watch_state)number;
}
