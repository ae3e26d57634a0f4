#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Every entry as "line [section "subname"] key=value\n". */
typedef struct collected {
    char text[4096];
    int refuse_at; /* line of the entry that is refused; 0: none */
} collected;

static bool collect(void *context, const koop_config_entry *entry, koop_config_error *error) {
    collected *c = context;
    size_t used = strlen(c->text);
    snprintf(c->text + used, sizeof c->text - used, "%d %s%s%s%s %s=%s\n", entry->line,
             entry->section, entry->subname ? "(" : "", entry->subname ? entry->subname : "",
             entry->subname ? ")" : "", entry->key ? entry->key : "-",
             entry->value ? entry->value : "-");
    if (entry->line != c->refuse_at) return true;
    strcpy(error->why, "not wanted");
    return false;
}

static void gives(const char *text, const char *wanted) {
    collected c = {.refuse_at = 0};
    koop_config_error error;
    koop_status status = koop_config_parse(text, strlen(text), collect, &c, &error);
    if (status != KOOP_OK) fail_msg("refused, line %d: %s", error.line, error.why);
    assert_string_equal(c.text, wanted);
}

static void refuses_bytes(const char *bytes, size_t size, int line, const char *word) {
    collected c = {.refuse_at = 0};
    koop_config_error error;
    assert_int_equal(koop_config_parse(bytes, size, collect, &c, &error), KOOP_BAD_MESSAGE);
    if (error.line != line || !strstr(error.why, word))
        fail_msg("line %d: %s; wanted line %d: %s", error.line, error.why, line, word);
}

static void refuses(const char *text, int line, const char *word) {
    refuses_bytes(text, strlen(text), line, word);
}

static void sections_keys_and_comments_are_told_apart(void **state) {
    (void)state;
    gives("", "");
    gives("# a\n; b\n\n  \n", "");
    gives("[daemon]\nkeep = 10G\n", "1 daemon -=-\n2 daemon keep=10G\n");
    gives("[a] ; first\n k=1 ; one\n\tj : 2;3\n[b]# second\n",
          "1 a -=-\n2 a k=1\n3 a j=2;3\n4 b -=-\n");
    gives("[a]\r\nk = v w \r\n", "1 a -=-\n2 a k=v w\n");
    gives("\xEF\xBB\xBF[a]\nk=v", "1 a -=-\n2 a k=v\n");
}

static void a_section_may_have_a_name_of_its_own(void **state) {
    (void)state;
    gives("[alert \"on slack\"]\nurl = x\n", "1 alert(on slack) -=-\n2 alert(on slack) url=x\n");
    gives("[ alert  \"a ] ; # b\" ] # c\n[daemon]\n", "1 alert(a ] ; # b) -=-\n2 daemon -=-\n");
    refuses("[alert \"\"]\n", 1, "a section is written");
    refuses("[alert \"a\\\"b\"]\n", 1, "a section is written");
    refuses("[alert\"a\" b]\n", 1, "a section is written");
    refuses("[\"a\"]\n", 1, "a section is written");
}

static void malformed_lines_are_refused_by_their_number(void **state) {
    (void)state;
    refuses("k = v\n", 1, "before the first [section]");
    refuses("[a]\n\nword\n[b]\n", 3, "neither a [section] nor a key");
    refuses("[a]\nword", 2, "neither a [section] nor a key");
    refuses("[a]\n= v\n", 2, "without a key");
    refuses("[a]\nk =\n", 2, "without a value");
    refuses("[a]\nk = ; none\n", 2, "without a value");
    refuses("[a\nk = v\n", 1, "a section is written");
    refuses("[a] b\n", 1, "a section is written");
    refuses("[]\n", 1, "a section is written");
    refuses("[a b]\n", 1, "a section is written");
    refuses("[a]\nk = v # why\n", 2, "begins with ;");
}

static void the_first_complaint_is_the_one_that_is_made(void **state) {
    (void)state;
    refuses("[a]\nword\nother\n[\n", 2, "neither");
    collected c = {.refuse_at = 2};
    koop_config_error error;
    const char *text = "[a]\nk = 1\nword\nj = 2\n";
    assert_int_equal(koop_config_parse(text, strlen(text), collect, &c, &error), KOOP_BAD_MESSAGE);
    assert_int_equal(error.line, 2);
    assert_string_equal(error.why, "not wanted");
    assert_string_equal(c.text, "1 a -=-\n2 a k=1\n");
}

