#include "golden.h"
#include "koopmon.h"
#include "lone_worker.h"
#include "record.h"
#include "recording.h"
#include "wire.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], path[512];
static koop_client *client;

static int set_up(void **state) {
    (void)state;
    strcpy(folder, "/tmp/koop-test-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    setenv("KOOPMON_OFFLINE_DIR", folder, 1);
    setenv("KOOPMON_MODE", "offline", 1);
    path[0] = '\0';
    return 0;
}

/* Whether the folder holds a file; its path goes to `path`. */
static bool find_file(void) {
    bool found = false;
    DIR *files = opendir(folder);
    for (struct dirent *entry; files && (entry = readdir(files));) {
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        found = true;
    }
    if (files) closedir(files);
    return found;
}

static int tear_down(void **state) {
    (void)state;
    koop_close(&client, 0);
    if (find_file()) unlink(path);
    return rmdir(folder);
}

static void publish(int64_t step) {
    const double weights[2] = {(double)step, -1};
    const koop_scalar loss = {"loss", 0.25};
    assert_int_equal(koop_publish(client, step, (const void *const[]){weights}, &loss, 1), KOOP_OK);
}

static void open_client(const char *run) {
    koop_options options = koop_defaults();
    options.run = run;
    assert_int_equal(koop_open(&client, &options), KOOP_OK);
    assert_null(koop_reason(client));
    assert_int_equal(koop_declare(client, "w", KOOP_DTYPE_FLOAT64, 1, (size_t[]){2}), KOOP_OK);
}

static void assert_record(const uint8_t *bytes, size_t size, int i, int last,
                          koop_record_header *header) {
    static koop_wire_message message;
    assert_int_equal(koop_record_unpack(bytes, size, header), KOOP_OK);
    assert_true(header->length <= size - KOOP_RECORD_HEADER_BYTES);
    const uint8_t *payload = bytes + KOOP_RECORD_HEADER_BYTES;
    assert_int_equal(koop_record_check(header, payload), KOOP_OK);
    assert_int_equal(koop_wire_unpack(payload, header->length, &message), KOOP_OK);
    assert_int_equal(message.type, header->type);
    if (i == 0) {
        assert_int_equal(message.type, KOOP_WIRE_HELLO);
        assert_string_equal(message.as.hello.name, "a/b");
    } else if (i == last) {
        assert_int_equal(message.type, KOOP_WIRE_BYE);
        assert_int_equal(message.as.bye.last_seq, last - 1);
    } else {
        double weights[2];
        assert_int_equal(message.type, KOOP_WIRE_SNAPSHOT);
        assert_int_equal(header->seq, i);
        assert_int_equal(message.as.snapshot.seq, i);
        assert_int_equal(message.as.snapshot.bytes, sizeof weights);
        memcpy(weights, message.as.snapshot.data, sizeof weights);
        assert_true(weights[0] == i && weights[1] == -1);
        assert_string_equal(message.as.snapshot.scalars[0].name, "loss");
    }
}

static void a_recording_holds_hello_snapshots_and_bye(void **state) {
    (void)state;
    enum { SNAPSHOTS = 300 };
    char uuid[33];
    open_client("a/b");
    snprintf(uuid, sizeof uuid, "%s", koop_run_uuid(client));
    for (int64_t step = 1; step <= SNAPSHOTS; step++) publish(step);
    assert_int_equal(koop_flush(client, 20000), KOOP_OK);
    assert_int_equal(koop_get_counters(client).acknowledged, SNAPSHOTS);
    koop_close(&client, 20000);
    assert_true(find_file());
    char expected[512];
    snprintf(expected, sizeof expected, "%s/a%%2Fb-%s.koop", folder, uuid);
    assert_string_equal(path, expected);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    uint8_t *bytes = malloc((size_t)info.st_size);
    FILE *file = fopen(path, "rb");
    size_t size = fread(bytes, 1, (size_t)info.st_size, file), at = 0;
    fclose(file);
    /* HELLO, 1, HELLO, 2, 3, …, HELLO, BYE */
    static const int hellos[] = {0, 2, SNAPSHOTS + 2};
    int i = 0, copies = 0;
    for (koop_record_header header; at < size; i++) {
        const bool hello = copies < 3 && i == hellos[copies];
        assert_record(bytes + at, size - at, hello ? 0 : i - copies + 1, SNAPSHOTS + 1, &header);
        copies += hello;
        at += KOOP_RECORD_HEADER_BYTES + header.length;
    }
    assert_int_equal(i, SNAPSHOTS + 4);
    assert_int_equal(at, size);
    free(bytes);
}

static void without_a_publication_no_file_is_left(void **state) {
    (void)state;
    open_client("empty");
    koop_close(&client, 20000);
    assert_false(find_file());
}

static void a_missing_folder_disables_with_the_reason(void **state) {
    (void)state;
    setenv("KOOPMON_OFFLINE_DIR", "/nonexistent/folder", 1);
    assert_int_equal(koop_open(&client, NULL), KOOP_OK);
    assert_non_null(koop_reason(client));
    assert_non_null(strstr(koop_reason(client), "/nonexistent/folder"));
    assert_non_null(strstr(koop_reason(client), "No such file"));
}

/* A full disk, as a limit on the size of files stands for it. */
static void a_failed_write_leaves_whole_records_and_disables(void **state) {
    (void)state;
    struct rlimit before, small;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 1000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    open_client("a/b");
    const double weights[2] = {1, -1};
    koop_status status = KOOP_OK;
    for (int64_t step = 1; status == KOOP_OK; step++)
        status = koop_publish(client, step, (const void *const[]){weights}, NULL, 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(status, KOOP_DISABLED);
    assert_non_null(strstr(koop_reason(client), "large"));
    uint64_t written = koop_get_counters(client).acknowledged;
    koop_close(&client, 20000);
    assert_true(find_file());
    uint8_t bytes[1000];
    FILE *file = fopen(path, "rb");
    size_t size = fread(bytes, 1, sizeof bytes, file), at = 0;
    fclose(file);
    uint64_t records = 0;
    for (koop_record_header header; at < size; records++) {
        assert_int_equal(koop_record_unpack(bytes + at, size - at, &header), KOOP_OK);
        at += KOOP_RECORD_HEADER_BYTES + header.length;
    }
    assert_int_equal(at, size);
    assert_true(written > 0);
    assert_int_equal(records, written + 2); /* and the HELLO twice */
}

static void a_message_that_cannot_be_packed_is_called_what_it_is(void **state) {
    (void)state;
    koop_worker worker;
    koop_task task;
    lone_worker_open(&worker);
    assert_int_equal(koop_recording_new(&task, &worker, folder, "run", "uuid"), KOOP_OK);
    lone_worker_run(&worker, task);
    assert_non_null(strstr(lone_reason, folder));
    assert_non_null(strstr(lone_reason, "/run-uuid.koop: bad argument"));
    assert_false(find_file());
}

static void a_run_named_as_an_option_or_hidden_has_a_plain_file(void **state) {
    (void)state;
    static const char *const names[][2] = {{"-t", "/%2Dt-"}, {".hid", "/%2Ehid-"}};
    for (int i = 0; i < 2; i++) {
        koop_worker worker;
        koop_task task;
        lone_worker_open(&worker);
        assert_int_equal(koop_recording_new(&task, &worker, folder, names[i][0], "uuid"), KOOP_OK);
        lone_worker_run(&worker, task);
        assert_non_null(strstr(lone_reason, names[i][1]));
    }
}

#define RECORDING_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        RECORDING_TEST(a_recording_holds_hello_snapshots_and_bye),
        RECORDING_TEST(without_a_publication_no_file_is_left),
        RECORDING_TEST(a_missing_folder_disables_with_the_reason),
        RECORDING_TEST(a_message_that_cannot_be_packed_is_called_what_it_is),
        RECORDING_TEST(a_run_named_as_an_option_or_hidden_has_a_plain_file),
        RECORDING_TEST(a_failed_write_leaves_whole_records_and_disables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
