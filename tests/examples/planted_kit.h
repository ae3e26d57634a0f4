/* planted_kit: what the tests of planted share: digits, and a change after a few steps. */
#ifndef TEST_PLANTED_KIT_H
#define TEST_PLANTED_KIT_H

#include "close.h"
#include "mlp.h"
#include "planted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum { IMAGES = 800, AT = 8 };

static kit_images digits;

static inline int draw_digits(void **state) {
    (void)state;
    return planted_digits(&digits, IMAGES, 0) == KOOP_OK ? 0 : -1;
}

static inline int free_digits(void **state) {
    (void)state;
    kit_images_free(&digits);
    return 0;
}

static inline planted_options options(planted_optimizer optimizer, planted_change change) {
    planted_options o = planted_defaults();
    o.optimizer = optimizer;
    o.change = change;
    o.at = AT;
    o.steps = 100;
    return o;
}

static inline planted *make(const planted_options *o) {
    planted *run;
    assert_int_equal(planted_new(&run, o, &digits), KOOP_OK);
    return run;
}

static inline const planted_progress *step(planted *run) {
    const planted_progress *now;
    assert_int_equal(planted_step(run, &now), KOOP_OK);
    return now;
}

static inline size_t bytes(const planted *run) {
    return planted_params(run)->count * sizeof(kit_real);
}

static inline bool same(const planted *a, const planted *b) {
    return !memcmp(planted_params(a)->group[0], planted_params(b)->group[0], bytes(a));
}

/* Of several steps: for what is noisy. */
typedef struct means {
    double loss, accuracy, grad_norm;
} means;

static inline means mean_of(planted *run, int steps) {
    means mean = {0};
    for (int i = 0; i < steps; i++) {
        const planted_progress *now = step(run);
        mean.loss += now->loss / steps;
        mean.accuracy += now->accuracy / steps;
        mean.grad_norm += now->grad_norm / steps;
    }
    return mean;
}

#endif
