/* key_store: pairs and the list, as keygen and allow leave them on the disk. */
#include "key_store.h"

#include "serve_kit.h"

#include <sys/stat.h>

static char root[64], directory[96], error[512];
static koop_keys made;

static int set_up(void **state) {
    (void)state;
    kit_make_directory(root);
    snprintf(directory, sizeof directory, "%s/a/keys", root);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    kit_remove_tree(root);
    return 0;
}

static koop_status make(const char *file, bool replace) {
    return koop_key_store_make(directory, file, "us", replace, &made, error, sizeof error);
}

static mode_t mode_of(const char *file) {
    char path[256];
    struct stat about;
    snprintf(path, sizeof path, "%s/%s", directory, file);
    return lstat(path, &about) == 0 ? about.st_mode & 07777 : 0;
}

static int files_in(const char *path) {
    int n = 0;
    DIR *opened = opendir(path);
    assert_non_null(opened);
    for (struct dirent *entry; (entry = readdir(opened));)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(opened);
    return n;
}

static void a_pair_is_private_and_complete(void **state) {
    (void)state;
    koop_keys got;
    mode_t before = umask(0);
    assert_int_equal(make(KOOP_KEY_STORE_SERVER, false), KOOP_OK);
    umask(before);
    assert_int_equal(mode_of("."), 0700);
    assert_int_equal(mode_of("server.key"), 0644);
    assert_int_equal(mode_of("server.key_secret"), 0600);
    assert_int_equal(files_in(directory), 2);
    assert_string_equal(made.secret_key, "");
    assert_int_equal(koop_key_store_server(directory, &got, error, sizeof error), KOOP_OK);
    assert_string_equal(got.public_key, made.public_key);
    assert_string_equal(got.name, "us");
}

static void no_pair_is_overwritten_unasked(void **state) {
    (void)state;
    koop_keys first, got;
    char path[160];
    assert_int_equal(make(KOOP_KEY_STORE_SERVER, false), KOOP_OK);
    first = made;
    assert_int_equal(make(KOOP_KEY_STORE_SERVER, false), KOOP_DISABLED);
    assert_non_null(strstr(error, "--force"));
    snprintf(path, sizeof path, "%s/server.key", directory);
    unlink(path); /* half of it counts */
    assert_int_equal(make(KOOP_KEY_STORE_SERVER, false), KOOP_DISABLED);
    assert_non_null(strstr(error, "server.key_secret already"));
    assert_int_equal(koop_key_store_server(directory, &got, error, sizeof error), KOOP_OK);
    assert_string_equal(got.public_key, first.public_key);
    assert_int_equal(make(KOOP_KEY_STORE_CLIENT, false), KOOP_OK);
    assert_int_equal(make(KOOP_KEY_STORE_SERVER, true), KOOP_OK);
    assert_int_equal(koop_key_store_server(directory, &got, error, sizeof error), KOOP_OK);
    assert_string_equal(got.public_key, made.public_key);
    assert_string_not_equal(got.public_key, first.public_key);
    assert_int_equal(files_in(directory), 4);
}

static void nothing_is_written_through_a_link(void **state) {
    (void)state;
    char path[160], target[160];
    assert_int_equal(make(KOOP_KEY_STORE_SERVER, false), KOOP_OK);
    snprintf(path, sizeof path, "%s/client.key_secret", directory);
    snprintf(target, sizeof target, "%s/target", root);
    assert_int_equal(symlink(target, path), 0);
    assert_int_equal(make(KOOP_KEY_STORE_CLIENT, false), KOOP_DISABLED);
    assert_int_equal(make(KOOP_KEY_STORE_CLIENT, true), KOOP_OK); /* replaces the link itself */
    assert_int_equal(mode_of("client.key_secret"), 0600);
    assert_int_not_equal(access(target, F_OK), 0);
}

static void a_directory_open_to_others_is_refused(void **state) {
    (void)state;
    assert_int_equal(make(KOOP_KEY_STORE_SERVER, false), KOOP_OK);
    chmod(directory, 0770);
    assert_int_equal(make(KOOP_KEY_STORE_CLIENT, false), KOOP_IO_FAILED);
    assert_int_equal(koop_key_store_server(directory, &made, error, sizeof error), KOOP_IO_FAILED);
    assert_non_null(strstr(error, "others may write"));
}

static koop_keys key_named(const char *name) {
    koop_keys keys = {.name = ""};
    snprintf(keys.name, sizeof keys.name, "%s", name);
    zmq_curve_keypair(keys.public_key, keys.secret_key);
    return keys;
}

static koop_status allow(koop_keys *keys) {
    return koop_key_store_allow(directory, keys, error, sizeof error);
}

static int listed(koop_keys *first) {
    koop_keys *keys;
    int n;
    if (koop_key_store_list(directory, &keys, &n, error, sizeof error) != KOOP_OK) return -1;
    if (n > 0) *first = keys[0];
    free(keys);
    return n;
}

