#include "ingest.h"

#include "serve_kit.h"
#include "work.h"

#include <signal.h>
#include <sys/resource.h>

enum { VALUES = 6 };

static char root[64], endpoint[128];
static void *zmq;
static koop_queue *queue;
static koop_runs *runs;
static koop_ingest *ingest;
static koop_view view;
static kit_trainer *trainer;
static koop_wire_hello hello;

static koop_guard *guard;
static koop_journal_options journal;

static void start(void) {
    const char *endpoints[] = {endpoint};
    const koop_ingest_options options = {.zmq = zmq,
                                         .endpoints = endpoints,
                                         .n_endpoints = 1,
                                         .data_dir = root,
                                         .journal = journal,
                                         .stall_ms = 100,
                                         .max_snapshot_bytes = 8 << 20,
                                         .queue = queue,
                                         .runs = runs,
                                         .guard = guard};
    assert_int_equal(koop_ingest_new(&ingest, &options), KOOP_OK);
    trainer = kit_trainer_new(endpoint);
}

static int set_up_with(size_t queue_bytes) {
    kit_make_directory(root);
    snprintf(endpoint, sizeof endpoint, "ipc://%s/sock", root);
    zmq = zmq_ctx_new();
    memset(&view, 0, sizeof view);
    assert_int_equal(koop_queue_new(&queue, queue_bytes), KOOP_OK);
    assert_int_equal(koop_runs_new(&runs, &view), KOOP_OK);
    kit_hello(&hello, 1, "run", VALUES);
    start();
    return 0;
}

static int set_up(void **state) {
    (void)state;
    return set_up_with(1 << 20);
}

static int set_up_synced(void **state) {
    (void)state;
    journal.ack_synced = true;
    return set_up_with(1 << 20);
}

static int set_up_keeping_little(void **state) {
    (void)state;
    journal.segment_bytes = 4096;
    journal.keep_bytes = 16384;
    return set_up_with(1 << 20);
}

static int set_up_guarded(void **state) {
    (void)state;
    const koop_guard_limits limits = koop_guard_defaults();
    assert_int_equal(koop_guard_new(&guard, &limits, NULL, NULL), KOOP_OK);
    return set_up_with(1 << 20);
}

static int set_up_small(void **state) {
    (void)state;
    return set_up_with(1);
}

static int tear_down(void **state) {
    (void)state;
    memset(&journal, 0, sizeof journal);
    kit_trainer_free(trainer);
    koop_ingest_free(ingest);
    koop_guard_free(guard);
    guard = NULL;
    koop_queue_free(queue, koop_work_release);
    koop_runs_free(runs);
    zmq_ctx_term(zmq);
    kit_remove_tree(root);
    return 0;
}

/* Steps the ingest until the trainer hears something. */
static void hear(kit_trainer *from, koop_wire_type type) {
    const int64_t deadline = kit_now_ms() + KIT_DEADLINE_MS;
    while (!kit_receive(from, 1)) {
        assert_int_equal(koop_ingest_step(ingest, 1), KOOP_OK);
        assert_true(kit_now_ms() < deadline);
    }
    assert_int_equal(from->in.type, type);
}

static void hear_error(kit_trainer *from, koop_wire_error code, const char *word) {
    hear(from, KOOP_WIRE_ERROR);
    assert_int_equal(from->in.as.error.code, code);
    assert_non_null(strstr(from->in.as.error.text, word));
}

static void hear_welcome(kit_trainer *from, uint64_t acknowledged) {
    hear(from, KOOP_WIRE_WELCOME);
    assert_int_equal(from->in.as.welcome.acknowledged, acknowledged);
    uint64_t chunks = hello.groups[0].length * hello.dtype / KOOP_WIRE_CHUNK_BYTES + 1;
    assert_in_range(from->in.as.welcome.credit, 2, 256);
    assert_in_range(from->in.as.welcome.credit * chunks, 2, 1000); /* what a pipe holds */
}

