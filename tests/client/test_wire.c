#include "golden.h"
#include "wire.h"

#include <dirent.h>
#include <math.h>

static const char *const golden_names[] = {"wire_hello",      "wire_snapshot", "wire_chunk_first",
                                           "wire_chunk_last", "wire_ping",     "wire_bye",
                                           "wire_welcome",    "wire_ack",      "wire_error"};
enum { N_GOLDEN = sizeof golden_names / sizeof *golden_names };

static koop_wire_message message, again;
static koop_wire_buffer buffer;
static uint8_t data[16];

static void set_group(koop_wire_group *group, const char *name, uint64_t length, uint64_t sketch,
                      uint64_t offset) {
    snprintf(group->name, sizeof group->name, "%s", name);
    group->length = length;
    group->sketch = sketch;
    group->offset = offset;
}

static void make_hello(void) {
    koop_wire_hello *hello = &message.as.hello;
    message.type = KOOP_WIRE_HELLO;
    hello->version = 1;
    for (int i = 0; i < 16; i++) hello->run[i] = (uint8_t)(0x10 + i);
    strcpy(hello->name, "cnn-17");
    strcpy(hello->host, "node3");
    hello->pid = 4242;
    hello->start_ms = 1700000000123;
    hello->dtype = 4;
    hello->seed = UINT64_C(0x0123456789abcdef);
    hello->n_groups = 3;
    set_group(&hello->groups[0], "fc1.weight", 512, 512, 0);
    hello->groups[0].dimensions = 2;
    hello->groups[0].shape[0] = 784;
    hello->groups[0].shape[1] = 40;
    set_group(&hello->groups[1], "fc1.bias", 40, 0, 31360);
    hello->groups[1].dimensions = 1;
    hello->groups[1].shape[0] = 40;
    set_group(&hello->groups[2], "scale", 1, 0, 31400);
    hello->n_metadata = 2;
    strcpy(hello->metadata[0].key, "optimizer");
    strcpy(hello->metadata[0].value, "sgd");
    strcpy(hello->metadata[1].key, "lr");
    strcpy(hello->metadata[1].value, "0.1");
}

static void make_snapshot(uint64_t seq, uint64_t at, size_t bytes) {
    static const float values[4] = {0.0f, 1.0f, -2.5f, 3.4028234663852886e38f};
    static const uint64_t nan_bits = UINT64_C(0x7ff8000000000000);
    memcpy(data, values, sizeof data);
    message.type = KOOP_WIRE_SNAPSHOT;
    message.as.snapshot = (koop_wire_snapshot){.seq = seq,
                                               .step = -1,
                                               .time_ms = 1700000000456,
                                               .dropped = 3,
                                               .total = 16,
                                               .at = at,
                                               .data = data + at,
                                               .bytes = bytes};
    if (at > 0) return;
    message.as.snapshot.n_scalars = bytes == 16 ? 2 : 1;
    strcpy(message.as.snapshot.scalars[0].name, "loss");
    message.as.snapshot.scalars[0].value = 0.5;
    strcpy(message.as.snapshot.scalars[1].name, "lr");
    memcpy(&message.as.snapshot.scalars[1].value, &nan_bits, 8);
}

/* The message that golden file `i` holds. */
static void make(int i) {
    memset(&message, 0, sizeof message);
    switch (i) {
    case 0:
        make_hello();
        break;
    case 1:
        make_snapshot(7, 0, 16);
        break;
    case 2:
        make_snapshot(8, 0, 12);
        break;
    case 3:
        make_snapshot(8, 12, 4);
        break;
    case 4:
        message.type = KOOP_WIRE_PING;
        break;
    case 5:
        message.type = KOOP_WIRE_BYE;
        message.as.bye = (koop_wire_bye){.last_seq = 70000, .dropped = 3};
        break;
    case 6:
        message.type = KOOP_WIRE_WELCOME;
        message.as.welcome = (koop_wire_welcome){.acknowledged = 5, .credit = 64};
        break;
    case 7:
        message.type = KOOP_WIRE_ACK;
        message.as.acknowledged = (UINT64_C(1) << 32) + 1;
        break;
    case 8:
        message.type = KOOP_WIRE_ERROR;
        message.as.error.code = KOOP_WIRE_ERROR_SHAPE;
        message.as.error.seq = 7;
        strcpy(message.as.error.text, "a snapshot has 12 bytes, declared are 16");
        break;
    }
}

