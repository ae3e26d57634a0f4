#include "dmd_options.h"
#include "options.h"
#include "serve_options.h"
#include "settings.h"
#include "settings_kit.h"

#include <jansson.h>

/* What a command with the options of serve gets from these words. */
static void parse(koop_serve_arguments *s, koop_common *common, const char *line) {
    static char words[256];
    char *argv[16] = {(char[]){"serve"}};
    koop_option options[KOOP_SERVE_OPTIONS];
    static const koop_usage usage = {"serve", "", "", NULL, 0, 0, true};
    int argc = 1, first;
    snprintf(words, sizeof words, "%s", line);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) argv[argc++] = word;
    koop_serve_options_list(s, options);
    *common = (koop_common){.json = false};
    assert_int_equal(
        koop_options_parse(&usage, options, KOOP_SERVE_OPTIONS, argc, argv, common, &first),
        KOOP_PROCEED);
    assert_int_equal(koop_dmd_options_settle(&s->dmd, "serve"), KOOP_PROCEED);
}

static void the_file_goes_before_the_defaults_and_the_command_line_before_it(void **state) {
    (void)state;
    static koop_serve_arguments s;
    koop_common common;
    parse(&s, &common, "");
    assert_int_equal(s.dmd.pipeline.dmd.span, 64);
    configure("[daemon]\nkeep = 3G\nkeep-days = 7\nquiet = yes\ndata = /srv/koop\nack = fsync\n"
              "[decomposition]\nwindow = 128\ncenter = first\ndifference = true\n");
    parse(&s, &common, "--keep-days 9 --window 32");
    assert_true(s.daemon.journal.keep_bytes == (uint64_t)3 << 30);
    assert_int_equal(s.daemon.journal.keep_days, 9);
    assert_true(s.daemon.quiet);
    assert_string_equal(s.data, "/srv/koop");
    assert_int_equal(s.acknowledge, 1);
    assert_int_equal(s.dmd.pipeline.dmd.span, 32);
    assert_int_equal(s.dmd.pipeline.dmd.center, KOOP_CENTER_FIRST);
    assert_int_equal(s.dmd.pipeline.dmd.delays, 4);
    assert_true(s.dmd.pipeline.dmd.difference);
    assert_false(s.dmd.given.center);
    assert_true(s.dmd.given.window);
    koop_options_forget();
}

static void a_given_rank_goes_before_a_configured_energy_and_the_reverse(void **state) {
    (void)state;
    static koop_serve_arguments s;
    koop_common common;
    const koop_dmd_options *dmd = &s.dmd.pipeline.dmd;
    configure("[decomposition]\nenergy = 0.9\n");
    parse(&s, &common, "");
    assert_true(dmd->energy == 0.9 && dmd->rank == 0);
    parse(&s, &common, "--rank 3");
    assert_true(dmd->energy == 0 && dmd->rank == 3);
    configure("[decomposition]\nrank = 3\n");
    parse(&s, &common, "--energy 0.5");
    assert_true(dmd->energy == 0.5 && dmd->rank == 0);
    koop_options_forget();
}

static void the_batch_keeps_the_papers_settings(void **state) {
    (void)state;
    koop_dmd_arguments dmd;
    koop_option options[KOOP_DMD_OPTIONS];
    koop_common common = {.json = false};
    char *argv[] = {(char[]){"analyze"}, (char[]){"--batch"}};
    static const koop_usage usage = {"analyze", "", "", NULL, 0, 0, false};
    int first;
    configure("[decomposition]\ndelays = 3\nrank = 4\nenergy = 0.9\ndifference = yes\n");
    refused("analyze x.npy", KOOP_EXIT_USAGE,
            "[decomposition], lines 2, 3, 4, 5: choose one of rank and energy");
    configure("[decomposition]\ndelays = 3\nenergy = 0.9\ndifference = yes\nwindow = 9\n");
    koop_dmd_options_list(&dmd, options);
    assert_int_equal(
        koop_options_parse(&usage, options, KOOP_DMD_OPTIONS, 2, argv, &common, &first),
        KOOP_PROCEED);
    assert_int_equal(koop_dmd_options_settle(&dmd, "analyze"), KOOP_PROCEED);
    const koop_dmd_options *d = &dmd.pipeline.dmd;
    assert_true(d->delays == 0 && d->rank == 0 && d->energy == 0 && !d->difference && d->pca == 0);
    koop_options_forget();
}