static void hear_ack(kit_trainer *from, uint64_t seq) {
    do hear(from, KOOP_WIRE_ACK);
    while (from->in.as.acknowledged < seq);
    assert_int_equal(from->in.as.acknowledged, seq);
}

static void say_hello(void) {
    kit_send_hello(trainer, &hello);
    hear_welcome(trainer, 0);
}

/* The seqs of the snapshots in the queue, and in `kinds` what each item is. */
static int drain(koop_work_kind kinds[], uint64_t seqs[], int capacity) {
    int n = 0;
    koop_queue_node *node;
    while (n < capacity && koop_queue_pop(queue, 0, &node) == KOOP_OK) {
        kinds[n] = ((koop_work *)node)->kind;
        seqs[n++] = ((koop_work *)node)->snapshot.seq;
        koop_runs_unqueue(runs, ((koop_work *)node)->run, node->bytes);
        koop_work_free((koop_work *)node);
    }
    return n;
}

static void a_trainer_is_welcomed_acknowledged_and_handed_on_in_order(void **state) {
    (void)state;
    koop_work_kind kinds[8];
    uint64_t seqs[8];
    say_hello();
    kit_send_snapshot(trainer, 1, VALUES);
    kit_send_snapshot(trainer, 2, VALUES);
    kit_send_snapshot(trainer, 2, VALUES);
    kit_send_snapshot(trainer, 5, VALUES);
    hear_ack(trainer, 5);
    kit_send_type(trainer, KOOP_WIRE_BYE);
    hear_ack(trainer, 5);
    assert_int_equal(drain(kinds, seqs, 8), 5);
    assert_int_equal(kinds[0], KOOP_WORK_HELLO);
    for (int i = 1; i < 4; i++) assert_int_equal(kinds[i], KOOP_WORK_SNAPSHOT);
    assert_int_equal(seqs[1], 1);
    assert_int_equal(seqs[2], 2);
    assert_int_equal(seqs[3], 5);
    assert_int_equal(kinds[4], KOOP_WORK_BYE);
    assert_int_equal(koop_runs_get_totals(runs).snapshots, 3);
}

static void who_did_not_say_hello_is_told_to(void **state) {
    (void)state;
    kit_send_type(trainer, KOOP_WIRE_PING);
    hear_error(trainer, KOOP_WIRE_ERROR_NO_HELLO, "HELLO");
    kit_send_snapshot(trainer, 1, VALUES);
    hear_error(trainer, KOOP_WIRE_ERROR_NO_HELLO, "HELLO");
    say_hello();
    kit_send_type(trainer, KOOP_WIRE_PING);
    hear_ack(trainer, 0);
}

static void a_trainer_that_does_not_know_of_the_new_daemon_yet_is_not_cut(void **state) {
    (void)state;
    enum { CREDIT = 256 };
    for (int i = 1; i <= CREDIT; i++) kit_send_snapshot(trainer, (uint64_t)i, VALUES);
    for (int i = 1; i <= CREDIT; i++) {
        koop_guard_read(guard, kit_now_ms());
        hear_error(trainer, KOOP_WIRE_ERROR_NO_HELLO, "HELLO");
    }
    assert_int_equal(koop_guard_total_cut(guard), 0);
    say_hello();
}

static void garbage_is_counted_and_answered_and_the_run_goes_on(void **state) {
    (void)state;
    say_hello();
    kit_send_raw(trainer, "\xdd\x0f\xff\xff\xff", 5, 0);
    hear_error(trainer, KOOP_WIRE_ERROR_MALFORMED, "");
    kit_send_raw(trainer, "", 0, 0);
    hear_error(trainer, KOOP_WIRE_ERROR_MALFORMED, "");
    kit_send_type(trainer, KOOP_WIRE_ACK);
    hear_error(trainer, KOOP_WIRE_ERROR_MALFORMED, "only the daemon");
    kit_send_snapshot(trainer, 1, VALUES);
    hear_ack(trainer, 1);
    assert_int_equal(koop_runs_get_totals(runs).malformed, 3);
    assert_int_equal(koop_runs_view(runs, hello.run, kit_now_ms(), &view), KOOP_OK);
    assert_int_equal(view.run.refused, 3);
}

