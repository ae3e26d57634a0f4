#include "policy.h"

enum { HOUR_MS = 3600000 };

/* Milliseconds since `then`, which a clock that was set back makes now. */
static int64_t since(int64_t *then_ms, int64_t now_ms) {
    if (*then_ms > now_ms) *then_ms = now_ms;
    return now_ms - *then_ms;
}

/* The bucket counts whole tokens a second: its second is the time of one token here. */
static bool take_token(koop_bucket *bucket, int64_t now_ms) {
    const int64_t tokens_ms = now_ms / (HOUR_MS / 1000) * KOOP_POLICY_PER_HOUR;
    if (bucket->then_ms > tokens_ms) bucket->then_ms = tokens_ms;
    return koop_bucket_take(bucket, KOOP_POLICY_BURST, 1, tokens_ms);
}

/* How long it has neither been raised nor, if it has ended, gone on. */
static int64_t quiet_ms(koop_policy_condition *c, int64_t now_ms) {
    const int64_t raised_ms = since(&c->raised_ms, now_ms);
    const int64_t ended_ms = c->ended ? since(&c->ended_ms, now_ms) : raised_ms;
    return raised_ms < ended_ms ? raised_ms : ended_ms;
}

/* Whether it is still the one that was sent. */
static bool is_repeated(koop_policy_condition *c, int64_t cooldown_ms, int64_t now_ms) {
    const int64_t remind_ms =
        cooldown_ms > KOOP_POLICY_REMIND_MS ? cooldown_ms : KOOP_POLICY_REMIND_MS;
    return c->open && quiet_ms(c, now_ms) < cooldown_ms && since(&c->sent_ms, now_ms) < remind_ms;
}

bool koop_policy_raise(koop_policy *policy, koop_alert_kind kind, uint64_t number,
                       int64_t cooldown_ms, int64_t now_ms, uint64_t *suppressed) {
    koop_policy_condition *c = &policy->of[kind];
    if (c->raised && c->number == number) {
        c->ended = false;
        return false;
    }
    const bool send = !is_repeated(c, cooldown_ms, now_ms) && take_token(&policy->bucket, now_ms);
    if (!c->raised) c->number = number;
    c->raised = true;
    c->ended = false;
    c->raised_ms = now_ms;
    if (!send) {
        c->suppressed++;
        return false;
    }
    *suppressed = c->suppressed;
    c->suppressed = 0;
    c->number = number;
    c->open = c->sent = true;
    c->sent_ms = now_ms;
    return true;
}

void koop_policy_end(koop_policy *policy, koop_alert_kind kind, int64_t now_ms) {
    koop_policy_condition *c = &policy->of[kind];
    if (!c->open || c->ended) return;
    c->ended = true;
    c->ended_ms = now_ms;
}

void koop_policy_go_on(koop_policy *policy, koop_alert_kind kind) {
    policy->of[kind].ended = false;
}

bool koop_policy_resolve(koop_policy *policy, int64_t cooldown_ms, int64_t now_ms,
                         koop_alert_kind *kind, uint64_t *number) {
    for (int k = 0; k < KOOP_ALERT_KINDS; k++) {
        koop_policy_condition *c = &policy->of[k];
        if (!c->open || !c->ended || quiet_ms(c, now_ms) < cooldown_ms) continue;
        if (c->sent && !take_token(&policy->bucket, now_ms)) continue;
        c->open = false;
        if (!c->sent) continue;
        *kind = (koop_alert_kind)k;
        *number = c->number;
        return true;
    }
    return false;
}

void koop_policy_lost(koop_policy *policy, koop_alert_kind kind, int64_t sent_ms) {
    koop_policy_condition *c = &policy->of[kind];
    if (c->sent_ms <= sent_ms) c->sent = false; /* not where a later one was sent */
}

/* No later than can be counted on from. */
static void exchange_time(int64_t *time_ms, koop_state *state) {
    uint64_t moved = (uint64_t)*time_ms;
    koop_state_count(state, &moved, (uint64_t)INT64_MAX / 2);
    *time_ms = (int64_t)moved;
}

static void exchange_condition(koop_policy_condition *c, koop_state *state) {
    koop_state_bool(state, &c->open);
    koop_state_bool(state, &c->sent);
    koop_state_bool(state, &c->ended);
    koop_state_count(state, &c->number, UINT64_MAX);
    koop_state_count(state, &c->suppressed, UINT64_MAX / 2);
    exchange_time(&c->sent_ms, state);
    exchange_time(&c->raised_ms, state);
    exchange_time(&c->ended_ms, state);
}

void koop_policy_exchange(koop_policy *policy, koop_state *state) {
    for (int k = 0; k < KOOP_ALERT_KINDS; k++) {
        koop_state_bool(state, &policy->of[k].raised);
        if (policy->of[k].raised) exchange_condition(&policy->of[k], state);
    }
    koop_state_bool(state, &policy->bucket.started);
    koop_state_doubles(state, &policy->bucket.left, 1, KOOP_POLICY_BURST);
    exchange_time(&policy->bucket.then_ms, state);
}
