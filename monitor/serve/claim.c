#include "claim.h"

#include "paths.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

/* A tcp endpoint as libzmq binds it: to addresses, not to names. */
static koop_status add_tcp(koop_claim *claim, const char *endpoint, char *error,
                           size_t error_size) {
    static const char localhost[] = "tcp://localhost:";
    char *own = claim->trainers[claim->n];
    bool local = koop_endpoint_is_local(endpoint);
    if (strncmp(endpoint, localhost, sizeof localhost - 1) == 0)
        snprintf(own, KOOP_ENDPOINT_BYTES, "tcp://127.0.0.1:%s", endpoint + sizeof localhost - 1);
    else if (!local && !koop_endpoint_is_address(endpoint)) {
        snprintf(error, error_size,
                 "%s names a host; to listen give an address of this machine: tcp://0.0.0.0:PORT "
                 "for all, or tcp://[::]:PORT",
                 endpoint);
        return KOOP_BAD_ARGUMENT;
    }
    if (!local) claim->guarded = true;
    return koop_endpoint_view(own, claim->views[claim->n]);
}

static koop_status add_endpoint(koop_claim *claim, const char *endpoint, char *error,
                                size_t error_size) {
    char *own = claim->trainers[claim->n];
    koop_status status = KOOP_OK;
    if (koop_endpoint_view(endpoint, claim->views[claim->n]) != KOOP_OK) {
        snprintf(error, error_size, "%s is neither ipc:///path nor tcp://address:port", endpoint);
        return KOOP_BAD_ARGUMENT;
    }
    snprintf(own, KOOP_ENDPOINT_BYTES, "%s", endpoint);
    if (!koop_endpoint_path(endpoint)) status = add_tcp(claim, endpoint, error, error_size);
    if (status == KOOP_OK) claim->n++;
    return status;
}

static koop_status lock(const char *path, const char *what, const char *where, int *fd, char *error,
                        size_t error_size) {
    long holder = 0;
    koop_status status = koop_paths_lock(path, fd, &holder);
    if (status == KOOP_DISABLED) {
        char pid[32] = "";
        if (holder > 0) snprintf(pid, sizeof pid, " (pid %ld)", holder);
        snprintf(error, error_size, "another daemon%s %s %s", pid, what, where);
    } else if (status != KOOP_OK) {
        snprintf(error, error_size, "cannot lock %s: %s", path,
                 errno == EPERM   ? "it belongs to another user, or others may write to it"
                 : errno == ELOOP ? "it is a symbolic link"
                                  : strerror(errno));
    }
    return status;
}

/* Removes a socket that a dead daemon left; anything else at that path is not ours to touch. */
static koop_status clear_path(const char *endpoint, char *error, size_t error_size) {
    const char *path = koop_endpoint_path(endpoint);
    struct stat about;
    if (!path || lstat(path, &about) != 0) return KOOP_OK;
    if (!S_ISSOCK(about.st_mode)) {
        snprintf(error, error_size, "%s is there already and is no socket", path);
        return KOOP_IO_FAILED;
    }
    if (unlink(path) != 0) {
        snprintf(error, error_size, "cannot remove %s: %s", path, strerror(errno));
        return KOOP_IO_FAILED;
    }
    return KOOP_OK;
}

/* The directory of an absolute path. */
static koop_status make_parent(const char *path, char *error, size_t error_size) {
    char directory[PATH_BYTES];
    snprintf(directory, sizeof directory, "%s", path);
    *strrchr(directory, '/') = '\0';
    return koop_paths_make_private(*directory ? directory : "/", error, error_size);
}

