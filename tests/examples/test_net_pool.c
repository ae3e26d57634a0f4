/* Pooling, flattening and branches: values and gradients against plain loops. */
#include "flatten.h"
#include "net_check.h"
#include "pool.h"

enum { MOST = 2 * 10 * 7 * 7 };

/* One pooling layer on random values, its output and gradients in plain order. */
typedef struct pooled {
    kit_size from, to;
    float x[MOST], dx[MOST], y[MOST], dy[MOST];
} pooled;

static int set_up(void **state, int channels) {
    kit_onednn *onednn = calloc(1, sizeof *onednn);
    *state = onednn;
    return kit_onednn_open(onednn, channels) == KOOP_OK ? 0 : -1;
}

/* Channels in blocks, as 16 of them are kept on most processors, and plain NCHW. */
static int set_up_blocks(void **state) {
    return set_up(state, 16);
}

static int set_up_plain(void **state) {
    return set_up(state, 6);
}

static int tear_down(void **state) {
    kit_onednn_close(*state);
    free(*state);
    return 0;
}

static void run_pool(kit_onednn *onednn, kit_size from, kit_pool_kind kind, int k, pooled *p) {
    kit_rng rng = kit_rng_seed(31);
    kit_tensor source;
    kit_pool *pool;
    p->from = from;
    fill_normal(&rng, count_of(from), p->x);
    assert_int_equal(kit_tensor_new(&source, onednn, from, KIT_INNER), KOOP_OK);
    assert_int_equal(kit_pool_new(&pool, onednn, &source, kind, k), KOOP_OK);
    set_values(onednn, &source, p->x);
    kit_pool_forward(pool);
    const kit_tensor *output = kit_pool_output(pool);
    p->to = output->size;
    get_values(onednn, output, p->y);
    fill_normal(&rng, count_of(p->to), p->dy);
    set_gradient(onednn, output, p->dy);
    kit_pool_backward(pool);
    get_gradient(onednn, &source, p->dx);
    assert_int_equal(kit_onednn_failed(onednn), KOOP_OK);
    kit_pool_free(pool);
    kit_tensor_free(&source);
}

/* Calls `field` for every output: its index, and the indices of the k·k inputs below it. */
static void check_fields(const pooled *p, int k, float *expected_dx,
                         void (*field)(const pooled *p, int to, const int *from, int n,
                                       float *expected_dx)) {
    int to = 0;
    for (int image = 0; image < p->to.n * p->to.c; image++)
        for (int i = 0; i < p->to.h; i++)
            for (int j = 0; j < p->to.w; j++, to++) {
                int from[64], n = 0;
                for (int u = 0; u < k; u++)
                    for (int v = 0; v < k; v++)
                        from[n++] = (image * p->from.h + k * i + u) * p->from.w + k * j + v;
                field(p, to, from, n, expected_dx);
            }
    for (size_t i = 0; i < count_of(p->from); i++) assert_close(p->dx[i], expected_dx[i], 1e-6);
}

static void maximum(const pooled *p, int to, const int *from, int n, float *expected_dx) {
    int best = from[0];
    for (int i = 1; i < n; i++)
        if (p->x[from[i]] > p->x[best]) best = from[i];
    assert_close(p->y[to], p->x[best], 0);
    expected_dx[best] = p->dy[to];
}

static void mean(const pooled *p, int to, const int *from, int n, float *expected_dx) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += p->x[from[i]];
    assert_close(p->y[to], sum / n, 1e-6);
    for (int i = 0; i < n; i++) expected_dx[from[i]] = p->dy[to] / (float)n;
}

static void maximum_and_its_gradient_are_those_of_every_field(void **state) {
    static pooled p;
    float expected[MOST] = {0};
    run_pool(*state, (kit_size){2, 10, 7, 6}, KIT_POOL_MAX, 2, &p);
    assert_int_equal(p.to.h, 3);
    assert_int_equal(p.to.w, 3);
    check_fields(&p, 2, expected, maximum);
}

