/* golden: reads the test vectors of tests/golden and the fuzz corpus. */
#ifndef KOOP_TEST_GOLDEN_H
#define KOOP_TEST_GOLDEN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The bytes of NAME.hex (white space ignored). The caller frees. */
static inline uint8_t *golden_read(const char *name, size_t *size) {
    char path[512], pair[3] = "";
    snprintf(path, sizeof path, "%s/%s.hex", KOOP_GOLDEN_DIR, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    uint8_t *bytes = malloc(1 << 16);
    assert_non_null(bytes);
    *size = 0;
    for (int c, n = 0; (c = fgetc(file)) != EOF;) {
        if (isspace(c)) continue;
        assert_true(isxdigit(c));
        pair[n++] = (char)c;
        if (n < 2) continue;
        bytes[(*size)++] = (uint8_t)strtoul(pair, NULL, 16);
        n = 0;
    }
    fclose(file);
    assert_true(*size > 0);
    return bytes;
}

#endif
