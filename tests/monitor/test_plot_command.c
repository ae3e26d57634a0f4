/* koopmon plot: what it draws of which file, what it refuses, and where the picture goes. */
#include "capture.h"

#include <jansson.h>
#include <math.h>
#include <sys/stat.h>

#include "svg_check.h"

static char directory[64];

static int set_up(void **state) {
    (void)state;
    strcpy(directory, "/tmp/koop-plot-XXXXXX");
    if (!mkdtemp(directory)) return -1;
    return setenv("XDG_STATE_HOME", directory, 1);
}

static int tear_down(void **state) {
    (void)state;
    return rmdir(directory);
}

/* The picture that `line`, with the path for %s, writes to standard output. */
static char *picture(const char *line, const char *path) {
    char words[512];
    snprintf(words, sizeof words, line, path, path);
    captured result = koopmon(words);
    if (result.code != 0) fail_msg("%s: %s", words, result.err);
    const char *why = svg_check(result.out);
    if (why) fail_msg("%s: %s in %s", words, why, result.out);
    free(result.err);
    return result.out;
}

static void refuse(const char *line, const char *path, int code, const char *word) {
    char words[512];
    snprintf(words, sizeof words, line, path);
    refused(words, code, word);
}

static void holds(const char *text, const char *part) {
    if (!strstr(text, part)) fail_msg("no %s in\n%s", part, text);
}

/* A damped rotation and a decay, seen through 6 values. */
static void write_trajectory(char path[64], int snapshots) {
    static double x[1000 * 6];
    char shape[32];
    for (int t = 0; t < snapshots; t++)
        for (int i = 0; i < 6; i++)
            x[t * 6 + i] = pow(0.999, t) * cos(0.1 * t + i) + pow(0.99, t) * sin(2 * i + 1) +
                           0.001 * sin(1.7 * t * t + i);
    snprintf(shape, sizeof shape, "%d, 6", snapshots);
    write_npy(path, "<f8", shape, x, sizeof(double) * 6 * (size_t)snapshots);
}

static void spectra_of_npy_are_drawn_whole(void **state) {
    (void)state;
    char path[64];
    const double z[] = {0.5, 0.5, 0.5, -0.5, -0.25, 0, 0, 0};
    write_npy(path, "<c16", "2, 2", z, sizeof z);
    char *svg = picture("plot spectrum -o - --width 500 %s %s", path);
    holds(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"500\"");
    assert_int_equal(svg_count(svg, "<circle"), 5);
    assert_int_equal(svg_count(svg, " (4)</text>"), 2);
    assert_int_equal(svg_count(svg, ">/tmp/"), 2); /* one name for two: whole paths */
    assert_null(strstr(svg, "hollow"));
    free(svg);
    unlink(path);
}

static void spectra_of_trajectories_are_computed(void **state) {
    (void)state;
    char path[64];
    write_trajectory(path, 200);
    char *svg = picture("plot spectrum -o - --window 32 --rank 3 %s", path);
    holds(svg, " (3)</text>");
    assert_null(strstr(svg, ">/tmp/"));
    free(svg);
    svg = picture("plot spectrum --batch --rank 5 -o - %s", path);
    holds(svg, " (5)</text>");
    free(svg);
    refuse("plot spectrum -o - --window 300 %s", path, 5, "a spectrum needs 300");
    unlink(path);
}

static void curves_of_a_trajectory_are_its_signals(void **state) {
    (void)state;
    char path[64];
    write_trajectory(path, 400);
    char *svg = picture("plot curves -o - %s", path);
    holds(svg, ">speed</text>");
    holds(svg, ">prediction</text>");
    holds(svg, ">distance</text>");
    free(svg);
    refuse("plot curves -o - --scalar loss %s", path, 2, "has no scalar \"loss\"");
    refuse("plot curves -o - --window 500 %s", path, 5, "too few snapshots");
    unlink(path);
}