static void assert_same_hello(const koop_wire_hello *a, const koop_wire_hello *b) {
    assert_memory_equal(a, b, offsetof(koop_wire_hello, groups));
    for (uint32_t g = 0; g < a->n_groups; g++)
        assert_memory_equal(&a->groups[g], &b->groups[g], sizeof a->groups[g]);
    assert_int_equal(a->n_metadata, b->n_metadata);
    assert_memory_equal(a->metadata, b->metadata, sizeof a->metadata);
}

static void assert_same_snapshot(const koop_wire_snapshot *a, const koop_wire_snapshot *b) {
    assert_int_equal(a->seq, b->seq);
    assert_int_equal(a->step, b->step);
    assert_int_equal(a->time_ms, b->time_ms);
    assert_int_equal(a->dropped, b->dropped);
    assert_int_equal(a->total, b->total);
    assert_int_equal(a->at, b->at);
    assert_int_equal(a->bytes, b->bytes);
    assert_memory_equal(a->data, b->data, a->bytes);
    assert_int_equal(a->n_scalars, b->n_scalars);
    for (uint32_t i = 0; i < a->n_scalars; i++) {
        assert_string_equal(a->scalars[i].name, b->scalars[i].name);
        assert_memory_equal(&a->scalars[i].value, &b->scalars[i].value, 8);
    }
}

static void assert_same(const koop_wire_message *a, const koop_wire_message *b) {
    assert_int_equal(a->type, b->type);
    switch (a->type) {
    case KOOP_WIRE_HELLO:
        assert_same_hello(&a->as.hello, &b->as.hello);
        break;
    case KOOP_WIRE_SNAPSHOT:
        assert_same_snapshot(&a->as.snapshot, &b->as.snapshot);
        break;
    case KOOP_WIRE_PING:
        break;
    case KOOP_WIRE_BYE:
        assert_int_equal(a->as.bye.last_seq, b->as.bye.last_seq);
        assert_int_equal(a->as.bye.dropped, b->as.bye.dropped);
        break;
    case KOOP_WIRE_WELCOME:
        assert_int_equal(a->as.welcome.acknowledged, b->as.welcome.acknowledged);
        assert_int_equal(a->as.welcome.credit, b->as.welcome.credit);
        break;
    case KOOP_WIRE_ACK:
        assert_int_equal(a->as.acknowledged, b->as.acknowledged);
        break;
    case KOOP_WIRE_ERROR:
        assert_int_equal(a->as.error.code, b->as.error.code);
        assert_int_equal(a->as.error.seq, b->as.error.seq);
        assert_string_equal(a->as.error.text, b->as.error.text);
        break;
    }
}

static void packing_gives_the_golden_bytes(void **state) {
    (void)state;
    for (int i = 0; i < N_GOLDEN; i++) {
        size_t size;
        uint8_t *golden = golden_read(golden_names[i], &size);
        make(i);
        assert_int_equal(koop_wire_pack(&message, &buffer), KOOP_OK);
        assert_int_equal(buffer.size, size);
        assert_memory_equal(buffer.bytes, golden, size);
        free(golden);
    }
}

static void unpacking_golden_bytes_gives_the_message(void **state) {
    (void)state;
    for (int i = 0; i < N_GOLDEN; i++) {
        size_t size;
        uint8_t *golden = golden_read(golden_names[i], &size);
        make(i);
        memset(&again, 0xff, sizeof again);
        assert_int_equal(koop_wire_unpack(golden, size, &again), KOOP_OK);
        assert_same(&message, &again);
        free(golden);
    }
}

