#include "images.h"
#include "mlp.h"
#include "net_slope.h"

enum { BATCH = 6 };

static void every_group_has_the_gradient_of_the_loss(void **state) {
    (void)state;
    kit_network *network;
    assert_int_equal(mlp_new(&network, BATCH, 3), KOOP_OK);
    assert_int_equal(network->params.n, MLP_GROUPS);
    assert_int_equal(network->params.count, 17418);
    float images[BATCH * MLP_SIDE * MLP_SIDE];
    const uint8_t labels[BATCH] = {0, 9, 3, 3, 1, 5};
    kit_rng rng = kit_rng_seed(2);
    for (size_t i = 0; i < sizeof images / sizeof *images; i++)
        images[i] = (float)kit_rng_normal(&rng);
    for (int g = 0; g < MLP_GROUPS; g++) assert_slope(network, images, labels, g, 1e-3, 0.01);
    kit_network_free(network);
}

static void seed_decides_the_weights_within_their_bounds(void **state) {
    (void)state;
    kit_network *first, *again, *other;
    assert_int_equal(mlp_new(&first, 1, 3), KOOP_OK);
    assert_int_equal(mlp_new(&again, 2, 3), KOOP_OK);
    assert_int_equal(mlp_new(&other, 1, 4), KOOP_OK);
    const size_t bytes = first->params.count * sizeof(float);
    assert_memory_equal(first->params.group[0], again->params.group[0], bytes);
    assert_memory_not_equal(first->params.group[0], other->params.group[0], bytes);
    for (int g = 0; g < MLP_GROUPS; g++) {
        const double bound = g < 2 ? 1.0 / 14 : 1.0 / 8;
        double most = 0;
        for (size_t i = 0; i < kit_group_count(&first->params.layout[g]); i++)
            most = fmax(most, fabs((double)first->params.group[g][i]));
        assert_true(most <= bound * (1 + 1e-6) && most > 0.6 * bound);
    }
    kit_network_free(first);
    kit_network_free(again);
    kit_network_free(other);
}

static void empty_batch_is_refused(void **state) {
    (void)state;
    kit_network *network = NULL;
    assert_int_equal(mlp_new(&network, 0, 0), KOOP_BAD_ARGUMENT);
    assert_null(network);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_group_has_the_gradient_of_the_loss),
        cmocka_unit_test(seed_decides_the_weights_within_their_bounds),
        cmocka_unit_test(empty_batch_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