static void trajectories_are_drawn_by_the_weights_that_move_most(void **state) {
    (void)state;
    char path[64], other[64], line[256];
    /* T×D×N = 4×3×2: the ranges are 0, 3 and 30 in the first start, 0, 3 and 1 in the second */
    const double x[] = {1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 10, 1, 1, 1, 2, 2, 30, 0, 1, 1, 3, 3, 20, 1};
    write_npy(path, "<f8", "4, 3, 2", x, sizeof x);
    char *svg = picture("plot trajectory -o - %s", path);
    holds(svg, ">weight 2</text>");
    holds(svg, ">weight 1</text>");
    holds(svg, "principal component");
    assert_int_equal(svg_count(svg, " stroke-width=\"1.5\""), 4 + 2);
    assert_true(strstr(svg, ">weight 2<") < strstr(svg, ">weight 1<"));
    free(svg);
    svg = picture("plot trajectory -o - --start 1 --weights 1 %s", path);
    holds(svg, ">weight 1</text>");
    assert_null(strstr(svg, ">weight 2</text>"));
    assert_int_equal(svg_count(svg, " stroke-width=\"1.5\""), 1 + 1);
    free(svg);
    svg = picture("plot trajectory -o - --pick 0,2 --no-plane %s %s", path);
    holds(svg, ">weight 0</text>");
    assert_null(strstr(svg, "principal"));
    assert_int_equal(svg_count(svg, " stroke-width=\"1.5\""), 8);
    free(svg);
    svg = picture("plot trajectory -o - --weights 0 %s", path);
    assert_null(strstr(svg, ">weight"));
    free(svg);
    refuse("plot trajectory -o - --start 2 %s", path, 2, "2 starts, and --start 2");
    refuse("plot trajectory -o - --pick 3 %s", path, 2, "from 0 to 2");
    refuse("plot trajectory -o - --pick 1,,2 %s", path, 2, "from 0 to 2");
    refuse("plot trajectory -o - --pick 0,1,2,0,1 %s", path, 2, "up to 4");
    refuse("plot trajectory -o - --no-plane --weights 0 %s", path, 2, "nothing to draw");
    write_trajectory(other, 10);
    snprintf(line, sizeof line, "plot trajectory -o - %s %s", path, other);
    refused(line, 2, "snapshots of 6 values, and of 3 in the first");
    unlink(path);
    unlink(other);
}

static void trajectories_without_a_plane_say_so(void **state) {
    (void)state;
    char path[64];
    const double x[] = {1, 2, NAN, 4, 5, 6}, still[] = {1, 2, 1, 2, 1, 2};
    write_npy(path, "<f8", "3, 2", x, sizeof x);
    refuse("plot trajectory -o - %s", path, 2, "--no-plane draws it, with gaps");
    free(picture("plot trajectory -o - --no-plane %s", path));
    unlink(path);
    write_npy(path, "<f8", "3, 2", still, sizeof still);
    refuse("plot trajectory -o - %s", path, 5, "do not move");
    unlink(path);
    write_npy(path, "<f8", "6, 1", x + 3, 0);
    refuse("plot trajectory -o - %s", path, 2, "truncated");
    unlink(path);
    write_npy(path, "<f8", "0, 2", x, 0);
    refuse("plot trajectory -o - %s", path, 5, "no snapshots");
    unlink(path);
    write_npy(path, "<f8", "6", still, sizeof still);
    refuse("plot trajectory -o - %s", path, 2, "T×n or T×D×N");
    unlink(path);
    write_npy(path, "<c16", "3", still, sizeof still);
    refuse("plot trajectory -o - %s", path, 2, "complex values are a spectrum");
    unlink(path);
    refuse("plot trajectory -o - %s", path, 4, "no file and no run");
}