static void every_truncation_and_every_added_byte_is_refused(void **state) {
    (void)state;
    for (int i = 0; i < N_GOLDEN; i++) {
        size_t size;
        uint8_t *golden = golden_read(golden_names[i], &size);
        for (size_t cut = 0; cut < size; cut++) {
            uint8_t *exact = malloc(cut ? cut : 1); /* so that a sanitizer sees a read behind it */
            memcpy(exact, golden, cut);
            assert_int_equal(koop_wire_validate(exact, cut), KOOP_BAD_MESSAGE);
            assert_int_equal(koop_wire_unpack(exact, cut, &again), KOOP_BAD_MESSAGE);
            free(exact);
        }
        uint8_t *longer = calloc(1, size + 1);
        memcpy(longer, golden, size);
        assert_int_equal(koop_wire_unpack(longer, size + 1, &again), KOOP_BAD_MESSAGE);
        free(longer);
        free(golden);
    }
}

static void assert_invalid(const char *bytes, size_t size, koop_status expected) {
    assert_int_equal(koop_wire_validate((const uint8_t *)bytes, size), expected);
}
#define ASSERT_INVALID(text, status) assert_invalid(text, sizeof text - 1, status)

static void hostile_lengths_are_refused(void **state) {
    (void)state;
    ASSERT_INVALID("", KOOP_BAD_MESSAGE);
    ASSERT_INVALID("\xc1", KOOP_BAD_MESSAGE);
    ASSERT_INVALID("\xdd\x0f\xff\xff\xff", KOOP_BAD_MESSAGE);
    ASSERT_INVALID("\xdf\xff\xff\xff\xff", KOOP_BAD_MESSAGE);
    ASSERT_INVALID("\xdb\xff\xff\xff\xff", KOOP_BAD_MESSAGE);
    ASSERT_INVALID("\xc6\xff\xff\xff\xff", KOOP_BAD_MESSAGE);
    ASSERT_INVALID("\xc9\xff\xff\xff\xff\x01", KOOP_BAD_MESSAGE);
    ASSERT_INVALID("\xd8\x01\x02", KOOP_BAD_MESSAGE);
    ASSERT_INVALID("\xdc\x00\x02\xc0", KOOP_BAD_MESSAGE);
    ASSERT_INVALID("\x81\x01", KOOP_BAD_MESSAGE);
    ASSERT_INVALID("\xcf\x00\x00\x00\x00\x00\x00\x00", KOOP_BAD_MESSAGE);
}

static void every_kind_of_object_is_measured(void **state) {
    (void)state;
    static const char all[] = "\x9c"
                              "\x7f\xff\xc0\xc2"
                              "\xca\x00\x00\x00\x00"
                              "\xd3\x00\x00\x00\x00\x00\x00\x00\x00"
                              "\xd1\x00\x00"
                              "\xc7\x02\x05\x01\x02"
                              "\xd6\x05\x01\x02\x03\x04"
                              "\xd9\x01x"
                              "\xde\x00\x01\xa0\x90"
                              "\xc5\x00\x01\x00";
    ASSERT_INVALID(all, KOOP_OK);
    ASSERT_INVALID("\x90", KOOP_OK);
    ASSERT_INVALID("\x80", KOOP_OK);
}

static void deep_nesting_and_many_objects_are_too_large(void **state) {
    (void)state;
    ASSERT_INVALID("\x91\x91\x91\x91\x91\x91\x91\x90", KOOP_OK);
    ASSERT_INVALID("\x91\x91\x91\x91\x91\x91\x91\x91\x90", KOOP_TOO_LARGE);
    uint8_t *many = calloc(1, 3 + 4096);
    memcpy(many, "\xdc\x0f\xff", 3); /* 4095 zeros and the array itself */
    assert_int_equal(koop_wire_validate(many, 3 + 4095), KOOP_OK);
    many[1] = 0x10, many[2] = 0;
    assert_int_equal(koop_wire_validate(many, 3 + 4096), KOOP_TOO_LARGE);
    free(many);
}

