#include "capture.h"
#include "command.h"

#include <jansson.h>

/* An endpoint where nothing listens. */
static int no_daemon(void **state) {
    (void)state;
    return setenv("KOOPMON_ENDPOINT", "ipc:///tmp/koopmon-test-nowhere/koopmon.sock", 1);
}

static void every_command_has_a_usage_text_of_its_own(void **state) {
    (void)state;
    int count;
    const koop_command *commands = koop_commands(&count);
    assert_int_equal(count, 19);
    for (int i = 0; i < count; i++) {
        char line[64], usage[64];
        snprintf(line, sizeof line, "%s --help", commands[i].name);
        snprintf(usage, sizeof usage, "usage: koopmon %s ", commands[i].name);
        captured asked = koopmon(line);
        assert_int_equal(asked.code, KOOP_EXIT_OK);
        assert_memory_equal(asked.out, usage, strlen(usage));
        bool prints = strcmp(commands[i].name, "serve") != 0;
        assert_true((strstr(asked.out, "--json") != NULL) == prints);
        assert_non_null(strstr(asked.out, "--connect"));
        assert_string_equal(asked.err, "");
        snprintf(line, sizeof line, "help %s", commands[i].name);
        captured helped = koopmon(line);
        assert_string_equal(helped.out, asked.out);
        release(&helped);
        release(&asked);
    }
}

static char *read_manual(void) {
    FILE *file = fopen(KOOP_GOLDEN_DIR "/../../man/koopmon.1", "r");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    return read_back(file);
}

/* Every option that a help text lists stands in the manual, where hyphens are escaped. */
static void the_manual_knows_every_option(void **state) {
    (void)state;
    int count, options = 0;
    char *manual = read_manual();
    const koop_command *commands = koop_commands(&count);
    for (int i = 0; i < count; i++) {
        char line[64];
        snprintf(line, sizeof line, "%s --help", commands[i].name);
        captured asked = koopmon(line);
        for (char *at = asked.out; (at = strstr(at, "\n  --")); at++) {
            char escaped[64] = "";
            for (const char *c = at + 3; *c && *c != ' '; c++)
                strcat(escaped, *c == '-' ? "\\-" : (char[]){*c, '\0'});
            if (!strstr(manual, escaped)) fail_msg("%s is not in the manual", escaped);
            options++;
        }
        release(&asked);
    }
    assert_true(options > 40);
    free(manual);
}

static void help_lists_every_command(void **state) {
    (void)state;
    int count;
    const koop_command *commands = koop_commands(&count);
    captured help = koopmon("help"), flag = koopmon("--help");
    for (int i = 0; i < count; i++) assert_non_null(strstr(help.out, commands[i].help));
    assert_int_equal(flag.code, KOOP_EXIT_OK);
    assert_string_equal(flag.out, help.out);
    release(&help);
    release(&flag);
}

static void version_is_printed_as_text_and_json(void **state) {
    (void)state;
    captured text = koopmon("version"), flag = koopmon("--version"),
             json = koopmon("version --json");
    assert_memory_equal(text.out, "koopmon ", 8);
    assert_string_equal(flag.out, text.out);
    json_t *object = json_loads(json.out, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(object, "schema")), 1);
    assert_non_null(json_string_value(json_object_get(object, "version")));
    json_decref(object);
    release(&text);
    release(&flag);
    release(&json);
}

static void unknown_commands_get_a_hint(void **state) {
    (void)state;
    refused("sevre", KOOP_EXIT_USAGE, "did you mean \"serve\"?");
    refused("analyse x.npy", KOOP_EXIT_USAGE, "did you mean \"analyze\"?");
    refused("sevre --tcp 7000", KOOP_EXIT_USAGE, "did you mean \"serve\"?");
    refused("frobnicate", KOOP_EXIT_USAGE, "frobnicate");
    refused("help frobnicate", KOOP_EXIT_USAGE, "frobnicate");
}

