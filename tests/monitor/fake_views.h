/* fake_views: made-up views for the tests of the user interface, without daemon or pipeline. */
#ifndef FAKE_VIEWS_H
#define FAKE_VIEWS_H

#include "view.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static inline void fake_summary(koop_run_summary *run, int index, int64_t step) {
    memset(run, 0, sizeof *run);
    snprintf(run->uuid, sizeof run->uuid, "%032x", (unsigned)index + 1);
    snprintf(run->name, sizeof run->name, index == 0 ? "grok-53" : "fcn-%d", 17 - index);
    snprintf(run->host, sizeof run->host, "node1");
    run->pid = 4711;
    run->state = index == 0 ? KOOP_RUN_LIVE : index == 1 ? KOOP_RUN_STALLED : KOOP_RUN_FINISHED;
    run->phase = index == 0 ? KOOP_PHASE_TRANSITION : KOOP_PHASE_STEADY;
    run->step = index == 0 ? step : 8000 - 1000 * index;
    run->snapshots = (uint64_t)run->step / 4;
    run->rate = index == 0 ? 10.4 : 0;
    run->lag_s = index == 0 ? 0.2 : 0;
    run->n_events = index == 0 ? 3 : 1;
}

static inline void fake_mode(koop_spectrum *s, double modulus, double angle, double residual) {
    koop_mode *mode = &s->modes[s->rank++];
    *mode = (koop_mode){.re = modulus * cos(angle), .im = modulus * sin(angle), .energy = 0.1};
    mode->growth = log(modulus);
    mode->frequency = angle / 6.283185307179586;
    mode->residual = residual;
}

/* Ten modes near 1 but for a fast one, as of real training; `t` turns them slowly. */
static inline void fake_spectrum(koop_spectrum *s, double t) {
    s->rank = 0;
    fake_mode(s, 1.0019, 0, 0.01);
    for (int j = 1; j <= 3; j++) {
        double angle = 0.012 * j + 0.002 * sin(t + j);
        double modulus = 0.9985 - 0.003 * j + 0.001 * cos(t);
        fake_mode(s, modulus, angle, j == 3 ? 0.3 : 0.02 * j);
        fake_mode(s, modulus, -angle, j == 3 ? 0.3 : 0.02 * j);
    }
    fake_mode(s, 0.956, 0, 0.06);
    fake_mode(s, 0.71, 1.9, 0.4);
    fake_mode(s, 0.71, -1.9, 0.4);
}

static inline void fake_history(koop_view *view, int n, int64_t step) {
    view->n_history = n;
    view->history_stride = 2;
    for (int i = 0; i < n; i++) {
        koop_history_point *p = &view->history[i];
        double x = n > 1 ? (double)i / (n - 1) : 1;
        double bump = exp(-pow((x - 0.98) / 0.03, 2)) + 0.8 * exp(-pow((x - 0.12) / 0.03, 2));
        p->step = n > 1 ? (int64_t)((double)step * x) : step;
        p->available = (1u << KOOP_SERIES_COUNT) - 1;
        if (i < 6) p->available = 1u << KOOP_SERIES_LOSS;
        p->phase = x < 0.07                            ? KOOP_PHASE_WARMING_UP
                   : fabs(x - 0.14) < 0.03 || x > 0.97 ? KOOP_PHASE_TRANSITION
                   : fabs(x - 0.55) < 0.02             ? KOOP_PHASE_DRIFTING
                                                       : KOOP_PHASE_STEADY;
        p->value[KOOP_SERIES_LOSS] = (float)(4 * exp(-9 * x) + 0.01 * (1 + sin(i)));
        p->value[KOOP_SERIES_SPEED] = (float)(3.1e-3 * (0.3 + bump + 0.1 * sin(i * 0.7)));
        p->value[KOOP_SERIES_PREDICTION] = (float)(0.4 + 0.5 * bump + 0.04 * sin(i * 1.3));
        p->value[KOOP_SERIES_DISTANCE] = (float)(0.01 + 0.2 * bump + 0.004 * sin(i * 0.9));
        p->value[KOOP_SERIES_MODULUS] = (float)(1 + 0.0019 * sin(i * 0.11));
    }
}

static inline void fake_event(koop_event *event, int64_t step, const char *sentence) {
    memset(event, 0, sizeof *event);
    event->kind = KOOP_EVENT_TRANSITION;
    event->step = step;
    event->onset = step - 40;
    event->fired = 1u << KOOP_SIGNAL_SPEED | 1u << KOOP_SIGNAL_PREDICTION;
    event->score[KOOP_SIGNAL_SPEED] = 2.13;
    event->score[KOOP_SIGNAL_PREDICTION] = 1.4;
    event->strength = 2.6;
    snprintf(event->sentence, sizeof event->sentence, "%s", sentence);
}

/* A living run in a transition at `step`, everything known. */
static inline void fake_view(koop_view *view, int64_t step) {
    static const char *const names[] = {"embedding", "attention", "mlp", "unembedding"};
    static const double shares[] = {0.08, 0.17, 0.71, 0.04};
    memset(view, 0, sizeof *view);
    fake_summary(&view->run, 0, step);
    view->parameters = 226816;
    view->length = 2048;
    view->window = view->filled = 64;
    view->delays = 4;
    view->rank = view->pca = 8;
    view->stride = 4;
    snprintf(view->reason, sizeof view->reason,
             "updates 4.0× faster than usual, and the last model no longer predicts them; mostly "
             "in mlp (71%%)");
    view->has_spectrum = view->has_previous = true;
    view->spectrum_step = step;
    fake_spectrum(&view->spectrum, (double)step * 0.003);
    fake_spectrum(&view->previous, (double)step * 0.003 - 1.2);
    view->n_scalars = 2;
    snprintf(view->scalars[0].name, sizeof view->scalars[0].name, "accuracy");
    view->scalars[0] = (koop_view_scalar){"accuracy", true, 0.98};
    view->scalars[1] = (koop_view_scalar){"loss", true, 0.412};
    view->n_groups = 4;
    for (int g = 0; g < 4; g++) {
        snprintf(view->groups[g].name, sizeof view->groups[g].name, "%s", names[g]);
        view->groups[g].share = shares[g];
        view->groups[g].parameters = 56704;
    }
    fake_history(view, 200, step);
    view->n_events = 3;
    fake_event(&view->events[0], step * 12 / 100,
               "updates 6.2× faster than usual; mostly in embedding (64%)");
    fake_event(&view->events[1], step * 55 / 100,
               "the last model no longer predicts the updates; most in mlp (44%) and attention "
               "(30%)");
    fake_event(&view->events[2], step * 98 / 100,
               "updates 4.0× faster than usual, and the last model no longer predicts them; mostly "
               "in mlp (71%)");
}

#endif