/* Replaces the first `from` in the golden message by `to` (any sizes) and unpacks. */
static koop_status unpack_changed(const char *name, const char *from, size_t from_size,
                                  const char *to, size_t to_size) {
    size_t size;
    uint8_t *golden = golden_read(name, &size);
    size_t before = 0;
    while (before + from_size <= size && memcmp(golden + before, from, from_size) != 0) before++;
    assert_true(before + from_size <= size);
    size_t after = size - before - from_size;
    uint8_t *changed = malloc(before + to_size + after);
    memcpy(changed, golden, before);
    memcpy(changed + before, to, to_size);
    memcpy(changed + before + to_size, golden + before + from_size, after);
    koop_status status = koop_wire_unpack(changed, before + to_size + after, &again);
    free(changed);
    free(golden);
    return status;
}
#define CHANGED(name, from, to) unpack_changed(name, from, sizeof from - 1, to, sizeof to - 1)

static void missing_repeated_and_mistyped_keys_are_refused(void **state) {
    (void)state;
    assert_int_equal(CHANGED("wire_snapshot", "\xa3seq", "\xa3sek"), KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_snapshot", "\xa4step\xff", "\xa3seq\x07"), KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_snapshot", "\xa3seq\x07", "\xa3seq\xff"), KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_snapshot", "\xa3seq\x07", "\xa3seq\xa1x"), KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_snapshot", "\xa3seq\x07", "\xa3seq\x00"), KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_snapshot", "\xc4\x10", "\xb0"), KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_snapshot", "\xa4loss", "\xa0"), KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_snapshot", "\xa4loss", "\x04"), KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_hello", "\xc4\x10", "\xb0"), KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_hello",
                             "\xa6"
                             "cnn-17",
                             "\xa6"
                             "cn\0-17"),
                     KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_ack", "\x82", "\x92"), KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_ping", "\xa4type\x03", "\xa4type\x05"), KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_welcome",
                             "\xa6"
                             "credit@",
                             "\xa6"
                             "credit\x00"),
                     KOOP_BAD_MESSAGE);
}

static void unknown_keys_are_ignored_and_order_is_free(void **state) {
    (void)state;
    assert_int_equal(CHANGED("wire_ping", "\x81", "\x83\xa3new\x91\xc0\x07\x08"), KOOP_OK);
    assert_int_equal(again.type, KOOP_WIRE_PING);
    assert_int_equal(CHANGED("wire_welcome",
                             "\x83\xa4type\x10\xac"
                             "acknowledged\x05\xa6"
                             "credit@",
                             "\x83\xa6"
                             "credit@\xac"
                             "acknowledged\x05\xa4type\x10"),
                     KOOP_OK);
    assert_int_equal(again.as.welcome.credit, 64);
    assert_int_equal(again.as.welcome.acknowledged, 5);
}

static void any_number_type_is_taken_for_a_scalar(void **state) {
    (void)state;
    assert_int_equal(CHANGED("wire_snapshot", "\xcb\x3f\xe0\x00\x00\x00\x00\x00\x00", "\xfe"),
                     KOOP_OK);
    assert_true(again.as.snapshot.scalars[0].value == -2.0);
    assert_int_equal(
        CHANGED("wire_snapshot", "\xcb\x3f\xe0\x00\x00\x00\x00\x00\x00", "\xca\x3f\x00\x00\x00"),
        KOOP_OK);
    assert_true(again.as.snapshot.scalars[0].value == 0.5);
    assert_true(isnan(again.as.snapshot.scalars[1].value));
}

static void chunks_must_lie_within_the_total(void **state) {
    (void)state;
    assert_int_equal(CHANGED("wire_chunk_last",
                             "\xa2"
                             "at\x0c",
                             "\xa2"
                             "at\x0d"),
                     KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_chunk_last",
                             "\xa2"
                             "at\x0c",
                             "\xa2"
                             "at\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
                     KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_chunk_last", "\xa7scalars\x80", "\xa7scalars\x81\xa1x\x01"),
                     KOOP_BAD_MESSAGE);
}

