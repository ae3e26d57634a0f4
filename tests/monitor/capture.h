/* capture: runs the command line inside the test, with standard output and error caught. */
#ifndef CAPTURE_H
#define CAPTURE_H

#include "command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct captured {
    int code;
    char *out, *err;
} captured;

static inline char *read_back(FILE *file) {
    long size = ftell(file);
    rewind(file);
    char *text = calloc(1, (size_t)size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, file), size);
    fclose(file);
    return text;
}

/* Runs `koopmon` with the words of `line`, which are separated by single spaces. */
static inline captured koopmon(const char *line) {
    char words[1024], *argv[40] = {(char[]){"koopmon"}};
    int argc = 1;
    snprintf(words, sizeof words, "%s", line);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) argv[argc++] = word;
    FILE *out = tmpfile(), *err = tmpfile();
    assert_non_null(out);
    assert_non_null(err);
    fflush(NULL);
    int old_out = dup(1), old_err = dup(2);
    dup2(fileno(out), 1);
    dup2(fileno(err), 2);
    captured result = {.code = koop_command_main(argc, argv)};
    fflush(NULL);
    dup2(old_out, 1);
    dup2(old_err, 2);
    close(old_out);
    close(old_err);
    fseek(out, 0, SEEK_END);
    fseek(err, 0, SEEK_END);
    result.out = read_back(out);
    result.err = read_back(err);
    return result;
}

static inline void release(captured *result) {
    free(result->out);
    free(result->err);
}

static inline int count_lines(const char *text) {
    int lines = 0;
    for (; *text; text++) lines += *text == '\n';
    return lines;
}

/* Runs `line`; wants this code, nothing on standard output, and one line with `word` on error. */
static inline void refused(const char *line, int code, const char *word) {
    captured result = koopmon(line);
    if (result.code != code || *result.out || count_lines(result.err) != 1 ||
        !strstr(result.err, word))
        fail_msg("koopmon %s: code %d, output \"%s\", error \"%s\"", line, result.code, result.out,
                 result.err);
    release(&result);
}

/* Writes a .npy file of C-order values below /tmp; unlink it afterwards. */
static inline void write_npy(char path[64], const char *type, const char *shape, const void *data,
                             size_t bytes) {
    char header[128];
    strcpy(path, "/tmp/koopmon_test_XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    int n = snprintf(header + 10, sizeof header - 10,
                     "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }\n", type, shape);
    memcpy(header, "\x93NUMPY\x01\x00", 8);
    header[8] = (char)n;
    header[9] = 0;
    assert_int_equal(write(fd, header, (size_t)n + 10), n + 10);
    assert_int_equal(write(fd, data, bytes), bytes);
    close(fd);
}

#endif
