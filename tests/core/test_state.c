/* The state cursor: what is saved is loaded, bounds hold both ways, the first failure stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include "state.h"

#include <math.h>
#include <string.h>

typedef struct things {
    int whole;
    uint64_t count;
    bool yes;
    double values[3];
    char text[16];
    uint8_t raw[5];
} things;

static void exchange(things *t, koop_state *s) {
    koop_state_same_int(s, 7);
    koop_state_int(s, &t->whole, -5, 5);
    koop_state_count(s, &t->count, 1000);
    koop_state_bool(s, &t->yes);
    koop_state_doubles(s, t->values, 3, 1e3);
    koop_state_text(s, t->text, sizeof t->text);
    koop_state_bytes(s, t->raw, sizeof t->raw);
    koop_state_same_double(s, 0.5);
}

static things sample(void) {
    return (things){-4, 999, true, {1, -2.5, 1e3}, "a \xc3\x97 b", {1, 2, 3, 4, 5}};
}

static size_t save(things *t, uint8_t *bytes, size_t size) {
    koop_state s = koop_state_saving(bytes, size);
    exchange(t, &s);
    assert_int_equal(s.status, KOOP_OK);
    return s.at;
}

static void what_is_saved_is_loaded(void **state) {
    (void)state;
    uint8_t bytes[256];
    things from = sample(), to = {0};
    const size_t size = save(&from, bytes, sizeof bytes);
    memset(to.text, 'x', sizeof to.text);
    koop_state s = koop_state_loading(bytes, size);
    exchange(&to, &s);
    assert_int_equal(s.status, KOOP_OK);
    assert_int_equal(s.at, size);
    assert_int_equal(to.whole, -4);
    assert_int_equal(to.count, 999);
    assert_true(to.yes);
    assert_memory_equal(to.values, from.values, sizeof to.values);
    assert_memory_equal(to.text, from.text, sizeof to.text); /* zeros behind the NUL */
    assert_memory_equal(to.raw, from.raw, sizeof to.raw);
}

static void measuring_counts_what_saving_takes(void **state) {
    (void)state;
    uint8_t bytes[256];
    things from = sample();
    const size_t size = save(&from, bytes, sizeof bytes);
    assert_int_equal(save(&from, NULL, 0), size);
    memset(bytes, 0xee, sizeof bytes);
    assert_int_equal(save(&from, bytes, size), size); /* exactly enough */
    assert_int_equal(bytes[size], 0xee);
    for (size_t less = 0; less < size; less++) {
        memset(bytes, 0xee, sizeof bytes);
        koop_state s = koop_state_saving(bytes, less);
        exchange(&from, &s);
        assert_int_equal(s.status, KOOP_TOO_LARGE);
        assert_int_equal(bytes[less], 0xee);
    }
}

static void bytes_that_end_early_are_refused(void **state) {
    (void)state;
    uint8_t bytes[256];
    things from = sample();
    const size_t size = save(&from, bytes, sizeof bytes);
    for (size_t less = 0; less < size; less++) {
        things to = {0};
        koop_state s = koop_state_loading(bytes, less);
        exchange(&to, &s);
        assert_int_equal(s.status, KOOP_BAD_MESSAGE);
        assert_true(s.at <= less);
    }
}

static koop_status load_changed(void (*change)(uint8_t *bytes)) {
    uint8_t bytes[256];
    things from = sample(), to = {0};
    const size_t size = save(&from, bytes, sizeof bytes);
    change(bytes);
    koop_state s = koop_state_loading(bytes, size);
    exchange(&to, &s);
    assert_true(to.whole >= -5 && to.whole <= 5 && to.count <= 1000);
    return s.status;
}

/* Where the fields stand, as exchange() writes them. */
enum { SAME = 0, WHOLE = 4, COUNT = 8, YES = 16, VALUES = 20, LENGTH = 44, TEXT = 52 };

static void put_same(uint8_t *bytes) {
    bytes[SAME] = 8;
}
static void put_whole(uint8_t *bytes) {
    memcpy(bytes + WHOLE, &(int){6}, sizeof(int));
}
static void put_count(uint8_t *bytes) {
    memcpy(bytes + COUNT, &(uint64_t){1001}, sizeof(uint64_t));
}
static void put_bool(uint8_t *bytes) {
    bytes[YES] = 2;
}
static void put_nan(uint8_t *bytes) {
    memcpy(bytes + VALUES, &(double){NAN}, sizeof(double));
}
static void put_large(uint8_t *bytes) {
    memcpy(bytes + VALUES, &(double){-1001}, sizeof(double));
}
static void put_length(uint8_t *bytes) {
    memcpy(bytes + LENGTH, &(uint64_t){16}, sizeof(uint64_t));
}
static void put_escape(uint8_t *bytes) {
    bytes[TEXT] = 0x1b;
}
static void put_nul(uint8_t *bytes) {
    bytes[TEXT] = 0;
}
static void put_c1(uint8_t *bytes) {
    memcpy(bytes + TEXT, "\xc2\x9b", 2);
}

static void what_is_out_of_bounds_is_refused(void **state) {
    (void)state;
    assert_int_equal(load_changed(put_same), KOOP_BAD_SHAPE);
    assert_int_equal(load_changed(put_whole), KOOP_BAD_MESSAGE);
    assert_int_equal(load_changed(put_count), KOOP_BAD_MESSAGE);
    assert_int_equal(load_changed(put_bool), KOOP_BAD_MESSAGE);
    assert_int_equal(load_changed(put_nan), KOOP_BAD_MESSAGE);
    assert_int_equal(load_changed(put_large), KOOP_BAD_MESSAGE);
    assert_int_equal(load_changed(put_length), KOOP_BAD_MESSAGE);
    assert_int_equal(load_changed(put_escape), KOOP_BAD_MESSAGE);
    assert_int_equal(load_changed(put_nul), KOOP_BAD_MESSAGE);
    assert_int_equal(load_changed(put_c1), KOOP_BAD_MESSAGE);
}

static void bounds_hold_for_saving_too(void **state) {
    (void)state;
    uint8_t bytes[256];
    things from = sample();
    from.values[1] = NAN;
    koop_state s = koop_state_saving(bytes, sizeof bytes);
    exchange(&from, &s);
    assert_int_equal(s.status, KOOP_BAD_MESSAGE);
    assert_true(isnan(from.values[1])); /* saving changes nothing */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_saved_is_loaded),
        cmocka_unit_test(measuring_counts_what_saving_takes),
        cmocka_unit_test(bytes_that_end_early_are_refused),
        cmocka_unit_test(what_is_out_of_bounds_is_refused),
        cmocka_unit_test(bounds_hold_for_saving_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