static void options_that_would_change_nothing_are_refused(void **state) {
    (void)state;
    refused("serve --json", KOOP_EXIT_USAGE, "--json");
    refused("follow run --plain --json", KOOP_EXIT_USAGE, "one of --plain and --json");
    refused("analyze x.npy --plain --json", KOOP_EXIT_USAGE, "one of --plain and --json");
    static const char *const options[] = {"--batch",      "--window 32", "--delays 4",
                                          "--rank 4",     "--pca 4",     "--center none",
                                          "--difference", "--stride 2",  "--energy 0.9"};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        char line[64];
        snprintf(line, sizeof line, "compare %s one two", options[i]);
        refused(line, KOOP_EXIT_USAGE, "one is no file");
    }
}

static void help_of_one_command_is_json_too(void **state) {
    (void)state;
    captured asked = koopmon("help ls --json");
    json_t *object = json_loads(asked.out, 0, NULL);
    const json_t *list = json_object_get(object, "commands");
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "name")), "ls");
    json_decref(object);
    release(&asked);
}

static void without_a_daemon_the_exit_code_is_3(void **state) {
    (void)state;
    static const char *const lines[] = {"ls",
                                        "status",
                                        "status run",
                                        "events run",
                                        "follow run --timeout 0",
                                        "ls --json",
                                        "--connect ipc:///tmp/koopmon-test-nowhere/b.sock ls",
                                        "compare run other"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        refused(lines[i], KOOP_EXIT_NO_DAEMON, "no daemon answers at ipc:///tmp/koopmon-test-");
}

static void alone_without_a_daemon_it_says_how_to_begin(void **state) {
    (void)state;
    captured result = koopmon("");
    assert_int_equal(result.code, KOOP_EXIT_NO_DAEMON);
    assert_non_null(strstr(result.err, "koopmon serve"));
    assert_non_null(strstr(result.err, "koop_open"));
    assert_non_null(strstr(result.err, "koop_declare"));
    assert_non_null(strstr(result.err, "koop_publish"));
    assert_non_null(strstr(result.err, "./dev demo"));
    assert_string_equal(result.out, "");
    release(&result);
}

static void endpoints_of_another_form_are_refused(void **state) {
    (void)state;
    refused("ls --connect http://somewhere", KOOP_EXIT_USAGE, "http://somewhere");
    refused("serve --connect nonsense", KOOP_EXIT_USAGE, "nonsense");
}

static void output_that_cannot_be_written_is_an_error(void **state) {
    (void)state;
    fflush(stdout);
    int old = dup(1);
    FILE *err = tmpfile();
    int old_err = dup(2);
    dup2(fileno(err), 2);
    assert_non_null(freopen("/dev/full", "w", stdout));
    int code = koop_command_main(2, (char *[]){(char[]){"koopmon"}, (char[]){"help"}, NULL});
    clearerr(stdout);
    dup2(old, 1);
    dup2(old_err, 2);
    close(old);
    close(old_err);
    fclose(err);
    assert_int_equal(code, KOOP_EXIT_USAGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_has_a_usage_text_of_its_own),
        cmocka_unit_test(the_manual_knows_every_option),
        cmocka_unit_test(help_lists_every_command),
        cmocka_unit_test(version_is_printed_as_text_and_json),
        cmocka_unit_test(unknown_commands_get_a_hint),
        cmocka_unit_test(options_that_would_change_nothing_are_refused),
        cmocka_unit_test(help_of_one_command_is_json_too),
        cmocka_unit_test(without_a_daemon_the_exit_code_is_3),
        cmocka_unit_test(alone_without_a_daemon_it_says_how_to_begin),
        cmocka_unit_test(endpoints_of_another_form_are_refused),
        cmocka_unit_test(output_that_cannot_be_written_is_an_error),
    };
    return cmocka_run_group_tests(tests, no_daemon, NULL);
}
