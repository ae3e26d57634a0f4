/* take_json: reads strictly typed and bounded values out of a JSON document. Internal to what reads
 * JSON back. Pure. */
#ifndef KOOP_TAKE_JSON_H
#define KOOP_TAKE_JSON_H

#include "printable.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Every take_… reads one member or element; false: it has not the documented form. */

static inline bool take_int64(const json_t *json, int64_t least, int64_t most, int64_t *out) {
    if (!json_is_integer(json)) return false;
    const json_int_t value = json_integer_value(json);
    if (value < least || value > most) return false;
    *out = value;
    return true;
}

static inline bool take_count(const json_t *json, uint64_t *out) {
    int64_t value;
    if (!take_int64(json, 0, INT64_MAX, &value)) return false;
    *out = (uint64_t)value;
    return true;
}

static inline bool take_int(const json_t *json, int most, int *out) {
    int64_t value;
    if (!take_int64(json, 0, most, &value)) return false;
    *out = (int)value;
    return true;
}

static inline bool take_step(const json_t *json, int64_t *out) {
    return take_int64(json, INT64_MIN, INT64_MAX, out);
}

static inline bool take_real(const json_t *json, double *out) {
    if (!json_is_number(json)) return false;
    const double value = json_number_value(json);
    if (!isfinite(value)) return false;
    *out = value;
    return true;
}

static inline bool take_positive(const json_t *json, double *out) {
    double value;
    if (!take_real(json, &value) || value < 0) return false;
    *out = value;
    return true;
}

static inline bool take_bool(const json_t *json, bool *out) {
    if (!json_is_boolean(json)) return false;
    *out = json_is_true(json);
    return true;
}

static inline bool take_text(const json_t *json, char *out, size_t size) {
    if (!json_is_string(json)) return false;
    const char *string = json_string_value(json);
    const size_t length = json_string_length(json);
    if (length >= size || strlen(string) != length || !koop_printable_all(string)) return false;
    memcpy(out, string, length + 1);
    return true;
}

/* An array of at most `most` elements; its size in *n. */
static inline bool take_array(const json_t *json, int most, int *n) {
    if (!json_is_array(json) || json_array_size(json) > (size_t)most) return false;
    *n = (int)json_array_size(json);
    return true;
}

static inline bool is_uuid(const char *text) {
    return strlen(text) == 32 && strspn(text, "0123456789abcdef") == 32;
}

/* The value 0..count-1 whose name the text is. */
#define TAKE_NAMED(json, type, name_of, last, out)                                                 \
    do {                                                                                           \
        if (!json_is_string(json)) return false;                                                   \
        for (int i = 0; i <= (int)(last); i++) {                                                   \
            if (strcmp(name_of((type)i), json_string_value(json)) != 0) continue;                  \
            *(out) = (type)i;                                                                      \
            return true;                                                                           \
        }                                                                                          \
        return false;                                                                              \
    } while (0)

#endif
