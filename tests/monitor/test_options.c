#include "capture.h"
#include "dmd_options.h"
#include "options.h"

#include <limits.h>

static void whole_numbers_are_taken_whole_and_in_range(void **state) {
    (void)state;
    long value = 7;
    assert_true(koop_options_whole("64", 2, 4096, &value));
    assert_int_equal(value, 64);
    assert_true(koop_options_whole("-3", -5, 5, &value));
    assert_int_equal(value, -3);
    static const char *const bad[] = {
        "", " 4", "4 ", "4x", "x", "1", "4097", "0x10", "4.", "-4", "99999999999999999999"};
    value = 7;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (koop_options_whole(bad[i], 2, 4096, &value)) fail_msg("took \"%s\"", bad[i]);
    assert_int_equal(value, 7);
}

static void real_numbers_are_taken_whole_finite_and_in_range(void **state) {
    (void)state;
    double value = 7;
    assert_true(koop_options_real("0.25", 0, 1, &value));
    assert_true(value == 0.25);
    assert_true(koop_options_real("1e-3", 0, 1, &value));
    assert_true(value == 1e-3);
    static const char *const bad[] = {"",      " 0.5", "0.5x", "nan", "inf",
                                      "1e999", "-0.1", "1.1",  "."};
    value = 7;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (koop_options_real(bad[i], 0, 1, &value)) fail_msg("took \"%s\"", bad[i]);
    assert_true(value == 7);
}

static void durations_are_whole_numbers_with_a_unit(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int seconds;
    } good[] = {{"0", 0},     {"0s", 0},     {"90s", 90},           {"10m", 600},
                {"2h", 7200}, {"1d", 86400}, {"24855d", 2147472000}};
    static const char *const bad[] = {"",
                                      "10",
                                      "-1s",
                                      " 1s",
                                      "1 s",
                                      "1.5h",
                                      "1S",
                                      "1ms",
                                      "s",
                                      "1s ",
                                      "0x1s",
                                      "24856d",
                                      "99999999999999999999s"};
    int value = 7;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(koop_options_duration(good[i].text, 0, INT_MAX, &value));
        assert_int_equal(value, good[i].seconds);
    }
    value = 7;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (koop_options_duration(bad[i], 0, INT_MAX, &value)) fail_msg("took \"%s\"", bad[i]);
    assert_false(koop_options_duration("1m", 61, 70, &value));
    assert_false(koop_options_duration("2m", 61, 70, &value));
    assert_false(koop_options_duration("0", 1, 70, &value));
    assert_int_equal(value, 7);
}

static void sizes_are_whole_numbers_with_a_unit(void **state) {
    (void)state;
    uint64_t value = 7;
    static const struct {
        const char *text;
        uint64_t bytes;
    } good[] = {{"0", 0},
                {"500", 500},
                {"64K", 64 << 10},
                {"64k", 64 << 10},
                {"10M", 10 << 20},
                {"3G", (uint64_t)3 << 30},
                {"16777215T", (uint64_t)16777215 << 40}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(koop_options_size(good[i].text, 0, UINT64_MAX, &value));
        assert_int_equal(value, good[i].bytes);
    }
    static const char *const bad[] = {"",     "-1", "+1",        " 1",
                                      "1 ",   "K",  "1KB",       "1.5G",
                                      "0x10", "1E", "16777216T", "18446744073709551616"};
    value = 7;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (koop_options_size(bad[i], 0, UINT64_MAX, &value)) fail_msg("took \"%s\"", bad[i]);
    assert_false(koop_options_size("1K", 2000, 3000, &value));
    assert_false(koop_options_size("4K", 2000, 3000, &value));
    assert_int_equal(value, 7);
}

static void the_nearest_name_is_found_only_when_it_is_near(void **state) {
    (void)state;
    static const char *const names[] = {"serve", "status", "follow", "ls"};
    assert_string_equal(koop_options_nearest("sevre", names, 4), "serve");
    assert_string_equal(koop_options_nearest("stats", names, 4), "status");
    assert_string_equal(koop_options_nearest("folow", names, 4), "follow");
    assert_string_equal(koop_options_nearest("sl", names, 4), "ls");
    assert_null(koop_options_nearest("frobnicate", names, 4));
    assert_null(koop_options_nearest("a-word-that-is-longer-than-any-name-of-ours", names, 4));
}