static koop_status claim_ipc(koop_claim *claim, int i, const char *path, char *error,
                             size_t error_size) {
    char lock_path[PATH_BYTES];
    koop_status status = make_parent(path, error, error_size);
    snprintf(lock_path, sizeof lock_path, "%s.lock", path);
    if (status == KOOP_OK)
        status = lock(lock_path, "serves", claim->trainers[i], &claim->lock[i], error, error_size);
    snprintf(lock_path, sizeof lock_path, "%s.lock", koop_endpoint_path(claim->views[i]));
    if (status == KOOP_OK)
        status =
            lock(lock_path, "serves", claim->views[i], &claim->view_lock[i], error, error_size);
    if (status == KOOP_OK) status = clear_path(claim->trainers[i], error, error_size);
    if (status == KOOP_OK) status = clear_path(claim->views[i], error, error_size);
    return status;
}

static koop_status claim_tcp(koop_claim *claim, int i, char *error, size_t error_size) {
    char standard[KOOP_ENDPOINT_BYTES], lock_path[PATH_BYTES];
    koop_status status = koop_endpoint_standard(standard);
    if (status != KOOP_OK) return KOOP_OK; /* no place for a lock: binding says the rest */
    const char *path = koop_endpoint_path(standard), *name = strrchr(path, '/');
    const char *port = strrchr(claim->trainers[i], ':') + 1;
    snprintf(lock_path, sizeof lock_path, "%.*s/tcp-%s.lock", (int)(name - path), path, port);
    status = make_parent(path, error, error_size);
    if (status == KOOP_OK)
        status = lock(lock_path, "serves tcp port", port, &claim->lock[i], error, error_size);
    return status;
}

static koop_status claim_endpoint(koop_claim *claim, int i, char *error, size_t error_size) {
    const char *path = koop_endpoint_path(claim->trainers[i]);
    return path ? claim_ipc(claim, i, path, error, error_size)
                : claim_tcp(claim, i, error, error_size);
}

static void unlock(koop_claim *claim) {
    for (int i = 0; i < KOOP_CLAIM_ENDPOINTS; i++) {
        koop_paths_unlock(claim->lock[i]);
        koop_paths_unlock(claim->view_lock[i]);
    }
    koop_paths_unlock(claim->data_lock);
}

static koop_status claim_data(koop_claim *claim, const char *data_dir, char *error,
                              size_t error_size) {
    char lock_path[PATH_BYTES];
    int n = snprintf(lock_path, sizeof lock_path, "%s/daemon.lock", data_dir);
    if (n < 0 || (size_t)n >= sizeof lock_path - 64) { /* run directories and segments follow */
        snprintf(error, error_size, "the path of the data directory is too long");
        return KOOP_BAD_ARGUMENT;
    }
    koop_status status = koop_paths_make_private(data_dir, error, error_size);
    if (status == KOOP_OK)
        status = lock(lock_path, "keeps its journals in", data_dir, &claim->data_lock, error,
                      error_size);
    return status;
}

koop_status koop_claim_take(koop_claim *claim, const koop_daemon_options *options, char *error,
                            size_t error_size) {
    *claim = (koop_claim){.lock = {-1, -1}, .view_lock = {-1, -1}, .data_lock = -1};
    koop_status status = add_endpoint(claim, options->endpoint, error, error_size);
    if (status == KOOP_OK && options->tcp)
        status = add_endpoint(claim, options->tcp, error, error_size);
    claim->guarded = claim->guarded || options->guard_loopback;
    for (int i = 0; i < claim->n && status == KOOP_OK; i++)
        status = claim_endpoint(claim, i, error, error_size);
    if (status == KOOP_OK) status = claim_data(claim, options->data_dir, error, error_size);
    if (status != KOOP_OK) unlock(claim);
    return status;
}

static void remove_socket(const char *endpoint) {
    const char *path = koop_endpoint_path(endpoint);
    if (path) unlink(path); /* libzmq may have done so already */
}

void koop_claim_release(koop_claim *claim) {
    for (int i = 0; i < claim->n; i++) {
        remove_socket(claim->trainers[i]);
        remove_socket(claim->views[i]);
    }
    unlock(claim);
}
