#include "outbox.h"

#include "alert_kit.h"
#include "journal_faults.h"
#include "record.h"
#include "serve_kit.h"

static char root[64];
static koop_outbox *outbox;
static char why[KOOP_OUTBOX_WHY_BYTES];

enum { BEGAN_MS = 1000, LATER_MS = 2000 };

static const char run_a[] = "000102030405060708090a0b0c0d0e0f", run_b[] = "ff";

static void file_path(char *out, size_t size, const char *name) {
    snprintf(out, size, "%s/alerts/%s", root, name);
}

static void open_outbox(void) {
    assert_int_equal(koop_outbox_open(&outbox, root, LATER_MS, why), KOOP_OK);
}

static void close_outbox(void) {
    koop_outbox_close(outbox);
    outbox = NULL;
}

static void reopen(void) {
    close_outbox();
    open_outbox();
}

/* A directory of its journal, without which a watch is not kept. */
static void make_run(const char *run) {
    char path[256];
    snprintf(path, sizeof path, "%s/runs/%s", root, run);
    assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
}

static int set_up(void **state) {
    (void)state;
    disarm();
    kit_make_directory(root);
    assert_int_equal(koop_outbox_open(&outbox, root, BEGAN_MS, why), KOOP_OK);
    assert_string_equal(why, "");
    make_run(run_a);
    make_run(run_b);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    disarm();
    close_outbox();
    kit_remove_tree(root);
    return 0;
}

static koop_parcel a_parcel(const char *rule, koop_alert_kind kind, int step) {
    koop_parcel parcel;
    memset(&parcel, 0, sizeof parcel);
    strcpy(parcel.rule, rule);
    parcel.alert = a_transition();
    parcel.alert.kind = kind;
    parcel.alert.step = step;
    strcpy(parcel.alert.run, run_a);
    koop_watch_id(run_a, rule, kind, (uint64_t)step, parcel.alert.id);
    return parcel;
}

static koop_watch *a_watch(const char *run) {
    koop_watch *watch = koop_outbox_watch(outbox, run);
    return watch ? watch : koop_outbox_add_watch(outbox, run);
}

/* Notes an alert of run_a; its number. */
static uint64_t note(const char *rule, koop_alert_kind kind, int step) {
    koop_parcel parcel = a_parcel(rule, kind, step);
    assert_int_equal(koop_outbox_note(outbox, a_watch(run_a), &parcel, 1), KOOP_OK);
    return parcel.number;
}

static size_t waiting(void) {
    size_t n = 0;
    while (koop_outbox_parcel(outbox, n)) n++;
    return n;
}

static bool is_kept(void) {
    char text[KOOP_OUTBOX_WHY_BYTES];
    return koop_outbox_is_kept(outbox, text);
}

static size_t read_bytes(uint8_t *bytes, size_t size) {
    char path[256];
    file_path(path, sizeof path, "outbox");
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t n = fread(bytes, 1, size, file);
    fclose(file);
    return n;
}

