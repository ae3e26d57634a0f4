#include "outlet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HEADER = 256 }; /* bytes of a .npy file before its data */

static const kit_group layout[] = {{"fc", 1, {3}}, {"fc.bias", 1, {2}}};

typedef struct fixture {
    kit_params params, copy;
    kit_outlet_options options;
    char path[32];
} fixture;

static int set_up(void **state) {
    fixture *f = calloc(1, sizeof *f);
    assert_int_equal(kit_params_new(&f->params, layout, 2), KOOP_OK);
    assert_int_equal(kit_params_new(&f->copy, layout, 2), KOOP_OK);
    strcpy(f->path, "/tmp/koop-outlet-XXXXXX");
    assert_int_equal(close(mkstemp(f->path)), 0);
    f->options = kit_outlet_defaults("test", "fc.bias");
    f->options.publish = false;
    f->options.record = f->path;
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    unlink(f->path);
    kit_params_free(&f->params);
    kit_params_free(&f->copy);
    free(f);
    return 0;
}

/* Opens, takes `steps` snapshots whose first bias is the step, closes; how many floats the file has. */
static size_t record(fixture *f, int copies, int steps, float *values, size_t most) {
    const kit_params *params[] = {&f->params, &f->copy};
    const kit_metadata none = {0};
    kit_outlet *outlet = NULL;
    assert_true(kit_outlet_open(&outlet, &f->options, params, copies, &none));
    for (int step = 0; step < steps; step++) {
        f->params.group[1][0] = (float)step;
        f->copy.group[1][0] = (float)(100 + step);
        assert_true(kit_outlet_take(outlet, step, step + 1 == steps, NULL, 0));
    }
    assert_true(kit_outlet_close(&outlet));
    assert_null(outlet);
    FILE *file = fopen(f->path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, HEADER, SEEK_SET), 0);
    size_t n = fread(values, sizeof *values, most, file);
    fclose(file);
    return n;
}

static void group_of_every_step_is_recorded(void **state) {
    float values[64];
    assert_int_equal(record(*state, 1, 4, values, 64), 4 * 2);
    for (int step = 0; step < 4; step++) assert_true(values[2 * step] == (float)step);
}

static void copies_are_recorded_side_by_side(void **state) {
    float values[64];
    assert_int_equal(record(*state, 2, 3, values, 64), 3 * 2 * 2);
    assert_true(values[4 * 2] == 2 && values[4 * 2 + 1] == 102);
}

static void recording_ends_where_it_is_to(void **state) {
    fixture *f = *state;
    f->options.record_steps = 2;
    float values[64];
    assert_int_equal(record(f, 1, 5, values, 64), 2 * 2);
}

static void all_groups_are_one(void **state) {
    fixture *f = *state;
    f->options.record_group = "all";
    float values[64];
    assert_int_equal(record(f, 1, 2, values, 64), 2 * 5);
    assert_true(values[5 + 3] == 1);
}

static void what_cannot_be_recorded_is_refused(void **state) {
    fixture *f = *state;
    const kit_params *params[] = {&f->params};
    const kit_metadata none = {0};
    kit_outlet *outlet = NULL;
    f->options.record_group = "fc2";
    assert_false(kit_outlet_open(&outlet, &f->options, params, 1, &none));
    f->options.record_group = "fc";
    f->options.record = "/nonexistent/x.npy";
    assert_false(kit_outlet_open(&outlet, &f->options, params, 1, &none));
    assert_null(outlet);
    assert_true(kit_outlet_close(&outlet));
}

static void metadata_is_cut_and_ends(void **state) {
    (void)state;
    kit_metadata of = {0};
    char longer[300];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    kit_metadata_add(&of, "long", "%s", longer);
    for (int i = 0; i < 40; i++) kit_metadata_add(&of, "i", "%d", i);
    assert_int_equal(of.n, 16);
    assert_int_equal(strlen(of.entries[1]), sizeof of.values[0] - 1);
    assert_string_equal(of.entries[31], "14");
    assert_null(of.entries[32]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(group_of_every_step_is_recorded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(copies_are_recorded_side_by_side, set_up, tear_down),
        cmocka_unit_test_setup_teardown(recording_ends_where_it_is_to, set_up, tear_down),
        cmocka_unit_test_setup_teardown(all_groups_are_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_recorded_is_refused, set_up, tear_down),
        cmocka_unit_test(metadata_is_cut_and_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
