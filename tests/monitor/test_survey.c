#include "survey.h"

#include "serve_kit.h"

#include <math.h>

static void places_are_a_step_a_share_or_an_age(void **state) {
    (void)state;
    static const struct {
        const char *text;
        koop_place place;
    } good[] = {
        {"12000", {KOOP_PLACE_STEP, 12000}},    {"0", {KOOP_PLACE_STEP, 0}},
        {"50%", {KOOP_PLACE_SHARE, 0.5}},       {"12.5%", {KOOP_PLACE_SHARE, 0.125}},
        {"100%", {KOOP_PLACE_SHARE, 1}},        {"3m ago", {KOOP_PLACE_AGE_MS, 180000}},
        {"3m", {KOOP_PLACE_AGE_MS, 180000}},    {"90 s ago", {KOOP_PLACE_AGE_MS, 90000}},
        {"1.5h", {KOOP_PLACE_AGE_MS, 5400000}}, {"2d ago", {KOOP_PLACE_AGE_MS, 172800000}},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        koop_place place;
        if (!koop_place_parse(good[i].text, &place)) fail_msg("refused \"%s\"", good[i].text);
        assert_int_equal(place.kind, good[i].place.kind);
        assert_float_equal(place.value, good[i].place.value, 1e-9);
    }
    static const char *const bad[] = {"",
                                      "x",
                                      "12.5",
                                      "101%",
                                      "-5%",
                                      "3w",
                                      "3m a",
                                      "-3m",
                                      "0m",
                                      "1e3",
                                      "0x10",
                                      "inf",
                                      "nan%",
                                      "5%%",
                                      "ago",
                                      "3 ago",
                                      "3mm",
                                      "3m  ago",
                                      "3m ago\n",
                                      " 3m",
                                      "3 ",
                                      "-3",
                                      "99999999999999999999"};
    koop_place place;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (koop_place_parse(bad[i], &place)) fail_msg("took \"%s\"", bad[i]);
}

static void a_place_is_reached_by_the_first_snapshot_at_it_or_after(void **state) {
    (void)state;
    const koop_survey survey = {.span = {.snapshots = 10, .first_ms = 0, .last_ms = 9000}};
    static const struct {
        koop_place place;
        uint64_t first; /* index; snapshot i has step 100i and time 1000i ms */
    } cases[] = {
        {{KOOP_PLACE_START, 0}, 0},      {{KOOP_PLACE_STEP, 300}, 3},
        {{KOOP_PLACE_STEP, 301}, 4},     {{KOOP_PLACE_STEP, -1}, 0},
        {{KOOP_PLACE_STEP, 5000}, 10},   {{KOOP_PLACE_SHARE, 0}, 0},
        {{KOOP_PLACE_SHARE, 0.5}, 4},    {{KOOP_PLACE_SHARE, 1}, 9},
        {{KOOP_PLACE_AGE_MS, 2000}, 7},  {{KOOP_PLACE_AGE_MS, 2500}, 7},
        {{KOOP_PLACE_AGE_MS, 99999}, 0},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        uint64_t i = 0;
        for (; i < 10; i++) {
            const koop_wire_snapshot snapshot = {.step = (int64_t)(100 * i),
                                                 .time_ms = (int64_t)(1000 * i)};
            if (koop_place_reached(&cases[c].place, &survey, i, &snapshot)) break;
        }
        if (i != cases[c].first) fail_msg("case %zu: reached at %d", c, (int)i);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_a_step_a_share_or_an_age),
        cmocka_unit_test(a_place_is_reached_by_the_first_snapshot_at_it_or_after),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
