#include "session.h"

#include "serve_kit.h"

#include <signal.h>
#include <sys/resource.h>

enum { VALUES = 6, BYTES = VALUES * 4 };

static char root[64];
static koop_wire_hello hello;
static char text[KOOP_WIRE_TEXT_BYTES];
static float data[VALUES] = {1, 2, 3, 4, 5, 6};

static int set_up(void **state) {
    (void)state;
    kit_make_directory(root);
    kit_hello(&hello, 1, "run", VALUES);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    kit_remove_tree(root);
    return 0;
}

static koop_session *open_session(void) {
    koop_session *session = NULL;
    assert_int_equal(koop_session_open(&session, root, &hello, NULL), KOOP_OK);
    return session;
}

/* `hello` lives in `session`; a chunk of `data`. */
static koop_taken take(koop_session *session, uint64_t seq, uint64_t total, uint64_t at,
                       size_t bytes, koop_work **work) {
    koop_wire_snapshot snapshot = {.seq = seq,
                                   .step = (int64_t)seq,
                                   .total = total,
                                   .at = at,
                                   .data = (const uint8_t *)data + at,
                                   .bytes = bytes};
    *work = NULL;
    return koop_session_take(session, &snapshot, work, text);
}

static void a_whole_snapshot_is_journaled_and_handed_on(void **state) {
    (void)state;
    koop_session *session = open_session();
    koop_work *work;
    assert_int_equal(session->last_seq, 0);
    assert_int_equal(take(session, 1, BYTES, 0, BYTES, &work), KOOP_TAKEN_WHOLE);
    assert_int_equal(work->kind, KOOP_WORK_SNAPSHOT);
    assert_int_equal(work->snapshot.bytes, BYTES);
    assert_memory_equal(work->snapshot.data, data, BYTES);
    assert_int_equal(session->last_seq, 1);
    assert_true(session->acknowledge);
    koop_work_free(work);
    koop_session_free(session);
    session = open_session();
    assert_int_equal(session->last_seq, 1);
    koop_session_free(session);
}

static void where_asked_for_only_what_is_synced_is_acknowledged(void **state) {
    (void)state;
    const koop_journal_options options = {.ack_synced = true};
    koop_session *session = NULL;
    koop_work *work;
    assert_int_equal(koop_session_open(&session, root, &hello, &options), KOOP_OK);
    for (uint64_t seq = 1; seq <= 3; seq++) {
        assert_int_equal(take(session, seq, BYTES, 0, BYTES, &work), KOOP_TAKEN_WHOLE);
        koop_work_free(work);
    }
    assert_false(session->acknowledge);
    assert_int_equal(koop_session_acknowledged(session), 0);
    assert_int_equal(take(session, 2, BYTES, 0, BYTES, &work), KOOP_TAKEN_DUPLICATE);
    assert_int_equal(koop_session_acknowledged(session), 0);
    assert_int_equal(koop_session_sync(session), KOOP_OK);
    assert_true(session->acknowledge);
    assert_int_equal(koop_session_acknowledged(session), 3);
    assert_int_equal(take(session, 4, BYTES, 0, BYTES, &work), KOOP_TAKEN_WHOLE);
    koop_work_free(work);
    const koop_wire_bye bye = {.last_seq = 4};
    assert_int_equal(koop_session_bye(session, &bye, &work), KOOP_OK);
    assert_int_equal(koop_session_acknowledged(session), 4);
    koop_session_free(session);
    assert_int_equal(koop_session_open(&session, root, &hello, &options), KOOP_OK);
    assert_int_equal(koop_session_acknowledged(session), 4);
    koop_session_free(session);
}

static void chunks_in_order_make_one_snapshot(void **state) {
    (void)state;
    koop_session *session = open_session();
    koop_work *work;
    assert_int_equal(take(session, 1, BYTES, 0, 10, &work), KOOP_TAKEN_PART);
    assert_int_equal(take(session, 1, BYTES, 10, 10, &work), KOOP_TAKEN_PART);
    assert_int_equal(session->last_seq, 0);
    assert_int_equal(take(session, 1, BYTES, 20, 4, &work), KOOP_TAKEN_WHOLE);
    assert_memory_equal(work->snapshot.data, data, BYTES);
    assert_int_equal(work->snapshot.at, 0);
    koop_work_free(work);
    koop_session_free(session);
}