static void write_bytes(const uint8_t *bytes, size_t size) {
    char path[256];
    file_path(path, sizeof path, "outbox");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void what_was_noted_is_there_after_a_restart(void **state) {
    (void)state;
    koop_watch *watch = a_watch(run_a);
    watch->seq = 77;
    watch->kinds = 1;
    watch->state = KOOP_WATCH_STALLED;
    watch->stalls = 3;
    strcpy(watch->name, "fc1");
    uint64_t suppressed;
    koop_policy *policy = koop_watch_policy(watch, "slack");
    assert_true(koop_policy_raise(policy, KOOP_ALERT_STALLED, 3, 60000, 1000000, &suppressed));
    const koop_parcel before = a_parcel("slack", KOOP_ALERT_TRANSITION, 5);
    const uint64_t number = note("slack", KOOP_ALERT_TRANSITION, 5);
    reopen();
    assert_string_equal(why, "");
    assert_int_equal(koop_outbox_began_ms(outbox), BEGAN_MS);
    watch = koop_outbox_watch(outbox, run_a);
    assert_non_null(watch);
    assert_int_equal(watch->seq, 77);
    assert_int_equal(watch->kinds, 1);
    assert_int_equal(watch->state, KOOP_WATCH_STALLED);
    assert_int_equal(watch->stalls, 3);
    assert_string_equal(watch->name, "fc1");
    policy = koop_watch_find(watch, "slack");
    assert_non_null(policy);
    assert_int_equal(policy->of[KOOP_ALERT_STALLED].number, 3);
    assert_int_equal(waiting(), 1);
    const koop_parcel *after = koop_outbox_parcel(outbox, 0);
    assert_int_equal(after->number, number);
    assert_string_equal(after->rule, "slack");
    assert_memory_equal(&after->alert, &before.alert, sizeof before.alert);
}

static void what_is_done_is_gone_and_numbers_are_not_given_twice(void **state) {
    (void)state;
    const uint64_t first = note("a", KOOP_ALERT_TRANSITION, 1);
    const uint64_t second = note("b", KOOP_ALERT_TRANSITION, 1);
    koop_outbox_done(outbox, first);
    reopen();
    assert_int_equal(waiting(), 1);
    assert_int_equal(koop_outbox_parcel(outbox, 0)->number, second);
    assert_null(koop_outbox_find(outbox, first));
    assert_true(note("a", KOOP_ALERT_TRANSITION, 2) > second);
}

static void an_event_and_its_alerts_survive_together_or_not_at_all(void **state) {
    (void)state;
    static uint8_t bytes[1 << 16];
    koop_watch *watch = a_watch(run_a);
    assert_int_equal(koop_outbox_note(outbox, watch, NULL, 0), KOOP_OK);
    const size_t before = read_bytes(bytes, sizeof bytes);
    koop_parcel both[2] = {a_parcel("a", KOOP_ALERT_TRANSITION, 1),
                           a_parcel("b", KOOP_ALERT_TRANSITION, 1)};
    watch->seq = 9;
    assert_int_equal(koop_outbox_note(outbox, watch, both, 2), KOOP_OK);
    const size_t after = read_bytes(bytes, sizeof bytes);
    for (size_t cut = before; cut <= after; cut += cut + 7 < after || cut == after ? 7 : 1) {
        close_outbox();
        write_bytes(bytes, cut);
        open_outbox();
        assert_string_equal(why, ""); /* torn is how a kill leaves it */
        const bool whole = cut >= after;
        assert_int_equal(koop_outbox_watch(outbox, run_a)->seq, whole ? 9 : 0);
        assert_int_equal(waiting(), whole ? 2 : 0);
    }
}

static void damage_is_said_set_aside_and_costs_no_more_than_its_record(void **state) {
    (void)state;
    static uint8_t bytes[1 << 16];
    note("a", KOOP_ALERT_TRANSITION, 1);
    const size_t at = read_bytes(bytes, sizeof bytes) - 20;
    note("a", KOOP_ALERT_TRANSITION, 2);
    note("a", KOOP_ALERT_TRANSITION, 3);
    const size_t size = read_bytes(bytes, sizeof bytes);
    bytes[at] ^= 1;
    close_outbox();
    write_bytes(bytes, size);
    open_outbox();
    assert_non_null(strstr(why, "outbox.damaged"));
    assert_int_equal(waiting(), 2);
    char path[256];
    file_path(path, sizeof path, "outbox.damaged");
    assert_int_equal(access(path, F_OK), 0);
    reopen();
    assert_string_equal(why, "");
    assert_int_equal(waiting(), 2);
}

static void a_file_that_is_none_is_set_aside(void **state) {
    (void)state;
    note("a", KOOP_ALERT_TRANSITION, 1);
    close_outbox();
    uint8_t bytes[1000];
    memset(bytes, 'x', sizeof bytes);
    write_bytes(bytes, sizeof bytes);
    open_outbox();
    assert_non_null(strstr(why, "outbox.damaged"));
    assert_int_equal(waiting(), 0);
    assert_int_equal(koop_outbox_began_ms(outbox), LATER_MS);
}

static void what_a_later_version_wrote_is_passed_over(void **state) {
    (void)state;
    static uint8_t bytes[1 << 16];
    note("a", KOOP_ALERT_TRANSITION, 1);
    const size_t size = read_bytes(bytes, sizeof bytes);
    const uint8_t payload[] = {9, 0, 0, 0, 'w', 'h', 'a', 't', '?'};
    const int types[] = {0xaf, KOOP_OUTBOX_NOTE_TYPE};
    for (int i = 0; i < 2; i++) {
        const koop_record_header header = {.type = (uint8_t)types[i], .length = sizeof payload};
        koop_record_pack(&header, payload, bytes + size);
        memcpy(bytes + size + KOOP_RECORD_HEADER_BYTES, payload, sizeof payload);
        close_outbox();
        write_bytes(bytes, size + KOOP_RECORD_HEADER_BYTES + sizeof payload);
        open_outbox();
        assert_non_null(strstr(why, "1 unreadable"));
        assert_int_equal(waiting(), 1);
    }
}

static void a_run_whose_journal_is_gone_is_not_watched_any_more(void **state) {
    (void)state;
    koop_outbox_note(outbox, a_watch(run_b), NULL, 0);
    note("a", KOOP_ALERT_TRANSITION, 1);
    char path[256];
    snprintf(path, sizeof path, "%s/runs/%s", root, run_b);
    assert_int_equal(rmdir(path), 0);
    reopen();
    assert_null(koop_outbox_watch(outbox, run_b));
    assert_non_null(koop_outbox_watch(outbox, run_a));
    koop_outbox_forget(outbox, run_a);
    koop_outbox_forget(outbox, run_a);
    assert_null(koop_outbox_watch(outbox, run_a));
    assert_int_equal(waiting(), 1); /* what is on its way is sent all the same */
}

static void watches_are_found_among_many(void **state) {
    (void)state;
    for (int i = 0; i < 300; i++) {
        char run[KOOP_VIEW_UUID_BYTES];
        snprintf(run, sizeof run, "%032x", i * 7919 % 300);
        make_run(run);
        koop_watch *watch = a_watch(run);
        watch->seq = (uint64_t)(i * 7919 % 300);
        assert_int_equal(koop_outbox_note(outbox, watch, NULL, 0), KOOP_OK);
    }
    reopen();
    for (int i = 0; i < 300; i++) {
        char run[KOOP_VIEW_UUID_BYTES];
        snprintf(run, sizeof run, "%032x", i);
        assert_int_equal(koop_outbox_watch(outbox, run)->seq, i);
    }
    assert_null(koop_outbox_watch(outbox, run_b));
}

static void the_file_stays_small(void **state) {
    (void)state;
    static uint8_t bytes[1 << 23];
    fault.no_disk = true;
    size_t largest = 0;
    for (int i = 1; i <= 5000; i++) {
        koop_outbox_done(outbox, note("a", KOOP_ALERT_TRANSITION, i));
        koop_outbox_mend(outbox);
        if (i % 500 > 0) continue;
        const size_t size = read_bytes(bytes, sizeof bytes);
        if (size > largest) largest = size;
    }
    fault.no_disk = false;
    print_message("5000 alerts: at most %zu bytes\n", largest);
    assert_true(largest < (2 << 20));
}

static void the_oldest_of_the_lowest_level_is_the_surplus(void **state) {
    (void)state;
    fault.no_disk = true;
    note("other", KOOP_ALERT_SETTLED, 1);
    note("a", KOOP_ALERT_DIVERGING, 1);
    const uint64_t taken = note("a", KOOP_ALERT_SETTLED, 2);
    const uint64_t oldest = note("a", KOOP_ALERT_SETTLED, 3);
    koop_outbox_find(outbox, taken)->taken = true;
    for (int i = 3; i < KOOP_OUTBOX_PER_RULE; i++) {
        assert_null(koop_outbox_surplus(outbox, "a"));
        note("a", KOOP_ALERT_SETTLED, i + 1);
    }
    assert_null(koop_outbox_surplus(outbox, "a"));
    note("a", KOOP_ALERT_TRANSITION, 1000);
    assert_int_equal(koop_outbox_surplus(outbox, "a")->number, oldest);
    fault.no_disk = false;
}

static void
a_full_disk_is_said_and_what_was_noted_meanwhile_is_kept_once_there_is_room(void **state) {
    (void)state;
    char text[KOOP_OUTBOX_WHY_BYTES];
    const uint64_t before = note("a", KOOP_ALERT_TRANSITION, 1);
    fail_at("writev", 1, ENOSPC, true);
    note("a", KOOP_ALERT_TRANSITION, 2);
    assert_false(koop_outbox_is_kept(outbox, text));
    assert_string_equal(text, strerror(ENOSPC));
    koop_outbox_done(outbox, before);
    koop_outbox_mend(outbox);
    assert_false(is_kept());
    note("a", KOOP_ALERT_TRANSITION, 3);
    assert_int_equal(waiting(), 2);
    disarm();
    koop_outbox_mend(outbox);
    assert_true(is_kept());
    note("a", KOOP_ALERT_TRANSITION, 4);
    reopen();
    assert_string_equal(why, "");
    assert_int_equal(waiting(), 3);
    assert_int_equal(koop_outbox_parcel(outbox, 0)->alert.step, 2);
}

static void it_begins_in_memory_where_the_disk_is_full_from_the_start(void **state) {
    (void)state;
    note("a", KOOP_ALERT_TRANSITION, 1);
    fail_at("writev", 1, ENOSPC, true);
    reopen();
    assert_false(is_kept());
    assert_int_equal(waiting(), 1);
    note("a", KOOP_ALERT_TRANSITION, 2);
    disarm();
    koop_outbox_mend(outbox);
    assert_true(is_kept());
    reopen();
    assert_int_equal(waiting(), 2);
}

static void a_sync_that_failed_is_made_up_for_by_a_new_file(void **state) {
    (void)state;
    uint64_t mark;
    note("a", KOOP_ALERT_TRANSITION, 1);
    int fd = koop_outbox_unsynced(outbox, &mark);
    assert_true(fd >= 0);
    assert_int_equal(fdatasync(fd), 0);
    close(fd);
    koop_outbox_synced(outbox, mark, true);
    assert_int_equal(koop_outbox_unsynced(outbox, &mark), -1);
    note("a", KOOP_ALERT_TRANSITION, 2);
    fd = koop_outbox_unsynced(outbox, &mark);
    assert_true(fd >= 0);
    close(fd);
    koop_outbox_synced(outbox, mark, false);
    assert_false(is_kept());
    const int syncs = fault.syncs;
    koop_outbox_mend(outbox);
    assert_true(is_kept());
    assert_true(fault.syncs > syncs);
    assert_int_equal(koop_outbox_unsynced(outbox, &mark), -1);
    reopen();
    assert_int_equal(waiting(), 2);
}

/* Three alerts, of which the first is delivered, in a file that is then rewritten. */
static void some_work(void) {
    const uint64_t first = note("a", KOOP_ALERT_TRANSITION, 1);
    note("a", KOOP_ALERT_TRANSITION, 2);
    koop_outbox_done(outbox, first);
    note("a", KOOP_ALERT_TRANSITION, 3);
    reopen();
}

static void a_crash_at_any_call_loses_nothing_that_was_noted(void **state) {
    int crashes = 0;
    while (crashes_at(crashes + 1, some_work)) {
        crashes++;
        reopen();
        assert_string_equal(why, "");
        /* Alerts are noted in order, and the first is done before the third is noted. */
        const size_t n = waiting();
        for (size_t i = 0; i + 1 < n; i++)
            assert_int_equal(koop_outbox_parcel(outbox, i)->alert.step + 1,
                             koop_outbox_parcel(outbox, i + 1)->alert.step);
        if (n > 0 && koop_outbox_parcel(outbox, n - 1)->alert.step == 3) assert_int_equal(n, 2);
        tear_down(state);
        set_up(state);
    }
    print_message("%d calls at which to crash\n", crashes);
    assert_true(crashes >= 4);
}

static void no_link_is_followed(void **state) {
    (void)state;
    char path[256], target[256];
    note("a", KOOP_ALERT_TRANSITION, 1);
    close_outbox();
    file_path(path, sizeof path, "outbox");
    file_path(target, sizeof target, "elsewhere");
    assert_int_equal(rename(path, target), 0);
    assert_int_equal(symlink(target, path), 0);
    assert_int_equal(koop_outbox_open(&outbox, root, LATER_MS, why), KOOP_IO_FAILED);
    assert_true(why[0] != '\0');
}

static void an_id_is_of_run_rule_kind_and_number(void **state) {
    (void)state;
    char id[6][KOOP_ALERT_ID_BYTES];
    koop_watch_id(run_a, "a", KOOP_ALERT_STALLED, 1, id[0]);
    koop_watch_id(run_b, "a", KOOP_ALERT_STALLED, 1, id[1]);
    koop_watch_id(run_a, "b", KOOP_ALERT_STALLED, 1, id[2]);
    koop_watch_id(run_a, "a", KOOP_ALERT_SETTLED, 1, id[3]);
    koop_watch_id(run_a, "a", KOOP_ALERT_STALLED, 2, id[4]);
    koop_watch_id(run_a, "a", KOOP_ALERT_STALLED, 1, id[5]);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(strspn(id[i], "0123456789abcdef"), 32);
        for (int j = 0; j < i; j++) assert_string_not_equal(id[i], id[j]);
    }
    assert_string_equal(id[5], id[0]);
}

