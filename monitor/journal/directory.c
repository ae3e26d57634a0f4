#include "directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void koop_segment_name(uint32_t number, char out[KOOP_SEGMENT_NAME_BYTES]) {
    snprintf(out, KOOP_SEGMENT_NAME_BYTES, "%06u.koop", (unsigned)number);
}

uint32_t koop_segment_number(const char *name) {
    if (strlen(name) != 11 || strcmp(name + 6, ".koop") != 0) return 0;
    uint32_t number = 0;
    for (int i = 0; i < 6; i++) {
        if (name[i] < '0' || name[i] > '9') return 0;
        number = number * 10 + (uint32_t)(name[i] - '0');
    }
    return number;
}

uint32_t koop_segment_number_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return koop_segment_number(slash ? slash + 1 : path);
}

/* A directory entry survives a power cut only when its parent was synced. */
static int sync_parent(const char *path) {
    char parent[PATH_MAX];
    snprintf(parent, sizeof parent, "%s", path);
    char *slash = strrchr(parent, '/');
    if (!slash)
        snprintf(parent, sizeof parent, ".");
    else if (slash == parent)
        slash[1] = '\0';
    else
        *slash = '\0';
    const int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return -1;
    const int result = fsync(fd);
    close(fd);
    return result;
}

static koop_status make_one(const char *path) {
    if (mkdir(path, 0700) == 0) return sync_parent(path) == 0 ? KOOP_OK : KOOP_IO_FAILED;
    return errno == EEXIST ? KOOP_OK : KOOP_IO_FAILED;
}

static koop_status make_all(const char *path) {
    char part[PATH_MAX];
    snprintf(part, sizeof part, "%s", path);
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const koop_status status = make_one(part);
        *slash = '/';
        if (status != KOOP_OK) return status;
    }
    return make_one(part);
}

koop_status koop_directory_path(const char *data_dir, const char *uuid, char *out, size_t size) {
    const int length =
        snprintf(out, size, "%s/runs%s%s", data_dir, uuid ? "/" : "", uuid ? uuid : "");
    return length >= 0 && (size_t)length < size ? KOOP_OK : KOOP_TOO_LARGE;
}

koop_status koop_directory_make(const char *data_dir, const char *uuid, int *fd) {
    char path[PATH_MAX];
    if (koop_directory_path(data_dir, uuid, path, sizeof path) != KOOP_OK) return KOOP_TOO_LARGE;
    int opened = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (opened < 0 && errno == ENOENT) {
        const koop_status status = make_all(path);
        if (status != KOOP_OK) return status;
        opened = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    if (opened < 0) return KOOP_IO_FAILED;
    *fd = opened;
    return KOOP_OK;
}

static int by_number(const void *a, const void *b) {
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static koop_status collect(DIR *stream, uint32_t **numbers, size_t *count) {
    size_t capacity = 0;
    const struct dirent *entry;
    while (errno = 0, (entry = readdir(stream)) != NULL) {
        const uint32_t number = koop_segment_number(entry->d_name);
        if (number == 0) continue;
        if (*count == capacity) {
            capacity = capacity ? 2 * capacity : 16;
            uint32_t *grown = realloc(*numbers, capacity * sizeof **numbers);
            if (!grown) return KOOP_NO_MEMORY;
            *numbers = grown;
        }
        (*numbers)[(*count)++] = number;
    }
    return errno ? KOOP_IO_FAILED : KOOP_OK;
}

koop_status koop_directory_segments(int fd, uint32_t **numbers, size_t *count) {
    /* A second description: reading through a dup would move the caller's position. */
    const int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (own < 0) return KOOP_IO_FAILED;
    DIR *stream = fdopendir(own);
    if (!stream) {
        close(own);
        return KOOP_IO_FAILED;
    }
    uint32_t *found = NULL;
    size_t n = 0;
    const koop_status status = collect(stream, &found, &n);
    closedir(stream);
    if (status != KOOP_OK) {
        free(found);
        return status;
    }
    if (n > 1) qsort(found, n, sizeof *found, by_number);
    *numbers = found;
    *count = n;
    return KOOP_OK;
}

bool koop_directory_is_uuid(const char *name) {
    return strlen(name) == 32 && strspn(name, "0123456789abcdef") == 32;
}

koop_status koop_directory_runs(const char *data_dir, DIR **stream) {
    const int data = open(data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (data < 0) return errno == ENOENT ? KOOP_NOT_FOUND : KOOP_IO_FAILED;
    const int runs = openat(data, "runs", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const int why = errno;
    close(data);
    if (runs < 0) return why == ENOENT ? KOOP_NOT_FOUND : KOOP_IO_FAILED;
    *stream = fdopendir(runs);
    if (*stream) return KOOP_OK;
    close(runs);
    return KOOP_IO_FAILED;
}
