/* Starts what the mode asks for: the sender, the recording, or nothing. */
#include "client.h"
#include "recording.h"
#include "sender.h"
#include "stay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

/* Mode of option and environment; false: KOOPMON_MODE holds no mode. */
static bool find_mode(koop_client_mode option, koop_client_mode *mode) {
    static const struct {
        const char *word;
        koop_client_mode mode;
    } modes[] = {{"", KOOP_MODE_AUTO},
                 {"auto", KOOP_MODE_AUTO},
                 {"offline", KOOP_MODE_OFFLINE},
                 {"disabled", KOOP_MODE_DISABLED}};
    const char *word = getenv("KOOPMON_MODE");
    *mode = option == KOOP_MODE_ENVIRONMENT ? KOOP_MODE_AUTO : option;
    if (option != KOOP_MODE_ENVIRONMENT || !word) return true;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strcmp(word, modes[i].word) == 0) {
            *mode = modes[i].mode;
            return true;
        }
    return false;
}

/* The task of `mode`, or NULL in *task.run and the client disabled. */
static void make_sender(koop_client *client, koop_task *task) {
    char endpoint[KOOP_ENDPOINT_BYTES], refusal[sizeof client->reason] = "";
    const char *reason = NULL;
    koop_curve curve = {.on = false};
    koop_status status = koop_endpoint_resolve(client->options.endpoint, endpoint);
    if (status == KOOP_TOO_LARGE)
        reason = "the endpoint is too long";
    else if (status != KOOP_OK)
        reason = "the endpoint is neither ipc:///path nor tcp://host:port";
    else if (koop_curve_find(endpoint, client->options.server_key, client->options.key_file, &curve,
                             refusal, sizeof refusal) != KOOP_OK)
        reason = refusal;
    else
        koop_sender_new(task, &client->worker, endpoint, &curve, &reason);
    koop_curve_forget(&curve);
    if (reason) koop_client_disable(client, reason);
}

static void make_recording(koop_client *client, koop_task *task) {
    const char *directory = getenv("KOOPMON_OFFLINE_DIR");
    char reason[sizeof client->reason], text[96] = "";
    if (!directory || !directory[0]) directory = ".";
    koop_status status = koop_recording_new(task, &client->worker, directory,
                                            client->hello.as.hello.name, client->uuid);
    if (status == KOOP_OK) return;
    if (status != KOOP_IO_FAILED || strerror_r(errno, text, sizeof text) != 0)
        snprintf(text, sizeof text, "%s", koop_strstatus(status));
    snprintf(reason, sizeof reason, "no recording in %.100s: %s", directory, text);
    koop_client_disable(client, reason);
}

void koop_client_start(koop_client *client) {
    koop_client_mode mode;
    koop_task task = {0};
    if (!find_mode(client->options.mode, &mode)) {
        koop_client_disable(client, "KOOPMON_MODE is not auto, offline or disabled");
        return;
    }
    if (mode == KOOP_MODE_DISABLED) {
        koop_client_disable(client, "switched off by mode");
        return;
    }
    client->worker.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (client->worker.wake_fd < 0 ||
        koop_ring_new(&client->worker.ring, client->worker.wake_fd) != KOOP_OK) {
        koop_client_disable(client, "no file descriptor or memory for the ring");
        return;
    }
    if (mode == KOOP_MODE_OFFLINE)
        make_recording(client, &task);
    else
        make_sender(client, &task);
    if (!task.run) return;
    koop_stay_loaded();
    koop_fork_watch(client);
    if (koop_worker_start(&client->worker, task) == KOOP_OK) {
        client->has_thread = true;
        return;
    }
    koop_fork_forget(client);
    task.free(task.state);
    koop_client_disable(client, "the background thread could not be started");
}
