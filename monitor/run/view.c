#include "view.h"

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