static void mean_and_its_gradient_are_those_of_every_field(void **state) {
    static pooled p;
    float expected[MOST] = {0};
    run_pool(*state, (kit_size){2, 6, 4, 6}, KIT_POOL_MEAN, 2, &p);
    check_fields(&p, 2, expected, mean);
}

static void one_global_field_is_the_mean_of_a_channel(void **state) {
    static pooled p;
    float expected[MOST] = {0};
    run_pool(*state, (kit_size){2, 10, 7, 7}, KIT_POOL_MEAN, 7, &p);
    assert_int_equal(p.to.h * p.to.w, 1);
    check_fields(&p, 7, expected, mean);
}

static void field_larger_than_the_image_is_refused(void **state) {
    kit_tensor source;
    kit_pool *pool = NULL;
    assert_int_equal(kit_tensor_new(&source, *state, (kit_size){1, 3, 4, 5}, KIT_INNER), KOOP_OK);
    assert_int_equal(kit_pool_new(&pool, *state, &source, KIT_POOL_MAX, 5), KOOP_BAD_ARGUMENT);
    assert_int_equal(kit_pool_new(&pool, *state, &source, KIT_POOL_MAX, 0), KOOP_BAD_ARGUMENT);
    assert_null(pool);
    kit_tensor_free(&source);
}

static void flatten_gives_rows_in_chw_order_and_takes_gradients_back(void **state) {
    kit_onednn *onednn = *state;
    const kit_size size = {2, 10, 3, 2};
    float x[120], dy[120], dx[120];
    for (int i = 0; i < 120; i++) x[i] = (float)i;
    for (int i = 0; i < 120; i++) dy[i] = (float)(1000 - i);
    kit_tensor source;
    kit_flatten flatten;
    assert_int_equal(kit_tensor_new(&source, onednn, size, KIT_INNER), KOOP_OK);
    assert_int_equal(kit_flatten_new(&flatten, onednn, &source), KOOP_OK);
    set_values(onednn, &source, x);
    kit_flatten_forward(&flatten);
    assert_memory_equal(flatten.rows.values, x, sizeof x);
    memcpy(flatten.rows.gradient, dy, sizeof dy);
    kit_flatten_backward(&flatten);
    get_gradient(onednn, &source, dx);
    assert_memory_equal(dx, dy, sizeof dy);
    kit_flatten_free(&flatten);
    kit_tensor_free(&source);
    assert_int_equal(kit_tensor_new(&source, onednn, size, KIT_INPUT), KOOP_OK);
    assert_int_equal(kit_flatten_new(&flatten, onednn, &source), KOOP_BAD_ARGUMENT);
    kit_tensor_free(&source);
}

static void branch_shares_values_and_has_a_gradient_of_its_own(void **state) {
    kit_tensor trunk, branch;
    assert_int_equal(kit_tensor_new(&trunk, *state, (kit_size){2, 3, 1, 1}, KIT_ROWS), KOOP_OK);
    trunk.values[4] = 7;
    assert_int_equal(kit_tensor_branch(&branch, *state, &trunk), KOOP_OK);
    assert_ptr_equal(branch.values, trunk.values);
    assert_true(trunk.values[4] == 7);
    trunk.gradient[1] = 2;
    branch.gradient[1] = 5;
    assert_true(trunk.gradient[1] == 2);
    kit_tensor_free(&branch);
    assert_true(trunk.values[4] == 7);
    kit_tensor_free(&trunk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maximum_and_its_gradient_are_those_of_every_field),
        cmocka_unit_test(mean_and_its_gradient_are_those_of_every_field),
        cmocka_unit_test(one_global_field_is_the_mean_of_a_channel),
        cmocka_unit_test(field_larger_than_the_image_is_refused),
        cmocka_unit_test(flatten_gives_rows_in_chw_order_and_takes_gradients_back),
        cmocka_unit_test(branch_shares_values_and_has_a_gradient_of_its_own),
    };
    int failed = cmocka_run_group_tests_name("blocks", tests, set_up_blocks, tear_down);
    return failed + cmocka_run_group_tests_name("plain", tests, set_up_plain, tear_down);
}
