/* Whole pictures: what is in them, where it stands, and what is refused. */
#include "axes.h"
#include "palette.h"
#include "scene.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "svg_check.h"

static koop_svg svg;
static const koop_scene_frame any_size = {.title = "A title"};

static int tear_down(void **state) {
    (void)state;
    koop_svg_free(&svg);
    return 0;
}

/* A drawing's status, and that of the text when it is KOOP_OK. */
#define DRAW(call) (koop_svg_free(&svg), checked(call))

static koop_status checked(koop_status status) {
    if (status != KOOP_OK) return status;
    const char *why = svg_check(svg.text);
    if (why) fail_msg("%s in\n%s", why, svg.text);
    if (strstr(svg.text, "nan") || strstr(svg.text, "inf")) fail_msg("a number that is none");
    return KOOP_OK;
}

static void holds(const char *part) {
    if (!strstr(svg.text, part)) fail_msg("no %s in\n%s", part, svg.text);
}

static void lacks(const char *part) {
    if (strstr(svg.text, part)) fail_msg("%s in\n%s", part, svg.text);
}

/* The attribute of the k-th element (from 0) that begins with `start`. */
static double attribute(const char *start, int k, const char *name) {
    const char *at = svg.text;
    char word[32];
    snprintf(word, sizeof word, " %s=\"", name);
    for (int i = 0; i <= k; i++) {
        at = strstr(i ? at + 1 : at, start);
        if (!at) fail_msg("no %d elements %s", k + 1, start);
    }
    const char *value = strstr(at, word);
    assert_non_null(value);
    return atof(value + strlen(word));
}

static void near(double a, double b) {
    if (!(fabs(a - b) <= 0.02)) fail_msg("%g is not %g", a, b);
}

/* --- Spectra. --- */

static const double spread[] = {0.5, 0.5, 0.5, -0.5, -0.6, 0, 0.9, 0};
static const double crowded[] = {1, 0, 0.99, 0.01, 0.99, -0.01, 0.98, 0, -0.5, 0};

static koop_scene_spectrum_series series_of(const char *name, const double *z, int n) {
    return (koop_scene_spectrum_series){.name = name, .n = n, .z = z};
}

static void eigenvalues_stand_where_the_axes_say(void **state) {
    (void)state;
    const double z[] = {0, 0, 1, 0, 0, 1};
    const koop_scene_spectrum_series series = series_of("three", z, 3);
    assert_int_equal(DRAW(koop_scene_spectrum(&svg, &any_size, &series, 1)), KOOP_OK);
    /* The disk: |Re| and |Im| to 1.12 on 380 pixels from (74, 60) on. */
    const double unit = 380 / 2.24, x0 = 74 + 190, y0 = 60 + 190;
    for (int i = 0; i < 3; i++) {
        near(attribute("<circle", i, "cx"), x0 + unit * z[2 * i]);
        near(attribute("<circle", i, "cy"), y0 - unit * z[2 * i + 1]);
    }
    assert_int_equal(svg_count(svg.text, "<circle"), 3 + 1); /* and the legend's */
    holds(">three (3)</text>");
    holds(">Re λ</text>");
}

static void the_part_near_one_is_there_when_they_crowd_there(void **state) {
    (void)state;
    koop_scene_spectrum_series series = series_of("spread", spread, 4);
    assert_true(koop_scene_zoom(&series, 1) == 1);
    assert_int_equal(DRAW(koop_scene_spectrum(&svg, &any_size, &series, 1)), KOOP_OK);
    lacks("near 1");
    assert_int_equal(svg_count(svg.text, ">Re λ<"), 1);
    series = series_of("crowded", crowded, 5);
    assert_true(koop_scene_zoom(&series, 1) == 70);
    assert_int_equal(DRAW(koop_scene_spectrum(&svg, &any_size, &series, 1)), KOOP_OK);
    holds(">zoom 70× near 1, 1 of 5 outside<");
    assert_int_equal(svg_count(svg.text, ">Re λ<"), 2);
    assert_int_equal(svg_count(svg.text, "<circle"), 5 + 4 + 1);
}