static void groups_must_make_sense(void **state) {
    (void)state;
    assert_int_equal(CHANGED("wire_hello", "\xa6length\x28", "\xa6length\x29"), KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_hello", "\xa6length\xcd\x02", "\xa6length\xcd\x03"),
                     KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_hello", "\xa5shape\x91\x28", "\xa5shape\x91\x00"),
                     KOOP_BAD_MESSAGE);
    assert_int_equal(
        CHANGED("wire_hello", "\x91\x28", "\x92\xce\xff\xff\xff\xff\xce\xff\xff\xff\xff"),
        KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_hello", "\x91\x28", "\x99\x28\x01\x01\x01\x01\x01\x01\x01\x01"),
                     KOOP_TOO_LARGE);
    assert_int_equal(CHANGED("wire_hello",
                             "\xa5"
                             "dtype\x04",
                             "\xa5"
                             "dtype\x02"),
                     KOOP_BAD_MESSAGE);
}

static void a_hello_of_another_version_gives_its_version_only(void **state) {
    (void)state;
    static const char future[] = "\x83\xa4type\x01\xa7version\x02\xa6groups\x05";
    assert_int_equal(koop_wire_unpack((const uint8_t *)future, sizeof future - 1, &again), KOOP_OK);
    assert_int_equal(again.type, KOOP_WIRE_HELLO);
    assert_int_equal(again.as.hello.version, 2);
    assert_int_equal(again.as.hello.n_groups, 0);
}

static void messages_that_no_one_would_take_are_not_packed(void **state) {
    (void)state;
    make(0);
    message.as.hello.n_groups = 65;
    assert_int_equal(koop_wire_pack(&message, &buffer), KOOP_BAD_ARGUMENT);
    make(0);
    memset(message.as.hello.name, 'x', KOOP_WIRE_NAME_BYTES);
    assert_int_equal(koop_wire_pack(&message, &buffer), KOOP_BAD_ARGUMENT);
    make(0);
    message.as.hello.groups[0].sketch = message.as.hello.groups[0].length = 100;
    assert_int_equal(koop_wire_pack(&message, &buffer), KOOP_BAD_ARGUMENT);
    make(1);
    message.as.snapshot.at = 1;
    assert_int_equal(koop_wire_pack(&message, &buffer), KOOP_BAD_ARGUMENT);
    make(1);
    message.as.snapshot.seq = 0;
    assert_int_equal(koop_wire_pack(&message, &buffer), KOOP_BAD_ARGUMENT);
    make(6);
    message.as.welcome.credit = 0;
    assert_int_equal(koop_wire_pack(&message, &buffer), KOOP_BAD_ARGUMENT);
    make(4);
    message.type = (koop_wire_type)9;
    assert_int_equal(koop_wire_pack(&message, &buffer), KOOP_BAD_ARGUMENT);
}

static void a_hello_at_every_limit_makes_the_round_trip(void **state) {
    (void)state;
    koop_wire_hello *hello = &message.as.hello;
    make(0);
    memset(hello->name, 'n', KOOP_WIRE_NAME_BYTES - 1);
    hello->pid = INT64_MIN;
    hello->start_ms = INT64_MAX;
    hello->seed = UINT64_MAX;
    hello->n_groups = KOOP_WIRE_MAX_GROUPS;
    for (int g = 0; g < KOOP_WIRE_MAX_GROUPS; g++) {
        memset(&hello->groups[g], 0, sizeof hello->groups[g]);
        memset(hello->groups[g].name, 'g', KOOP_WIRE_NAME_BYTES - 1);
        hello->groups[g].dimensions = KOOP_WIRE_MAX_DIMS;
        for (int d = 0; d < KOOP_WIRE_MAX_DIMS; d++) hello->groups[g].shape[d] = 64;
        hello->groups[g].sketch = hello->groups[g].length = 32768;
        hello->groups[g].offset = UINT64_C(1) << 48;
    }
    hello->n_metadata = KOOP_WIRE_MAX_METADATA;
    for (int i = 0; i < KOOP_WIRE_MAX_METADATA; i++) {
        memset(hello->metadata[i].key, 'k', KOOP_WIRE_METADATA_BYTES - 1);
        memset(hello->metadata[i].value, 'v', KOOP_WIRE_METADATA_BYTES - 1);
    }
    assert_int_equal(koop_wire_pack(&message, &buffer), KOOP_OK);
    assert_true(buffer.size <= KOOP_WIRE_MESSAGE_BYTES - KOOP_WIRE_CHUNK_BYTES);
    assert_int_equal(koop_wire_unpack(buffer.bytes, buffer.size, &again), KOOP_OK);
    assert_same(&message, &again);
}