static void the_endpoint_is_the_flags_then_the_environments_then_the_files(void **state) {
    (void)state;
    static koop_serve_arguments s;
    koop_common common;
    configure("[daemon]\nendpoint = ipc:///tmp/koopmon-nowhere/file.sock\n");
    parse(&s, &common, "");
    assert_string_equal(common.connect, "ipc:///tmp/koopmon-nowhere/file.sock");
    parse(&s, &common, "--connect ipc:///tmp/koopmon-nowhere/flag.sock");
    assert_string_equal(common.connect, "ipc:///tmp/koopmon-nowhere/flag.sock");
    setenv("KOOPMON_ENDPOINT", "ipc:///tmp/koopmon-nowhere/environment.sock", 1);
    parse(&s, &common, "");
    assert_null(common.connect); /* the environment is the resolver's */
    unsetenv("KOOPMON_ENDPOINT");
    koop_options_forget();
    refused("ls", KOOP_EXIT_NO_DAEMON, "ipc:///tmp/koopmon-nowhere/file.sock");
}

static void bad_settings_are_refused_by_file_and_line(void **state) {
    (void)state;
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"[deamon]\n", "koopmon.ini:1: no section [deamon]; did you mean [daemon]?"},
        {"[logging]\n", "koopmon.ini:1: no section [logging]; there are [daemon], [decompo"},
        {"\n[alert \"slack\"]\n", "koopmon.ini:2: [alert \"slack\"] wants exec (a program) or"},
        {"[alert]\n", "koopmon.ini:1: an alert is named as in [alert \"phone\"]"},
        {"[alerts \"a\"]\n",
         "koopmon.ini:1: no section [alerts \"a\"]; did you mean [alert \"a\"]?"},
        {"[alert \"a\"]\nwebhok = x\n",
         "koopmon.ini:2: [alert \"a\"] has no key \"webhok\"; did you"},
        {"[alert \"a\"]\nwebhook = ftp://a/SECRET\n",
         "koopmon.ini:2: webhook wants an address that"},
        {"[daemon \"a\"]\n", "koopmon.ini:1: no section [daemon \"a\"]"},
        {"[daemon]\nkep = 1G\n",
         "koopmon.ini:2: [daemon] has no key \"kep\"; did you mean \"keep\"?"},
        {"[daemon]\nfrobnicate = 1\n", "koopmon.ini:2: [daemon] has no key \"frobnicate\""},
        {"[daemon]\ndaemonize = yes\n", "koopmon.ini:2: [daemon] has no key \"daemonize\""},
        {"[daemon]\nwindow = 64\n", "koopmon.ini:2: \"window\" belongs into [decomposition]"},
        {"[daemon]\nkeep = 10X\n", "koopmon.ini:2: keep wants bytes, or a number with K"},
        {"[daemon]\nack = maybe\n", "koopmon.ini:2: ack wants written, fsync, not \"maybe\""},
        {"[daemon]\nquiet = 1\n", "koopmon.ini:2: quiet wants yes or no, not \"1\""},
        {"[daemon]\ndata = ~/koop\n", "koopmon.ini:2: data wants an absolute path"},
        {"[daemon]\nendpoint = here\n", "koopmon.ini:2: endpoint wants ipc:///absolute/path or"},
        {"[daemon]\ntcp = foo\n", "koopmon.ini:2: tcp wants a port from 1 to 65534"},
        {"[daemon]\ntcp = 65535\n", "koopmon.ini:2: tcp wants a port from 1 to 65534"},
        {"[daemon]\nkep\x9b = 1\n", "koopmon.ini:2: [daemon] has no key \"kep\\x9b\""},
        {"[daemon]\nkeep = 1G\n\nkeep = 1G\n", "koopmon.ini:4: keep again; line 2 has it already"},
        {"[decomposition]\nwindow = 2\n", "koopmon.ini:2: window wants a whole number from 3"},
        {"[decomposition]\nwindow = 64 # why\n", "koopmon.ini:2: a comment behind a value"},
        {"[decomposition]\nwindow = 8\ndelays = 7\n", "leaves no pair after 7 delays"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        configure(bad[i].text);
        refused("serve", KOOP_EXIT_USAGE, bad[i].why);
        refused("check-config", KOOP_EXIT_USAGE, bad[i].why);
        refused("ls --json", KOOP_EXIT_USAGE, bad[i].why);
    }
}

