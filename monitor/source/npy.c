#include "npy.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint8_t magic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

/* The Python literal of the header, read from left to right. */
typedef struct cursor {
    const char *at, *end;
} cursor;

typedef struct found {
    bool descr, order, shape;
} found;

__attribute__((format(printf, 3, 4))) static koop_status
because(char why[KOOP_NPY_WHY_BYTES], koop_status status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, KOOP_NPY_WHY_BYTES, format, arguments);
    va_end(arguments);
    return status;
}

static void skip_space(cursor *c) {
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\t')) c->at++;
}

static bool take(cursor *c, char wanted) {
    skip_space(c);
    if (c->at == c->end || *c->at != wanted) return false;
    c->at++;
    return true;
}

static bool take_word(cursor *c, const char *word) {
    size_t length = strlen(word);
    skip_space(c);
    if ((size_t)(c->end - c->at) < length || memcmp(c->at, word, length) != 0) return false;
    c->at += length;
    return true;
}

/* A quoted string of printable ASCII without escapes, which is all that NumPy writes here. */
static bool take_string(cursor *c, char *out, size_t size) {
    size_t n = 0;
    skip_space(c);
    if (c->at == c->end || (*c->at != '\'' && *c->at != '"')) return false;
    char quote = *c->at++;
    for (; c->at < c->end && *c->at != quote; c->at++) {
        if (*c->at < ' ' || *c->at > '~' || *c->at == '\\' || n + 1 == size) return false;
        out[n++] = *c->at;
    }
    if (c->at == c->end) return false;
    c->at++;
    out[n] = '\0';
    return true;
}

static bool take_number(cursor *c, uint64_t *out) {
    uint64_t value = 0;
    skip_space(c);
    const char *start = c->at;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++) {
        uint64_t digit = (uint64_t)(*c->at - '0');
        if (value > (UINT64_MAX - digit) / 10) return false;
        value = 10 * value + digit;
    }
    if (c->at == start) return false;
    if (c->at < c->end && *c->at == 'L') c->at++; /* Python 2 wrote long integers so */
    *out = value;
    return true;
}

static koop_status read_type(cursor *c, koop_npy_header *header, char why[KOOP_NPY_WHY_BYTES]) {
    static const struct {
        const char *name;
        koop_npy_type type;
        size_t bytes;
    } types[] = {{"f4", KOOP_NPY_FLOAT32, 4},
                 {"f8", KOOP_NPY_FLOAT64, 8},
                 {"c8", KOOP_NPY_COMPLEX64, 8},
                 {"c16", KOOP_NPY_COMPLEX128, 16}};
    char name[32];
    if (!take_string(c, name, sizeof name))
        return because(why, KOOP_BAD_SHAPE,
                       "structured or unreadable type; float32 or float64 is wanted");
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(name + (*name != '\0'), types[i].name) != 0) continue;
        if (*name == '>')
            return because(why, KOOP_BAD_SHAPE, "big-endian type '%s'; save it little-endian",
                           name);
        if (*name != '<' && *name != '=') break;
        header->type = types[i].type;
        header->item_bytes = types[i].bytes;
        return KOOP_OK;
    }
    return because(why, KOOP_BAD_SHAPE, "type '%s'; float32 or float64 is wanted", name);
}

static koop_status read_order(cursor *c, char why[KOOP_NPY_WHY_BYTES]) {
    if (take_word(c, "False")) return KOOP_OK;
    if (take_word(c, "True"))
        return because(why, KOOP_BAD_SHAPE,
                       "Fortran order; save numpy.ascontiguousarray(x) instead");
    return because(why, KOOP_BAD_MESSAGE, "header has no readable 'fortran_order'");
}

static koop_status read_shape(cursor *c, koop_npy_header *header, char why[KOOP_NPY_WHY_BYTES]) {
    int n = 0;
    if (!take(c, '(')) return because(why, KOOP_BAD_MESSAGE, "header has no readable 'shape'");
    while (!take(c, ')')) {
        uint64_t size;
        if (!take_number(c, &size))
            return because(why, KOOP_BAD_MESSAGE, "header has no readable 'shape'");
        if (n == KOOP_NPY_MAX_DIMS)
            return because(why, KOOP_BAD_SHAPE, "more than %d dimensions", KOOP_NPY_MAX_DIMS);
        header->shape[n++] = size;
        if (!take(c, ',') && (c->at == c->end || *c->at != ')'))
            return because(why, KOOP_BAD_MESSAGE, "header has no readable 'shape'");
    }
    if (n == 0) return because(why, KOOP_BAD_SHAPE, "a single number, no array");
    header->dimensions = n;
    return KOOP_OK;
}