static void an_event_is_considered_once(void **state) {
    (void)state;
    koop_watch *watch = a_watch(run_a);
    watch->seq = 10; /* watched from here on */
    assert_false(koop_watch_consider(watch, 9, KOOP_ALERT_TRANSITION));
    assert_false(koop_watch_consider(watch, 10, KOOP_ALERT_TRANSITION));
    assert_true(koop_watch_consider(watch, 12, KOOP_ALERT_TRANSITION));
    assert_false(koop_watch_consider(watch, 12, KOOP_ALERT_TRANSITION));
    assert_true(koop_watch_consider(watch, 12, KOOP_ALERT_SETTLED));
    assert_false(koop_watch_consider(watch, 12, KOOP_ALERT_SETTLED));
    assert_true(koop_watch_consider(watch, 13, KOOP_ALERT_TRANSITION));
    assert_false(koop_watch_consider(watch, 12, KOOP_ALERT_DIVERGING));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_was_noted_is_there_after_a_restart),
        TEST(what_is_done_is_gone_and_numbers_are_not_given_twice),
        TEST(an_event_and_its_alerts_survive_together_or_not_at_all),
        TEST(damage_is_said_set_aside_and_costs_no_more_than_its_record),
        TEST(a_file_that_is_none_is_set_aside),
        TEST(what_a_later_version_wrote_is_passed_over),
        TEST(a_run_whose_journal_is_gone_is_not_watched_any_more),
        TEST(watches_are_found_among_many),
        TEST(the_file_stays_small),
        TEST(the_oldest_of_the_lowest_level_is_the_surplus),
        TEST(a_full_disk_is_said_and_what_was_noted_meanwhile_is_kept_once_there_is_room),
        TEST(it_begins_in_memory_where_the_disk_is_full_from_the_start),
        TEST(a_sync_that_failed_is_made_up_for_by_a_new_file),
        TEST(a_crash_at_any_call_loses_nothing_that_was_noted),
        TEST(no_link_is_followed),
        TEST(an_id_is_of_run_rule_kind_and_number),
        TEST(an_event_is_considered_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
