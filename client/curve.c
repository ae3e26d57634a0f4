#include "curve.h"

#include "endpoint.h"
#include "key_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum { PATH_BYTES = 4096 };

static const char *choose(const char *option, const char *variable) {
    const char *value = option ? option : getenv(variable);
    return value && *value ? value : NULL;
}

/* The key itself or the file that holds it. */
static koop_status find_server_key(const char *wanted, koop_curve *curve, char *error,
                                   size_t error_size) {
    koop_keys keys;
    if (koop_keys_is_key(wanted)) {
        memcpy(curve->server_key, wanted, KOOP_KEY_BYTES);
        return KOOP_OK;
    }
    koop_status status = koop_key_file_read(AT_FDCWD, wanted, false, &keys, error, error_size);
    if (status == KOOP_OK) memcpy(curve->server_key, keys.public_key, KOOP_KEY_BYTES);
    if (status == KOOP_NOT_FOUND)
        snprintf(error, error_size,
                 "the server key \"%.100s\" is neither a public key (40 characters) nor a file "
                 "that is there",
                 wanted);
    return status == KOOP_NOT_FOUND ? KOOP_BAD_ARGUMENT : status;
}

static koop_status find_own(const char *wanted, koop_curve *curve, char *error, size_t error_size) {
    char path[PATH_BYTES];
    if (!wanted) {
        char directory[PATH_BYTES - 32];
        koop_status status = koop_key_file_directory(directory, sizeof directory);
        if (status != KOOP_OK) {
            snprintf(error, error_size,
                     "no directory for keys (HOME is not set): set KOOPMON_KEY_FILE");
            return status;
        }
        snprintf(path, sizeof path, "%s/client.key_secret", directory);
    }
    koop_status status =
        koop_key_file_read(AT_FDCWD, wanted ? wanted : path, true, &curve->own, error, error_size);
    if (status == KOOP_NOT_FOUND)
        snprintf(error, error_size,
                 "no key of this side in %.160s: koopmon keygen --client makes one",
                 wanted ? wanted : path);
    return status;
}

koop_status koop_curve_find(const char *endpoint, const char *server_key, const char *key_file,
                            koop_curve *curve, char *error, size_t error_size) {
    koop_curve found = {.on = false};
    const char *server = choose(server_key, "KOOPMON_SERVER_KEY");
    koop_status status = KOOP_OK;
    if (!koop_endpoint_path(endpoint) && server) {
        found.on = true;
        if (!zmq_has("curve")) {
            snprintf(error, error_size, "this libzmq was built without CURVE: no keys can be used");
            return KOOP_DISABLED;
        }
        status = find_server_key(server, &found, error, error_size);
        if (status == KOOP_OK)
            status = find_own(choose(key_file, "KOOPMON_KEY_FILE"), &found, error, error_size);
    } else if (!koop_endpoint_is_local(endpoint)) {
        snprintf(error, error_size,
                 "%.100s is not on this machine, so it needs keys: set KOOPMON_SERVER_KEY to the "
                 "daemon's public key",
                 endpoint);
        return KOOP_DISABLED;
    }
    if (status == KOOP_OK) *curve = found;
    koop_curve_forget(&found);
    return status;
}

koop_status koop_curve_apply(const koop_curve *curve, void *socket) {
    if (!curve->on) return KOOP_OK;
    int failed = zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, curve->server_key, KOOP_KEY_BYTES);
    failed |= zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, curve->own.public_key, KOOP_KEY_BYTES);
    failed |= zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, curve->own.secret_key, KOOP_KEY_BYTES);
    return failed ? KOOP_IO_FAILED : KOOP_OK;
}

void koop_curve_forget(koop_curve *curve) {
    explicit_bzero(curve->own.secret_key, sizeof curve->own.secret_key);
}