static void check_config_refuses_an_endpoint_that_serve_refuses(void **state) {
    (void)state;
    configure("");
    setenv("KOOPMON_ENDPOINT", "foo", 1);
    refused("check-config", KOOP_EXIT_USAGE, "endpoint \"foo\" (KOOPMON_ENDPOINT) is neither");
    unsetenv("KOOPMON_ENDPOINT");
}

static void what_no_file_can_say_is_printed_as_a_comment(void **state) {
    (void)state;
    char path[400] = "/tmp/";
    memset(path + 5, 'x', sizeof path - 6);
    path[sizeof path - 1] = '\0';
    configure("");
    const char *const homes[] = {"/tmp/a ;b", path};
    for (int i = 0; i < 2; i++) {
        setenv("XDG_STATE_HOME", homes[i], 1);
        captured result = koopmon("check-config");
        assert_non_null(strstr(result.out, "\n; data = /tmp/"));
        configure(result.out);
        release(&result);
        result = koopmon("check-config");
        assert_int_equal(result.code, KOOP_EXIT_OK);
        release(&result);
        configure("");
    }
    setenv("XDG_STATE_HOME", "/state", 1);
}

static void help_and_version_need_no_configuration(void **state) {
    (void)state;
    configure("[nonsense]\n");
    static const char *const lines[] = {"help", "--version", "serve --help", "analyze --help"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        captured result = koopmon(lines[i]);
        assert_int_equal(result.code, KOOP_EXIT_OK);
        assert_string_equal(result.err, "");
        release(&result);
    }
}

static void another_file_is_named_by_its_option(void **state) {
    (void)state;
    char line[512], other[160];
    configure("[nonsense]\n");
    snprintf(other, sizeof other, "%s/koopmon/other.ini", directory);
    snprintf(line, sizeof line, "ls -c %s", other);
    refused(line, KOOP_EXIT_USAGE, "No such file");
    FILE *file = fopen(other, "w");
    assert_non_null(file);
    fputs("[daemon]\nendpoint = ipc:///tmp/koopmon-nowhere/other.sock\n", file);
    fclose(file);
    refused(line, KOOP_EXIT_NO_DAEMON, "ipc:///tmp/koopmon-nowhere/other.sock");
    snprintf(line, sizeof line, "--config %s ls", other);
    refused(line, KOOP_EXIT_NO_DAEMON, "ipc:///tmp/koopmon-nowhere/other.sock");
    snprintf(line, sizeof line, "check-config -c %s %s", other, other);
    refused(line, KOOP_EXIT_USAGE, "choose one");
    unlink(other);
    refused("ls --config", KOOP_EXIT_USAGE, "--config wants a value");
}

static json_t *setting(const json_t *report, const char *key) {
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(report, "settings"), i, row) {
        if (strcmp(json_string_value(json_object_get(row, "key")), key) == 0) return row;
    }
    fail_msg("no %s", key);
    return NULL;
}

static void has(const json_t *report, const char *key, const char *value, const char *origin) {
    json_t *row = setting(report, key);
    const char *got = json_string_value(json_object_get(row, "value"));
    if (value)
        assert_string_equal(got, value);
    else
        assert_null(got);
    assert_string_equal(json_string_value(json_object_get(row, "origin")), origin);
}

static void check_config_tells_every_value_and_where_it_is_from(void **state) {
    (void)state;
    configure("[decomposition]\nwindow = 128\n[daemon]\n; nothing\nkeep = 10G\n"
              "endpoint = tcp://127.0.0.1:1\n");
    setenv("KOOPMON_ENDPOINT", "tcp://127.0.0.1:2", 1);
    captured result = koopmon("check-config --json");
    unsetenv("KOOPMON_ENDPOINT");
    assert_int_equal(result.code, KOOP_EXIT_OK);
    json_t *report = json_loads(result.out, 0, NULL);
    assert_non_null(report);
    assert_string_equal(json_string_value(json_object_get(report, "file")), standard);
    has(report, "window", "128", "file");
    assert_int_equal(json_integer_value(json_object_get(setting(report, "window"), "line")), 2);
    has(report, "keep", "10G", "file");
    has(report, "keep-days", NULL, "default");
    has(report, "delays", "4", "default");
    has(report, "energy", NULL, "default");
    has(report, "center", "mean", "default");
    has(report, "data", "/state/koopmon", "default");
    has(report, "endpoint", "tcp://127.0.0.1:2", "environment");
    assert_null(json_object_get(setting(report, "delays"), "line"));
    json_decref(report);
    release(&result);
}

