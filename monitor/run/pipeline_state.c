#include "pipeline_internal.h"

#include "view_state.h"

#include <string.h>

/* Another number for another layout, and whenever a replay gives other numbers than before: what an
 * earlier version saved is then not loaded. */
enum { FORMAT = 7 };

static void exchange_options(const koop_pipeline_options *o, koop_state *s) {
    koop_state_same_int(s, o->stride);
    koop_state_same_double(s, o->false_alarms);
    koop_state_same_int(s, o->dmd.span);
    koop_state_same_int(s, o->dmd.delays);
    koop_state_same_int(s, o->dmd.rank);
    koop_state_same_double(s, o->dmd.energy);
    koop_state_same_int(s, o->dmd.pca);
    koop_state_same_int(s, (int)o->dmd.center);
    koop_state_same_int(s, o->dmd.difference);
    koop_state_same_double(s, o->dmd.floor);
    koop_state_same_double(s, o->dmd.dt);
}

/* Whose state it is. The lengths of the groups are the window's to compare. */
static void exchange_run(const koop_view *view, koop_state *s) {
    koop_state_same(s, view->run.uuid, sizeof view->run.uuid);
    koop_state_same_int(s, view->n_groups);
    for (int g = 0; g < view->n_groups; g++) {
        const koop_view_group *group = &view->groups[g];
        koop_state_same(s, group->name, strlen(group->name) + 1);
        koop_state_same(s, &group->parameters, sizeof group->parameters);
    }
}

/* The seq of the window's snapshot `back` old. */
static uint64_t *seq_of(const koop_pipeline *p, uint64_t back) {
    return &p->seqs[(p->view.run.snapshots - 1 - back) % (uint64_t)p->capacity];
}

/* Each above the one before it, up to the last taken. */
static void exchange_seqs(koop_pipeline *p, koop_state *s) {
    uint64_t bound = p->last_seq;
    for (int back = 0; back < koop_window_count(p->window) && s->status == KOOP_OK; back++) {
        uint64_t *seq = seq_of(p, (uint64_t)back);
        koop_state_count(s, seq, bound);
        koop_state_demand(s, *seq > 0);
        bound = *seq - 1;
    }
}

static void exchange(koop_pipeline *p, koop_state *s) {
    koop_state_same_int(s, FORMAT);
    exchange_options(&p->options, s);
    exchange_run(&p->view, s);
    koop_state_count(s, &p->last_seq, UINT64_MAX - 1);
    koop_state_count(s, &p->updates, (uint64_t)1 << 40);
    koop_window_exchange(p->window, s);
    koop_dmd_exchange(p->dmd, s);
    koop_signals_exchange(p->signals, s);
    koop_detect_exchange(p->detect, s);
    koop_scalar_watch_exchange(&p->scalars, s);
    koop_state_same_int(s, p->grokking != NULL);
    if (p->grokking) koop_grokking_exchange(p->grokking, s);
    koop_state_bytes(s, p->steps, (size_t)p->options.dmd.span * sizeof *p->steps);
    koop_view_exchange(&p->view, p->updates > 0, s);
    koop_state_demand(s, p->view.run.snapshots == koop_window_get_counters(p->window).pushed);
    exchange_seqs(p, s);
}

koop_status koop_pipeline_save(koop_pipeline *p, void *bytes, size_t size, size_t *used) {
    if (p->awaiting) return KOOP_BAD_ARGUMENT;
    koop_state measure = koop_state_saving(NULL, 0);
    exchange(p, &measure);
    if (measure.status != KOOP_OK) return measure.status;
    *used = measure.at;
    if (!bytes || measure.at > size) return KOOP_TOO_LARGE;
    koop_state state = koop_state_saving(bytes, size);
    exchange(p, &state);
    return state.status;
}

koop_status koop_pipeline_load(koop_pipeline *p, const void *bytes, size_t size) {
    koop_state state = koop_state_loading(bytes, size);
    exchange(p, &state);
    koop_state_demand(&state, state.at == size);
    p->awaiting = state.status != KOOP_OK || p->last_seq > 0;
    return state.status;
}

uint64_t koop_pipeline_awaits(const koop_pipeline *p) {
    if (!p->awaiting) return 0;
    const int wanting = koop_window_wanting(p->window);
    return wanting > 0 ? *seq_of(p, (uint64_t)wanting - 1) : p->last_seq;
}

koop_status koop_pipeline_refill(koop_pipeline *p, const koop_wire_snapshot *snapshot) {
    const uint64_t awaited = koop_pipeline_awaits(p);
    if (snapshot->seq < awaited) return KOOP_OK;
    if (snapshot->seq > awaited || snapshot->at != 0 || snapshot->total != p->snapshot_bytes ||
        snapshot->bytes != p->snapshot_bytes)
        return KOOP_BAD_MESSAGE;
    if (koop_window_wanting(p->window) > 0) {
        const koop_status status = koop_pipeline_give(p, snapshot->data, true);
        if (status != KOOP_OK) return KOOP_BAD_MESSAGE;
    }
    /* The last one taken may be one that was not finite: it must be there, too. */
    p->awaiting = snapshot->seq != p->last_seq;
    return KOOP_OK;
}

uint64_t koop_pipeline_needs(const koop_pipeline *p) {
    if (p->awaiting) return koop_pipeline_awaits(p);
    const int held = koop_window_count(p->window);
    return held > 0 ? *seq_of(p, (uint64_t)held - 1) : p->last_seq;
}

/* FNV-1a of what is saved of them. */
uint64_t koop_pipeline_options_number(const koop_pipeline_options *options) {
    uint8_t bytes[256];
    uint64_t number = 0xcbf29ce484222325;
    koop_state state = koop_state_saving(bytes, sizeof bytes);
    koop_state_same_int(&state, FORMAT);
    exchange_options(options, &state);
    for (size_t i = 0; i < state.at && i < sizeof bytes; i++)
        number = (number ^ bytes[i]) * 0x100000001b3;
    return number;
}

uint64_t koop_pipeline_last_seq(const koop_pipeline *p) {
    return p->last_seq;
}

uint64_t koop_pipeline_bytes(const koop_pipeline_options *o, const koop_wire_hello *hello) {
    koop_window_options window = {.n_groups = (int)hello->n_groups,
                                  .precision = hello->dtype == 8 ? KOOP_FLOAT64 : KOOP_FLOAT32,
                                  .capacity = koop_signals_window_capacity(&o->dmd, o->stride)};
    uint64_t values = 0;
    for (uint32_t g = 0; g < hello->n_groups; g++) values += hello->groups[g].length;
    window.n = (size_t)values;
    return koop_window_bytes(&window) + koop_dmd_bytes(&o->dmd) +
           koop_signals_bytes(&o->dmd, o->stride) + values * (uint64_t)window.precision +
           koop_grokking_bytes() + sizeof(koop_pipeline);
}
