#include "key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

koop_status koop_key_file_directory(char *out, size_t size) {
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    int n;
    if (config && config[0] == '/')
        n = snprintf(out, size, "%s/koopmon/keys", config);
    else if (home && home[0] == '/')
        n = snprintf(out, size, "%s/.config/koopmon/keys", home);
    else
        return KOOP_NOT_FOUND;
    return n >= 0 && (size_t)n < size ? KOOP_OK : KOOP_TOO_LARGE;
}

/* What is wrong with the open file, as the words behind its name; NULL: nothing. */
static const char *mistrust(int fd, bool secret) {
    struct stat about;
    if (fstat(fd, &about) != 0) return "cannot be looked at";
    if (!S_ISREG(about.st_mode)) return "is no regular file";
    if (secret && about.st_uid != geteuid())
        return "belongs to another user: a secret key must be one's own";
    if (!secret && about.st_uid != geteuid() && about.st_uid != 0)
        return "belongs to another user, who could put any key there";
    if (about.st_mode & (S_IWGRP | S_IWOTH))
        return "can be written by others: whose key is it? chmod go-w it once that is sure";
    if (secret && (about.st_mode & (S_IRGRP | S_IROTH)))
        return "can be read by others: chmod 600 it, or better make a new key";
    return NULL;
}

static const char no_secret[] = "holds no secret key; the file with the secret one ends in _secret";

static bool is_public(const char *path) {
    static const char ending[] = ".key";
    size_t size = strlen(path), tail = sizeof ending - 1;
    return size > tail && strcmp(path + size - tail, ending) == 0;
}

/* At most one byte more than is allowed, so that too much is noticed. */
static ssize_t read_all(int fd, char bytes[KOOP_KEYS_FILE_BYTES + 1]) {
    size_t n = 0;
    while (n < KOOP_KEYS_FILE_BYTES + 1) {
        ssize_t got = read(fd, bytes + n, KOOP_KEYS_FILE_BYTES + 1 - n);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        n += (size_t)got;
    }
    return (ssize_t)n;
}

static bool belong_together(const koop_keys *keys) {
    char derived[KOOP_KEY_BYTES];
    return zmq_curve_public(derived, keys->secret_key) == 0 &&
           strcmp(derived, keys->public_key) == 0;
}

/* Leaves no copy of the bytes behind. */
static koop_status read_keys(int fd, bool secret, koop_keys *keys, const char **why) {
    char bytes[KOOP_KEYS_FILE_BYTES + 1];
    ssize_t size = read_all(fd, bytes);
    koop_status status = KOOP_IO_FAILED;
    *why = strerror(errno);
    if (size >= 0) status = koop_keys_parse(bytes, (size_t)size, keys, why);
    explicit_bzero(bytes, sizeof bytes);
    if (status != KOOP_OK || !secret) return status;
    if (keys->secret_key[0] == '\0')
        *why = no_secret;
    else if (!belong_together(keys))
        *why = "holds a public and a secret key that do not belong together";
    else
        return KOOP_OK;
    return KOOP_BAD_MESSAGE;
}

koop_status koop_key_file_read(int at, const char *path, bool secret, koop_keys *keys, char *error,
                               size_t error_size) {
    koop_keys found = {.name = ""};
    const char *why = NULL;
    /* O_NONBLOCK: a pipe must not hold us up */
    int fd = openat(at, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        bool missing = errno == ENOENT || errno == ENOTDIR;
        why = errno == ELOOP ? "is a symbolic link; give the file itself" : strerror(errno);
        snprintf(error, error_size, "key file %s%s %s", path, errno == ELOOP ? "" : ":", why);
        return missing ? KOOP_NOT_FOUND : KOOP_IO_FAILED;
    }
    koop_status status = KOOP_IO_FAILED;
    why = mistrust(fd, secret);
    /* The public file in place of the secret one may well be read by others. */
    if (why && secret && is_public(path)) why = no_secret;
    if (!why) status = read_keys(fd, secret, &found, &why);
    close(fd);
    if (status == KOOP_OK) {
        if (!secret) explicit_bzero(found.secret_key, sizeof found.secret_key);
        *keys = found;
    } else {
        snprintf(error, error_size, "key file %s %s", path, why);
    }
    explicit_bzero(&found, sizeof found);
    return status;
}