static void a_gap_between_chunks_is_malformed_and_the_next_snapshot_is_fine(void **state) {
    (void)state;
    koop_session *session = open_session();
    koop_work *work;
    assert_int_equal(take(session, 1, BYTES, 0, 10, &work), KOOP_TAKEN_PART);
    assert_int_equal(take(session, 1, BYTES, 12, 4, &work), KOOP_TAKEN_MALFORMED);
    assert_int_equal(take(session, 1, BYTES, 10, 4, &work), KOOP_TAKEN_MALFORMED);
    assert_int_equal(take(session, 2, BYTES, 0, 10, &work), KOOP_TAKEN_PART);
    assert_int_equal(take(session, 3, BYTES, 10, 14, &work), KOOP_TAKEN_MALFORMED);
    assert_int_equal(take(session, 4, BYTES, 0, BYTES, &work), KOOP_TAKEN_WHOLE);
    koop_work_free(work);
    assert_int_equal(take(session, 0, BYTES, 0, BYTES, &work), KOOP_TAKEN_MALFORMED);
    assert_int_equal(take(session, 5, BYTES, 0, 0, &work), KOOP_TAKEN_MALFORMED);
    koop_session_free(session);
}

static void a_snapshot_that_begins_anew_replaces_the_unfinished_one(void **state) {
    (void)state;
    koop_session *session = open_session();
    koop_work *work;
    assert_int_equal(take(session, 1, BYTES, 0, 10, &work), KOOP_TAKEN_PART);
    assert_int_equal(take(session, 1, BYTES, 0, 10, &work), KOOP_TAKEN_PART);
    assert_int_equal(take(session, 1, BYTES, 10, 14, &work), KOOP_TAKEN_WHOLE);
    koop_work_free(work);
    koop_session_free(session);
}

static void a_wrong_size_is_refused_with_both_and_its_other_chunks_pass_in_silence(void **state) {
    (void)state;
    koop_session *session = open_session();
    koop_work *work;
    assert_int_equal(take(session, 1, BYTES + 4, 0, 10, &work), KOOP_TAKEN_MISSHAPEN);
    assert_non_null(strstr(text, "28 bytes"));
    assert_non_null(strstr(text, "declared are 24"));
    assert_non_null(strstr(text, "w 6"));
    assert_int_equal(take(session, 1, BYTES + 4, 10, 10, &work), KOOP_TAKEN_PART);
    assert_int_equal(session->last_seq, 0);
    assert_int_equal(take(session, 2, BYTES, 0, BYTES, &work), KOOP_TAKEN_WHOLE);
    koop_work_free(work);
    koop_session_free(session);
}

static void what_is_in_the_journal_is_not_taken_again(void **state) {
    (void)state;
    koop_session *session = open_session();
    koop_work *work;
    assert_int_equal(take(session, 3, BYTES, 0, BYTES, &work), KOOP_TAKEN_WHOLE);
    koop_work_free(work);
    session->acknowledge = false;
    assert_int_equal(take(session, 3, BYTES, 0, BYTES, &work), KOOP_TAKEN_DUPLICATE);
    assert_true(session->acknowledge);
    assert_int_equal(take(session, 2, BYTES, 0, BYTES, &work), KOOP_TAKEN_DUPLICATE);
    koop_session_free(session);
    session = open_session();
    assert_int_equal(take(session, 3, BYTES, 0, BYTES, &work), KOOP_TAKEN_DUPLICATE);
    koop_session_free(session);
}