static void the_zoom_looks_at_all_files_together(void **state) {
    (void)state;
    const koop_scene_spectrum_series both[2] = {series_of("a", spread, 4),
                                                series_of("b", crowded, 5)};
    assert_true(koop_scene_zoom(both, 2) == 1);
    const double one[] = {1, 0};
    const koop_scene_spectrum_series exact = series_of("exact", one, 1);
    assert_true(koop_scene_zoom(&exact, 1) == 10000);
}

static void files_differ_in_color_and_shape(void **state) {
    (void)state;
    koop_scene_spectrum_series series[KOOP_PALETTE_SERIES];
    char looks[KOOP_PALETTE_SERIES][16];
    for (int k = 0; k < KOOP_PALETTE_SERIES; k++) {
        series[k] = series_of("x", spread, 4);
        snprintf(looks[k], sizeof looks[k], "%s %d", koop_palette_fill(k), k % 8);
        for (int i = 0; i < k; i++) assert_string_not_equal(looks[i], looks[k]);
    }
    assert_int_equal(DRAW(koop_scene_spectrum(&svg, &any_size, series, 2)), KOOP_OK);
    assert_int_equal(svg_count(svg.text, "<circle"), 5);
    assert_int_equal(svg_count(svg.text, "fill=\"#d55e00\""), 5);
    assert_int_equal(DRAW(koop_scene_spectrum(&svg, &any_size, series, KOOP_PALETTE_SERIES)),
                     KOOP_OK);
    assert_int_equal(koop_scene_spectrum(&svg, &any_size, series, KOOP_PALETTE_SERIES + 1),
                     KOOP_TOO_LARGE);
}

static void what_is_not_trusted_is_hollow(void **state) {
    (void)state;
    const bool hollow[] = {false, true, false, false};
    koop_scene_spectrum_series series = series_of("run", spread, 4);
    series.hollow = hollow;
    assert_int_equal(DRAW(koop_scene_spectrum(&svg, &any_size, &series, 1)), KOOP_OK);
    assert_int_equal(svg_count(svg.text, "fill=\"#ffffff\" fill-opacity"), 2);
    holds("hollow: large residual");
    series.hollow = NULL;
    assert_int_equal(DRAW(koop_scene_spectrum(&svg, &any_size, &series, 1)), KOOP_OK);
    lacks("hollow");
}

static void eigenvalues_far_out_are_counted(void **state) {
    (void)state;
    const double z[] = {0.1, 0, 0.2, 0, 1e299, 0, 0, -1e300, 3, 0};
    koop_scene_spectrum_series series = series_of("far", z, 5);
    assert_int_equal(DRAW(koop_scene_spectrum(&svg, &any_size, &series, 1)), KOOP_OK);
    holds(">2 of 5 beyond the frame<");
}

static void spectra_of_nothing_or_nan_are_refused(void **state) {
    (void)state;
    const double bad[] = {0, NAN}, large[] = {1e301, 0};
    koop_scene_spectrum_series series = series_of("none", bad, 0);
    assert_int_equal(DRAW(koop_scene_spectrum(&svg, &any_size, &series, 1)), KOOP_NOT_ENOUGH_DATA);
    series.n = 1;
    assert_int_equal(DRAW(koop_scene_spectrum(&svg, &any_size, &series, 1)), KOOP_NOT_FINITE);
    series.z = large;
    assert_int_equal(DRAW(koop_scene_spectrum(&svg, &any_size, &series, 1)), KOOP_NOT_FINITE);
    const koop_scene_frame flat = {.width = 400, .height = 160};
    series.z = spread;
    assert_int_equal(DRAW(koop_scene_spectrum(&svg, &flat, &series, 1)), KOOP_TOO_LARGE);
}