static void heatmaps_are_of_matrices_or_of_distances(void **state) {
    (void)state;
    char path[64];
    const double matrix[] = {1, 2, 3, 4, 5, 6};
    const double rows[] = {0.5, 0, 0.25, 0, 0.5, 0, 0.75, 0};
    write_npy(path, "<f8", "2, 3", matrix, sizeof matrix);
    char *svg = picture("plot heatmap -o - %s", path);
    holds(svg, ">row</text>");
    holds(svg, ">column</text>");
    free(svg);
    refuse("plot heatmap -o - --trajectory %s", path, 5, "distances need two");
    unlink(path);
    write_npy(path, "<c16", "2, 2", rows, sizeof rows);
    svg = picture("plot heatmap -o - %s", path);
    holds(svg, ">mean assignment distance</text>");
    holds(svg, ">0.25</text>"); /* the larger of the two, on the colour bar */
    free(svg);
    unlink(path);
    write_trajectory(path, 331);
    svg = picture("plot heatmap -o - --trajectory --window 64 --log %s", path);
    holds(svg, ">last step of each window of 64 snapshots</text>");
    for (int k = 1; k <= 5; k++) {
        char label[32];
        snprintf(label, sizeof label, ">%d</text>", 64 * k - 1);
        assert_int_equal(svg_count(svg, label), 2);
    }
    assert_null(strstr(svg, ">383</text>"));
    assert_int_equal(svg_count(svg, "fill=\"#d9d9d9\""), 5 + 1); /* the diagonal, and its key */
    free(svg);
    unlink(path);
}

static void histograms_leave_out_what_is_no_number(void **state) {
    (void)state;
    char path[64], line[256];
    const double values[] = {1, 2, NAN, 3, -1, 0, INFINITY};
    write_npy(path, "<f8", "7", values, sizeof values);
    snprintf(line, sizeof line, "plot histogram --bins 3 -o - %s", path);
    captured result = koopmon(line);
    assert_int_equal(result.code, 0);
    holds(result.out, " (5)</text>");
    holds(result.err, "2 of 7 values are left out");
    release(&result);
    snprintf(line, sizeof line, "plot histogram --log -o - %s", path);
    result = koopmon(line);
    holds(result.out, " (3)</text>");
    release(&result);
    unlink(path);
    write_npy(path, "<f8", "1", &values[2], sizeof(double));
    refuse("plot histogram -o - %s", path, 5, "holds no value to draw");
    unlink(path);
}

static void wrong_files_are_refused(void **state) {
    (void)state;
    char path[64];
    const double bad[] = {1, NAN, 0, 0};
    write_npy(path, "<c16", "2", bad, sizeof bad);
    refuse("plot spectrum -o - %s", path, 2, "holds NaN");
    refuse("plot heatmap -o - %s", path, 2, "between the rows");
    refuse("plot histogram -o - %s", path, 2, "complex values");
    refuse("plot curves -o - %s", path, 2, "complex values are a spectrum");
    unlink(path);
    write_npy(path, "<c16", "0", bad, 0);
    refuse("plot spectrum -o - %s", path, 5, "holds no eigenvalue");
    unlink(path);
    write_npy(path, "<f8", "0, 3", bad, 0);
    refuse("plot heatmap -o - %s", path, 5, "holds no value");
    unlink(path);
    write_npy(path, "<f8", "4", bad, sizeof bad);
    refuse("plot heatmap -o - %s", path, 2, "a matrix has two");
    unlink(path);
    FILE *file = fopen(path, "w");
    fclose(file);
    refuse("plot histogram -o - %s", path, 5, "is empty");
    refuse("plot spectrum -o - %s", path, 5, "is empty");
    refuse("plot heatmap -o - %s", path, 5, "is empty");
    unlink(path);
    refuse("plot spectrum -o - %s", path, 4, "no file and no run");
    refuse("plot curves -o - %s", path, 4, "no file and no run");
    refuse("plot histogram -o - %s", path, 2, "No such file");
}

