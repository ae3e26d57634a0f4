/* Fails every allocation of the client in turn. The sources are compiled into this program with
 * allocators that count; what they define is then not taken from the library. */
#include "golden.h"

#include <stdatomic.h>
#include <unistd.h>

/* The allocation that fails, counted down; 0: none. */
static atomic_long countdown;

static int fails(void) {
    return atomic_load(&countdown) > 0 && atomic_fetch_sub(&countdown, 1) == 1;
}

static inline void *try_malloc(size_t size) {
    return fails() ? NULL : malloc(size);
}
static inline void *try_calloc(size_t n, size_t size) {
    return fails() ? NULL : calloc(n, size);
}
static inline void *try_realloc(void *old, size_t size) {
    return fails() ? NULL : realloc(old, size);
}

#define malloc try_malloc
#define calloc try_calloc
#define realloc try_realloc
#include "koopmon.c"
#include "ring.c"
#include "wire_pack.c"
#undef malloc
#undef calloc
#undef realloc

static void use_client(void) {
    koop_client *client = NULL;
    koop_options options = koop_defaults();
    options.mode = KOOP_MODE_OFFLINE;
    options.sketch_above = 50;
    options.sketch_size = 64;
    koop_status status = koop_open(&client, &options);
    assert_true(status == KOOP_OK || status == KOOP_NO_MEMORY);
    if (status != KOOP_OK) {
        assert_null(client);
        return;
    }
    const float weights[100] = {1};
    koop_declare(client, "w", KOOP_DTYPE_FLOAT32, 1, (size_t[]){100});
    for (int64_t step = 1; step <= 3; step++) {
        status = koop_publish(client, step, (const void *const[]){weights}, NULL, 0);
        assert_true(status == KOOP_OK || (status == KOOP_DISABLED && koop_reason(client)));
    }
    koop_flush(client, 20000);
    koop_close(&client, 20000);
}

static void a_client_survives_every_failed_allocation(void **state) {
    (void)state;
    char folder[] = "/tmp/koop-test-XXXXXX", command[64];
    assert_non_null(mkdtemp(folder));
    setenv("KOOPMON_OFFLINE_DIR", folder, 1);
    int failed = 0;
    for (long nth = 1;; nth++) {
        atomic_store(&countdown, nth);
        use_client();
        if (atomic_exchange(&countdown, 0) > 0) break; /* there were fewer allocations than nth */
        failed++;
    }
    assert_true(failed >= 6); /* client, ring, sketch, slots, data, queues */
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

static void packing_without_memory_is_a_status(void **state) {
    (void)state;
    static koop_wire_message message = {.type = KOOP_WIRE_PING};
    koop_wire_buffer buffer = {0};
    atomic_store(&countdown, 1);
    assert_int_equal(koop_wire_pack(&message, &buffer), KOOP_NO_MEMORY);
    assert_int_equal(koop_wire_pack(&message, &buffer), KOOP_OK);
    assert_true(buffer.size > 0);
    koop_wire_buffer_free(&buffer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_survives_every_failed_allocation),
        cmocka_unit_test(packing_without_memory_is_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
