#include "key_store.h"

#include "key_file.h"
#include "paths.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

enum { PATH_BYTES = 4096, FILE_BYTES = 128 };

static const char ending[] = ".key";

/* KEYS, or KEYS/allowed, opened once and checked: what is done in it is done there. */
static koop_status open_trusted(int at, const char *path, int *fd, char *error, size_t error_size) {
    struct stat about;
    int directory = openat(at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0) {
        koop_status status = errno == ENOENT ? KOOP_NOT_FOUND : KOOP_IO_FAILED;
        bool link = errno == ELOOP || errno == ENOTDIR;
        snprintf(error, error_size, "key directory %s: %s", path,
                 link ? "is no directory, or a symbolic link" : strerror(errno));
        return status;
    }
    bool safe = fstat(directory, &about) == 0 && (about.st_uid == geteuid() || about.st_uid == 0) &&
                !(about.st_mode & (S_IWGRP | S_IWOTH));
    if (safe) {
        *fd = directory;
        return KOOP_OK;
    }
    close(directory);
    snprintf(error, error_size,
             "key directory %s belongs to another user, or others may write to it: chmod 700 it",
             path);
    return KOOP_IO_FAILED;
}

/* What is named relative to `directory` is said with it. */
static void say_where(const char *directory, char *error, size_t error_size) {
    size_t size = strlen(error);
    if (size < error_size) snprintf(error + size, error_size - size, " (in %s)", directory);
}

static koop_status open_or_make(const char *path, int *fd, char *error, size_t error_size) {
    koop_status status = koop_paths_make_private(path, error, error_size);
    return status == KOOP_OK ? open_trusted(AT_FDCWD, path, fd, error, error_size) : status;
}

static bool write_all(int fd, const char *text, size_t size) {
    while (size > 0) {
        ssize_t written = write(fd, text, size);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        text += written;
        size -= (size_t)written;
    }
    return fsync(fd) == 0;
}

/* Under another name first, so that nobody ever reads half of it. KOOP_DISABLED: `file` is there
 * already and is not to be replaced. */
static koop_status put(int directory, const char *file, mode_t mode, const char *text, size_t size,
                       bool replace) {
    char fresh[FILE_BYTES + 32];
    snprintf(fresh, sizeof fresh, ".%s.%ld", file, (long)getpid());
    int fd = openat(directory, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0) return KOOP_IO_FAILED;
    bool placed = write_all(fd, text, size);
    close(fd);
    if (placed && replace)
        placed = renameat(directory, fresh, directory, file) == 0;
    else if (placed)
        placed = linkat(directory, fresh, directory, file, 0) == 0;
    int why = errno;
    if (!placed || !replace) unlinkat(directory, fresh, 0);
    fsync(directory);
    errno = why;
    return placed ? KOOP_OK : why == EEXIST && !replace ? KOOP_DISABLED : KOOP_IO_FAILED;
}

static koop_status put_keys(int directory, const char *file, const koop_keys *keys, bool secret,
                            bool replace) {
    char text[KOOP_KEYS_FILE_BYTES];
    size_t size = koop_keys_format(keys, secret, text);
    koop_status status = put(directory, file, secret ? 0600 : 0644, text, size, replace);
    explicit_bzero(text, sizeof text);
    return status;
}

static koop_status put_pair(int directory, const char *file, const koop_keys *pair, bool replace) {
    char secret_file[FILE_BYTES];
    struct stat about;
    snprintf(secret_file, sizeof secret_file, "%s_secret", file);
    if (!replace && fstatat(directory, file, &about, AT_SYMLINK_NOFOLLOW) == 0)
        return KOOP_DISABLED;
    koop_status status = put_keys(directory, secret_file, pair, true, replace);
    return status == KOOP_OK ? put_keys(directory, file, pair, false, replace) : status;
}

/* None whose public key would be taken for an option when it is pasted. */
static bool make_pair(koop_keys *pair) {
    do {
        if (zmq_curve_keypair(pair->public_key, pair->secret_key) != 0) return false;
    } while (pair->public_key[0] == '-');
    return true;
}

