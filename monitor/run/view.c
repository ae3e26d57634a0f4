#include "view.h"

#include <string.h>

const char *koop_run_state_name(koop_run_state state) {
    switch (state) {
    case KOOP_RUN_LIVE:
        return "live";
    case KOOP_RUN_STALLED:
        return "stalled";
    case KOOP_RUN_FINISHED:
        return "finished";
    }
    return "unknown";
}

const char *koop_series_name(koop_series series) {
    switch (series) {
    case KOOP_SERIES_LOSS:
        return "loss";
    case KOOP_SERIES_ACCURACY:
        return "accuracy";
    case KOOP_SERIES_SPEED:
        return "speed";
    case KOOP_SERIES_PREDICTION:
        return "predict";
    case KOOP_SERIES_DISTANCE:
        return "distance";
    case KOOP_SERIES_MODULUS:
        return "modulus";
    case KOOP_SERIES_COUNT:
        break;
    }
    return "unknown";
}

bool koop_view_is_held_out(const char *name) {
    static const char *const words[] = {"test", "val", "valid", "validation", "eval", "evaluation"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const size_t length = strlen(words[i]);
        if (strncmp(name, words[i], length) != 0) continue;
        if (!(name[length] >= 'a' && name[length] <= 'z')) return true; /* not value_loss */
    }
    return false;
}

static bool is_accuracy(const char *name) {
    return strstr(name, "acc") != NULL;
}

static const koop_view_scalar *loss_of(const koop_view *view) {
    const koop_view_scalar *first = NULL;
    for (int i = 0; i < view->n_scalars; i++) {
        const koop_view_scalar *scalar = &view->scalars[i];
        if (strcmp(scalar->name, "loss") == 0) return scalar;
        if (first == NULL && !is_accuracy(scalar->name)) first = scalar;
    }
    return first;
}

static const koop_view_scalar *accuracy_of(const koop_view *view) {
    const koop_view_scalar *first = NULL;
    for (int i = 0; i < view->n_scalars; i++) {
        const koop_view_scalar *scalar = &view->scalars[i];
        if (!is_accuracy(scalar->name)) continue;
        if (koop_view_is_held_out(scalar->name)) return scalar;
        if (first == NULL) first = scalar;
    }
    return first;
}

const koop_view_scalar *koop_view_scalar_of(const koop_view *view, koop_series series) {
    if (series == KOOP_SERIES_LOSS) return loss_of(view);
    return series == KOOP_SERIES_ACCURACY ? accuracy_of(view) : NULL;
}
