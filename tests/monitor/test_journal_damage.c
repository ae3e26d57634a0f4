/* The journal against what crashes, disks and programs do to its bytes. */
#include "journal_kit.h"

#include "journal_faults.h"

#include <inttypes.h>

static void every_truncation_is_cut_and_appended_to(void **state) {
    (void)state;
    static uint8_t bytes[8192];
    size_t ends[16];
    write_run(0, 3);
    const size_t size = load(segment_path(1), bytes, sizeof bytes);
    assert_int_equal(record_ends(bytes, size, ends), 4);
    for (size_t length = 0, records = 0; length <= size; length++) {
        while (records < 4 && ends[records] <= length) records++;
        const size_t begin = records ? ends[records - 1] : 0;
        store(segment_path(1), bytes, length);
        const uint64_t intact = records ? records - 1 : 0;
        koop_journal *journal = open_journal(0, intact);
        assert_int_equal(koop_journal_get_counters(journal).torn, length > begin);
        assert_int_equal(koop_journal_get_counters(journal).quarantined, 0);
        if (records) assert_int_equal(size_of(segment_path(1)), begin);
        assert_int_equal(append(journal, intact + 1), KOOP_OK);
        koop_journal_close(journal);
        assert_holds((int)intact + 1);
        assert_int_equal(size_of(segment_path(2)), -1);
    }
    print_message("%zu truncations, each cut, appended to and read back\n", size + 1);
}

static void reading_a_torn_tail_leaves_the_file_alone(void **state) {
    (void)state;
    static uint8_t bytes[8192];
    size_t ends[16];
    write_run(0, 3);
    const size_t size = load(segment_path(1), bytes, sizeof bytes);
    record_ends(bytes, size, ends);
    for (size_t length = ends[0]; length < size; length++) {
        store(segment_path(1), bytes, length);
        koop_journal_counters counters;
        assert_int_equal(read_path(run_dir, &counters), KOOP_OK);
        const int intact = (length >= ends[1]) + (length >= ends[2]);
        assert_int_equal(seen.snapshots, intact);
        assert_int_equal(seen.altered, 0);
        assert_int_equal(counters.torn, length != ends[intact]);
        assert_int_equal(counters.damaged, 0);
        assert_int_equal(size_of(segment_path(1)), length);
    }
}

static void a_flipped_bit_costs_its_own_record_only(void **state) {
    (void)state;
    static uint8_t bytes[8192];
    size_t ends[16];
    write_run(0, 3);
    const size_t size = load(segment_path(1), bytes, sizeof bytes);
    record_ends(bytes, size, ends);
    for (size_t bit = 0; bit < 8 * size; bit += 5) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        store(segment_path(1), bytes, size);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        int hit = 0;
        while (ends[hit] <= bit / 8) hit++;
        koop_journal_counters counters;
        assert_int_equal(read_path(run_dir, &counters), KOOP_OK);
        assert_int_equal(seen.altered, 0);
        assert_int_equal(seen.hellos, 1); /* where it was hit, the one beside the segment */
        assert_int_equal(seen.snapshots, hit == 0 ? 3 : 2);
        for (int i = 0, seq = 1; i < seen.snapshots; i++, seq++) {
            if (seq == hit) seq++;
            assert_int_equal(seen.seq[i], seq);
        }
        assert_int_equal(counters.damaged, 1);
        assert_int_equal(counters.torn, 0);
    }
}

static uint64_t next_random(uint64_t *state) { /* xorshift64* */
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 2685821657736338717u;
}

/* The intact snapshots of three, as bits. */
static unsigned seen_set(void) {
    unsigned set = 0;
    assert_int_equal(seen.altered, 0);
    for (int i = 0; i < seen.snapshots; i++) {
        assert_in_range(seen.seq[i], 1, 4);
        assert_false(set & 1u << seen.seq[i]);
        set |= 1u << seen.seq[i];
    }
    return set;
}

