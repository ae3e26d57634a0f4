/* What each planted change does. */
#include "planted_kit.h"

/* Makes a step; ‖θ_k − θ_{k−1} + shrink θ_{k−1}‖ / lr. */
static double moved_per_lr(planted *run, double shrink, const planted_progress **now) {
    const size_t n = planted_params(run)->count;
    const kit_real *params = planted_params(run)->group[0];
    kit_real *before = malloc(bytes(run));
    memcpy(before, params, bytes(run));
    *now = step(run);
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const double by = (double)params[i] - (1 - shrink) * (double)before[i];
        sum += by * by;
    }
    free(before);
    return sqrt(sum) / (*now)->lr;
}

static void sgd_moves_by_lr_times_the_gradient(void **state) {
    (void)state;
    const planted_change changes[] = {PLANTED_LR_DROP, PLANTED_BATCH_UP, PLANTED_BATCH_DOWN,
                                      PLANTED_LABEL_NOISE, PLANTED_CLASS_SUBSET};
    for (size_t c = 0; c < sizeof changes / sizeof *changes; c++) {
        const planted_options o = options(PLANTED_SGD, changes[c]);
        planted *run = make(&o);
        for (int k = 1; k <= 2 * AT; k++) {
            const planted_progress *now;
            const double moved = moved_per_lr(run, 0, &now);
            assert_close(moved / now->grad_norm, 1, 1e-4);
            assert_int_equal(now->step, k);
            assert_true(now->finite);
        }
        planted_free(run);
    }
}

static double lr_after(planted_options o, int steps) {
    planted *run = make(&o);
    mean_of(run, steps - 1);
    const double lr = step(run)->lr;
    planted_free(run);
    return lr;
}

static void learning_rates_follow_schedule_and_change(void **state) {
    (void)state;
    assert_close(lr_after(options(PLANTED_SGD, PLANTED_NONE), AT), 0.1, 0);
    assert_close(lr_after(options(PLANTED_MOMENTUM, PLANTED_NONE), AT), 0.02, 0);
    assert_close(lr_after(options(PLANTED_ADAM, PLANTED_NONE), AT), 0.001, 0);
    assert_close(lr_after(options(PLANTED_SGD, PLANTED_LR_DROP), AT - 1), 0.1, 0);
    assert_close(lr_after(options(PLANTED_SGD, PLANTED_LR_DROP), AT), 0.03, 1e-12);
    assert_close(lr_after(options(PLANTED_ADAM, PLANTED_LR_RAMP), AT), 0.00101, 1e-12);
    assert_close(lr_after(options(PLANTED_ADAM, PLANTED_LR_RAMP), AT + 9), 0.001 * pow(1.01, 10),
                 1e-12);
    assert_close(lr_after(options(PLANTED_MOMENTUM, PLANTED_TO_ADAM), AT), 0.001, 0);
    assert_close(lr_after(options(PLANTED_ADAM, PLANTED_TO_ADAM), AT), 0.1, 0);

    planted_options o = options(PLANTED_SGD, PLANTED_LR_DROP);
    o.strength = 0.5;
    assert_close(lr_after(o, AT), 0.05, 1e-12);
    o.schedule = PLANTED_COSINE;
    o.at = o.steps;
    assert_close(lr_after(o, 1), 0.1, 1e-12);
    assert_close(lr_after(o, 51), 0.05, 1e-12);
    assert_close(lr_after(o, 101), 0, 0);
    o.schedule = PLANTED_WARM_UP;
    o.warm_up = 20;
    assert_close(lr_after(o, 1), 0.005, 1e-12);
    assert_close(lr_after(o, 20), 0.1, 1e-12);
    assert_close(lr_after(o, 30), 0.1, 1e-12);
}