static void the_list_holds_public_keys_by_name(void **state) {
    (void)state;
    koop_keys b = key_named("b"), a = key_named("a"), nameless = key_named(""), first;
    char path[160], text[512] = "";
    assert_int_equal(listed(&first), 0);
    assert_int_equal(allow(&b), KOOP_OK);
    assert_int_equal(allow(&a), KOOP_OK);
    assert_int_equal(allow(&a), KOOP_OK); /* twice is once */
    assert_int_equal(allow(&nameless), KOOP_OK);
    assert_memory_equal(nameless.name, "key-", 4);
    assert_int_equal(listed(&first), 3);
    assert_string_equal(first.name, "a");
    assert_string_equal(first.public_key, a.public_key);
    koop_keys other = key_named("a");
    assert_int_equal(allow(&other), KOOP_DISABLED);
    assert_non_null(strstr(error, "--name"));
    snprintf(path, sizeof path, "%s/allowed/a.key", directory);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    fclose(file);
    assert_null(strstr(text, "secret-key"));
    assert_int_equal(koop_key_store_remove(directory, "a", error, sizeof error), KOOP_OK);
    assert_int_equal(koop_key_store_remove(directory, "a", error, sizeof error), KOOP_NOT_FOUND);
    assert_int_equal(listed(&first), 2);
    assert_string_equal(first.name, "b");
}

static void only_names_are_removed(void **state) {
    (void)state;
    koop_keys a = key_named("a");
    assert_int_equal(make(KOOP_KEY_STORE_SERVER, false), KOOP_OK);
    assert_int_equal(allow(&a), KOOP_OK);
    static const char *const bad[] = {"../server", "/etc/passwd", "", ".", "..", "a/../../server"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(koop_key_store_remove(directory, bad[i], error, sizeof error),
                         KOOP_NOT_FOUND);
    assert_int_equal(mode_of("server.key"), 0644);
}

/* Else one that was taken off would still get in. */
static void a_key_has_one_name_and_leaves_with_it(void **state) {
    (void)state;
    koop_keys key = {.name = "one"}, *list;
    char path[256], copy[256];
    int n;
    assert_int_equal(make(KOOP_KEY_STORE_CLIENT, false), KOOP_OK);
    memcpy(key.public_key, made.public_key, sizeof key.public_key);
    assert_int_equal(koop_key_store_allow(directory, &key, error, sizeof error), KOOP_OK);
    key.name[0] = '\0';
    assert_int_equal(koop_key_store_allow(directory, &key, error, sizeof error), KOOP_OK);
    assert_string_equal(key.name, "one");
    snprintf(key.name, sizeof key.name, "two");
    assert_int_equal(koop_key_store_allow(directory, &key, error, sizeof error), KOOP_OK);
    assert_int_equal(koop_key_store_list(directory, &list, &n, error, sizeof error), KOOP_OK);
    assert_int_equal(n, 1);
    assert_string_equal(list[0].name, "two");
    free(list);

    snprintf(path, sizeof path, "%s/allowed/two.key", directory);
    snprintf(copy, sizeof copy, "%s/allowed/by-hand.key", directory);
    assert_int_equal(link(path, copy), 0);
    assert_int_equal(koop_key_store_remove(directory, "two", error, sizeof error), KOOP_OK);
    assert_int_equal(koop_key_store_list(directory, &list, &n, error, sizeof error), KOOP_OK);
    assert_int_equal(n, 0);
    free(list);
}

static void a_file_that_cannot_be_trusted_is_not_on_the_list(void **state) {
    (void)state;
    koop_keys a = key_named("a"), b = key_named("b"), first;
    char path[160], kept[160];
    assert_int_equal(allow(&a), KOOP_OK);
    assert_int_equal(allow(&b), KOOP_OK);
    snprintf(path, sizeof path, "%s/allowed/a.key", directory);
    chmod(path, 0666);
    assert_int_equal(listed(&first), 1);
    assert_non_null(strstr(error, "written by others"));
    snprintf(kept, sizeof kept, "%s/a.key", root);
    chmod(path, 0644);
    assert_int_equal(rename(path, kept), 0);
    assert_int_equal(symlink(kept, path), 0);
    assert_int_equal(listed(&first), 1);
    assert_string_equal(first.name, "b");
    assert_non_null(strstr(error, "symbolic link"));
}

#define WITH(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH(a_pair_is_private_and_complete),
        WITH(no_pair_is_overwritten_unasked),
        WITH(nothing_is_written_through_a_link),
        WITH(a_directory_open_to_others_is_refused),
        WITH(the_list_holds_public_keys_by_name),
        WITH(only_names_are_removed),
        WITH(a_key_has_one_name_and_leaves_with_it),
        WITH(a_file_that_cannot_be_trusted_is_not_on_the_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