/* One to three flips at a time; whoever reads or opens finds what they have not hit. */
static void ten_thousand_random_flips_cost_what_they_hit(void **state) {
    (void)state;
    enum { FLIPS = 10000 };
    static uint8_t bytes[8192], damaged[8192], kept[8192];
    size_t ends[16];
    uint64_t random = 20240607, quarantined = 0;
    int flips = 0, journals = 0, records = 0;
    write_run(0, 3);
    const size_t size = load(segment_path(1), bytes, sizeof bytes);
    record_ends(bytes, size, ends);
    for (; flips < FLIPS; journals++) {
        unsigned intact = 1u << 1 | 1u << 2 | 1u << 3, whole = 15;
        memcpy(damaged, bytes, size);
        for (int n = 1 + journals % 3; n > 0; n--, flips++) {
            const size_t bit = next_random(&random) % (8 * size);
            damaged[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        for (int i = 0; i < 4; i++) {
            const size_t begin = i ? ends[i - 1] : 0;
            if (memcmp(damaged + begin, bytes + begin, ends[i] - begin) == 0) continue;
            intact &= ~(1u << i);
            whole &= ~(1u << i);
        }
        store(segment_path(1), damaged, size);
        const koop_status status = read_path(run_dir, NULL);
        assert_int_equal(status, whole ? KOOP_OK : KOOP_BAD_MESSAGE);
        assert_int_equal(seen_set(), intact);
        records += seen.snapshots;

        koop_journal *journal = NULL;
        uint64_t last = 99;
        assert_int_equal(koop_journal_open(&journal, data_dir, &hello, NULL, &last), KOOP_OK);
        assert_int_equal(last, intact & 8 ? 3 : intact & 4 ? 2 : intact & 2 ? 1 : 0);
        const koop_journal_counters counters = koop_journal_get_counters(journal);
        assert_int_equal(counters.quarantined > 0, whole != 15);
        assert_int_equal(counters.torn, 0);
        quarantined += counters.quarantined;
        assert_int_equal(append(journal, 4), KOOP_OK);
        koop_journal_close(journal);
        assert_int_equal(read_path(run_dir, NULL), KOOP_OK);
        assert_int_equal(seen_set(), intact | 1u << 4);
        if (whole != 15 && whole & 8) { /* not at the end: nothing was cut */
            load(segment_path(1), kept, sizeof kept);
            assert_memory_equal(kept, damaged, size);
        }
        remove_tree(run_dir);
        koop_journal_close(open_journal(0, 0));
    }
    print_message("%d flips in %d journals: %d snapshots intact, all read; none altered; "
                  "%" PRIu64 " pieces in quarantine\n",
                  flips, journals, records, quarantined);
}

static void missing_and_foreign_bytes_are_passed_over(void **state) {
    (void)state;
    static uint8_t bytes[8192], damaged[8192];
    size_t ends[16];
    write_run(0, 3);
    const size_t size = load(segment_path(1), bytes, sizeof bytes);
    record_ends(bytes, size, ends);
    for (size_t cut = 1; cut < ends[1] - ends[0]; cut += 3) { /* bytes lost within record 1 */
        const size_t from = ends[1] - cut;
        memcpy(damaged, bytes, from);
        memcpy(damaged + from, bytes + ends[1], size - ends[1]);
        store(segment_path(1), damaged, size - cut);
        koop_journal_counters counters;
        assert_int_equal(read_path(run_dir, &counters), KOOP_OK);
        assert_int_equal(seen.snapshots, 2);
        assert_int_equal(seen.seq[0], 2);
        assert_int_equal(seen.altered, 0);
        assert_int_equal(counters.damaged, 1);
    }
    for (size_t extra = 1; extra < 200; extra++) { /* a stranger's bytes between two records */
        memcpy(damaged, bytes, ends[1]);
        for (size_t i = 0; i < extra; i++) damaged[ends[1] + i] = "KOOPREC1"[i % 8];
        memcpy(damaged + ends[1] + extra, bytes + ends[1], size - ends[1]);
        store(segment_path(1), damaged, size + extra);
        assert_holds(3);
    }
}

static void damage_before_the_end_is_left_where_it_is(void **state) {
    (void)state;
    static uint8_t bytes[8192];
    size_t ends[16];
    write_run(0, 3);
    const size_t size = load(segment_path(1), bytes, sizeof bytes);
    record_ends(bytes, size, ends);
    bytes[ends[1] - 1] ^= 1; /* snapshot 1 */
    store(segment_path(1), bytes, size);
    koop_journal *journal = open_journal(0, 3);
    assert_int_equal(koop_journal_get_counters(journal).torn, 0);
    assert_int_equal(koop_journal_get_counters(journal).damaged, 1);
    assert_int_equal(append(journal, 4), KOOP_OK);
    koop_journal_close(journal);
    assert_int_equal(read_path(run_dir, NULL), KOOP_OK);
    assert_int_equal(seen.snapshots, 3);
    assert_int_equal(seen.seq[2], 4);
    assert_true(size_of(segment_path(1)) > (int64_t)size);
}

static void a_lost_hello_is_taken_from_a_later_segment(void **state) {
    (void)state;
    static uint8_t bytes[8192];
    write_run(1000, 20);
    const size_t size = load(segment_path(1), bytes, sizeof bytes);
    bytes[3] ^= 0x10;
    store(segment_path(1), bytes, size);
    assert_holds(20);
}

static void a_segment_whose_hello_is_lost_is_not_gone_on_with(void **state) {
    (void)state;
    static uint8_t bytes[8192];
    write_run(0, 3);
    const size_t size = load(segment_path(1), bytes, sizeof bytes);
    bytes[50] ^= 0x10;
    store(segment_path(1), bytes, size);
    koop_journal *journal = open_journal(0, 3);
    assert_int_equal(append(journal, 4), KOOP_OK);
    koop_journal_close(journal);
    assert_int_equal(size_of(segment_path(1)), size);
    assert_holds(4);
}

static void the_shown_piece_does_not_change_what_a_scan_finds(void **state) {
    (void)state;
    static uint8_t bytes[8192];
    write_run(0, 3);
    size_t size = load(segment_path(1), bytes, sizeof bytes);
    size_t ends[16];
    record_ends(bytes, size, ends);
    bytes[ends[1] - 3] ^= 4;
    memcpy(bytes + size, bytes + ends[1], ends[2] - ends[1]);
    size += ends[2] - ends[1] - 1; /* and a torn end */
    uint64_t expected_damaged = 0, expected_end = 0;
    for (size_t piece = size; piece > 0; piece--) {
        koop_scan scan = {0};
        koop_scan_record record;
        size_t used = 0, want = piece, shown = piece;
        koop_scan_result result;
        int records = 0;
        do {
            const size_t left = size - (size_t)scan.offset;
            if (shown > left) shown = left;
            result = koop_scan_next(&scan, bytes + scan.offset, shown, left, &record, &used, &want);
            records += result == KOOP_SCAN_RECORD;
            if (result == KOOP_SCAN_MORE) {
                assert_true(want > shown - used && want <= size - scan.offset);
                shown = want;
            } else
                shown = piece;
        } while (result != KOOP_SCAN_END);
        assert_int_equal(records, 3);
        assert_int_equal(scan.offset, size);
        if (piece == size) {
            expected_damaged = scan.damaged;
            expected_end = scan.intact_end;
        }
        assert_int_equal(scan.damaged, expected_damaged);
        assert_int_equal(scan.intact_end, expected_end);
    }
    assert_int_equal(expected_damaged, 1);
    assert_int_equal(expected_end, ends[3]);
}

/* Headers that hold but claim payloads that do not: trying each would take quadratic time. */
static void a_hostile_file_does_not_make_a_scan_slow(void **state) {
    (void)state;
    const size_t size = (size_t)24 << 20, half = size / 2;
    uint8_t *bytes = calloc(1, size);
    const koop_record_header header = {.type = KOOP_WIRE_SNAPSHOT, .length = (uint32_t)half};
    koop_record_pack(&header, bytes, bytes);
    bytes[KOOP_RECORD_HEADER_BYTES] = 1; /* the payload checksum no longer holds */
    for (size_t at = KOOP_RECORD_HEADER_BYTES; at + 2 * KOOP_RECORD_HEADER_BYTES < half;
         at += KOOP_RECORD_HEADER_BYTES)
        memcpy(bytes + at, bytes, KOOP_RECORD_HEADER_BYTES);
    koop_scan scan = {0};
    koop_scan_record record;
    size_t used, want;
    assert_int_equal(koop_scan_next(&scan, bytes, size, size, &record, &used, &want),
                     KOOP_SCAN_END);
    assert_true(scan.wasted < 8 * (uint64_t)size);
    free(bytes);
}

int main(void) {
    fault.no_disk = true;
    const struct CMUnitTest tests[] = {
        TEST(every_truncation_is_cut_and_appended_to),
        TEST(reading_a_torn_tail_leaves_the_file_alone),
        TEST(a_flipped_bit_costs_its_own_record_only),
        TEST(ten_thousand_random_flips_cost_what_they_hit),
        TEST(missing_and_foreign_bytes_are_passed_over),
        TEST(damage_before_the_end_is_left_where_it_is),
        TEST(a_lost_hello_is_taken_from_a_later_segment),
        TEST(a_segment_whose_hello_is_lost_is_not_gone_on_with),
        TEST(the_shown_piece_does_not_change_what_a_scan_finds),
        TEST(a_hostile_file_does_not_make_a_scan_slow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
