/* Every constructor of core with its k-th allocation failing, for every k until it succeeds: it
 * says KOOP_NO_MEMORY, leaves its result alone, and leaks nothing. Linked with malloc and calloc
 * wrapped; allocations inside BLAS and LAPACK are their own. */
#include "cluster.h"
#include "compare.h"
#include "detect.h"
#include "dmd.h"
#include "grokking.h"
#include "signals.h"
#include "transport.h"

#include "fixture.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void __real_free(void *pointer);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void __wrap_free(void *pointer);

static long countdown = -1; /* allocations until one fails; −1: never */
static long live;
static int counting;

static int fails(void) {
    if (!counting || countdown < 0) return 0;
    return countdown-- == 0;
}

void *__wrap_malloc(size_t size) {
    if (fails()) return NULL;
    live += counting;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    if (fails()) return NULL;
    live += counting;
    return __real_calloc(count, size);
}

void __wrap_free(void *pointer) {
    if (pointer) live -= counting;
    __real_free(pointer);
}

typedef koop_status construct(void);

static koop_status window(void) {
    koop_window *w = NULL;
    koop_window_options o = {.n = 10, .capacity = 4, .precision = KOOP_FLOAT32};
    koop_status status = koop_window_new(&w, &o);
    koop_window_free(w);
    return status;
}

static koop_status dmd(void) {
    koop_dmd *d = NULL;
    koop_dmd_options o = koop_dmd_defaults();
    koop_status status = koop_dmd_new(&d, &o);
    koop_dmd_free(d);
    return status;
}

static koop_status signals(void) {
    koop_signals_reader *r = NULL;
    koop_dmd_options o = koop_dmd_defaults();
    koop_status status = koop_signals_new(&r, &o, 4);
    koop_signals_free(r);
    return status;
}

static koop_status detect(void) {
    koop_detect *d = NULL;
    koop_detect_options o = koop_detect_defaults();
    koop_status status = koop_detect_new(&d, &o, NULL, 0);
    koop_detect_free(d);
    return status;
}

static koop_status grokking(void) {
    koop_grokking *g = NULL;
    koop_grokking_options o = koop_grokking_defaults(0, 1);
    koop_status status = koop_grokking_new(&g, &o, NULL, 2);
    koop_grokking_free(g);
    return status;
}

static koop_status transport(void) {
    koop_transport *t = NULL;
    koop_status status = koop_transport_new(&t, 8);
    koop_transport_free(t);
    return status;
}

static koop_status batch(void) {
    static const double x[8] = {1, 2, 3, 5, 8, 13, 21, 35};
    koop_spectrum s;
    koop_dmd_options o = {.delays = 1, .dt = 1, .pca = 1};
    return koop_dmd_batch(x, 8, 1, 1, &o, &s);
}

static koop_status large_batch(void) {
    enum { T = 601, D = 600 };
    static double x[T * D];
    koop_spectrum s;
    koop_dmd_options o = {.dt = 1, .rank = 1};
    for (int t = 0; t < T; t++)
        for (int i = 0; i < D; i++) x[t * D + i] = cos(0.1 * t + i) + exp(-0.01 * t) * sin(2 * i);
    return koop_dmd_batch(x, T, D, 1, &o, &s);
}

static koop_status compare(void) {
    static const double d[9] = {0, 1, 2, 1, 0, 2, 2, 2, 0};
    koop_compare_options o = koop_compare_defaults(KOOP_RELABEL_FREE);
    koop_compare_result r;
    return koop_compare_test(d, 2, 1, &o, &r);
}

static koop_status cluster(void) {
    static const double d[9] = {0, 1, 2, 1, 0, 2, 2, 2, 0};
    int order[3];
    return koop_cluster_average(d, 3, NULL, order);
}

static int failures_until_success(construct *make) {
    for (int k = 0; k < 200; k++) {
        live = 0;
        countdown = k;
        counting = 1;
        koop_status status = make();
        counting = 0;
        assert_int_equal(live, 0);
        if (status == KOOP_OK) return k;
        assert_int_equal(status, KOOP_NO_MEMORY);
    }
    return -1;
}

static void every_failed_allocation_is_reported_and_cleaned_up(void **state) {
    (void)state;
    construct *const all[] = {window, dmd,         signals, detect,  transport,
                              batch,  large_batch, compare, cluster, grokking};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        assert_true(failures_until_success(all[i]) > 0);
}

static void streaming_allocates_nothing(void **state) {
    (void)state;
    enum { N = 20 };
    koop_dmd_options o = koop_dmd_defaults();
    static const size_t halves[] = {N / 2, N / 2};
    koop_window_options wo = {.n = N,
                              .capacity = koop_signals_window_capacity(&o, 4),
                              .precision = KOOP_FLOAT64,
                              .n_groups = 2,
                              .group_sizes = halves};
    koop_grokking_options grok = koop_grokking_defaults(0, 1);
    koop_detect_options det = koop_detect_defaults();
    koop_window *w = NULL;
    koop_dmd *d = NULL;
    koop_signals_reader *r = NULL;
    koop_detect *e = NULL;
    koop_grokking *g = NULL;
    koop_window_new(&w, &wo);
    koop_dmd_new(&d, &o);
    koop_signals_new(&r, &o, 4);
    koop_detect_new(&e, &det, NULL, 2);
    koop_grokking_new(&g, &grok, NULL, 2);
    const koop_detect_scalars scalars = {.learning_rate = 0.1, .n = 1, .name = {"loss"}};
    uint64_t seed = 1;
    countdown = 0; /* the first allocation from here on would fail */
    counting = 1;
    for (int t = 0; t < 600; t++) { /* until all that the detector does is done */
        double x[N];
        for (int i = 0; i < N; i++) x[i] = cos(0.1 * t + i) + 0.01 * gaussian(&seed);
        koop_spectrum s;
        koop_signals signal;
        koop_event event;
        bool fired;
        assert_int_equal(koop_window_push_f64(w, x), KOOP_OK);
        if (t < 64 || t % 4) continue;
        assert_int_equal(koop_dmd_fit(d, w, &s), KOOP_OK);
        koop_signals_read(r, d, w, &s, &signal);
        koop_detect_snapshot(e, t);
        assert_int_equal(koop_detect_update(e, t, &signal, &scalars, &fired, &event), KOOP_OK);
        koop_grokking_update(g, t, t - 8, w, &fired, &event);
    }
    counting = 0;
    assert_int_equal(countdown, 0);
    koop_grokking_free(g);
    koop_detect_free(e);
    koop_signals_free(r);
    koop_dmd_free(d);
    koop_window_free(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_failed_allocation_is_reported_and_cleaned_up),
        cmocka_unit_test(streaming_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