/* Else the next ACK would cover a snapshot that is in no journal. */
static void an_unreadable_snapshot_is_refused_by_its_seq(void **state) {
    (void)state;
    static const char snapshot[] = "\x82\xa4type\x02\xa3seq\x09",
                      hello_with_seq[] = "\x82\xa4type\x01\xa3seq\x09";
    say_hello();
    kit_send_raw(trainer, snapshot, sizeof snapshot - 1, 0);
    hear_error(trainer, KOOP_WIRE_ERROR_MALFORMED, "malformed");
    assert_int_equal(trainer->in.as.error.seq, 9);
    kit_send_raw(trainer, hello_with_seq, sizeof hello_with_seq - 1, 0);
    hear_error(trainer, KOOP_WIRE_ERROR_MALFORMED, "malformed");
    assert_int_equal(trainer->in.as.error.seq, 0);
    assert_int_equal(koop_runs_get_totals(runs).malformed, 2);
}

static void frames_beyond_the_first_are_thrown_away(void **state) {
    (void)state;
    say_hello();
    for (int i = 0; i < 200; i++) kit_send_raw(trainer, "x", 1, ZMQ_SNDMORE);
    kit_send_raw(trainer, "x", 1, 0);
    hear_error(trainer, KOOP_WIRE_ERROR_MALFORMED, "more than one frame");
    kit_send_snapshot(trainer, 1, VALUES);
    hear_ack(trainer, 1);
    assert_int_equal(koop_runs_get_totals(runs).malformed, 1);
}

static void an_oversized_message_costs_its_sender_the_connection_only(void **state) {
    (void)state;
    kit_trainer *hostile = kit_trainer_new(endpoint);
    size_t size = 2 * KOOP_WIRE_MESSAGE_BYTES + 1;
    uint8_t *bytes = calloc(1, size);
    assert_non_null(bytes);
    say_hello();
    kit_send_raw(hostile, bytes, size, 0);
    free(bytes);
    kit_send_snapshot(trainer, 1, VALUES);
    hear_ack(trainer, 1);
    /* Its DEALER connects anew by itself. */
    kit_send_type(hostile, KOOP_WIRE_PING);
    hear_error(hostile, KOOP_WIRE_ERROR_NO_HELLO, "HELLO");
    kit_trainer_free(hostile);
}

static void a_message_somewhat_too_large_is_counted_and_answered(void **state) {
    (void)state;
    uint8_t *bytes = calloc(1, 2000000);
    assert_non_null(bytes);
    say_hello();
    kit_send_raw(trainer, bytes, 2000000, 0);
    hear_error(trainer, KOOP_WIRE_ERROR_LIMIT, "size");
    assert_int_equal(koop_runs_get_totals(runs).refused, 1);
    assert_int_equal(koop_runs_view(runs, hello.run, kit_now_ms(), &view), KOOP_OK);
    assert_int_equal(view.run.refused, 1);
    kit_send_snapshot(trainer, 1, VALUES);
    hear_ack(trainer, 1);
    free(bytes);
}

static void a_misshapen_snapshot_is_refused_with_both_sizes(void **state) {
    (void)state;
    say_hello();
    kit_send_snapshot(trainer, 1, VALUES + 1);
    hear_error(trainer, KOOP_WIRE_ERROR_SHAPE, "28 bytes, declared are 24");
    assert_int_equal(trainer->in.as.error.seq, 1);
    kit_send_snapshot(trainer, 2, VALUES);
    hear_ack(trainer, 2);
    assert_int_equal(koop_runs_get_totals(runs).refused, 1);
}

