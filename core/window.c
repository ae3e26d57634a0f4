#include "window_internal.h"

#include "linalg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool valid(const koop_window_options *o) {
    if (o->n < 1 || o->capacity < 2 || o->capacity > KOOP_MAX_WINDOW) return false;
    if (o->precision != KOOP_FLOAT32 && o->precision != KOOP_FLOAT64) return false;
    if (o->n > SIZE_MAX / (size_t)o->precision / (size_t)(o->capacity + 1)) return false;
    if (o->n_groups < 0 || o->n_groups > KOOP_MAX_GROUPS) return false;
    size_t sum = 0;
    for (int g = 0; g < o->n_groups; g++) {
        if (o->group_sizes[g] > o->n - sum) return false;
        sum += o->group_sizes[g];
    }
    return o->n_groups == 0 || sum == o->n;
}

koop_status koop_window_new(koop_window **out, const koop_window_options *o) {
    if (!valid(o)) return KOOP_BAD_ARGUMENT;
    koop_window *w = calloc(1, sizeof *w);
    if (!w) return KOOP_NO_MEMORY;
    size_t slots = (size_t)o->capacity, groups = o->n_groups ? (size_t)o->n_groups : 1;
    w->n = o->n;
    w->capacity = o->capacity;
    w->n_groups = (int)groups;
    w->precision = o->precision;
    w->group_end = malloc(groups * sizeof *w->group_end);
    w->increments = malloc(slots * o->n * (size_t)o->precision);
    w->last = malloc(o->n * (size_t)o->precision);
    w->gram = calloc(slots * slots, sizeof(double));
    w->norm2 = calloc(slots, sizeof(double));
    w->group_step = calloc(slots * groups, sizeof(double));
    w->row = malloc(slots * sizeof(double));
    w->step = malloc(groups * sizeof(double));
    w->rows = malloc(slots * sizeof *w->rows);
    w->row_slots = malloc(slots * sizeof *w->row_slots);
    if (!w->group_end || !w->increments || !w->last || !w->gram || !w->norm2 || !w->group_step ||
        !w->row || !w->step || !w->rows || !w->row_slots) {
        koop_window_free(w);
        return KOOP_NO_MEMORY;
    }
    size_t end = 0;
    for (size_t g = 0; g < groups; g++)
        w->group_end[g] = end += o->n_groups ? o->group_sizes[g] : o->n;
    koop_window_reset(w);
    *out = w;
    return KOOP_OK;
}

void koop_window_free(koop_window *w) {
    if (!w) return;
    free(w->group_end);
    free(w->increments);
    free(w->last);
    free(w->gram);
    free(w->norm2);
    free(w->group_step);
    free(w->row);
    free(w->step);
    free(w->rows);
    free(w->row_slots);
    free(w);
}

void koop_window_reset(koop_window *w) {
    w->count = w->wanting = 0;
    w->head = w->capacity - 1;
}

/* Writes x − last of values [at, at+size) to the increment d and to w->block; gives Σ x². */
static double subtract_f32(koop_window *w, const float *x, float *d, size_t at, size_t size) {
    const float *last = (const float *)(const void *)w->last;
    for (size_t i = 0; i < size; i++) w->block[i] = (double)x[at + i];
    double norm2 = koop_linalg_norm2(w->block, size);
    for (size_t i = 0; i < size; i++) d[at + i] = w->count ? x[at + i] - last[at + i] : 0;
    for (size_t i = 0; i < size; i++) w->block[i] = (double)d[at + i];
    return norm2;
}

static double subtract_f64(koop_window *w, const double *x, double *d, size_t at, size_t size) {
    const double *last = (const double *)(const void *)w->last;
    for (size_t i = 0; i < size; i++) d[at + i] = w->count ? x[at + i] - last[at + i] : 0;
    memcpy(w->block, d + at, size * sizeof(double));
    return koop_linalg_norm2(x + at, size);
}

/* Adds the block's squares to the groups it overlaps. */
static void add_group_steps(koop_window *w, int *group, size_t at, size_t size) {
    for (size_t i = 0; i < size;) {
        while (at + i >= w->group_end[*group]) ++*group;
        size_t end = w->group_end[*group] - at;
        if (end > size) end = size;
        w->step[*group] += koop_linalg_norm2(w->block + i, end - i);
        i = end;
    }
}