static koop_status read_entry(cursor *c, found *seen, koop_npy_header *header,
                              char why[KOOP_NPY_WHY_BYTES]) {
    char key[32];
    bool *mark = NULL;
    if (!take_string(c, key, sizeof key) || !take(c, ':'))
        return because(why, KOOP_BAD_MESSAGE, "header is no Python dictionary");
    if (strcmp(key, "descr") == 0) mark = &seen->descr;
    if (strcmp(key, "fortran_order") == 0) mark = &seen->order;
    if (strcmp(key, "shape") == 0) mark = &seen->shape;
    if (!mark || *mark)
        return because(why, KOOP_BAD_MESSAGE, "header has an unexpected key '%s'", key);
    *mark = true;
    if (mark == &seen->descr) return read_type(c, header, why);
    return mark == &seen->order ? read_order(c, why) : read_shape(c, header, why);
}

static koop_status read_dictionary(cursor *c, koop_npy_header *header,
                                   char why[KOOP_NPY_WHY_BYTES]) {
    found seen = {false, false, false};
    if (!take(c, '{')) return because(why, KOOP_BAD_MESSAGE, "header is no Python dictionary");
    while (!take(c, '}')) {
        koop_status status = read_entry(c, &seen, header, why);
        if (status != KOOP_OK) return status;
        if (!take(c, ',') && (c->at == c->end || *c->at != '}'))
            return because(why, KOOP_BAD_MESSAGE, "header is no Python dictionary");
    }
    skip_space(c);
    if (c->at != c->end) return because(why, KOOP_BAD_MESSAGE, "header has text behind its end");
    if (!seen.descr || !seen.order || !seen.shape)
        return because(why, KOOP_BAD_MESSAGE, "header lacks 'descr', 'fortran_order' or 'shape'");
    return KOOP_OK;
}

/* The bound holds without the zeros too, so that products of some of the sizes are safe as well. */
static koop_status count_values(koop_npy_header *header, char why[KOOP_NPY_WHY_BYTES]) {
    uint64_t limit = (uint64_t)(INT64_MAX - KOOP_NPY_MAX_HEADER) / header->item_bytes;
    uint64_t product = 1;
    bool empty = false;
    for (int i = 0; i < header->dimensions; i++) {
        uint64_t size = header->shape[i] ? header->shape[i] : 1;
        if (product > limit / size) return because(why, KOOP_TOO_LARGE, "shape beyond any file");
        product *= size;
        empty = empty || header->shape[i] == 0;
    }
    header->count = empty ? 0 : product;
    return KOOP_OK;
}

koop_status koop_npy_parse(const uint8_t *bytes, size_t size, koop_npy_header *header,
                           char why[KOOP_NPY_WHY_BYTES]) {
    koop_npy_header parsed = {.dimensions = 0};
    size_t common = size < sizeof magic ? size : sizeof magic;
    if (memcmp(bytes, magic, common) != 0) return because(why, KOOP_BAD_MESSAGE, "not a .npy file");
    if (size < 8) return because(why, KOOP_NOT_ENOUGH_DATA, "truncated in its header");
    if (bytes[6] < 1 || bytes[6] > 3)
        return because(why, KOOP_BAD_MESSAGE,
                       "version %d.%d of the .npy format; 1.0 to 3.0 is read", bytes[6], bytes[7]);
    size_t start = bytes[6] == 1 ? 10 : 12;
    if (size < start) return because(why, KOOP_NOT_ENOUGH_DATA, "truncated in its header");
    size_t length = bytes[8] | (size_t)bytes[9] << 8;
    if (start == 12) length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    if (length > KOOP_NPY_MAX_HEADER - start)
        return because(why, KOOP_TOO_LARGE, "header of %zu bytes; at most %d are read", length,
                       KOOP_NPY_MAX_HEADER);
    if (size - start < length) return because(why, KOOP_NOT_ENOUGH_DATA, "truncated in its header");
    const char *text = (const char *)bytes + start;
    cursor c = {text, text + length};
    koop_status status = read_dictionary(&c, &parsed, why);
    if (status == KOOP_OK) status = count_values(&parsed, why);
    if (status != KOOP_OK) return status;
    parsed.data_offset = start + length;
    *header = parsed;
    return KOOP_OK;
}

