/* Training in general, on LeNet and drawn digits. */
#include "close.h"
#include "training.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "lenet.h"

enum { BATCH = 20, TRAIN = 410, PER_EPOCH = TRAIN / BATCH };

typedef struct fixture {
    kit_network *network;
    kit_dataset dataset;
} fixture;

static int set_up(void **state) {
    fixture *f = calloc(1, sizeof *f);
    kit_dataset_options options = kit_dataset_defaults(KIT_DIGITS);
    options.train = TRAIN;
    options.test = 90;
    char why[KIT_WHY_BYTES];
    assert_int_equal(kit_dataset_load(&f->dataset, &options, why), KOOP_OK);
    assert_int_equal(lenet_new(&f->network, BATCH, 0), KOOP_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    kit_network_free(f->network);
    kit_dataset_free(&f->dataset);
    free(f);
    return 0;
}

static kit_training *make(fixture *f, kit_training_options options) {
    kit_training *training;
    assert_int_equal(kit_training_new(&training, f->network, &f->dataset, &options), KOOP_OK);
    return training;
}

static const kit_training_progress *measure(kit_training *training) {
    const kit_training_progress *progress;
    assert_int_equal(kit_training_measure(training, &progress), KOOP_OK);
    return progress;
}

static void a_few_epochs_teach_digits(void **state) {
    fixture *f = *state;
    kit_training *t = make(f, (kit_training_options){.epochs = 6, .lr = 0.05, .momentum = 0.5});
    assert_int_equal(kit_training_steps(t), 6 * PER_EPOCH);
    const kit_training_progress *p = measure(t);
    const double before = p->test.loss;
    assert_close(before, log(10), 0.3);
    for (; p->step < kit_training_steps(t); p = measure(t)) kit_training_advance(t);
    assert_true(p->test.loss < 0.75 * before);
    assert_true(p->test.accuracy > 0.4);
    assert_true(p->passed.loss < before);
    const kit_score again = kit_training_score(f->network, &f->dataset.test);
    assert_close(again.loss, p->test.loss, 1e-9);
    kit_training_free(t);
}

static void test_images_are_evaluated_as_epochs_begin(void **state) {
    fixture *f = *state;
    kit_training *t = make(f, (kit_training_options){.epochs = 2, .lr = 0.01});
    for (int step = 0; step < 2 * PER_EPOCH; step++) {
        const kit_training_progress *p = measure(t);
        assert_int_equal(p->step, step);
        assert_int_equal(p->epoch, step / PER_EPOCH);
        assert_int_equal(p->tested, step % PER_EPOCH == 0);
        assert_true((p->passed.loss > 0) == (step >= PER_EPOCH));
        kit_training_advance(t);
    }
    kit_training_free(t);
}

static void learning_rate_drops_at_half_and_at_three_quarters(void **state) {
    fixture *f = *state;
    for (int drops = 0; drops < 2; drops++) {
        kit_training *t =
            make(f, (kit_training_options){.epochs = 4, .lr = 0.01, .drops = drops == 1});
        const double expected[4] = {0.01, 0.01, 0.001, 0.0001};
        for (int step = 0; step < 4 * PER_EPOCH; step++) {
            assert_close(measure(t)->lr, drops ? expected[step / PER_EPOCH] : 0.01, 1e-12);
            kit_training_advance(t);
        }
        kit_training_free(t);
    }
}

/* The rate of the last epoch moves the weights a tenth of what that before moves them. */
static void learning_rate_is_that_of_the_step(void **state) {
    fixture *f = *state;
    kit_training *t = make(f, (kit_training_options){.epochs = 2, .lr = 0.1, .drops = true});
    double moved[2 * PER_EPOCH];
    const size_t n = f->network->params.count;
    float *before = malloc(n * sizeof *before);
    for (int step = 0; step < 2 * PER_EPOCH; step++) {
        measure(t);
        memcpy(before, f->network->params.group[0], n * sizeof *before);
        kit_training_advance(t);
        double lr = 0, norm = 0;
        for (size_t i = 0; i < n; i++) {
            const double by = (double)before[i] - (double)f->network->params.group[0][i];
            lr += by * (double)f->network->grads.group[0][i];
            norm += (double)f->network->grads.group[0][i] * (double)f->network->grads.group[0][i];
        }
        moved[step] = lr / norm;
    }
    assert_close(moved[0], 0.1, 1e-4);
    assert_close(moved[PER_EPOCH], 0.01, 1e-4);
    free(before);
    kit_training_free(t);
}

static void same_seed_gives_the_same_trajectory(void **state) {
    fixture *f = *state;
    float first[840];
    for (int run = 0; run < 3; run++) {
        kit_network_free(f->network);
        assert_int_equal(lenet_new(&f->network, BATCH, 0), KOOP_OK);
        kit_training *t =
            make(f, (kit_training_options){.epochs = 1, .lr = 0.1, .seed = run == 2 ? 1 : 0});
        for (int step = 0; step < 10; step++) {
            measure(t);
            kit_training_advance(t);
        }
        if (!run) memcpy(first, f->network->params.group[8], sizeof first);
        if (run == 1) assert_memory_equal(first, f->network->params.group[8], sizeof first);
        if (run == 2) assert_memory_not_equal(first, f->network->params.group[8], sizeof first);
        kit_training_free(t);
    }
}

static void images_that_do_not_fit_are_refused(void **state) {
    fixture *f = *state;
    kit_training *t = NULL;
    kit_training_options options = {.epochs = 1, .lr = 0.1};
    kit_dataset few = f->dataset;
    few.train = kit_images_slice(&f->dataset.train, 0, BATCH - 1);
    assert_int_equal(kit_training_new(&t, f->network, &few, &options), KOOP_BAD_ARGUMENT);
    kit_dataset wide = f->dataset;
    wide.train.width++;
    assert_int_equal(kit_training_new(&t, f->network, &wide, &options), KOOP_BAD_SHAPE);
    wide = f->dataset;
    wide.test.classes = 11;
    assert_int_equal(kit_training_new(&t, f->network, &wide, &options), KOOP_BAD_SHAPE);
    options.epochs = 0;
    assert_int_equal(kit_training_new(&t, f->network, &f->dataset, &options), KOOP_BAD_ARGUMENT);
    assert_null(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_few_epochs_teach_digits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_images_are_evaluated_as_epochs_begin, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(learning_rate_drops_at_half_and_at_three_quarters, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(learning_rate_is_that_of_the_step, set_up, tear_down),
        cmocka_unit_test_setup_teardown(same_seed_gives_the_same_trajectory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(images_that_do_not_fit_are_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