/* A first step of Adam moves every weight that has a gradient by lr. */
static void to_adam_makes_a_first_step_of_adam(void **state) {
    (void)state;
    const planted_options o = options(PLANTED_MOMENTUM, PLANTED_TO_ADAM);
    planted *run = make(&o);
    mean_of(run, AT - 1);
    const kit_params *params = planted_params(run);
    kit_real before[MLP_CLASSES];
    memcpy(before, params->group[MLP_GROUPS - 1], sizeof before);
    step(run);
    for (int i = 0; i < MLP_CLASSES; i++)
        assert_close(fabs((double)params->group[MLP_GROUPS - 1][i] - before[i]), 0.001, 2e-6);
    planted_free(run);

    const planted_options back = options(PLANTED_ADAM, PLANTED_TO_ADAM);
    run = make(&back);
    mean_of(run, AT - 1);
    const planted_progress *now;
    const double moved = moved_per_lr(run, 0, &now);
    assert_close(moved / now->grad_norm, 1, 1e-4);
    planted_free(run);
}

static int images_at(planted_options o, int steps) {
    planted *run = make(&o);
    mean_of(run, steps - 1);
    const int images = step(run)->images;
    planted_free(run);
    return images;
}

/* Four times the images halve the noise of the gradient, which is most of it. */
static void batches_change_their_size(void **state) {
    (void)state;
    planted_options o = options(PLANTED_SGD, PLANTED_BATCH_UP);
    assert_int_equal(images_at(o, AT - 1), 32);
    assert_int_equal(images_at(o, AT), 128);
    o.strength = 3;
    assert_int_equal(images_at(o, AT), 96);
    o = options(PLANTED_SGD, PLANTED_BATCH_DOWN);
    assert_int_equal(images_at(o, AT - 1), 128);
    assert_int_equal(images_at(o, AT), 32);
    o.strength = 2;
    assert_int_equal(images_at(o, AT), 64);

    o = options(PLANTED_SGD, PLANTED_BATCH_UP);
    o.at = 801;
    o.steps = 1000;
    planted *run = make(&o);
    mean_of(run, 700);
    const double before = mean_of(run, 100).grad_norm, after = mean_of(run, 100).grad_norm;
    assert_close(after / before, 0.5, 0.1);
    planted_free(run);
}

/* Labels that are all random are guessed by one of ten, whatever was learnt. */
static void labels_become_random_in_their_share(void **state) {
    (void)state;
    planted_options o = options(PLANTED_ADAM, PLANTED_LABEL_NOISE);
    o.at = 601;
    o.steps = 700;
    o.strength = 1;
    planted *run = make(&o);
    mean_of(run, 600);
    assert_close(mean_of(run, 60).accuracy, 0.1, 0.03);
    planted_free(run);
    o.strength = 0; /* 0.5 */
    run = make(&o);
    mean_of(run, 500);
    const double before = mean_of(run, 100).accuracy; /* 0.91 of what is right without */
    assert_close(mean_of(run, 60).accuracy, before * 0.55 / 0.91, 0.05);
    planted_free(run);
}

static void decay_takes_its_share_of_every_weight(void **state) {
    (void)state;
    planted_options o = options(PLANTED_SGD, PLANTED_WEIGHT_DECAY);
    o.strength = 0.01;
    planted *run = make(&o);
    const planted_progress *now;
    for (int k = 1; k <= 2 * AT; k++) {
        const double moved = moved_per_lr(run, k < AT ? 0 : 0.01, &now);
        assert_close(moved / now->grad_norm, 1, 1e-4);
    }
    planted_free(run);
}

/* Black images give the weights of fc1 no gradient: what they lose is the decay alone. Velocity takes
 * some ten steps to be what it will be. */
