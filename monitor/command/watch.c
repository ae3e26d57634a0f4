/* The user interface, or what stands in for it: status where there is no terminal, and what to do
 * where there is no daemon. */
#include "attach.h"
#include "command.h"
#include "options.h"
#include "printable.h"
#include "ui.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const koop_usage usage = {
    "",
    "[RUN]",
    "Opens the user interface on the running daemon, with RUN (a name, a uuid or the start of "
    "one)\n"
    "selected first. Prints the status once where there is no terminal. q leaves.",
    "koopmon help lists the commands.",
    0,
    1,
    false};

static int explain_no_daemon(const koop_attach *attach) {
    char endpoint[4 * KOOP_ENDPOINT_BYTES];
    fprintf(stderr,
            "koopmon: no daemon answers at %s\n"
            "\n"
            "Start one:\n"
            "    koopmon serve\n"
            "Attach a trainer in C (#include <koopmon.h>, -lkoopmon):\n"
            "    koop_client *k; koop_open(&k, NULL);\n"
            "    koop_declare(k, \"weights\", KOOP_DTYPE_FLOAT32, 1, (size_t[]){n});\n"
            "    koop_publish(k, step, (const void *[]){weights}, NULL, 0);    // every step\n"
            "Or watch a transformer grok, in a checkout of the source:\n"
            "    ./dev demo\n",
            koop_printable(attach->endpoint, endpoint, sizeof endpoint));
    return KOOP_EXIT_NO_DAEMON;
}

/* A first word that is neither a command nor, as far as can be known, a run. */
static int refuse_word(const koop_attach *attach, const char *word, koop_status status) {
    const char *near = koop_command_nearest(word);
    if (near)
        return koop_complain(KOOP_EXIT_USAGE, "no command or run \"%s\"; did you mean \"%s\"?",
                             word, near);
    if (status == KOOP_TIMED_OUT)
        return koop_complain(
            KOOP_EXIT_USAGE,
            "no command \"%s\", and no daemon answers at %s that could have such a "
            "run; see koopmon help",
            word, attach->endpoint);
    return koop_attach_failed(attach, status, word);
}

/* Whether a daemon answers, and knows `run` where one is named. */
static koop_status probe(const koop_attach *attach, const char *run) {
    json_t *daemon = NULL;
    koop_status status = KOOP_TIMED_OUT;
    if (koop_attach_possible(attach))
        status = koop_source_status(attach->source, KOOP_ATTACH_TIMEOUT_MS, &daemon);
    json_decref(daemon);
    if (status != KOOP_OK || !run) return status;
    koop_view *view = malloc(sizeof *view);
    if (!view) return KOOP_NO_MEMORY;
    status = koop_source_view(attach->source, run, KOOP_ATTACH_TIMEOUT_MS, view);
    free(view);
    return status;
}

static int print_status(const char *run, const koop_common *common) {
    const char *const pairs[][2] = {{"--connect", common->connect},
                                    {"--server-key", common->server_key},
                                    {"--key-file", common->key_file}};
    char *words[12] = {"status"};
    int n = 1;
    if (common->json) words[n++] = "--json";
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (!pairs[i][1]) continue;
        words[n++] = (char *)(uintptr_t)pairs[i][0];
        words[n++] = (char *)(uintptr_t)pairs[i][1];
    }
    words[n++] = "--";
    if (run) words[n++] = (char *)(uintptr_t)run;
    return koop_command_status(n, words);
}

static int watch(koop_attach *attach, koop_ui_options *ui, const koop_common *common) {
    ui->endpoint = attach->endpoint;
    if (koop_ui_run(attach->source, ui) == KOOP_OK) return KOOP_EXIT_OK;
    koop_complain(0, "this terminal cannot show the user interface; the status instead:");
    return print_status(ui->run, common);
}

int koop_command_watch(int argc, char **argv) {
    koop_ui_options ui = {.run = NULL};
    koop_common common = {.json = false};
    koop_attach attach = {.source = NULL};
    const koop_option options[] = {
        {"ascii", KOOP_OPTION_FLAG, &ui.ascii, NULL, "draw with ASCII only", 0, 0, NULL, NULL},
        {"no-color", KOOP_OPTION_FLAG, &ui.no_color, NULL, "no colours (also NO_COLOR)", 0, 0, NULL,
         NULL},
    };
    int first, code = koop_options_parse(&usage, options, 2, argc, argv, &common, &first);
    if (code != KOOP_PROCEED) return code;
    ui.run = first < argc ? argv[first] : NULL;
    code = koop_attach_open(&common, &attach);
    if (code != KOOP_EXIT_OK) return code;
    koop_status status = probe(&attach, ui.run);
    bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !common.json;
    if (status == KOOP_TIMED_OUT && !ui.run)
        code = explain_no_daemon(&attach);
    else if (status != KOOP_OK && ui.run)
        code = refuse_word(&attach, ui.run, status);
    else if (status != KOOP_OK)
        code = koop_attach_failed(&attach, status, NULL);
    else
        code = terminal ? watch(&attach, &ui, &common) : print_status(ui.run, &common);
    koop_attach_close(&attach);
    return code;
}
