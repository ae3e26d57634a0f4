#include "images.h"
#include "lenet.h"
#include "net_slope.h"

enum { BATCH = 7 };

/* Noise, not digits: the gradient has corners where several pixels of a background are equal. */
typedef struct fixture {
    kit_network *network;
    kit_images images;
} fixture;

static int set_up(void **state) {
    fixture *f = calloc(1, sizeof *f);
    assert_int_equal(lenet_new(&f->network, BATCH, 3), KOOP_OK);
    assert_int_equal(kit_images_new(&f->images, BATCH, 1, LENET_SIDE, LENET_SIDE, LENET_CLASSES),
                     KOOP_OK);
    kit_rng rng = kit_rng_seed(2);
    for (int i = 0; i < BATCH * LENET_SIDE * LENET_SIDE; i++)
        f->images.pixels[i] = (float)kit_rng_normal(&rng);
    for (int i = 0; i < BATCH; i++) f->images.labels[i] = (uint8_t)i;
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    kit_network_free(f->network);
    kit_images_free(&f->images);
    free(f);
    return 0;
}

static void every_group_has_the_gradient_of_the_loss(void **state) {
    fixture *f = *state;
    for (int g = 0; g < LENET_GROUPS; g++)
        assert_slope(f->network, f->images.pixels, f->images.labels, g, 1e-3, 0.01);
    assert_int_equal(kit_onednn_failed(&f->network->onednn), KOOP_OK);
}

static void it_has_the_parameters_of_the_design(void **state) {
    fixture *f = *state;
    assert_int_equal(f->network->params.n, LENET_GROUPS);
    assert_int_equal(f->network->params.count, 61706);
    assert_string_equal(f->network->params.layout[8].name, "fc3");
}

static void loss_before_training_is_that_of_guessing(void **state) {
    fixture *f = *state;
    kit_score score = kit_network_evaluate(f->network, f->images.pixels, f->images.labels, BATCH);
    assert_close(score.loss, log(LENET_CLASSES), 0.2);
}

/* The fixture's noise, a quarter of it an image. */
static void at_half_size_every_group_has_the_gradient_of_the_loss(void **state) {
    fixture *f = *state;
    kit_network *half;
    assert_int_equal(lenet_half_new(&half, BATCH, 3), KOOP_OK);
    assert_int_equal(half->params.count, 21386);
    assert_int_equal(half->image, LENET_SIDE * LENET_SIDE / 4);
    for (int g = 0; g < LENET_GROUPS; g++)
        assert_slope(half, f->images.pixels, f->images.labels, g, 1e-4, 0.02);
    assert_int_equal(kit_onednn_failed(&half->onednn), KOOP_OK);
    kit_network_free(half);
}

/* A smaller batch leaves rows of an earlier one behind its own. */
static void fewer_images_than_a_batch_score_alike(void **state) {
    fixture *f = *state;
    kit_score sum = {0};
    for (int i = 0; i < BATCH; i++) {
        kit_score one =
            kit_network_evaluate(f->network, f->images.pixels + i * 784, f->images.labels + i, 1);
        sum.loss += one.loss / BATCH;
        sum.accuracy += one.accuracy / BATCH;
    }
    kit_score all = kit_network_evaluate(f->network, f->images.pixels, f->images.labels, BATCH);
    assert_close(sum.loss, all.loss, 1e-6);
    assert_close(sum.accuracy, all.accuracy, 1e-12);
}

static void seed_decides_the_weights(void **state) {
    fixture *f = *state;
    kit_network *again, *other;
    assert_int_equal(lenet_new(&again, 1, 3), KOOP_OK);
    assert_int_equal(lenet_new(&other, 1, 4), KOOP_OK);
    const size_t bytes = again->params.count * sizeof(float);
    assert_memory_equal(f->network->params.group[0], again->params.group[0], bytes);
    assert_memory_not_equal(again->params.group[0], other->params.group[0], bytes);
    kit_network_free(again);
    kit_network_free(other);
}

static void empty_batch_is_refused(void **state) {
    (void)state;
    kit_network *network = NULL;
    assert_int_equal(lenet_new(&network, 0, 0), KOOP_BAD_ARGUMENT);
    assert_null(network);
    kit_network_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_group_has_the_gradient_of_the_loss, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(at_half_size_every_group_has_the_gradient_of_the_loss,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_has_the_parameters_of_the_design, set_up, tear_down),
        cmocka_unit_test_setup_teardown(loss_before_training_is_that_of_guessing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(fewer_images_than_a_batch_score_alike, set_up, tear_down),
        cmocka_unit_test_setup_teardown(seed_decides_the_weights, set_up, tear_down),
        cmocka_unit_test(empty_batch_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
