/* A detector that is saved in the middle and loaded goes on bit for bit, and no bytes load into one
 * that misbehaves. */
#include "detect_kit.h"

enum { ROOM = 1 << 16, LAST = 700 };

static void not_finite(stream *s) {
    bool fired;
    koop_event event;
    koop_detect_not_finite(s->detect, s->step, &fired, &event);
    s->events += fired;
}

/* Told from 20 on: it jumps at 380, flickers from 420 on and is as good as nothing from 600 on. */
static double rate_at(int update) {
    if (update < 380) return 0.1;
    if (update >= 600) return 0.0005;
    return 0.01 * (update >= 420 && update % 2 ? 1.09 : 1) * (update == 455 ? 1.2 : 1);
}

/* A run with all there is in it: a told schedule, scalars, changes, late snapshots, a divergence. */
static void live(stream *s, int update) {
    s->told = update > 20;
    s->rate = rate_at(update);
    s->gap = update % 97 == 13 ? 3 : 1;
    s->scalars = (koop_detect_scalars){.n = 4, .name = {"loss", "accuracy", "norm", "margin"}};
    s->scalars.value[0] = 1 + 0.1 * gaussian(&s->seed);
    s->scalars.value[1] = update % 5 ? NAN : 0.2 * gaussian(&s->seed);
    s->scalars.value[2] = update / 50; /* new now and then */
    s->scalars.value[3] = (update < 200 ? 0 : 2) + 0.1 * gaussian(&s->seed);
    if (update == 70) s->step += 5000; /* all is learned anew */
    if (update == 150) s->level[KOOP_SIGNAL_SPEED] += 0.35;
    if (update == 260) s->share[0] = 0.6, s->share[1] = 0.4;
    if (update == 320) s->level[KOOP_SIGNAL_ALIGNMENT] -= 0.1;
    if (update >= 500 && update < 540) s->level[KOOP_SIGNAL_SPEED] += 0.07;
    if (update == 640) s->level[KOOP_SIGNAL_RADIAL] -= 0.2; /* not judged */
    if (update == 560) not_finite(s);                       /* the second of a streak */
    advance(s, 1);
    if (update == 559) not_finite(s);
}

static bool is_stop(int k) {
    return k < 3 || k % 13 == 0 || (k >= 150 && k < 160) || k == 455 || k == 560;
}

static size_t save(koop_detect *d, uint8_t *bytes) {
    koop_state s = koop_state_saving(bytes, ROOM);
    koop_detect_exchange(d, &s);
    assert_int_equal(s.status, KOOP_OK);
    return s.at;
}

static koop_status load(koop_detect *d, const uint8_t *bytes, size_t size) {
    koop_state s = koop_state_loading(bytes, size);
    koop_detect_exchange(d, &s);
    koop_state_demand(&s, s.at == size); /* as a pipeline does */
    return s.status;
}

typedef struct stop {
    stream stream; /* all but its detector */
    koop_phase phase;
    double level;
    char reason[KOOP_SENTENCE_BYTES];
    size_t size;
    uint8_t *bytes;
} stop;

static stop stops[LAST + 1];

static int set_up(void **state) {
    (void)state;
    stream s = new_stream(51);
    s.rho = 0;
    unsigned phases = 0;
    static uint8_t bytes[ROOM];
    for (int k = 0; k <= LAST; k++) {
        stops[k].stream = s;
        stops[k].size = save(s.detect, bytes);
        stops[k].bytes = malloc(stops[k].size);
        if (!stops[k].bytes) return -1;
        memcpy(stops[k].bytes, bytes, stops[k].size);
        stops[k].level = koop_detect_level(s.detect);
        stops[k].phase = koop_detect_phase(s.detect);
        koop_detect_reason(s.detect, stops[k].reason);
        phases |= 1u << stops[k].phase;
        live(&s, k);
    }
    end_stream(&s);
    assert_true(s.events >= 5);
    assert_true(phases & 1u << KOOP_PHASE_WARMING_UP && phases & 1u << KOOP_PHASE_STEADY &&
                phases & 1u << KOOP_PHASE_TRANSITION && phases & 1u << KOOP_PHASE_DIVERGING &&
                phases & 1u << KOOP_PHASE_DRIFTING);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    for (int k = 0; k <= LAST; k++) free(stops[k].bytes);
    return 0;
}

/* The stream as it was at a stop, with a new detector. */
static stream stream_at(int k) {
    stream s = stops[k].stream;
    s.detect = NULL;
    stream_start(&s, stream_names, s.n_groups);
    return s;
}