/* Multiplies the block with the same values of `kept` older increments. */
static void add_products(koop_window *w, int kept, size_t at, size_t size) {
    const void *shifted[KOOP_MAX_WINDOW];
    for (int i = 0; i < kept; i++)
        shifted[i] = (const char *)w->rows[i] + at * (size_t)w->precision;
    if (w->precision == KOOP_FLOAT32)
        koop_linalg_dots_f32((const float *const *)shifted, kept, w->block, size, w->row);
    else
        koop_linalg_dots_f64((const double *const *)shifted, kept, w->block, size, w->row);
}

/* x has the window's precision. */
static koop_status push(koop_window *w, const void *x) {
    if (w->wanting > 0) return KOOP_BAD_ARGUMENT;
    int slot = w->head + 1 == w->capacity ? 0 : w->head + 1;
    int held = w->count < w->capacity ? w->count : w->capacity - 1; /* snapshots that stay */
    int kept = held > 0 ? held - 1 : 0;                             /* their increments */
    for (int i = 0; i < kept; i++) {
        w->row_slots[i] = slot_of(w, i);
        w->rows[i] = increment(w, w->row_slots[i]);
    }
    memset(w->row, 0, (size_t)w->capacity * sizeof(double));
    memset(w->step, 0, (size_t)w->n_groups * sizeof(double));
    double norm2 = 0;
    int group = 0;
    void *d = increment(w, slot);
    for (size_t at = 0; at < w->n; at += BLOCK) {
        size_t size = w->n - at < BLOCK ? w->n - at : BLOCK;
        norm2 += w->precision == KOOP_FLOAT32 ? subtract_f32(w, x, d, at, size)
                                              : subtract_f64(w, x, d, at, size);
        add_group_steps(w, &group, at, size);
        add_products(w, kept, at, size);
    }
    double step2 = 0;
    for (int g = 0; g < w->n_groups; g++) step2 += w->step[g];
    bool finite = isfinite(norm2) && isfinite(step2);
    for (int i = 0; i < kept; i++) finite = finite && isfinite(w->row[i]);
    if (!finite) {
        w->counters.not_finite++;
        return KOOP_NOT_FINITE;
    }
    size_t slots = (size_t)w->capacity;
    for (int i = 0; i < kept; i++)
        w->gram[(size_t)slot * slots + (size_t)w->row_slots[i]] =
            w->gram[(size_t)w->row_slots[i] * slots + (size_t)slot] = w->row[i];
    w->gram[(size_t)slot * slots + (size_t)slot] = step2;
    w->norm2[slot] = norm2;
    memcpy(w->group_step + (size_t)slot * (size_t)w->n_groups, w->step,
           (size_t)w->n_groups * sizeof(double));
    memcpy(w->last, x, w->n * (size_t)w->precision);
    w->head = slot;
    if (w->count < w->capacity) w->count++;
    w->counters.pushed++;
    return KOOP_OK;
}

koop_status koop_window_push_f32(koop_window *w, const float *x) {
    return w->precision == KOOP_FLOAT32 ? push(w, x) : KOOP_BAD_ARGUMENT;
}

koop_status koop_window_push_f64(koop_window *w, const double *x) {
    return w->precision == KOOP_FLOAT64 ? push(w, x) : KOOP_BAD_ARGUMENT;
}

/* Between two snapshots held: E_ij for i, j back, in E's ring order. */
static void exchange_gram(koop_window *w, koop_state *s) {
    static const double limit = 1e300; /* sums of all its entries stay finite */
    size_t slots = (size_t)w->capacity;
    for (int j = 0; j + 1 < w->count; j++) {
        for (int i = 0; i <= j; i++) {
            size_t a = (size_t)slot_of(w, i), b = (size_t)slot_of(w, j);
            koop_state_doubles(s, &w->gram[a * slots + b], 1, limit);
            w->gram[b * slots + a] = w->gram[a * slots + b];
        }
        size_t slot = (size_t)slot_of(w, j), groups = (size_t)w->n_groups;
        koop_state_doubles(s, w->group_step + slot * groups, groups, limit);
    }
    for (int j = 0; j < w->count; j++) koop_state_doubles(s, &w->norm2[slot_of(w, j)], 1, limit);
}

