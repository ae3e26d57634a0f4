/* data_kit: a directory of a test's own with data files in it, and where the real ones are. */
#ifndef TEST_DATA_KIT_H
#define TEST_DATA_KIT_H

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { DATA_PATH_BYTES = 400 };

static char data_directory[] = "/tmp/koop-data-XXXXXX";

static inline int data_set_up(void **state) {
    (void)state;
    return mkdtemp(data_directory) ? 0 : -1;
}

static inline void data_remove_at(int parent, const char *name) {
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    while (directory && (entry = readdir(directory))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        data_remove_at(fd, entry->d_name);
    }
    if (directory) closedir(directory);
    unlinkat(parent, name, directory ? AT_REMOVEDIR : 0);
}

static inline int data_tear_down(void **state) {
    (void)state;
    data_remove_at(AT_FDCWD, data_directory);
    return 0;
}

/* The path of a file in the test's directory; from a ring of four. */
static inline const char *data_path(const char *name) {
    static char ring[4][DATA_PATH_BYTES];
    static int next;
    char *path = ring[next++ % 4];
    snprintf(path, DATA_PATH_BYTES, "%s/%s", data_directory, name);
    return path;
}

static inline const char *data_write(const char *name, const void *bytes, size_t size) {
    const char *path = data_path(name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return path;
}

static inline const char *data_write_gz(const char *name, const void *bytes, size_t size) {
    const char *path = data_path(name);
    gzFile file = gzopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, bytes, (unsigned)size), size);
    assert_int_equal(gzclose(file), Z_OK);
    return path;
}

/* Big-endian 32-bit numbers, as IDX headers have them. */
static inline size_t idx_numbers(uint8_t *bytes, const uint32_t *numbers, int n) {
    for (int i = 0; i < 4 * n; i++) bytes[i] = (uint8_t)(numbers[i / 4] >> (24 - 8 * (i % 4)));
    return 4 * (size_t)n;
}

/* An IDX file of n images; pixel p of image i is (7i + p) mod 256. The caller frees. */
static inline uint8_t *idx_images(uint32_t n, uint32_t side, size_t *size) {
    uint8_t *bytes = malloc(16 + (size_t)n * side * side);
    assert_non_null(bytes);
    *size = idx_numbers(bytes, (uint32_t[]){0x803, n, side, side}, 4);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t p = 0; p < side * side; p++) bytes[(*size)++] = (uint8_t)(7 * i + p);
    return bytes;
}

/* And its labels: that of image i is i mod 10. */
static inline uint8_t *idx_labels(uint32_t n, size_t *size) {
    uint8_t *bytes = malloc(8 + (size_t)n);
    assert_non_null(bytes);
    *size = idx_numbers(bytes, (uint32_t[]){0x801, n}, 2);
    for (uint32_t i = 0; i < n; i++) bytes[(*size)++] = (uint8_t)(i % 10);
    return bytes;
}

/* n CIFAR-10 records; record i has label (first + i) mod 10 and all pixels first + i. */
static inline uint8_t *cifar_records(size_t n, int first, size_t *size) {
    *size = n * 3073;
    uint8_t *bytes = malloc(*size);
    assert_non_null(bytes);
    for (size_t i = 0; i < n; i++) {
        memset(bytes + i * 3073, first + (int)i, 3073);
        bytes[i * 3073] = (uint8_t)((first + (int)i) % 10);
    }
    return bytes;
}

/* The directory of real data sets beside the checkout; false where it is not at hand. */
static inline bool real_data(char path[DATA_PATH_BYTES]) {
    const char *shared = getenv("KOOP_SHARED");
    if (shared)
        snprintf(path, DATA_PATH_BYTES, "%s/data", shared);
    else
        snprintf(path, DATA_PATH_BYTES, "%s/../../../shared/data", KOOP_GOLDEN_DIR);
    return access(path, R_OK) == 0;
}

#endif
