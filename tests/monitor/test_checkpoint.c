/* The checkpoint file: read as written, replaced whole, and nothing that is not one is read. */
#include "checkpoint.h"

#include "record.h"
#include "serve_kit.h"

#include <errno.h>
#include <sys/stat.h>

static char root[64], file[96], unfinished[96];
static const uint8_t run[KOOP_WIRE_UUID_BYTES] = {1, 2, 3};

static int set_up(void **state) {
    (void)state;
    kit_make_directory(root);
    snprintf(file, sizeof file, "%s/checkpoint", root);
    snprintf(unfinished, sizeof unfinished, "%s/checkpoint.new", root);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    kit_remove_tree(root);
    return 0;
}

static void expect(uint64_t seq, const char *text) {
    koop_checkpoint about = {0};
    void *bytes = NULL;
    size_t size = 0;
    assert_int_equal(koop_checkpoint_read(root, run, &about, &bytes, &size), KOOP_OK);
    assert_int_equal(about.seq, seq);
    assert_int_equal(size, strlen(text));
    assert_memory_equal(bytes, text, size);
    free(bytes);
}

static koop_status try_read(const uint8_t *of) {
    koop_checkpoint about;
    void *bytes = NULL;
    size_t size;
    const koop_status status = koop_checkpoint_read(root, of, &about, &bytes, &size);
    free(bytes);
    return status;
}

static koop_status put(uint64_t seq, const char *text, bool synced) {
    const koop_checkpoint about = {.seq = seq, .needs = seq - 3, .options = 1};
    return koop_checkpoint_write(root, run, &about, text, strlen(text), synced);
}

static void is_read_as_it_was_written(void **state) {
    (void)state;
    struct stat about;
    assert_int_equal(try_read(run), KOOP_NOT_FOUND);
    assert_int_equal(put(7, "first", true), KOOP_OK);
    expect(7, "first");
    assert_int_equal(put(9, "second, longer", false), KOOP_OK);
    expect(9, "second, longer");
    assert_int_equal(stat(file, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_not_equal(access(unfinished, F_OK), 0);
    koop_checkpoint_remove(root);
    assert_int_equal(try_read(run), KOOP_NOT_FOUND);
    koop_checkpoint_remove(root); /* there is none: nothing happens */
}

static void one_of_another_run_is_not_read(void **state) {
    (void)state;
    const uint8_t other[KOOP_WIRE_UUID_BYTES] = {3, 2, 1};
    assert_int_equal(put(7, "state", true), KOOP_OK);
    assert_int_equal(try_read(other), KOOP_NOT_FOUND);
}

/* Any bit, any end. */
static void damage_is_seen(void **state) {
    (void)state;
    uint8_t bytes[128];
    assert_int_equal(put(7, "state of a run", true), KOOP_OK);
    int fd = open(file, O_RDWR);
    const ssize_t size = read(fd, bytes, sizeof bytes);
    assert_int_equal(size, 2 * KOOP_RECORD_HEADER_BYTES + 14);
    for (ssize_t at = 0; at < size; at++) {
        const uint8_t changed = bytes[at] ^ (uint8_t)(1u << at % 8);
        assert_int_equal(pwrite(fd, &changed, 1, at), 1);
        assert_int_equal(try_read(run), KOOP_NOT_FOUND);
        assert_int_equal(pwrite(fd, &bytes[at], 1, at), 1);
    }
    expect(7, "state of a run");
    assert_int_equal(pwrite(fd, "x", 1, size), 1);
    assert_int_equal(try_read(run), KOOP_NOT_FOUND);
    for (ssize_t less = size - 1; less >= 0; less--) {
        assert_int_equal(ftruncate(fd, less), 0);
        assert_int_equal(try_read(run), KOOP_NOT_FOUND);
    }
    close(fd);
}

static void no_link_is_followed(void **state) {
    (void)state;
    char elsewhere[96];
    snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", root);
    assert_int_equal(put(7, "mine", true), KOOP_OK);
    assert_int_equal(rename(file, elsewhere), 0);
    assert_int_equal(symlink(elsewhere, file), 0);
    assert_int_equal(try_read(run), KOOP_NOT_FOUND);
    assert_int_equal(symlink(elsewhere, unfinished), 0);
    assert_int_equal(put(8, "theirs is left alone", true), KOOP_OK); /* both links are replaced */
    expect(8, "theirs is left alone");
    assert_int_equal(unlink(file), 0);
    assert_int_equal(rename(elsewhere, file), 0);
    expect(7, "mine");
}

static void a_fifo_does_not_make_it_wait(void **state) {
    (void)state;
    assert_int_equal(mkfifo(file, 0600), 0);
    assert_int_equal(try_read(run), KOOP_NOT_FOUND);
}

static void one_that_cannot_be_written_leaves_the_one_before(void **state) {
    (void)state;
    assert_int_equal(put(7, "before", true), KOOP_OK);
    assert_int_equal(mkdir(unfinished, 0700), 0); /* in the way */
    assert_int_equal(put(8, "after", true), KOOP_IO_FAILED);
    assert_int_equal(errno, EEXIST);
    expect(7, "before");
    assert_int_equal(
        koop_checkpoint_write("/nowhere/at/all", run, &(koop_checkpoint){.seq = 8}, "x", 1, true),
        KOOP_IO_FAILED);
}

/* Each of its own options, and retention told of the one in use. */
static void those_of_other_options_are_put_aside(void **state) {
    (void)state;
    uint64_t needs = 0;
    const int directory = open(root, O_RDONLY | O_DIRECTORY);
    koop_checkpoint_choose(root, 1);
    assert_false(koop_checkpoint_needs(directory, &needs));
    assert_int_equal(put(7, "of one", true), KOOP_OK);
    koop_checkpoint_choose(root, 1);
    expect(7, "of one");
    assert_true(koop_checkpoint_needs(directory, &needs));
    assert_int_equal(needs, 4);
    koop_checkpoint_choose(root, 2);
    assert_int_equal(try_read(run), KOOP_NOT_FOUND);
    assert_false(koop_checkpoint_needs(directory, &needs));
    const koop_checkpoint other = {.seq = 9, .needs = 8, .options = 2};
    assert_int_equal(koop_checkpoint_write(root, run, &other, "of two", 6, true), KOOP_OK);
    koop_checkpoint_choose(root, 1);
    expect(7, "of one");
    koop_checkpoint_choose(root, 2);
    expect(9, "of two");
    assert_true(koop_checkpoint_needs(directory, &needs));
    assert_int_equal(needs, 8);
    close(directory);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(is_read_as_it_was_written),
        TEST(one_of_another_run_is_not_read),
        TEST(damage_is_seen),
        TEST(no_link_is_followed),
        TEST(those_of_other_options_are_put_aside),
        TEST(a_fifo_does_not_make_it_wait),
        TEST(one_that_cannot_be_written_leaves_the_one_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