static void usage_is_explained(void **state) {
    (void)state;
    refused("plot", 2, "wants spectrum|curves|trajectory|heatmap|histogram FILE");
    refused("plot hetmap x", 2, "did you mean \"heatmap\"");
    refused("plot pie x", 2, "there are spectrum");
    refused("plot spectrum x", 2, "-o FILE.svg, or -o - for standard output");
    refused("plot spectrum -o x", 2, "wants FILE");
    refused("plot spectrum -o - --json x", 2, "cannot both go");
    refused("plot histogram -o - --window 3 x", 2, "no option --window");
    refused("plot curves -o - --batch x", 2, "no option --batch");
    refused("plot heatmap -o - --stride 3 x", 2, "no option --stride");
    refused("plot curves -o - --width 3 x", 2, "--width wants a whole number from 160");
    static const char *const kinds[] = {"spectrum", "curves", "trajectory", "heatmap", "histogram"};
    for (int k = 0; k < 5; k++) {
        char line[64];
        snprintf(line, sizeof line, "plot %s --help", kinds[k]);
        captured help = koopmon(line);
        assert_int_equal(help.code, 0);
        snprintf(line, sizeof line, "usage: koopmon plot %s [options] FILE", kinds[k]);
        assert_memory_equal(help.out, line, strlen(line));
        holds(help.out, "--force");
        release(&help);
    }
}

/* The manual has the options of every kind; tests of the commands look at `plot --help` alone. */
static void the_manual_knows_the_options_of_all_kinds(void **state) {
    (void)state;
    static const char *const names[] = {"scalar",  "log",  "trajectory", "bins",       "title",
                                        "weights", "pick", "start",      "no\\-plane", "width"};
    FILE *file = fopen(KOOP_GOLDEN_DIR "/../../man/koopmon.1", "r");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    char *manual = read_back(file), word[32];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(word, sizeof word, "\\-\\-%s", names[i]);
        holds(manual, word);
    }
    free(manual);
}

static void files_are_not_replaced_without_force(void **state) {
    (void)state;
    char path[64], out[96], line[256];
    const double values[] = {1, 2, 3};
    write_npy(path, "<f8", "3", values, sizeof values);
    snprintf(out, sizeof out, "%s/out.svg", directory);
    snprintf(line, sizeof line, "plot histogram -o %s %s", out, path);
    captured result = koopmon(line);
    assert_int_equal(result.code, 0);
    holds(result.out, "out.svg: 3 values of 1 file\n");
    release(&result);
    refused(line, 2, "is there already; --force replaces it");
    snprintf(line, sizeof line, "plot histogram --force --json --output %s %s", out, path);
    result = koopmon(line);
    assert_int_equal(result.code, 0);
    json_t *json = json_loads(result.out, 0, NULL);
    struct stat file;
    assert_int_equal(stat(out, &file), 0);
    assert_int_equal(json_integer_value(json_object_get(json, "bytes")), file.st_size);
    assert_string_equal(json_string_value(json_object_get(json, "kind")), "histogram");
    assert_string_equal(json_string_value(json_object_get(json, "file")), out);
    json_decref(json);
    release(&result);
    unlink(out);
    refuse("plot histogram -o /nowhere/at/all.svg %s", path, 2, "No such file");
    refuse("plot histogram --force -o /dev/full %s", path, 2, "No space");
    refuse("plot histogram --height 160 --width 160 -o - %s", path, 2, "does not fit");
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spectra_of_npy_are_drawn_whole),
        cmocka_unit_test(spectra_of_trajectories_are_computed),
        cmocka_unit_test(curves_of_a_trajectory_are_its_signals),
        cmocka_unit_test(trajectories_are_drawn_by_the_weights_that_move_most),
        cmocka_unit_test(trajectories_without_a_plane_say_so),
        cmocka_unit_test(heatmaps_are_of_matrices_or_of_distances),
        cmocka_unit_test(histograms_leave_out_what_is_no_number),
        cmocka_unit_test(wrong_files_are_refused),
        cmocka_unit_test(usage_is_explained),
        cmocka_unit_test(the_manual_knows_the_options_of_all_kinds),
        cmocka_unit_test(files_are_not_replaced_without_force),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