static void loaded_detector_goes_on_bit_for_bit(void **state) {
    (void)state;
    static uint8_t bytes[ROOM];
    for (int k = 0; k < LAST; k++) {
        if (!is_stop(k)) continue;
        stream s = stream_at(k);
        assert_int_equal(load(s.detect, stops[k].bytes, stops[k].size), KOOP_OK);
        for (int at = k; at <= LAST && at <= k + 60; at++) {
            assert_int_equal(save(s.detect, bytes), stops[at].size);
            assert_memory_equal(bytes, stops[at].bytes, stops[at].size);
            char reason[KOOP_SENTENCE_BYTES];
            koop_detect_reason(s.detect, reason);
            assert_string_equal(reason, stops[at].reason);
            assert_int_equal(koop_detect_phase(s.detect), stops[at].phase);
            assert_true(koop_detect_level(s.detect) == stops[at].level);
            assert_int_equal(s.events, stops[at].stream.events);
            assert_memory_equal(&s.last, &stops[at].stream.last, sizeof s.last);
            live(&s, at);
        }
        end_stream(&s);
    }
}

static void loaded_event_is_the_saved_one(void **state) {
    (void)state;
    static uint8_t bytes[2048];
    koop_event event = {.kind = KOOP_EVENT_DIVERGING,
                        .step = -7,
                        .onset = INT64_MIN,
                        .fired = 1u << KOOP_SIGNAL_SPEED | 1u << KOOP_SIGNAL_SCALARS,
                        .score = {[KOOP_SIGNAL_SPEED] = 1.5},
                        .strength = 1.25,
                        .speed_ratio = INFINITY,
                        .n_top = 2,
                        .top_group = {1, 0},
                        .top_share = {0.6, 0.4},
                        .sentence = "updates grow"},
               loaded = {0};
    koop_state saving = koop_state_saving(bytes, sizeof bytes);
    koop_event_exchange(&event, 2, &saving);
    assert_int_equal(saving.status, KOOP_OK);
    koop_state loading = koop_state_loading(bytes, saving.at);
    koop_event_exchange(&loaded, 2, &loading);
    assert_int_equal(loading.status, KOOP_OK);
    assert_memory_equal(&event, &loaded, sizeof event);
    loading = koop_state_loading(bytes, saving.at);
    koop_event_exchange(&loaded, 1, &loading); /* of a run that has no second group */
    assert_int_equal(loading.status, KOOP_BAD_MESSAGE);
}

static void detector_of_other_options_or_groups_is_refused(void **state) {
    (void)state;
    static const char *const three[] = {"a", "b", "c"};
    for (int k = 0; k < 5; k++) {
        stream s = stream_at(300);
        if (k == 0) s.options.stride = 5;
        if (k == 1) s.options.warm_up = 241;
        if (k == 2) s.options.false_alarms = 2;
        stream_start(&s, three, k == 3 ? 3 : 2);
        assert_int_equal(load(s.detect, stops[300].bytes, stops[300].size),
                         k < 4 ? KOOP_BAD_SHAPE : KOOP_OK);
        end_stream(&s);
    }
}

static void bytes_that_end_early_are_refused(void **state) {
    (void)state;
    for (size_t size = 0; size < stops[300].size; size += 61) {
        stream s = stream_at(300);
        uint8_t *bytes = malloc(size + !size); /* so that a reader beyond them is seen */
        assert_non_null(bytes);
        memcpy(bytes, stops[300].bytes, size);
        assert_int_equal(load(s.detect, bytes, size), KOOP_BAD_MESSAGE);
        free(bytes);
        end_stream(&s);
    }
}

/* What loads is a detector like any other: it goes on, explains itself and can be saved. */
static void no_bytes_do_harm(void **state) {
    (void)state;
    static uint8_t bytes[ROOM], room[ROOM];
    int loaded = 0, refused = 0;
    for (int at = 300; at <= 540; at += 240)
        for (size_t i = 0; i < stops[at].size; i += i < 4000 ? 7 : 101) {
            memcpy(bytes, stops[at].bytes, stops[at].size);
            bytes[i] ^= (uint8_t)(1u << i % 8);
            stream s = stream_at(at);
            if (load(s.detect, bytes, stops[at].size) != KOOP_OK) {
                refused++;
            } else {
                loaded++;
                for (int k = at; k < at + 8; k++) live(&s, k);
                assert_true(koop_detect_level(s.detect) >= 0);
                char reason[KOOP_SENTENCE_BYTES];
                koop_detect_reason(s.detect, reason);
                assert_true(strlen(reason) > 0);
                koop_state saving = koop_state_saving(room, ROOM);
                koop_detect_exchange(s.detect, &saving);
                assert_int_equal(saving.status, KOOP_OK);
            }
            end_stream(&s);
        }
    print_message("%d loaded, %d refused\n", loaded, refused);
    assert_true(loaded > 100 && refused > 30);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loaded_detector_goes_on_bit_for_bit),
        cmocka_unit_test(loaded_event_is_the_saved_one),
        cmocka_unit_test(detector_of_other_options_or_groups_is_refused),
        cmocka_unit_test(bytes_that_end_early_are_refused),
        cmocka_unit_test(no_bytes_do_harm),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
