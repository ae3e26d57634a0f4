/* compare --plot: what the picture shows, where it goes, and that the verdict stays what it is. */
#include "capture.h"
#include "svg_check.h"

/* `two` is `one` in another order, moved by 0.25. */
static const double one[3][2] = {{0.5, 0}, {0, 0.5}, {0, -0.5}};
static const double two[3][2] = {{0.25, 0.5}, {0.75, 0}, {0.25, -0.5}};

static void unused_path(char path[64]) {
    write_npy(path, "<c16", "1,", one, sizeof one[0]);
    unlink(path);
}

static char *picture_at(const char *path) {
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    char *text = read_back(file);
    const char *why = svg_check(text);
    if (why) fail_msg("%s: %s", path, why);
    unlink(path);
    return text;
}

static char *drawn(const char *line, int code, const char *path) {
    captured result = koopmon(line);
    if (result.code != code)
        fail_msg("koopmon %s: code %d, error \"%s\"", line, result.code, result.err);
    release(&result);
    return picture_at(path);
}

static void one_spectrum_a_side_is_drawn_with_its_matching(void **state) {
    (void)state;
    char a[64], b[64], svg[64], line[300];
    write_npy(a, "<c16", "3,", one, sizeof one);
    write_npy(b, "<c16", "3,", two, sizeof two);
    unused_path(svg);
    snprintf(line, sizeof line, "compare --plot %s %s %s", svg, a, b);
    char *picture = drawn(line, KOOP_EXIT_OK, svg);
    assert_int_equal(svg_count(picture, "stroke=\"#4d4d4d\""), 3 + 1); /* and the legend's */
    assert_int_equal(svg_count(picture, ">optimal matching</text>"), 1);
    assert_int_equal(svg_count(picture, "<circle"), 3 + 1);
    assert_int_equal(svg_count(picture, ">assignment distance 0.25<"), 2);
    /* All lines lie level: 0.25 of the plane long. */
    const char *at = picture;
    for (int i = 0; i < 3; i++) {
        double x1, y1, x2, y2;
        at = strstr(at + 1, "stroke=\"#4d4d4d\"");
        assert_non_null(at);
        const char *start = at;
        while (strncmp(start, "<poly", 5) != 0) start--;
        assert_int_equal(sscanf(start, "<polyline points=\"%lf,%lf %lf,%lf\"", &x1, &y1, &x2, &y2),
                         4);
        assert_true(y1 == y2);
        assert_true(x2 - x1 - 0.25 * 380 / 2.24 < 0.02 && x2 - x1 - 0.25 * 380 / 2.24 > -0.02);
    }
    free(picture);
    unlink(a);
    unlink(b);
}

static void unequal_or_several_spectra_have_no_lines(void **state) {
    (void)state;
    char a[64], b[64], svg[64], line[300];
    write_npy(a, "<c16", "3,", one, sizeof one);
    write_npy(b, "<c16", "2,", two, 2 * sizeof two[0]);
    unused_path(svg);
    snprintf(line, sizeof line, "compare --plot %s %s %s", svg, a, b);
    char *picture = drawn(line, KOOP_EXIT_OK, svg);
    assert_int_equal(svg_count(picture, "#4d4d4d"), 0);
    assert_int_equal(svg_count(picture, "optimal matching"), 0);
    free(picture);
    snprintf(line, sizeof line, "compare --plot %s %s %s --vs %s", svg, a, a, a);
    picture = drawn(line, KOOP_EXIT_OK, svg);
    assert_int_equal(svg_count(picture, "#4d4d4d"), 0);
    assert_int_equal(svg_count(picture, " and 1 more (6)</text>"), 1);
    free(picture);
    unlink(a);
    unlink(b);
}

static void the_exit_code_and_the_output_stay_those_of_compare(void **state) {
    (void)state;
    char a[64], b[64], svg[64], line[300];
    write_npy(a, "<c16", "3,", one, sizeof one);
    write_npy(b, "<c16", "3,", two, sizeof two);
    unused_path(svg);
    snprintf(line, sizeof line, "compare --json --threshold 0.2 --plot %s %s %s", svg, a, b);
    free(drawn(line, KOOP_EXIT_DIFFERENT, svg));
    snprintf(line, sizeof line, "compare --json --plot %s %s %s", svg, a, b);
    captured with = koopmon(line);
    snprintf(line, sizeof line, "compare --json %s %s", a, b);
    captured without = koopmon(line);
    assert_string_equal(with.out, without.out);
    release(&with);
    release(&without);
    snprintf(line, sizeof line, "compare --force --plot %s %s %s", svg, a, b);
    captured said = koopmon(line);
    snprintf(line, sizeof line, "  drawn in %s\n", svg);
    assert_non_null(strstr(said.out, line));
    release(&said);
    unlink(svg);
    unlink(a);
    unlink(b);
}

static void no_file_is_replaced_unasked(void **state) {
    (void)state;
    char a[64], b[64], line[300];
    write_npy(a, "<c16", "3,", one, sizeof one);
    write_npy(b, "<c16", "3,", two, sizeof two);
    snprintf(line, sizeof line, "compare --plot %s %s %s", b, a, b);
    refused(line, KOOP_EXIT_USAGE, "--force replaces it");
    snprintf(line, sizeof line, "compare --plot - %s %s", a, b);
    refused(line, KOOP_EXIT_USAGE, "--plot wants a file");
    snprintf(line, sizeof line, "compare --plot /nonexistent/p.svg %s %s", a, b);
    refused(line, KOOP_EXIT_USAGE, "No such file");
    unlink(a);
    unlink(b);
}

static void what_lies_far_outside_stays_in_the_frame(void **state) {
    (void)state;
    const double far[3][2] = {{1e200, 0}, {0, 0.5}, {0, -0.5}};
    char a[64], b[64], svg[64], line[300];
    write_npy(a, "<c16", "3,", one, sizeof one);
    write_npy(b, "<c16", "3,", far, sizeof far);
    unused_path(svg);
    snprintf(line, sizeof line, "compare --plot %s %s %s", svg, a, b);
    char *picture = drawn(line, KOOP_EXIT_OK, svg);
    assert_null(strstr(picture, "00000000"));
    assert_int_equal(svg_count(picture, "stroke=\"#4d4d4d\""), 3 + 1);
    free(picture);
    unlink(a);
    unlink(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_spectrum_a_side_is_drawn_with_its_matching),
        cmocka_unit_test(unequal_or_several_spectra_have_no_lines),
        cmocka_unit_test(the_exit_code_and_the_output_stay_those_of_compare),
        cmocka_unit_test(no_file_is_replaced_unasked),
        cmocka_unit_test(what_lies_far_outside_stays_in_the_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