static void a_run_may_not_change_its_shape(void **state) {
    (void)state;
    say_hello();
    kit_hello(&hello, 1, "run", VALUES + 1);
    kit_send_hello(trainer, &hello);
    hear_error(trainer, KOOP_WIRE_ERROR_SHAPE, "was 1 group, 6 values");
    assert_non_null(strstr(trainer->in.as.error.text, "now 1 group, 7 values"));
    kit_send_snapshot(trainer, 1, VALUES);
    hear_ack(trainer, 1);
    /* Nor when it is known from its journal alone. */
    kit_send_type(trainer, KOOP_WIRE_BYE);
    hear_ack(trainer, 1);
    hear(trainer, KOOP_WIRE_BYE);
    kit_send_hello(trainer, &hello);
    hear_error(trainer, KOOP_WIRE_ERROR_SHAPE, "now 1 group, 7 values");
}

static void what_cannot_be_watched_is_refused_at_hello(void **state) {
    (void)state;
    kit_hello(&hello, 1, "large", (8 << 20) / 4 + 1);
    kit_send_hello(trainer, &hello);
    hear_error(trainer, KOOP_WIRE_ERROR_LIMIT, "8388608");
    kit_hello(&hello, 1, "run", VALUES);
    hello.version = 99;
    kit_send_hello(trainer, &hello);
    hear_error(trainer, KOOP_WIRE_ERROR_VERSION, "99");
    assert_int_equal(koop_runs_get_totals(runs).refused, 2);
    assert_int_equal(koop_runs_get_totals(runs).runs, 0);
}

static void a_snapshot_in_chunks_is_acknowledged_when_whole(void **state) {
    (void)state;
    enum { N = 600000 };
    float *data = calloc(N, sizeof *data);
    assert_non_null(data);
    kit_hello(&hello, 1, "run", N);
    say_hello();
    size_t total = N * sizeof *data, at = KOOP_WIRE_CHUNK_BYTES;
    kit_send_chunk(trainer, 1, data, total, 0, at);
    kit_send_chunk(trainer, 1, data, total, at, at);
    kit_send_type(trainer, KOOP_WIRE_PING);
    hear_ack(trainer, 0);
    kit_send_chunk(trainer, 1, data, total, 2 * at, total - 2 * at);
    hear_ack(trainer, 1);
    free(data);
}

static void the_newer_connection_of_a_run_takes_it_over(void **state) {
    (void)state;
    kit_trainer *newer = kit_trainer_new(endpoint);
    say_hello();
    kit_send_snapshot(trainer, 1, VALUES);
    hear_ack(trainer, 1);
    kit_send_hello(newer, &hello);
    hear_welcome(newer, 1);
    kit_send_snapshot(newer, 2, VALUES);
    hear_ack(newer, 2);
    kit_send_snapshot(trainer, 3, VALUES);
    hear_error(trainer, KOOP_WIRE_ERROR_NO_HELLO, "HELLO");
    kit_trainer_free(newer);
}

static void a_run_is_not_taken_from_a_trainer_that_lives(void **state) {
    (void)state;
    kit_trainer *rival = kit_trainer_new(endpoint);
    koop_wire_hello other = hello;
    say_hello();
    other.pid++;
    kit_send_hello(rival, &other);
    hear_error(rival, KOOP_WIRE_ERROR_LIMIT, "is being published by pid 42 on here");
    assert_int_equal(koop_runs_get_totals(runs).refused, 1);
    kit_send_snapshot(trainer, 1, VALUES);
    hear_ack(trainer, 1);
    kit_sleep_ms(2100); /* silence */
    kit_send_hello(rival, &other);
    hear_welcome(rival, 1);
    kit_send_hello(trainer, &hello);
    hear_error(trainer, KOOP_WIRE_ERROR_LIMIT, "pid 43");
    kit_trainer_free(rival);
}

static void a_seq_that_leaves_none_after_it_is_malformed(void **state) {
    (void)state;
    say_hello();
    kit_send_snapshot(trainer, UINT64_MAX, VALUES);
    hear_error(trainer, KOOP_WIRE_ERROR_MALFORMED, "seq");
    kit_send_snapshot(trainer, 1, VALUES);
    hear_ack(trainer, 1);
}