void koop_window_exchange(koop_window *w, koop_state *s) {
    koop_state_same(s, &w->n, sizeof w->n);
    koop_state_same_int(s, w->capacity);
    koop_state_same_int(s, (int)w->precision);
    koop_state_same_int(s, w->n_groups);
    koop_state_same(s, w->group_end, (size_t)w->n_groups * sizeof *w->group_end);
    koop_state_demand(s, w->wanting == 0);
    koop_state_count(s, &w->counters.pushed, UINT64_MAX / 2);
    koop_state_count(s, &w->counters.not_finite, UINT64_MAX / 2);
    koop_state_int(s, &w->count, 0, w->capacity);
    koop_state_int(s, &w->head, 0, w->capacity - 1);
    koop_state_demand(s, (uint64_t)w->count <= w->counters.pushed);
    exchange_gram(w, s);
    if (!koop_state_loads(s) || s->status != KOOP_OK) return;
    w->wanting = w->count;
    memset(w->last, 0, w->n * (size_t)w->precision);
}

int koop_window_wanting(const koop_window *w) {
    return w->wanting;
}

/* The oldest one's increment becomes x itself: it leads from a snapshot that is gone. */
static koop_status refill(koop_window *w, const void *x) {
    if (w->wanting == 0) return KOOP_BAD_ARGUMENT;
    int slot = slot_of(w, w->wanting - 1);
    void *d = increment(w, slot);
    double norm2 = 0;
    for (size_t at = 0; at < w->n; at += BLOCK) {
        size_t size = w->n - at < BLOCK ? w->n - at : BLOCK;
        norm2 += w->precision == KOOP_FLOAT32 ? subtract_f32(w, x, d, at, size)
                                              : subtract_f64(w, x, d, at, size);
    }
    if (!(norm2 == w->norm2[slot])) return KOOP_BAD_MESSAGE;
    memcpy(w->last, x, w->n * (size_t)w->precision);
    w->wanting--;
    return KOOP_OK;
}

koop_status koop_window_refill_f32(koop_window *w, const float *x) {
    return w->precision == KOOP_FLOAT32 ? refill(w, x) : KOOP_BAD_ARGUMENT;
}

koop_status koop_window_refill_f64(koop_window *w, const double *x) {
    return w->precision == KOOP_FLOAT64 ? refill(w, x) : KOOP_BAD_ARGUMENT;
}

size_t koop_window_bytes(const koop_window_options *o) {
    size_t slots = (size_t)o->capacity, groups = o->n_groups ? (size_t)o->n_groups : 1;
    size_t slot_bytes = (slots + groups + 4) * sizeof(double);
    return sizeof(koop_window) + (slots + 1) * o->n * (size_t)o->precision + slots * slot_bytes;
}

int koop_window_count(const koop_window *w) {
    return w->count;
}
size_t koop_window_length(const koop_window *w) {
    return w->n;
}

int koop_window_groups(const koop_window *w) {
    return w->n_groups;
}
koop_window_counters koop_window_get_counters(const koop_window *w) {
    return w->counters;
}

/* E of the span's increments in time order, the first row and column belonging to the span's
 * first snapshot: zero unless it is itself wanted as an increment. */
static void copy_increments(const koop_window *w, int span, int back, bool first, double *gram) {
    size_t slots = (size_t)w->capacity, order = (size_t)span;
    for (int j = 0; j < span; j++) {
        int sj = slot_of(w, back + span - 1 - j);
        for (int i = 0; i < span; i++) {
            int si = slot_of(w, back + span - 1 - i);
            bool zero = !first && (i == 0 || j == 0);
            gram[(size_t)j * order + (size_t)i] =
                zero ? 0 : w->gram[(size_t)sj * slots + (size_t)si];
        }
    }
}

/* gram_ij <- Σ_{k≤i, l≤j} gram_kl: from increments to snapshots referenced to the first. */
static void accumulate(double *gram, int span) {
    size_t order = (size_t)span;
    for (size_t j = 0; j < order; j++)
        for (size_t i = 1; i < order; i++) gram[j * order + i] += gram[j * order + i - 1];
    for (size_t j = 1; j < order; j++)
        for (size_t i = 0; i < order; i++) gram[j * order + i] += gram[(j - 1) * order + i];
}