koop_status koop_key_store_make(const char *directory, const char *file, const char *name,
                                bool replace, koop_keys *made, char *error, size_t error_size) {
    koop_keys pair = {.name = ""};
    int fd = -1;
    if (koop_keys_is_name(name)) snprintf(pair.name, sizeof pair.name, "%s", name);
    koop_status status = open_or_make(directory, &fd, error, error_size);
    if (status != KOOP_OK) return status;
    if (!make_pair(&pair)) {
        snprintf(error, error_size, "this libzmq was built without CURVE: no keys can be made");
        status = KOOP_NOT_FOUND;
    } else {
        status = put_pair(fd, file, &pair, replace);
        if (status == KOOP_DISABLED)
            snprintf(error, error_size,
                     "there is a key in %s/%s%s already; --force replaces it, and who knows the "
                     "old one must be told the new",
                     directory, file, faccessat(fd, file, F_OK, 0) == 0 ? "" : "_secret");
        else if (status != KOOP_OK)
            snprintf(error, error_size, "cannot write %s/%s: %s", directory, file, strerror(errno));
    }
    close(fd);
    explicit_bzero(pair.secret_key, sizeof pair.secret_key);
    if (status == KOOP_OK) *made = pair;
    return status;
}

koop_status koop_key_store_server(const char *directory, koop_keys *keys, char *error,
                                  size_t error_size) {
    int fd = -1;
    koop_status status = open_trusted(AT_FDCWD, directory, &fd, error, error_size);
    if (status != KOOP_OK) return status;
    status = koop_key_file_read(fd, KOOP_KEY_STORE_SERVER "_secret", true, keys, error, error_size);
    close(fd);
    if (status != KOOP_OK) say_where(directory, error, error_size);
    return status;
}

static void name_by_key(koop_keys *keys) {
    uint8_t bytes[32];
    if (keys->name[0] || !zmq_z85_decode(bytes, keys->public_key)) return;
    snprintf(keys->name, sizeof keys->name, "key-%02x%02x%02x%02x", bytes[0], bytes[1], bytes[2],
             bytes[3]);
}

/* Whether `file` is NAME.key; other files are none of ours. */
static bool is_key_file(const char *file, char name[KOOP_KEYS_NAME_BYTES]) {
    size_t size = strlen(file), tail = sizeof ending - 1;
    if (size <= tail || size - tail >= KOOP_KEYS_NAME_BYTES) return false;
    if (strcmp(file + size - tail, ending) != 0) return false;
    memcpy(name, file, size - tail);
    name[size - tail] = '\0';
    return koop_keys_is_name(name);
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const koop_keys *)a)->name, ((const koop_keys *)b)->name);
}

static void read_list(DIR *directory, koop_keys *keys, int *n, char *error, size_t error_size) {
    const struct dirent *entry;
    while ((entry = readdir(directory))) {
        char name[KOOP_KEYS_NAME_BYTES];
        if (!is_key_file(entry->d_name, name)) continue;
        if (*n == KOOP_KEY_STORE_MAX) {
            snprintf(error, error_size, "more than %d allowed keys: the rest is not read",
                     KOOP_KEY_STORE_MAX);
            break;
        }
        if (koop_key_file_read(dirfd(directory), entry->d_name, false, &keys[*n], error,
                               error_size) != KOOP_OK)
            continue;
        memcpy(keys[*n].name, name, sizeof name);
        ++*n;
    }
    qsort(keys, (size_t)*n, sizeof *keys, by_name);
}

koop_status koop_key_store_list(const char *directory, koop_keys **keys, int *n, char *error,
                                size_t error_size) {
    int top = -1, fd = -1;
    *error = '\0';
    *keys = NULL;
    *n = 0;
    koop_status status = open_trusted(AT_FDCWD, directory, &top, error, error_size);
    if (status == KOOP_OK) status = open_trusted(top, "allowed", &fd, error, error_size);
    if (top >= 0) close(top);
    if (status == KOOP_NOT_FOUND) {
        *error = '\0';
        return KOOP_OK;
    }
    if (status != KOOP_OK) {
        if (top >= 0) say_where(directory, error, error_size);
        return status;
    }
    koop_keys *list = malloc(KOOP_KEY_STORE_MAX * sizeof *list);
    DIR *opened = list ? fdopendir(fd) : NULL;
    if (!opened) {
        free(list);
        close(fd);
        snprintf(error, error_size, "out of memory");
        return KOOP_NO_MEMORY;
    }
    read_list(opened, list, n, error, error_size);
    if (*error) say_where(directory, error, error_size);
    closedir(opened);
    *keys = list;
    return status;
}