/* A file size limit stands for a full disk: write fails with EFBIG. */
static void limit_file_size(rlim_t bytes) {
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_failed_write_is_kept_and_tried_again_and_nothing_is_acknowledged(void **state) {
    (void)state;
    koop_session *session = open_session();
    koop_work *work;
    assert_int_equal(take(session, 1, BYTES, 0, BYTES, &work), KOOP_TAKEN_WHOLE);
    koop_work_free(work);
    session->acknowledge = false;
    limit_file_size(1);
    assert_int_equal(take(session, 2, BYTES, 0, BYTES, &work), KOOP_TAKEN_NOT_NOW);
    assert_true(session->failing);
    assert_false(session->lost);
    assert_int_equal(take(session, 3, BYTES, 0, BYTES, &work), KOOP_TAKEN_NOT_NOW);
    assert_true(session->lost);
    assert_int_equal(koop_session_retry(session, &work), KOOP_IO_FAILED);
    assert_int_equal(session->last_seq, 1);
    assert_false(session->acknowledge);
    limit_file_size(RLIM_INFINITY);
    assert_int_equal(koop_session_retry(session, &work), KOOP_OK);
    assert_int_equal(work->snapshot.seq, 2);
    koop_work_free(work);
    assert_int_equal(session->last_seq, 2);
    assert_true(session->acknowledge);
    koop_session_restart(session, &session->peer);
    assert_int_equal(take(session, 3, BYTES, 0, BYTES, &work), KOOP_TAKEN_WHOLE);
    koop_work_free(work);
    koop_session_free(session);
    session = open_session();
    assert_int_equal(session->last_seq, 3);
    koop_session_free(session);
}

static void a_goodbye_waits_although_the_unfinished_snapshot_is_given_up(void **state) {
    (void)state;
    koop_session *session = open_session();
    koop_work *work;
    const koop_wire_bye bye = {.last_seq = 1};
    assert_int_equal(take(session, 1, BYTES, 0, BYTES, &work), KOOP_TAKEN_WHOLE);
    koop_work_free(work);
    assert_int_equal(take(session, 2, BYTES, 0, BYTES / 2, &work), KOOP_TAKEN_PART);
    limit_file_size(1);
    assert_int_equal(koop_session_bye(session, &bye, &work), KOOP_IO_FAILED);
    assert_int_equal(session->filled, 0); /* no more of it will come */
    koop_session_give_up(session);
    assert_true(session->lost);
    limit_file_size(RLIM_INFINITY);
    assert_int_equal(koop_session_retry(session, &work), KOOP_OK);
    assert_true(session->leaving && session->bye_written);
    koop_session_free(session);
}

static void declared_sizes_are_summed_without_overflow(void **state) {
    (void)state;
    koop_wire_hello *big = malloc(sizeof *big);
    assert_non_null(big);
    uint64_t bytes = 0;
    kit_hello(big, 1, "big", 10);
    assert_int_equal(koop_session_declared(big, &bytes), KOOP_OK);
    assert_int_equal(bytes, 40);
    big->groups[0].length = KOOP_SESSION_MAX_BYTES / 4;
    assert_int_equal(koop_session_declared(big, &bytes), KOOP_OK);
    big->n_groups = 2;
    big->groups[1] = big->groups[0];
    big->groups[1].length = 1;
    assert_int_equal(koop_session_declared(big, &bytes), KOOP_TOO_LARGE);
    big->groups[1].length = UINT64_MAX;
    assert_int_equal(koop_session_declared(big, &bytes), KOOP_TOO_LARGE);
    free(big);
}

static void shapes_are_compared_and_described(void **state) {
    (void)state;
    koop_wire_hello *a = malloc(sizeof *a), *b = malloc(sizeof *b);
    assert_true(a && b);
    char described[120], cut[16];
    kit_hello(a, 1, "a", 6);
    *b = *a;
    assert_true(koop_journal_same_shape(a, b));
    b->groups[0].dimensions = 2;
    b->groups[0].shape[0] = 2;
    b->groups[0].shape[1] = 3;
    assert_false(koop_journal_same_shape(a, b));
    koop_session_describe(b, described, sizeof described);
    assert_string_equal(described, "1 group, 6 values of 4 bytes (w 2x3)");
    koop_session_describe(b, cut, sizeof cut);
    assert_string_equal(cut, "1 group, 6 valu");
    *b = *a;
    b->dtype = 8;
    assert_false(koop_journal_same_shape(a, b));
    *b = *a;
    b->seed = 7; /* means something to sketches only */
    assert_true(koop_journal_same_shape(a, b));
    a->groups[0].sketch = b->groups[0].sketch = 64;
    assert_false(koop_journal_same_shape(a, b));
    a->groups[0].sketch = 0;
    *b = *a;
    snprintf(b->groups[0].name, sizeof b->groups[0].name, "v");
    assert_false(koop_journal_same_shape(a, b));
    free(a);
    free(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_whole_snapshot_is_journaled_and_handed_on, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(where_asked_for_only_what_is_synced_is_acknowledged, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(chunks_in_order_make_one_snapshot, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_gap_between_chunks_is_malformed_and_the_next_snapshot_is_fine, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_snapshot_that_begins_anew_replaces_the_unfinished_one,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_wrong_size_is_refused_with_both_and_its_other_chunks_pass_in_silence, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(what_is_in_the_journal_is_not_taken_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            a_failed_write_is_kept_and_tried_again_and_nothing_is_acknowledged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_goodbye_waits_although_the_unfinished_snapshot_is_given_up, set_up, tear_down),
        cmocka_unit_test(declared_sizes_are_summed_without_overflow),
        cmocka_unit_test(shapes_are_compared_and_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
