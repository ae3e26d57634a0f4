/* The layers are tested for themselves; here, how blocks and shortcuts hang together, on the network
 * with one block a stage. */
#include "net_slope.h"
#include "resnet.h"
#include "textures.h"

enum { BATCH = 8 };

typedef struct fixture {
    kit_network *network;
    kit_images images;
} fixture;

/* Norms away from the identity, so that none of their gradients is that of another by chance. */
static int set_up(void **state) {
    fixture *f = calloc(1, sizeof *f);
    assert_int_equal(resnet_new(&f->network, 1, BATCH, 3), KOOP_OK);
    assert_int_equal(kit_textures_draw(&f->images, BATCH, 1), KOOP_OK);
    kit_rng rng = kit_rng_seed(5);
    for (size_t i = 0; i < f->network->params.count; i++)
        f->network->params.group[0][i] += (float)(0.02 * kit_rng_normal(&rng));
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
    for (int g = 0; g < f->network->params.n; g++)
        assert_slope(f->network, f->images.pixels, f->images.labels, g, 2e-3, 0.03);
    assert_int_equal(kit_onednn_failed(&f->network->onednn), KOOP_OK);
}

static void twenty_layers_have_the_parameters_of_the_paper(void **state) {
    (void)state;
    kit_network *network;
    assert_int_equal(resnet_new(&network, 3, 1, 0), KOOP_OK);
    assert_int_equal(network->params.count, 272474);
    assert_int_equal(network->params.n, 12);
    assert_string_equal(network->params.layout[9].name, "block9");
    kit_network_free(network);
}

/* Training fills the running averages; before that they are those of no data. */
static void evaluation_comes_near_training_once_averages_have_settled(void **state) {
    fixture *f = *state;
    kit_score training = {0};
    for (int i = 0; i < 60; i++)
        training = kit_network_gradient(f->network, f->images.pixels, f->images.labels);
    kit_score evaluated =
        kit_network_evaluate(f->network, f->images.pixels, f->images.labels, BATCH);
    assert_close(evaluated.loss, training.loss, 0.05 * training.loss);
}

static void shapes_that_no_network_has_are_refused(void **state) {
    (void)state;
    kit_network *network = NULL;
    assert_int_equal(resnet_new(&network, 0, 1, 0), KOOP_BAD_ARGUMENT);
    assert_int_equal(resnet_new(&network, RESNET_MAX_N + 1, 1, 0), KOOP_BAD_ARGUMENT);
    assert_int_equal(resnet_new(&network, 1, 0, 0), KOOP_BAD_ARGUMENT);
    assert_null(network);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_group_has_the_gradient_of_the_loss, set_up,
                                        tear_down),
        cmocka_unit_test(twenty_layers_have_the_parameters_of_the_paper),
        cmocka_unit_test_setup_teardown(evaluation_comes_near_training_once_averages_have_settled,
                                        set_up, tear_down),
        cmocka_unit_test(shapes_that_no_network_has_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