static void names_of_strangers_do_no_harm(void **state) {
    (void)state;
    char longest[5000];
    memset(longest, 'W', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    const koop_scene_spectrum_series series[2] = {
        series_of("</text><script>\x1b[31m\"'&\xff", spread, 4), series_of(longest, spread, 4)};
    const koop_scene_frame frame = {.title = "<b>\n"};
    assert_int_equal(DRAW(koop_scene_spectrum(&svg, &frame, series, 2)), KOOP_OK);
    lacks("<script");
    lacks("<b>");
    assert_true(svg.used < 40000);
}

static void the_same_spectra_give_the_same_bytes(void **state) {
    (void)state;
    char golden[20000] = "";
    FILE *file = fopen(KOOP_GOLDEN_DIR "/spectrum.svg", "r");
    const bool hollow[] = {true, false, false, false, false};
    koop_scene_spectrum_series series[2] = {series_of("before.npy", spread, 4),
                                            series_of("after.npy", crowded, 5)};
    series[1].hollow = hollow;
    const koop_scene_frame frame = {.width = 420, .height = 460, .title = "Before & after"};
    assert_int_equal(DRAW(koop_scene_spectrum(&svg, &frame, series, 2)), KOOP_OK);
    if (getenv("KOOP_WRITE_GOLDEN")) {
        file = fopen(KOOP_GOLDEN_DIR "/spectrum.svg", "w");
        assert_non_null(file);
        fputs(svg.text, file);
        fclose(file);
        return;
    }
    assert_non_null(file);
    assert_true(fread(golden, 1, sizeof golden - 1, file) > 0);
    fclose(file);
    assert_string_equal(svg.text, golden);
}

/* --- Curves. --- */

static void a_curve_has_a_point_a_step(void **state) {
    (void)state;
    const int64_t steps[] = {0, 50, 100};
    const double values[] = {1, 3, 2};
    const koop_scene_curve curve = {.name = "loss", .n = 3, .steps = steps, .values = values};
    assert_int_equal(DRAW(koop_scene_curves(&svg, &any_size, &curve, 1, NULL, 0)), KOOP_OK);
    /* Steps −1 … 101 on 796 pixels from 80 on, values 0.88 … 3.12 on 118 from 40 on. */
    char points[128];
    snprintf(points, sizeof points, "points=\"%.1f,%.2f %.0f,%.2f", 80 + 796. / 102,
             40 + 118 * 2.12 / 2.24, 80 + 796. / 2, 40 + 118 * 0.12 / 2.24);
    holds(points);
    holds(">loss</text>");
    holds(">step</text>");
}

static void curves_have_gaps_where_there_is_no_value(void **state) {
    (void)state;
    const int64_t steps[] = {0, 1, 2, 3, 4, 5};
    double values[] = {1, 2, NAN, 3, -1, 4};
    koop_scene_curve curve = {.name = "loss", .n = 6, .steps = steps, .values = values};
    assert_int_equal(DRAW(koop_scene_curves(&svg, &any_size, &curve, 1, NULL, 0)), KOOP_OK);
    assert_int_equal(svg_count(svg.text, "stroke=\"#0072b2\""), 2);
    curve.log = true; /* −1 is another gap, with a value alone on both sides */
    assert_int_equal(DRAW(koop_scene_curves(&svg, &any_size, &curve, 1, NULL, 0)), KOOP_OK);
    assert_int_equal(svg_count(svg.text, "stroke=\"#0072b2\""), 1);
    assert_int_equal(svg_count(svg.text, "<circle"), 2);
}

static void long_curves_keep_their_peaks(void **state) {
    (void)state;
    enum { N = 200000 };
    int64_t *steps = malloc(N * sizeof *steps);
    double *values = calloc(N, sizeof *values);
    assert_non_null(steps);
    assert_non_null(values);
    for (int i = 0; i < N; i++) steps[i] = i;
    values[77777] = 1; /* one of two hundred in its column of pixels */
    const koop_scene_curve curve = {.name = "spike", .n = N, .steps = steps, .values = values};
    assert_int_equal(DRAW(koop_scene_curves(&svg, &any_size, &curve, 1, NULL, 0)), KOOP_OK);
    assert_true(svg.used < 100000);
    char peak[32];
    snprintf(peak, sizeof peak, ",%.2f ", 40 + 118 * 0.06 / 1.12);
    holds(peak);
    free(steps);
    free(values);
}

static void events_are_numbered_and_listed(void **state) {
    (void)state;
    const int64_t steps[] = {0, 1000};
    const double values[] = {1, 2};
    const koop_scene_curve curves[2] = {
        {.name = "loss", .n = 2, .steps = steps, .values = values},
        {.name = "speed", .n = 2, .steps = steps, .values = values, .log = true}};
    koop_scene_event events[100];
    for (int i = 0; i < 100; i++) events[i] = (koop_scene_event){10 * i, "updates 4× faster"};
    events[0].text = "the <weights> \x1b[1m turn";
    assert_int_equal(DRAW(koop_scene_curves(&svg, &any_size, curves, 2, events, 2)), KOOP_OK);
    holds(">step 0: the &lt;weights&gt; \\x1b[1m turn</text>");
    holds(">step 10: updates 4× faster</text>");
    assert_int_equal(svg_count(svg.text, "<circle"), 2);
    near(attribute("<circle", 0, "cx"), 80 + 796. * 10 / 1020);
    /* Too near to stand side by side: one above the other. */
    near(attribute("<circle", 0, "cy") - attribute("<circle", 1, "cy"), 17);
    assert_int_equal(DRAW(koop_scene_curves(&svg, &any_size, curves, 2, events, 100)), KOOP_OK);
    holds(">and 60 more</text>");
    assert_int_equal(svg_count(svg.text, "stroke-dasharray=\"4 3\""), 100);
    /* Numbers stand within the picture, and none on another. */
    const int marks = svg_count(svg.text, "<circle");
    for (int i = 0; i < marks; i++) {
        assert_true(attribute("<circle", i, "cy") > 8);
        for (int j = 0; j < i; j++)
            assert_true(hypot(attribute("<circle", i, "cx") - attribute("<circle", j, "cx"),
                              attribute("<circle", i, "cy") - attribute("<circle", j, "cy")) >= 16);
    }
}

static void curves_of_nothing_are_refused(void **state) {
    (void)state;
    const int64_t steps[] = {0, 1};
    const double values[] = {NAN, -INFINITY};
    koop_scene_curve curve = {.name = "loss", .n = 2, .steps = steps, .values = values};
    assert_int_equal(DRAW(koop_scene_curves(&svg, &any_size, &curve, 1, NULL, 0)),
                     KOOP_NOT_ENOUGH_DATA);
    assert_int_equal(DRAW(koop_scene_curves(&svg, &any_size, NULL, 0, NULL, 0)),
                     KOOP_NOT_ENOUGH_DATA);
    const double one[] = {7};
    curve.values = one;
    curve.n = 1;
    assert_int_equal(DRAW(koop_scene_curves(&svg, &any_size, &curve, 1, NULL, 0)), KOOP_OK);
    assert_int_equal(svg_count(svg.text, "<circle"), 1);
    const koop_scene_frame flat = {.height = 160};
    koop_scene_curve three[3] = {curve, curve, curve};
    assert_int_equal(DRAW(koop_scene_curves(&svg, &flat, three, 3, NULL, 0)), KOOP_TOO_LARGE);
}

/* Steps that fall back, as no caller hands in, draw something odd and break nothing. */
static void falling_steps_stay_within_bounds(void **state) {
    (void)state;
    enum { N = 20000 };
    static int64_t steps[N];
    static double values[N];
    for (int i = 0; i < N; i++) {
        steps[i] = i % 2 ? 0 : N - i;
        values[i] = i % 7;
    }
    steps[N - 1] = N;
    const koop_scene_curve curve = {.name = "x", .n = N, .steps = steps, .values = values};
    assert_int_equal(DRAW(koop_scene_curves(&svg, &any_size, &curve, 1, NULL, 0)), KOOP_OK);
}

/* --- Heatmaps. --- */

/* Two weights of one trajectory, one of which is not always a number, and a path in the plane. */
static const double two_weights[] = {0, 4, 1, NAN, 2, 2, 3, 1};
static const double a_path[] = {-1, 2, 0, 2, 0, 2.000001, 1, 3};

static koop_status draw_trajectories(const koop_scene_path *paths, int n, int n_weights) {
    static const char *const weights[] = {"weight 3", "weight <7>"};
    const koop_scene_trajectory what = {n_weights, weights, {0.75, 0.25}};
    return DRAW(koop_scene_trajectories(&svg, &any_size, &what, paths, n));
}

static const char drawn[] = " stroke-width=\"1.5\""; /* curves and paths, and nothing else */

static void trajectories_are_curves_and_paths(void **state) {
    (void)state;
    const koop_scene_path paths[] = {{"one", 4, 1, two_weights, a_path},
                                     {"other", 4, 1, two_weights, a_path}};
    assert_int_equal(draw_trajectories(paths, 2, 2), KOOP_OK);
    holds(">weight 3</text>");
    holds(">weight &lt;7&gt;</text>");
    holds(">other</text>");
    holds(">snapshot</text>");
    holds(">1st principal component (75%)</text>");
    holds(">2nd principal component (25%)</text>");
    holds("hollow: start");
    /* of each: a curve, the dashed rest of the other after its lone first point, a path */
    assert_int_equal(svg_count(svg.text, drawn), 6);
    assert_int_equal(svg_count(svg.text, "stroke-dasharray"), 2 + 1);
    koop_scene_path alone = paths[0];
    alone.plane = NULL;
    assert_int_equal(draw_trajectories(&alone, 1, 2), KOOP_OK);
    lacks("principal");
    assert_int_equal(draw_trajectories(paths, 1, 0), KOOP_OK);
    lacks("snapshot");
    assert_int_equal(svg_count(svg.text, drawn), 1);
}

static void points_of_a_path_that_cannot_be_told_apart_are_one(void **state) {
    (void)state;
    const koop_scene_path path = {"one", 4, 1, NULL, a_path};
    assert_int_equal(draw_trajectories(&path, 1, 0), KOOP_OK);
    const char *end = strstr(svg.text, drawn);
    assert_non_null(end);
    const char *points = end;
    while (*points != '<') points--;
    int commas = 0;
    for (const char *c = points; c < end; c++) commas += *c == ',';
    assert_int_equal(commas, 3);
}

static void trajectories_of_nothing_are_refused(void **state) {
    (void)state;
    const double bad[] = {0, 1, INFINITY, 1}, none[] = {NAN, NAN};
    koop_scene_path path = {"one", 2, 1, NULL, bad};
    assert_int_equal(draw_trajectories(&path, 1, 0), KOOP_NOT_FINITE);
    path = (koop_scene_path){"one", 1, 1, none, NULL};
    assert_int_equal(draw_trajectories(&path, 1, 2), KOOP_NOT_ENOUGH_DATA);
    assert_int_equal(draw_trajectories(&path, 1, 0), KOOP_NOT_ENOUGH_DATA);
    assert_int_equal(draw_trajectories(&path, 0, 2), KOOP_NOT_ENOUGH_DATA);
    path = (koop_scene_path){"one", 4, 1, two_weights, a_path};
    const koop_scene_trajectory what = {0, NULL, {1, 0}};
    assert_int_equal(
        DRAW(koop_scene_trajectories(&svg, &(koop_scene_frame){160, 160, NULL}, &what, &path, 1)),
        KOOP_TOO_LARGE);
}

static void a_matrix_has_a_color_a_cell(void **state) {
    (void)state;
    const double values[] = {0, 1, 2, 4};
    const koop_scene_matrix matrix = {.rows = 2, .columns = 2, .values = values, .value = "value"};
    assert_int_equal(DRAW(koop_scene_heatmap(&svg, &any_size, &matrix)), KOOP_OK);
    holds("width=\"240\" height=\"240\" fill=\"#440154\"/>");
    holds("width=\"240\" height=\"240\" fill=\"#3b528b\"/>");
    holds("width=\"240\" height=\"240\" fill=\"#21918c\"/>");
    holds("width=\"240\" height=\"240\" fill=\"#fde725\"/>");
    lacks("#d9d9d9");
}

static void zeros_are_grey_on_a_logarithmic_scale(void **state) {
    (void)state;
    const double values[] = {0, 1e-3, 1e-3, 0};
    const double more[] = {0, -1, NAN, 10};
    const char *const labels[] = {"63", "127"};
    koop_scene_matrix matrix = {
        .rows = 2, .columns = 2, .values = values, .log = true, .labels = labels};
    assert_int_equal(DRAW(koop_scene_heatmap(&svg, &any_size, &matrix)), KOOP_OK);
    assert_int_equal(svg_count(svg.text, "fill=\"#d9d9d9\""), 3);
    holds(">0</text>");
    assert_int_equal(svg_count(svg.text, ">127</text>"), 2);
    matrix.values = more;
    assert_int_equal(DRAW(koop_scene_heatmap(&svg, &any_size, &matrix)), KOOP_OK);
    holds(">0, negative, not finite</text>");
    matrix.log = false;
    assert_int_equal(DRAW(koop_scene_heatmap(&svg, &any_size, &matrix)), KOOP_OK);
    holds(">not finite</text>");
}

static void large_matrices_are_drawn_by_their_largest(void **state) {
    (void)state;
    enum { ROWS = 500, COLUMNS = 1001 };
    double *values = calloc(ROWS * COLUMNS, sizeof *values);
    assert_non_null(values);
    values[ROWS * COLUMNS - 1] = 1;
    const koop_scene_matrix matrix = {.rows = ROWS, .columns = COLUMNS, .values = values};
    assert_int_equal(DRAW(koop_scene_heatmap(&svg, &any_size, &matrix)), KOOP_OK);
    holds("each cell: the largest of 3 × 6 values");
    assert_int_equal(svg_count(svg.text, "fill=\"#fde725\""), 1);
    assert_true(svg.used < 3000000);
    free(values);
}

static void matrices_of_nothing_are_refused(void **state) {
    (void)state;
    const double values[] = {0, 0, NAN};
    koop_scene_matrix matrix = {.rows = 0, .columns = 3, .values = values};
    assert_int_equal(DRAW(koop_scene_heatmap(&svg, &any_size, &matrix)), KOOP_NOT_ENOUGH_DATA);
    matrix.rows = 1;
    assert_int_equal(DRAW(koop_scene_heatmap(&svg, &any_size, &matrix)), KOOP_OK);
    matrix.log = true;
    assert_int_equal(DRAW(koop_scene_heatmap(&svg, &any_size, &matrix)), KOOP_NOT_ENOUGH_DATA);
    const double extremes[] = {-1e300, 1e300, 1e-300};
    matrix.values = extremes;
    for (int log = 0; log < 2; log++) {
        matrix.log = log;
        assert_int_equal(DRAW(koop_scene_heatmap(&svg, &any_size, &matrix)), KOOP_OK);
        assert_true(svg_count(svg.text, "fill=\"#fde725\"") == 1);
    }
}

/* --- Histograms. --- */

static void bars_are_shares_of_each_sample(void **state) {
    (void)state;
    const double a[] = {0, 0, 1, 4}, b[] = {4, 3.9};
    const koop_scene_sample samples[2] = {{"a", 4, a}, {"b", 2, b}};
    assert_int_equal(DRAW(koop_scene_histogram(&svg, &any_size, samples, 2, 4, false)), KOOP_OK);
    /* The highest share is 1, the axis goes to 1.06, the chart from 40 to 380. */
    char top[64], half[64];
    snprintf(top, sizeof top, ",%.2f ", 380 - 340 / 1.06);
    snprintf(half, sizeof half, ",%.2f ", 380 - 340 * 0.5 / 1.06);
    holds(top);
    holds(half);
    holds(">a (4)</text>");
    assert_int_equal(svg_count(svg.text, "<polygon"), 2);
}

static void histograms_take_one_value_and_huge_ones(void **state) {
    (void)state;
    const double one[] = {3}, same[] = {2, 2, 2}, far[] = {-1e300, 1e300, 0};
    const double small[] = {1e-299, 1, 1e299};
    koop_scene_sample sample = {"x", 1, one};
    assert_int_equal(DRAW(koop_scene_histogram(&svg, &any_size, &sample, 1, 0, false)), KOOP_OK);
    assert_int_equal(DRAW(koop_scene_histogram(&svg, &any_size, &sample, 1, 1, true)), KOOP_OK);
    sample = (koop_scene_sample){"x", 3, same};
    assert_int_equal(DRAW(koop_scene_histogram(&svg, &any_size, &sample, 1, 0, true)), KOOP_OK);
    sample.values = far;
    assert_int_equal(DRAW(koop_scene_histogram(&svg, &any_size, &sample, 1, 0, false)), KOOP_OK);
    assert_int_equal(DRAW(koop_scene_histogram(&svg, &any_size, &sample, 1, 0, true)),
                     KOOP_NOT_FINITE);
    sample.values = small;
    assert_int_equal(DRAW(koop_scene_histogram(&svg, &any_size, &sample, 1, 0, true)), KOOP_OK);
    sample.n = 0;
    assert_int_equal(DRAW(koop_scene_histogram(&svg, &any_size, &sample, 1, 0, false)),
                     KOOP_NOT_ENOUGH_DATA);
}

static void viridis_has_its_ends(void **state) {
    (void)state;
    char out[KOOP_PALETTE_COLOR_BYTES];
    assert_string_equal(koop_palette_viridis(-1, out), "#440154");
    assert_string_equal(koop_palette_viridis(0.5, out), "#21918c");
    assert_string_equal(koop_palette_viridis(2, out), "#fde725");
    assert_string_equal(koop_palette_viridis(NAN, out), "#440154");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eigenvalues_stand_where_the_axes_say),
        cmocka_unit_test(the_part_near_one_is_there_when_they_crowd_there),
        cmocka_unit_test(the_zoom_looks_at_all_files_together),
        cmocka_unit_test(files_differ_in_color_and_shape),
        cmocka_unit_test(what_is_not_trusted_is_hollow),
        cmocka_unit_test(eigenvalues_far_out_are_counted),
        cmocka_unit_test(spectra_of_nothing_or_nan_are_refused),
        cmocka_unit_test(names_of_strangers_do_no_harm),
        cmocka_unit_test(the_same_spectra_give_the_same_bytes),
        cmocka_unit_test(a_curve_has_a_point_a_step),
        cmocka_unit_test(curves_have_gaps_where_there_is_no_value),
        cmocka_unit_test(long_curves_keep_their_peaks),
        cmocka_unit_test(events_are_numbered_and_listed),
        cmocka_unit_test(curves_of_nothing_are_refused),
        cmocka_unit_test(falling_steps_stay_within_bounds),
        cmocka_unit_test(trajectories_are_curves_and_paths),
        cmocka_unit_test(points_of_a_path_that_cannot_be_told_apart_are_one),
        cmocka_unit_test(trajectories_of_nothing_are_refused),
        cmocka_unit_test(a_matrix_has_a_color_a_cell),
        cmocka_unit_test(zeros_are_grey_on_a_logarithmic_scale),
        cmocka_unit_test(large_matrices_are_drawn_by_their_largest),
        cmocka_unit_test(matrices_of_nothing_are_refused),
        cmocka_unit_test(bars_are_shares_of_each_sample),
        cmocka_unit_test(histograms_take_one_value_and_huge_ones),
        cmocka_unit_test(viridis_has_its_ends),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