static void check_config_shows_every_alert_and_no_secret(void **state) {
    (void)state;
    configure(
        "[alert \"phone\"]\nwebhook = https://me:SECRET@ntfy.sh/SECRET?SECRET\nformat = ntfy\n"
        "[daemon]\nkeep = 10G\n[alert \"page\"]\nexec = /bin/page SECRET\non = all\n");
    captured result = koopmon("check-config");
    assert_int_equal(result.code, KOOP_EXIT_OK);
    assert_non_null(
        strstr(result.out, "\n; [alert \"phone\"]\n; on = transition, diverging, stalled"));
    assert_non_null(strstr(result.out, "\n; webhook = https://ntfy.sh/…            ; line 2\n"));
    assert_non_null(strstr(result.out, "\n; format = ntfy                          ; line 3\n"));
    assert_non_null(strstr(result.out, "\n; exec = /bin/page                       ; line 7\n"));
    assert_non_null(strstr(result.out, "\n; cooldown = 10m                         ; default\n"));
    assert_null(strstr(result.out, "SECRET"));
    configure(result.out);
    release(&result);
    result = koopmon("check-config");
    assert_int_equal(result.code, KOOP_EXIT_OK);
    release(&result);

    configure("[alert \"page\"]\nexec = /bin/page SECRET\n");
    result = koopmon("check-config --json");
    json_t *report = json_loads(result.out, 0, NULL);
    assert_null(strstr(result.out, "SECRET"));
    json_t *alert = json_array_get(json_object_get(report, "alerts"), 0);
    json_t *exec = json_array_get(json_object_get(alert, "settings"), KOOP_RULE_EXEC);
    assert_string_equal(json_string_value(json_object_get(alert, "name")), "page");
    assert_int_equal(json_integer_value(json_object_get(alert, "line")), 1);
    assert_string_equal(json_string_value(json_object_get(exec, "value")), "/bin/page");
    assert_int_equal(json_integer_value(json_object_get(exec, "line")), 2);
    json_decref(report);
    release(&result);
}

/* With everything set, and as it is by default: what is printed says the same when it is read. */
static void what_check_config_prints_is_a_configuration(void **state) {
    (void)state;
    static const char *const texts[] = {
        "", "[daemon]\nkeep = 10G\nkeep-days = 3\nack = fsync\nquiet = yes\ndata = /a b\n"
            "[decomposition]\nwindow = 100\nrank = 0\nenergy = 0.125\npca = 0\ncenter = none\n"};
    for (int i = 0; i < 2; i++) {
        configure(texts[i]);
        captured first = koopmon("check-config");
        assert_int_equal(first.code, KOOP_EXIT_OK);
        configure(first.out);
        captured second = koopmon("check-config");
        assert_int_equal(second.code, KOOP_EXIT_OK);
        for (char *a = strtok(first.out, "\n"), *b = second.out; a; a = strtok(NULL, "\n")) {
            char line[512];
            snprintf(line, sizeof line, "%.*s", (int)strcspn(a, ";"), a);
            if (a[0] != ';' && !strstr(b, line)) fail_msg("lost \"%s\"", line);
        }
        release(&first);
        release(&second);
    }
}

/* What SIGHUP makes of the file that has become `text`; NULL: that is gone. */
int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(the_file_goes_before_the_defaults_and_the_command_line_before_it),
        TEST(a_given_rank_goes_before_a_configured_energy_and_the_reverse),
        TEST(the_batch_keeps_the_papers_settings),
        TEST(the_endpoint_is_the_flags_then_the_environments_then_the_files),
        TEST(bad_settings_are_refused_by_file_and_line),
        TEST(check_config_refuses_an_endpoint_that_serve_refuses),
        TEST(what_no_file_can_say_is_printed_as_a_comment),
        TEST(help_and_version_need_no_configuration),
        TEST(another_file_is_named_by_its_option),
        TEST(check_config_tells_every_value_and_where_it_is_from),
        TEST(check_config_shows_every_alert_and_no_secret),
        TEST(what_check_config_prints_is_a_configuration),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
