#include "scalar_watch.h"

#include <math.h>
#include <string.h>

static bool is_learning_rate(const char *name) {
    return strcmp(name, "lr") == 0 || strcmp(name, "learning_rate") == 0;
}

/* Its place; −1 when it is not watched. */
static int find(koop_scalar_watch *w, const koop_view_scalar *scalar) {
    for (int k = 0; k < w->n; k++)
        if (strcmp(w->scalar[k].name, scalar->name) == 0) return k;
    if (w->n == KOOP_DETECT_SCALARS || koop_view_is_held_out(scalar->name)) return -1;
    memcpy(w->scalar[w->n].name, scalar->name, sizeof scalar->name);
    w->scalar[w->n].logarithm = scalar->value > 0;
    return w->n++;
}

void koop_scalar_watch_take(koop_scalar_watch *w, const koop_view *view) {
    for (int i = 0; i < view->n_scalars; i++) {
        const koop_view_scalar *scalar = &view->scalars[i];
        if (!scalar->finite) continue;
        if (is_learning_rate(scalar->name)) {
            w->learning_rate = scalar->value > 0 ? scalar->value : 0;
            continue;
        }
        const int k = find(w, scalar);
        if (k < 0) continue;
        const double value = w->scalar[k].logarithm ? log(scalar->value) : scalar->value;
        if (!isfinite(value)) continue;
        w->scalar[k].sum += value;
        w->scalar[k].count++;
    }
}

void koop_scalar_watch_read(koop_scalar_watch *w, koop_detect_scalars *out) {
    *out = (koop_detect_scalars){.learning_rate = w->learning_rate, .n = w->n};
    for (int k = 0; k < w->n; k++) {
        out->name[k] = w->scalar[k].name;
        out->value[k] = w->scalar[k].count > 0 ? w->scalar[k].sum / w->scalar[k].count : NAN;
        w->scalar[k].sum = 0;
        w->scalar[k].count = 0;
    }
}

void koop_scalar_watch_exchange(koop_scalar_watch *w, koop_state *s) {
    koop_state_doubles(s, &w->learning_rate, 1, HUGE_VAL);
    koop_state_int(s, &w->n, 0, KOOP_DETECT_SCALARS);
    if (s->status != KOOP_OK) return;
    for (int k = 0; k < w->n; k++) {
        koop_state_text(s, w->scalar[k].name, sizeof w->scalar[k].name);
        koop_state_bool(s, &w->scalar[k].logarithm);
        koop_state_doubles(s, &w->scalar[k].sum, 1, HUGE_VAL);
        koop_state_int(s, &w->scalar[k].count, 0, 1 << 30);
    }
}
