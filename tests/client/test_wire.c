#include "wire_kit.h"

#include <dirent.h>

static koop_wire_buffer buffer;

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
        memset(hello->groups[g].name, '0' + g, KOOP_WIRE_NAME_BYTES - 1);
        hello->groups[g].dimensions = KOOP_WIRE_MAX_DIMS;
        for (int d = 0; d < KOOP_WIRE_MAX_DIMS; d++) hello->groups[g].shape[d] = 1 << 5;
        hello->groups[g].sketch = hello->groups[g].length = 32768;
        hello->groups[g].offset = (UINT64_C(1) << 48) - ((uint64_t)g << 40);
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
        cmocka_unit_test(messages_that_no_one_would_take_are_not_packed),
        cmocka_unit_test(a_hello_at_every_limit_makes_the_round_trip),
        cmocka_unit_test(a_whole_snapshot_may_be_larger_than_a_chunk),
        cmocka_unit_test(the_fuzz_corpus_does_no_harm),
        cmocka_unit_test(names_are_made_safe),
    };
    return cmocka_run_group_tests(tests, NULL, free_all);
}