static void center_mean(double *gram, int span) {
    size_t order = (size_t)span;
    for (size_t j = 0; j < order; j++) {
        double mean = 0;
        for (size_t i = 0; i < order; i++) mean += gram[j * order + i];
        mean /= (double)span;
        for (size_t i = 0; i < order; i++) gram[j * order + i] -= mean;
    }
    for (size_t i = 0; i < order; i++) {
        double mean = 0;
        for (size_t j = 0; j < order; j++) mean += gram[j * order + i];
        mean /= (double)span;
        for (size_t j = 0; j < order; j++) gram[j * order + i] -= mean;
    }
}

static void center_first(double *gram, int span) {
    size_t order = (size_t)span;
    for (size_t i = order; i-- > 0;)
        for (size_t j = order; j-- > 0;) gram[j * order + i] += gram[0] - gram[i] - gram[j * order];
}

/* ⟨x_i, x_j⟩ by polarisation, from squared norms and the Gram matrix referenced to the first. */
static void restore_origin(const koop_window *w, double *gram, int span, int back) {
    size_t order = (size_t)span;
    double half[KOOP_MAX_WINDOW];
    for (int i = 0; i < span; i++)
        half[i] =
            (w->norm2[slot_of(w, back + span - 1 - i)] - gram[(size_t)i * order + (size_t)i]) / 2;
    for (size_t j = 0; j < order; j++)
        for (size_t i = 0; i < order; i++) gram[j * order + i] += half[i] + half[j];
}

koop_status koop_window_gram(const koop_window *w, int span, int back, koop_center center,
                             bool difference, double *gram) {
    if (span < 1 || back < 0) return KOOP_BAD_ARGUMENT;
    int usable = w->count - (difference ? 1 : 0);
    if (span > usable || back > usable - span) return KOOP_NOT_ENOUGH_DATA;
    copy_increments(w, span, back, difference, gram);
    if (!difference) accumulate(gram, span);
    switch (center) {
    case KOOP_CENTER_NONE:
        if (!difference) restore_origin(w, gram, span, back);
        break;
    case KOOP_CENTER_MEAN:
        center_mean(gram, span);
        break;
    case KOOP_CENTER_FIRST:
        if (difference) center_first(gram, span);
        break;
    }
    return KOOP_OK;
}

double koop_window_rounding(const koop_window *w) {
    if (w->count == 0) return 0;
    double unit = w->precision == KOOP_FLOAT32 ? 0x1p-24 : 0x1p-53;
    return unit * unit / 2 * w->norm2[w->head] / (double)w->n;
}

koop_status koop_window_step2(const koop_window *w, int back, double *step2) {
    if (back < 0) return KOOP_BAD_ARGUMENT;
    if (back + 1 >= w->count) return KOOP_NOT_ENOUGH_DATA;
    size_t slot = (size_t)slot_of(w, back);
    *step2 = w->gram[slot * (size_t)w->capacity + slot];
    return KOOP_OK;
}

koop_status koop_window_group_step2(const koop_window *w, int group, int back, double *step2) {
    if (back < 0 || group < 0 || group >= w->n_groups) return KOOP_BAD_ARGUMENT;
    if (back + 1 >= w->count) return KOOP_NOT_ENOUGH_DATA;
    *step2 = w->group_step[(size_t)slot_of(w, back) * (size_t)w->n_groups + (size_t)group];
    return KOOP_OK;
}

koop_status koop_window_norm2(const koop_window *w, int back, double *norm2) {
    if (back < 0) return KOOP_BAD_ARGUMENT;
    if (back >= w->count) return KOOP_NOT_ENOUGH_DATA;
    *norm2 = w->norm2[slot_of(w, back)];
    return KOOP_OK;
}

koop_status koop_window_distance2(const koop_window *w, int a, int b, double *distance2) {
    int newer = a < b ? a : b, older = a < b ? b : a;
    if (newer < 0) return KOOP_BAD_ARGUMENT;
    if (older >= w->count) return KOOP_NOT_ENOUGH_DATA;
    double sum = 0;
    for (int i = newer; i < older; i++)
        for (int j = newer; j < older; j++)
            sum += w->gram[(size_t)slot_of(w, i) * (size_t)w->capacity + (size_t)slot_of(w, j)];
    *distance2 = sum > 0 ? sum : 0;
    return KOOP_OK;
}