static void control_characters_are_refused(void **state) {
    (void)state;
    refuses_bytes("[a]\nk = v\0w\n", 12, 2, "control character");
    refuses_bytes("\0", 1, 1, "control character");
    refuses("[a]\nk = \x1b[2J\n", 2, "control character");
    refuses("[a]\nk = v\x7f\n", 2, "control character");
    refuses("[a]\nk\rj = v\n", 2, "control character");
}

static void a_line_may_be_long_but_not_longer(void **state) {
    (void)state;
    char text[8 + KOOP_CONFIG_LINE_BYTES + 2] = "[a]\nk = ";
    size_t at = strlen(text), end = 4 + KOOP_CONFIG_LINE_BYTES;
    memset(text + at, 'x', end - at);
    text[end] = '\0';
    collected c = {.refuse_at = 0};
    koop_config_error error;
    assert_int_equal(koop_config_parse(text, end, collect, &c, &error), KOOP_OK);
    assert_int_equal(strlen(strstr(c.text, "k=")), end - at + 3);
    text[end] = 'x';
    refuses_bytes(text, end + 1, 2, "longer than");
}

static void names_of_sections_are_not_cut(void **state) {
    (void)state;
    refuses("[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\n", 1, "too long");
    gives("[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\n", "1 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa -=-\n");
}

static void files_are_read_up_to_their_limit(void **state) {
    (void)state;
    char path[] = "/tmp/koopmon_config_XXXXXX", *bytes = NULL;
    size_t size = 0;
    koop_config_error error;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "[a]\n", 4), 4);
    assert_int_equal(koop_config_read(path, &bytes, &size, &error), KOOP_OK);
    assert_int_equal(size, 4);
    assert_memory_equal(bytes, "[a]\n", 4);
    free(bytes);
    assert_int_equal(ftruncate(fd, KOOP_CONFIG_BYTES), 0);
    assert_int_equal(koop_config_read(path, &bytes, &size, &error), KOOP_OK);
    assert_int_equal(size, KOOP_CONFIG_BYTES);
    free(bytes);
    assert_int_equal(ftruncate(fd, KOOP_CONFIG_BYTES + 1), 0);
    assert_int_equal(koop_config_read(path, &bytes, &size, &error), KOOP_TOO_LARGE);
    assert_non_null(strstr(error.why, "1 MiB"));
    close(fd);
    unlink(path);
    assert_int_equal(koop_config_read(path, &bytes, &size, &error), KOOP_NOT_FOUND);
    assert_int_equal(koop_config_read("/dev/null", &bytes, &size, &error), KOOP_IO_FAILED);
    assert_int_equal(koop_config_read("/", &bytes, &size, &error), KOOP_IO_FAILED);
    assert_string_equal(error.why, "not a regular file");
}

static void a_pipe_is_no_configuration(void **state) {
    (void)state;
    char directory[] = "/tmp/koopmon_config_XXXXXX", path[64], *bytes;
    size_t size;
    koop_config_error error;
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/pipe", directory);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(koop_config_read(path, &bytes, &size, &error), KOOP_IO_FAILED);
    unlink(path);
    rmdir(directory);
}

static void the_standard_place_follows_the_environment(void **state) {
    (void)state;
    char path[128];
    setenv("XDG_CONFIG_HOME", "/config", 1);
    setenv("HOME", "/home/me", 1);
    assert_int_equal(koop_config_path(path, sizeof path), KOOP_OK);
    assert_string_equal(path, "/config/koopmon/koopmon.ini");
    setenv("XDG_CONFIG_HOME", "relative", 1);
    assert_int_equal(koop_config_path(path, sizeof path), KOOP_OK);
    assert_string_equal(path, "/home/me/.config/koopmon/koopmon.ini");
    assert_int_equal(koop_config_path(path, 20), KOOP_TOO_LARGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_keys_and_comments_are_told_apart),
        cmocka_unit_test(a_section_may_have_a_name_of_its_own),
        cmocka_unit_test(malformed_lines_are_refused_by_their_number),
        cmocka_unit_test(the_first_complaint_is_the_one_that_is_made),
        cmocka_unit_test(control_characters_are_refused),
        cmocka_unit_test(a_line_may_be_long_but_not_longer),
        cmocka_unit_test(names_of_sections_are_not_cut),
        cmocka_unit_test(files_are_read_up_to_their_limit),
        cmocka_unit_test(a_pipe_is_no_configuration),
        cmocka_unit_test(the_standard_place_follows_the_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