static void limit_file_size(rlim_t bytes) {
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_queue_holds_up_nobody_and_what_it_cannot_take_is_behind(void **state) {
    (void)state;
    koop_work_kind kinds[8];
    uint64_t seqs[8], seq = 0, journaled = 0;
    uint8_t run[KOOP_WIRE_UUID_BYTES];
    say_hello(); /* its item fills the queue */
    for (uint64_t i = 1; i <= 20; i++) kit_send_snapshot(trainer, i, VALUES);
    hear_ack(trainer, 20);
    assert_int_equal(drain(kinds, seqs, 8), 1);
    kit_send_snapshot(trainer, 21, VALUES); /* there is room, but it is not its turn */
    hear_ack(trainer, 21);
    assert_int_equal(drain(kinds, seqs, 8), 0);
    assert_true(koop_runs_take_behind(runs, run, &seq, &journaled));
    assert_memory_equal(run, hello.run, sizeof run);
    assert_int_equal(seq, 21);
    assert_int_equal(journaled, 21);
    kit_send_snapshot(trainer, 22, VALUES);
    hear_ack(trainer, 22);
    assert_int_equal(drain(kinds, seqs, 8), 1);
    assert_int_equal(seqs[0], 22);
}

static void what_waited_for_the_disk_is_not_lost_to_a_full_queue(void **state) {
    (void)state;
    uint64_t seq = 0, journaled = 0;
    uint8_t run[KOOP_WIRE_UUID_BYTES];
    say_hello();
    limit_file_size(1);
    kit_send_snapshot(trainer, 1, VALUES);
    KIT_AWAIT((koop_ingest_step(ingest, 1), koop_runs_get_totals(runs).failing == 1));
    limit_file_size(RLIM_INFINITY);
    hear_ack(trainer, 1);
    koop_work_kind kinds[8];
    uint64_t seqs[8];
    assert_int_equal(drain(kinds, seqs, 8), 1);
    assert_true(koop_runs_take_behind(runs, run, &seq, &journaled));
    assert_int_equal(seq, 1);
}

static void who_comes_and_goes_again_and_again_does_not_fill_the_queue(void **state) {
    (void)state;
    koop_work_kind kinds[8];
    uint64_t seqs[8], seq = 0, journaled = 0;
    uint8_t run[KOOP_WIRE_UUID_BYTES];
    for (int i = 0; i < 30; i++) {
        say_hello();
        kit_send_type(trainer, KOOP_WIRE_BYE);
        hear_ack(trainer, 0);
        hear(trainer, KOOP_WIRE_BYE);
    }
    assert_int_equal(drain(kinds, seqs, 8), 1); /* the first HELLO; the rest is in the journal */
    assert_int_equal(kinds[0], KOOP_WORK_HELLO);
    assert_true(koop_runs_take_behind(runs, run, &seq, &journaled));
    assert_memory_equal(run, hello.run, sizeof run);
    assert_int_equal(seq, 0);
}

static void a_hello_that_is_repeated_is_answered_and_no_more(void **state) {
    (void)state;
    koop_work_kind kinds[8];
    uint64_t seqs[8];
    say_hello();
    kit_send_snapshot(trainer, 1, VALUES);
    hear_ack(trainer, 1);
    for (int i = 0; i < 100; i++) {
        kit_send_hello(trainer, &hello);
        hear_welcome(trainer, 1);
    }
    assert_int_equal(drain(kinds, seqs, 8), 2); /* the first, and the snapshot */
    hello.pid++;                                /* another trainer, on the same connection */
    kit_send_hello(trainer, &hello);
    hear_welcome(trainer, 1);
    assert_int_equal(drain(kinds, seqs, 8), 1);
}

/* There is always something to read, from another. */
static void silence_is_noticed_under_load(void **state) {
    (void)state;
    static const char ping[] = "\x81\xa4type\x03";
    koop_run_summary list[1];
    kit_trainer *loud = kit_trainer_new(endpoint);
    int sent = 0;
    say_hello();
    while (sent < 4500 && zmq_send(loud->socket, ping, sizeof ping - 1, 0) > 0) sent++;
    kit_sleep_ms(150); /* longer than stall_ms */
    for (int i = 0; i < 60; i++) {
        assert_int_equal(koop_ingest_step(ingest, 1), KOOP_OK);
        kit_sleep_ms(4);
    }
    assert_int_equal(koop_runs_list(runs, list, 1, kit_now_ms()), 1);
    assert_int_equal(list[0].state, KOOP_RUN_STALLED);
    kit_trainer_free(loud);
}

static void when_the_disk_is_full_it_stops_acknowledging_and_resumes_by_itself(void **state) {
    (void)state;
    say_hello();
    kit_send_snapshot(trainer, 1, VALUES);
    hear_ack(trainer, 1);
    limit_file_size(1);
    kit_send_snapshot(trainer, 2, VALUES);
    kit_send_snapshot(trainer, 3, VALUES);
    KIT_AWAIT((koop_ingest_step(ingest, 1), koop_runs_get_totals(runs).failing == 1));
    for (int i = 0; i < 20; i++) koop_ingest_step(ingest, 1);
    assert_int_equal(kit_receive(trainer, 20), 0);
    limit_file_size(RLIM_INFINITY);
    /* 2 was kept; for 3 the trainer has to come again. */
    KIT_AWAIT((koop_ingest_step(ingest, 1), koop_runs_get_totals(runs).failing == 0));
    hear(trainer, KOOP_WIRE_ERROR);
    assert_int_equal(trainer->in.as.error.code, KOOP_WIRE_ERROR_NO_HELLO);
    kit_send_hello(trainer, &hello);
    do {
        const int64_t deadline = kit_now_ms() + KIT_DEADLINE_MS;
        while (!kit_receive(trainer, 1) && kit_now_ms() < deadline) koop_ingest_step(ingest, 1);
    } while (trainer->in.type == KOOP_WIRE_ACK);
    assert_int_equal(trainer->in.type, KOOP_WIRE_WELCOME);
    assert_int_equal(trainer->in.as.welcome.acknowledged, 2);
    kit_send_snapshot(trainer, 3, VALUES);
    hear_ack(trainer, 3);
}

static bool has_segment(int number) {
    char path[128];
    snprintf(path, sizeof path, "%s/runs/01010101010101010101010101010101/%06d.koop", root, number);
    return access(path, F_OK) == 0;
}

static void send_many(uint64_t first, uint64_t last) {
    for (uint64_t seq = first; seq <= last; seq++) {
        kit_send_snapshot(trainer, seq, VALUES);
        if (seq % 50 == 0) hear_ack(trainer, seq);
    }
}

static void what_is_not_computed_is_kept_unless_it_cannot_be(void **state) {
    (void)state;
    say_hello();
    send_many(1, 400);
    assert_true(has_segment(12));
    assert_true(has_segment(1)); /* beyond what is to be kept, but nothing is computed */
    koop_runs_unwatched(runs, hello.run, true);
    const int64_t began_ms = kit_now_ms();
    KIT_AWAIT((koop_ingest_step(ingest, 1), kit_now_ms() - began_ms > 250));
    send_many(401, 500);
    assert_false(has_segment(1));
    assert_false(has_segment(8));
}

static void a_goodbye_waits_with_what_the_full_disk_kept_out(void **state) {
    (void)state;
    koop_work_kind kinds[8];
    uint64_t seqs[8];
    say_hello();
    kit_send_snapshot(trainer, 1, VALUES);
    hear_ack(trainer, 1);
    limit_file_size(1);
    kit_send_snapshot(trainer, 2, VALUES);
    kit_send_snapshot(trainer, 3, VALUES);
    trainer->out.type = KOOP_WIRE_BYE;
    trainer->out.as.bye = (koop_wire_bye){.last_seq = 3};
    kit_send(trainer);
    kit_send(trainer); /* not answered, it says it again */
    KIT_AWAIT((koop_ingest_step(ingest, 1), koop_runs_get_totals(runs).failing == 1));
    for (int i = 0; i < 20; i++) koop_ingest_step(ingest, 1);
    assert_int_equal(kit_receive(trainer, 20), 0);
    limit_file_size(RLIM_INFINITY);
    KIT_AWAIT((koop_ingest_step(ingest, 1), koop_runs_get_totals(runs).failing == 0));
    hear_ack(trainer, 2); /* the goodbye: 3 is lost, as is told when it is reached */
    hear(trainer, KOOP_WIRE_BYE);
    assert_int_equal(trainer->in.as.bye.last_seq, 3);
    assert_int_equal(drain(kinds, seqs, 8), 4);
    assert_int_equal(seqs[2], 2);
    assert_int_equal(kinds[3], KOOP_WORK_BYE);
}

static void a_silent_trainer_is_stalled_and_lives_again_at_its_next_word(void **state) {
    (void)state;
    koop_run_summary list[1];
    say_hello();
    KIT_AWAIT((koop_ingest_step(ingest, 5), koop_runs_list(runs, list, 1, kit_now_ms()) == 1 &&
                                                list[0].state == KOOP_RUN_STALLED));
    kit_send_type(trainer, KOOP_WIRE_PING);
    hear_ack(trainer, 0);
    koop_runs_list(runs, list, 1, kit_now_ms());
    assert_int_equal(list[0].state, KOOP_RUN_LIVE);
}

#define WITH(test, up) cmocka_unit_test_setup_teardown(test, up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_trainer_is_welcomed_acknowledged_and_handed_on_in_order,
                                        set_up_synced, tear_down),
        WITH(a_trainer_is_welcomed_acknowledged_and_handed_on_in_order, set_up),
        WITH(who_did_not_say_hello_is_told_to, set_up),
        WITH(a_trainer_that_does_not_know_of_the_new_daemon_yet_is_not_cut, set_up_guarded),
        WITH(garbage_is_counted_and_answered_and_the_run_goes_on, set_up),
        WITH(an_unreadable_snapshot_is_refused_by_its_seq, set_up),
        WITH(frames_beyond_the_first_are_thrown_away, set_up),
        WITH(an_oversized_message_costs_its_sender_the_connection_only, set_up),
        WITH(a_message_somewhat_too_large_is_counted_and_answered, set_up),
        WITH(a_misshapen_snapshot_is_refused_with_both_sizes, set_up),
        WITH(a_run_may_not_change_its_shape, set_up),
        WITH(what_cannot_be_watched_is_refused_at_hello, set_up),
        WITH(a_snapshot_in_chunks_is_acknowledged_when_whole, set_up),
        WITH(the_newer_connection_of_a_run_takes_it_over, set_up),
        WITH(a_run_is_not_taken_from_a_trainer_that_lives, set_up),
        WITH(a_seq_that_leaves_none_after_it_is_malformed, set_up),
        WITH(a_full_queue_holds_up_nobody_and_what_it_cannot_take_is_behind, set_up_small),
        WITH(what_waited_for_the_disk_is_not_lost_to_a_full_queue, set_up_small),
        WITH(who_comes_and_goes_again_and_again_does_not_fill_the_queue, set_up_small),
        WITH(a_hello_that_is_repeated_is_answered_and_no_more, set_up),
        WITH(silence_is_noticed_under_load, set_up),
        WITH(when_the_disk_is_full_it_stops_acknowledging_and_resumes_by_itself, set_up),
        WITH(what_is_not_computed_is_kept_unless_it_cannot_be, set_up_keeping_little),
        WITH(a_goodbye_waits_with_what_the_full_disk_kept_out, set_up),
        WITH(a_silent_trainer_is_stalled_and_lives_again_at_its_next_word, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