static void bad_values_name_option_value_and_range(void **state) {
    (void)state;
    captured result = koopmon("analyze --window 1e3 file.npy");
    assert_int_equal(result.code, KOOP_EXIT_USAGE);
    assert_string_equal(result.err,
                        "koopmon analyze: --window wants a whole number from 3 to 4096, "
                        "not \"1e3\"\n");
    release(&result);
    refused("analyze --energy 1.5 file.npy", KOOP_EXIT_USAGE, "--energy wants a number from");
    refused("analyze --center middle file.npy", KOOP_EXIT_USAGE, "none, mean, first");
    refused("serve --keep 10X", KOOP_EXIT_USAGE, "--keep wants bytes, or a number with K, M, G");
    refused("serve --ack sometimes", KOOP_EXIT_USAGE, "--ack wants written, fsync");
    refused("serve --tcp 70000", KOOP_EXIT_USAGE, "--tcp wants a port from 1 to 65534");
}

static void unknown_options_get_a_hint(void **state) {
    (void)state;
    refused("analyze --widnow 64 x.npy", KOOP_EXIT_USAGE, "did you mean --window?");
    refused("analyze --frobnicate x.npy", KOOP_EXIT_USAGE, "see koopmon analyze --help");
    refused("ls -x", KOOP_EXIT_USAGE, "no option -x");
    refused("analyze x.npy --window", KOOP_EXIT_USAGE, "--window wants a value");
    refused("ls --json=1", KOOP_EXIT_USAGE, "--json takes no value");
}

static void operands_are_counted(void **state) {
    (void)state;
    refused("analyze", KOOP_EXIT_USAGE, "wants FILE");
    refused("compare a", KOOP_EXIT_USAGE, "wants A B");
    refused("ls more", KOOP_EXIT_USAGE, "unexpected \"more\"");
    refused("follow --until finished", KOOP_EXIT_USAGE, "--until wants a RUN");
}

static void decompositions_that_do_not_fit_together_are_refused(void **state) {
    (void)state;
    refused("analyze --window 8 --delays 7 x.npy", KOOP_EXIT_USAGE, "leaves no pair");
    refused("analyze --window 8 --pca 9 x.npy", KOOP_EXIT_USAGE, "do not fit together");
    refused("analyze --rank 4 --energy 0.9 x.npy", KOOP_EXIT_USAGE, "one of --rank and --energy");
    refused("analyze --batch --window 8 x.npy", KOOP_EXIT_USAGE, "whole trajectory");
    refused("analyze --window 4096 x.npy", KOOP_EXIT_USAGE, "needs more than 4096");
}

static void batch_starts_from_the_papers_settings(void **state) {
    (void)state;
    koop_dmd_arguments arguments;
    koop_option options[KOOP_DMD_OPTIONS];
    koop_dmd_options_list(&arguments, options);
    arguments.batch = true;
    assert_int_equal(koop_dmd_options_settle(&arguments, "analyze"), KOOP_PROCEED);
    const koop_dmd_options *dmd = &arguments.pipeline.dmd;
    assert_int_equal(dmd->delays, 0);
    assert_int_equal(dmd->rank, 0);
    assert_int_equal(dmd->pca, 0);
    assert_int_equal(dmd->center, KOOP_CENTER_NONE);
    assert_true(dmd->floor == 0);
}

static void streaming_starts_from_the_pipelines_settings(void **state) {
    (void)state;
    koop_dmd_arguments arguments;
    koop_option options[KOOP_DMD_OPTIONS];
    koop_dmd_options_list(&arguments, options);
    assert_int_equal(koop_dmd_options_settle(&arguments, "serve"), KOOP_PROCEED);
    koop_pipeline_options wanted = koop_pipeline_defaults();
    const koop_dmd_options *dmd = &arguments.pipeline.dmd;
    assert_int_equal(arguments.pipeline.stride, wanted.stride);
    assert_int_equal(dmd->span, wanted.dmd.span);
    assert_int_equal(dmd->delays, wanted.dmd.delays);
    assert_int_equal(dmd->rank, wanted.dmd.rank);
    assert_int_equal(dmd->pca, wanted.dmd.pca);
    assert_int_equal(dmd->center, wanted.dmd.center);
    assert_false(dmd->difference);
    assert_true(dmd->floor == wanted.dmd.floor && dmd->dt == wanted.dmd.dt);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers_are_taken_whole_and_in_range),
        cmocka_unit_test(real_numbers_are_taken_whole_finite_and_in_range),
        cmocka_unit_test(durations_are_whole_numbers_with_a_unit),
        cmocka_unit_test(sizes_are_whole_numbers_with_a_unit),
        cmocka_unit_test(the_nearest_name_is_found_only_when_it_is_near),
        cmocka_unit_test(bad_values_name_option_value_and_range),
        cmocka_unit_test(unknown_options_get_a_hint),
        cmocka_unit_test(operands_are_counted),
        cmocka_unit_test(decompositions_that_do_not_fit_together_are_refused),
        cmocka_unit_test(batch_starts_from_the_papers_settings),
        cmocka_unit_test(streaming_starts_from_the_pipelines_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