static void decay_is_alike_for_all_optimizers(void **state) {
    (void)state;
    kit_images black;
    assert_int_equal(kit_images_new(&black, 64, 1, MLP_SIDE, MLP_SIDE, MLP_CLASSES), KOOP_OK);
    for (int optimizer = 0; optimizer < PLANTED_OPTIMIZERS; optimizer++) {
        planted_options o = options((planted_optimizer)optimizer, PLANTED_WEIGHT_DECAY);
        o.at = 1;
        planted *run;
        assert_int_equal(planted_new(&run, &o, &black), KOOP_OK);
        const double before = planted_params(run)->group[0][0];
        mean_of(run, 100);
        const double steps = log(planted_params(run)->group[0][0] / before) / log(0.998);
        assert_close(steps, optimizer == PLANTED_MOMENTUM ? 92 : 100, 1);
        planted_free(run);
    }
    kit_images_free(&black);
}

static void biases_of_a_third_of_fc1_are_lowered_over_twenty_steps(void **state) {
    (void)state;
    const planted_options with = options(PLANTED_SGD, PLANTED_DYING_RELUS);
    for (int model = 0; model < PLANTED_MODELS; model++) {
        planted_options o = with;
        o.model = (planted_model)model;
        planted *run = make(&o);
        const int g = kit_params_find(planted_params(run), "fc1.bias");
        const size_t units = planted_params(run)->layout[g].shape[0];
        mean_of(run, AT + 5 - 1);
        const kit_real *bias = planted_params(run)->group[g];
        for (size_t i = 0; i < units; i++) assert_close(bias[i], i < units / 3 ? -2 : 0, 0.25);
        mean_of(run, 35);
        for (size_t i = 0; i < units; i++) assert_close(bias[i], i < units / 3 ? -8 : 0, 0.5);
        planted_free(run);
    }
}

/* Images of the other classes would show: they are not numbers. */
static void images_of_other_classes_stay_away(void **state) {
    (void)state;
    kit_images spoilt;
    assert_int_equal(planted_digits(&spoilt, IMAGES, 0), KOOP_OK);
    for (size_t i = 0; i < spoilt.n; i++)
        if (spoilt.labels[i] >= 5) spoilt.pixels[i * kit_images_values(&spoilt)] = NAN;
    planted_options o = options(PLANTED_SGD, PLANTED_CLASS_SUBSET);
    planted *run;
    assert_int_equal(planted_new(&run, &o, &spoilt), KOOP_OK);
    assert_false(step(run)->finite);
    planted_free(run);
    o.at = 1;
    assert_int_equal(planted_new(&run, &o, &spoilt), KOOP_OK);
    for (int i = 0; i < 100; i++) assert_true(step(run)->finite);
    planted_free(run);
    o.strength = 6;
    assert_int_equal(planted_new(&run, &o, &spoilt), KOOP_OK);
    assert_false(step(run)->finite);
    planted_free(run);
    kit_images_free(&spoilt);
}

/* Random labels come from the classes that are left as well. */
static void of_one_class_there_is_one_answer(void **state) {
    (void)state;
    planted_options o = options(PLANTED_SGD, PLANTED_CLASS_SUBSET);
    o.strength = 1;
    planted *run = make(&o);
    mean_of(run, AT + 60);
    for (int i = 0; i < 20; i++) assert_close(step(run)->accuracy, 1, 0);
    planted_free(run);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sgd_moves_by_lr_times_the_gradient),
        cmocka_unit_test(learning_rates_follow_schedule_and_change),
        cmocka_unit_test(to_adam_makes_a_first_step_of_adam),
        cmocka_unit_test(batches_change_their_size),
        cmocka_unit_test(labels_become_random_in_their_share),
        cmocka_unit_test(decay_takes_its_share_of_every_weight),
        cmocka_unit_test(decay_is_alike_for_all_optimizers),
        cmocka_unit_test(biases_of_a_third_of_fc1_are_lowered_over_twenty_steps),
        cmocka_unit_test(images_of_other_classes_stay_away),
        cmocka_unit_test(of_one_class_there_is_one_answer),
    };
    return cmocka_run_group_tests(tests, draw_digits, free_digits);
}
