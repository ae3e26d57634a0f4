/* Which groups a change is in, of few and of many, and how they are named. */
#include "detect_kit.h"

#include <stdio.h>

/* `n` groups of equal shares. */
static stream even_stream(uint64_t seed, int n) {
    static char text[KOOP_MAX_GROUPS][16];
    static const char *names[KOOP_MAX_GROUPS];
    for (int g = 0; g < n; g++) {
        snprintf(text[g], sizeof text[g], "layer.%d", g);
        names[g] = text[g];
    }
    stream s = new_stream(seed);
    s.rho = 0;
    for (int g = 0; g < n; g++) s.share[g] = 1.0 / n;
    stream_start(&s, names, n);
    return s;
}

/* Group g moves `factor` times as far: alone, the others as before. */
static void raise_share(stream *s, int g, double factor) {
    double total = 0;
    s->share[g] *= factor * factor;
    for (int k = 0; k < s->n_groups; k++) total += s->share[k];
    for (int k = 0; k < s->n_groups; k++) s->share[k] /= total;
}

static void change_of_the_shares_alone_names_the_group(void **state) {
    (void)state;
    static const int counts[] = {2, 5, 12, 13, 30, KOOP_MAX_GROUPS};
    for (int k = 0; k < 6; k++)
        for (int which = 0; which < 3; which++) {
            int n = counts[k], g = which == 0 ? 0 : which == 1 ? n / 2 : n - 1;
            stream s = even_stream(71, n);
            advance(&s, 200);
            assert_int_equal(s.events, 0);
            int64_t changed = s.step;
            raise_share(&s, g, 6);
            advance(&s, 10);
            assert_int_equal(s.events, 1);
            assert_true(s.last.fired & 1u << KOOP_SIGNAL_SHARES);
            assert_int_equal(s.last.onset, changed + STREAM_STRIDE / 2);
            assert_int_equal(s.last.top_group[0], g);
            assert_true(fabs(s.last.top_share[0] - s.share[g]) < 1e-12);
            char name[32];
            snprintf(name, sizeof name, "; layer.%d now has ", g);
            assert_non_null(strstr(s.last.sentence, name));
            assert_int_equal(
                strncmp(s.last.sentence, "the layers share the motion otherwise than before; ", 51),
                0);
            end_stream(&s);
        }
}

/* Blocks are small enough that one group of many is seen in its own. */
static void small_change_of_one_of_many_groups_is_soon_seen(void **state) {
    (void)state;
    int waited = 0;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        stream s = even_stream(seed, 37);
        int g = seed % 2 ? 17 : 36;
        advance(&s, 200);
        int events = s.events;
        raise_share(&s, g, 1.5);
        while (s.events == events && waited < 200) {
            advance(&s, 1);
            waited++;
        }
        assert_int_equal(s.last.top_group[0], g);
        end_stream(&s);
    }
    print_message("after %.1f updates on average\n", waited / 10.0);
    assert_true(waited <= 45);
}

/* Where other signals changed too, the groups named are still those whose shares did, not the
 * largest. */
static void groups_whose_shares_changed_are_named_before_larger_ones(void **state) {
    (void)state;
    stream s = even_stream(72, 6);
    raise_share(&s, 4, 2.5); /* from the beginning */
    advance(&s, 200);
    raise_share(&s, 1, 2);
    s.level[KOOP_SIGNAL_SPEED] += 0.5;
    advance(&s, 20);
    assert_int_equal(s.events, 1);
    assert_true(s.share[4] > s.share[1]);
    assert_int_equal(s.last.top_group[0], 1);
    end_stream(&s);
}

static void groups_that_share_as_before_are_named_by_their_shares(void **state) {
    (void)state;
    stream s = even_stream(73, 6);
    raise_share(&s, 4, 1.5);
    raise_share(&s, 2, 1.2);
    advance(&s, 200);
    s.level[KOOP_SIGNAL_SPEED] += 1;
    advance(&s, 10);
    assert_int_equal(s.events, 1);
    assert_int_equal(s.last.fired, 1u << KOOP_SIGNAL_SPEED);
    assert_int_equal(s.last.n_top, KOOP_EVENT_TOP_GROUPS);
    assert_int_equal(s.last.top_group[0], 4);
    assert_int_equal(s.last.top_group[1], 2);
    assert_non_null(strstr(s.last.sentence, "; most in layer.4 ("));
    assert_non_null(strstr(s.last.sentence, " and layer.2 ("));
    end_stream(&s);
}

static void single_group_is_not_named(void **state) {
    (void)state;
    stream s = new_stream(74);
    s.share[0] = 1;
    stream_start(&s, NULL, 1);
    advance(&s, 200);
    for (int k = 0; k < 10; k++) { /* it has no share that could change */
        koop_signals x;
        stream_signals(&s, &x);
        x.group_speed[0] += 5;
        stream_give(&s, &x);
    }
    assert_int_equal(s.events, 0);
    s.level[KOOP_SIGNAL_SPEED] += 1;
    advance(&s, 10);
    assert_int_equal(s.events, 1);
    assert_null(strchr(s.last.sentence, ';'));
    end_stream(&s);
}

static void group_that_stops_moving_does_no_harm(void **state) {
    (void)state;
    stream s = even_stream(75, 4);
    advance(&s, 200);
    for (int k = 0; k < 100; k++) {
        koop_signals x;
        stream_signals(&s, &x);
        x.group_speed[3] = -INFINITY;
        x.group_share[3] = 0;
        stream_give(&s, &x);
        assert_true(isfinite(koop_detect_level(s.detect)));
    }
    assert_int_equal(s.events, 0);
    end_stream(&s);
}

static void long_group_names_are_shortened_in_the_middle(void **state) {
    (void)state;
    static const char *const longest[] = {
        "encoder.layers.11.self_attention.output_projection.weight.abcdef",
        "encoder.layers.10.self_attention.output_projection.weight.ghijkl"};
    stream s = new_stream(12);
    stream_start(&s, longest, 2);
    advance(&s, 200);
    s.level[KOOP_SIGNAL_SPEED] -= 3;
    s.level[KOOP_SIGNAL_PREDICTION] += 3;
    s.level[KOOP_SIGNAL_ALIGNMENT] += 1;
    s.level[KOOP_SIGNAL_RADIAL] -= 1;
    advance(&s, 10);
    assert_int_equal(s.events, 1);
    assert_non_null(strstr(s.last.sentence, "; mostly in encoder.layers…eight.ghijkl (71%)"));
    char reason[KOOP_SENTENCE_BYTES];
    koop_detect_reason(s.detect, reason);
    assert_non_null(strstr(reason, s.last.sentence));
    end_stream(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(change_of_the_shares_alone_names_the_group),
        cmocka_unit_test(small_change_of_one_of_many_groups_is_soon_seen),
        cmocka_unit_test(groups_whose_shares_changed_are_named_before_larger_ones),
        cmocka_unit_test(groups_that_share_as_before_are_named_by_their_shares),
        cmocka_unit_test(single_group_is_not_named),
        cmocka_unit_test(group_that_stops_moving_does_no_harm),
        cmocka_unit_test(long_group_names_are_shortened_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