/* Takes every name of the key off the list but `kept` (NULL: none). */
static void forget_key(int allowed, const koop_keys *list, int n, const char *public_key,
                       const char *kept) {
    for (int i = 0; i < n; i++) {
        char file[FILE_BYTES];
        if (strcmp(list[i].public_key, public_key) != 0) continue;
        if (kept && strcmp(list[i].name, kept) == 0) continue;
        snprintf(file, sizeof file, "%s%s", list[i].name, ending);
        unlinkat(allowed, file, 0);
    }
    fsync(allowed);
}

static const koop_keys *find_key(const koop_keys *list, int n, const char *public_key) {
    for (int i = 0; i < n; i++)
        if (strcmp(list[i].public_key, public_key) == 0) return &list[i];
    return NULL;
}

/* Writes the key under its name, unless it is there. */
static koop_status put_allowed(int allowed, const koop_keys *keys, char *error, size_t error_size) {
    char file[FILE_BYTES];
    koop_keys before;
    snprintf(file, sizeof file, "%s%s", keys->name, ending);
    koop_status status = put_keys(allowed, file, keys, false, false);
    if (status == KOOP_DISABLED) {
        bool same =
            koop_key_file_read(allowed, file, false, &before, error, error_size) == KOOP_OK &&
            strcmp(before.public_key, keys->public_key) == 0;
        if (same) return KOOP_OK;
        snprintf(error, error_size,
                 "%s is another key on the list: give --name, or remove that first", keys->name);
    } else if (status != KOOP_OK) {
        snprintf(error, error_size, "cannot write %s: %s", file, strerror(errno));
    }
    return status;
}

koop_status koop_key_store_allow(const char *directory, koop_keys *keys, char *error,
                                 size_t error_size) {
    char path[PATH_BYTES];
    koop_keys *list = NULL;
    int fd = -1, n = 0;
    if ((size_t)snprintf(path, sizeof path, "%s/allowed", directory) >= sizeof path) {
        snprintf(error, error_size, "the path of the key directory is too long");
        return KOOP_TOO_LARGE;
    }
    koop_status status = koop_paths_make_private(directory, error, error_size);
    if (status == KOOP_OK) status = open_or_make(path, &fd, error, error_size);
    if (status == KOOP_OK) status = koop_key_store_list(directory, &list, &n, error, error_size);
    if (status == KOOP_OK) {
        const koop_keys *known = find_key(list, n, keys->public_key);
        if (known && !keys->name[0]) snprintf(keys->name, sizeof keys->name, "%s", known->name);
        name_by_key(keys);
        status = put_allowed(fd, keys, error, error_size);
    }
    if (status == KOOP_OK) forget_key(fd, list, n, keys->public_key, keys->name);
    free(list);
    if (fd >= 0) close(fd);
    return status;
}

koop_status koop_key_store_remove(const char *directory, const char *name, char *error,
                                  size_t error_size) {
    char path[PATH_BYTES], file[FILE_BYTES];
    koop_keys *list = NULL;
    int fd = -1, n = 0;
    snprintf(path, sizeof path, "%s/allowed", directory);
    snprintf(file, sizeof file, "%s%s", name, ending);
    koop_status status = koop_key_store_list(directory, &list, &n, error, error_size);
    if (status == KOOP_OK) status = open_trusted(AT_FDCWD, path, &fd, error, error_size);
    if (status == KOOP_OK && (!koop_keys_is_name(name) || unlinkat(fd, file, 0) != 0))
        status = KOOP_NOT_FOUND;
    for (int i = 0; status == KOOP_OK && i < n; i++)
        if (strcmp(list[i].name, name) == 0) forget_key(fd, list, n, list[i].public_key, NULL);
    if (status == KOOP_OK) fsync(fd);
    if (status == KOOP_NOT_FOUND)
        snprintf(error, error_size, "no key \"%s\" on the list; koopmon allow --list shows it",
                 name);
    free(list);
    if (fd >= 0) close(fd);
    return status;
}