struct koop_npy {
    int fd;
    koop_npy_header header;
};

/* Reads exactly `size` bytes unless the file ends first; the number read, or -1. */
static ssize_t read_at(int fd, uint8_t *out, size_t size, uint64_t offset) {
    size_t done = 0;
    while (done < size) {
        ssize_t n = pread(fd, out + done, size - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -1;
        if (n == 0) break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

static koop_status read_header(koop_npy *npy, char why[KOOP_NPY_WHY_BYTES]) {
    struct stat file;
    if (fstat(npy->fd, &file) != 0) return because(why, KOOP_IO_FAILED, "%s", strerror(errno));
    if (!S_ISREG(file.st_mode)) return because(why, KOOP_BAD_ARGUMENT, "not a regular file");
    uint8_t *bytes = malloc(KOOP_NPY_MAX_HEADER);
    if (!bytes) return because(why, KOOP_NO_MEMORY, "out of memory");
    ssize_t size = read_at(npy->fd, bytes, KOOP_NPY_MAX_HEADER, 0);
    koop_status status = size < 0 ? because(why, KOOP_IO_FAILED, "%s", strerror(errno))
                                  : koop_npy_parse(bytes, (size_t)size, &npy->header, why);
    free(bytes);
    if (status != KOOP_OK) return status;
    uint64_t wanted = npy->header.count * npy->header.item_bytes;
    uint64_t held = (uint64_t)file.st_size - npy->header.data_offset;
    if (held < wanted)
        return because(why, KOOP_NOT_ENOUGH_DATA,
                       "truncated: %" PRIu64 " bytes of data, its header says %" PRIu64, held,
                       wanted);
    return KOOP_OK;
}

koop_status koop_npy_open(koop_npy **out, const char *path, char why[KOOP_NPY_WHY_BYTES]) {
    koop_npy *npy = malloc(sizeof *npy);
    if (!npy) return because(why, KOOP_NO_MEMORY, "out of memory");
    /* O_NONBLOCK: a FIFO without a writer is refused below instead of waited for. */
    npy->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (npy->fd < 0) {
        koop_status status = errno == ENOENT ? KOOP_NOT_FOUND : KOOP_IO_FAILED;
        because(why, status, "%s", strerror(errno));
        free(npy);
        return status;
    }
    koop_status status = read_header(npy, why);
    if (status != KOOP_OK) {
        koop_npy_close(npy);
        return status;
    }
    *out = npy;
    return KOOP_OK;
}

void koop_npy_close(koop_npy *npy) {
    if (!npy) return;
    close(npy->fd);
    free(npy);
}

const koop_npy_header *koop_npy_get_header(const koop_npy *npy) {
    return &npy->header;
}

koop_status koop_npy_read(koop_npy *npy, uint64_t first, size_t count, void *out) {
    const koop_npy_header *header = &npy->header;
    if (first > header->count || count > header->count - first) return KOOP_BAD_ARGUMENT;
    size_t bytes = count * header->item_bytes;
    ssize_t n = read_at(npy->fd, out, bytes, header->data_offset + first * header->item_bytes);
    return n >= 0 && (size_t)n == bytes ? KOOP_OK : KOOP_IO_FAILED;
}

koop_status koop_npy_read_f64(koop_npy *npy, uint64_t first, size_t count, double *out) {
    koop_npy_type type = npy->header.type;
    bool single = type == KOOP_NPY_FLOAT32 || type == KOOP_NPY_COMPLEX64;
    size_t parts = type == KOOP_NPY_COMPLEX64 || type == KOOP_NPY_COMPLEX128 ? 2 * count : count;
    /* Floats are read into the upper half of `out` and widened from the front: each double is
     * written at or before the float it comes from. */
    uint8_t *raw = (uint8_t *)out + (single ? parts * sizeof(float) : 0);
    koop_status status = koop_npy_read(npy, first, count, raw);
    if (status != KOOP_OK || !single) return status;
    for (size_t i = 0; i < parts; i++) {
        float value;
        memcpy(&value, raw + i * sizeof value, sizeof value);
        out[i] = (double)value;
    }
    return KOOP_OK;
}