static void a_whole_snapshot_may_be_larger_than_a_chunk(void **state) {
    (void)state;
    enum { BYTES = 3 << 20 };
    uint8_t *large = calloc(1, BYTES);
    large[BYTES - 1] = 0xa5;
    make(1);
    message.as.snapshot.data = large;
    message.as.snapshot.bytes = message.as.snapshot.total = BYTES;
    assert_int_equal(koop_wire_pack(&message, &buffer), KOOP_OK);
    assert_int_equal(koop_wire_unpack(buffer.bytes, buffer.size, &again), KOOP_OK);
    assert_same(&message, &again);
    /* borrowed, not copied */
    assert_true(again.as.snapshot.data > buffer.bytes &&
                again.as.snapshot.data < buffer.bytes + buffer.size);
    free(large);
}

static void the_fuzz_corpus_does_no_harm(void **state) {
    (void)state;
    const char *folder = KOOP_GOLDEN_DIR "/../fuzz/corpus/wire";
    DIR *files = opendir(folder);
    assert_non_null(files);
    int unpacked = 0;
    for (struct dirent *entry; (entry = readdir(files));) {
        char path[1024];
        static uint8_t bytes[1 << 16];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        FILE *file = entry->d_name[0] == '.' ? NULL : fopen(path, "rb");
        if (!file) continue;
        size_t size = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        if (koop_wire_unpack(bytes, size, &message) != KOOP_OK) continue;
        unpacked++;
        assert_int_equal(koop_wire_pack(&message, &buffer), KOOP_OK);
        assert_int_equal(koop_wire_unpack(buffer.bytes, buffer.size, &again), KOOP_OK);
    }
    closedir(files);
    assert_true(unpacked >= N_GOLDEN);
}

static void assert_safe(const char *name, const char *expected) {
    char safe[KOOP_WIRE_NAME_BYTES];
    koop_wire_safe_name(name, safe);
    assert_string_equal(safe, expected);
}

static void names_are_made_safe(void **state) {
    (void)state;
    assert_safe("cnn_17.b-2", "cnn_17.b-2");
    assert_safe("", "unnamed");
    assert_safe("a/../\x1b[2J", "a%2F..%2F%1B%5B2J");
    assert_safe("\xc3\xa9", "%C3%A9");
    char longest[100], cut[65];
    memset(longest, 'x', 99);
    longest[99] = '\0';
    longest[63] = '/'; /* its escape would not fit */
    memset(cut, 'x', 63);
    cut[63] = '\0';
    assert_safe(longest, cut);
}

static int free_all(void **state) {
    (void)state;
    koop_wire_buffer_free(&buffer);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packing_gives_the_golden_bytes),
        cmocka_unit_test(unpacking_golden_bytes_gives_the_message),
        cmocka_unit_test(every_truncation_and_every_added_byte_is_refused),
        cmocka_unit_test(hostile_lengths_are_refused),
        cmocka_unit_test(every_kind_of_object_is_measured),
        cmocka_unit_test(deep_nesting_and_many_objects_are_too_large),
        cmocka_unit_test(missing_repeated_and_mistyped_keys_are_refused),
        cmocka_unit_test(unknown_keys_are_ignored_and_order_is_free),
        cmocka_unit_test(any_number_type_is_taken_for_a_scalar),
        cmocka_unit_test(chunks_must_lie_within_the_total),
        cmocka_unit_test(groups_must_make_sense),
        cmocka_unit_test(a_hello_of_another_version_gives_its_version_only),
        cmocka_unit_test(messages_that_no_one_would_take_are_not_packed),
        cmocka_unit_test(a_hello_at_every_limit_makes_the_round_trip),
        cmocka_unit_test(a_whole_snapshot_may_be_larger_than_a_chunk),
        cmocka_unit_test(the_fuzz_corpus_does_no_harm),
        cmocka_unit_test(names_are_made_safe),
    };
    return cmocka_run_group_tests(tests, NULL, free_all);
}
