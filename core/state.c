#include "state.h"

#include <math.h>
#include <string.h>

koop_state koop_state_saving(void *bytes, size_t size) {
    return (koop_state){.to = bytes, .size = bytes ? size : SIZE_MAX};
}

koop_state koop_state_loading(const void *bytes, size_t size) {
    return (koop_state){.from = bytes, .size = size};
}

bool koop_state_loads(const koop_state *s) {
    return s->from != NULL;
}

static void fail(koop_state *s, koop_status status) {
    if (s->status == KOOP_OK) s->status = status;
}

void koop_state_demand(koop_state *s, bool holds) {
    if (!holds) fail(s, KOOP_BAD_MESSAGE);
}

/* Whether the cursor may go `size` bytes further. */
static bool reach(koop_state *s, size_t size) {
    if (size > s->size - s->at) fail(s, s->from ? KOOP_BAD_MESSAGE : KOOP_TOO_LARGE);
    return s->status == KOOP_OK;
}

void koop_state_bytes(koop_state *s, void *bytes, size_t size) {
    if (!reach(s, size) || size == 0) return;
    if (s->from)
        memcpy(bytes, s->from + s->at, size);
    else if (s->to)
        memcpy(s->to + s->at, bytes, size);
    s->at += size;
}

void koop_state_same(koop_state *s, const void *bytes, size_t size) {
    if (!reach(s, size) || size == 0) return;
    if (s->from && memcmp(bytes, s->from + s->at, size) != 0) fail(s, KOOP_BAD_SHAPE);
    if (s->to) memcpy(s->to + s->at, bytes, size);
    s->at += size;
}

void koop_state_same_int(koop_state *s, int value) {
    koop_state_same(s, &value, sizeof value);
}

void koop_state_same_double(koop_state *s, double value) {
    koop_state_same(s, &value, sizeof value);
}

void koop_state_int(koop_state *s, int *value, int min, int max) {
    int moved = *value;
    koop_state_bytes(s, &moved, sizeof moved);
    koop_state_demand(s, moved >= min && moved <= max);
    if (s->status == KOOP_OK) *value = moved;
}

void koop_state_count(koop_state *s, uint64_t *value, uint64_t max) {
    uint64_t moved = *value;
    koop_state_bytes(s, &moved, sizeof moved);
    koop_state_demand(s, moved <= max);
    if (s->status == KOOP_OK) *value = moved;
}

void koop_state_bool(koop_state *s, bool *value) {
    int moved = *value;
    koop_state_int(s, &moved, 0, 1);
    *value = moved != 0;
}

void koop_state_doubles(koop_state *s, double *values, size_t count, double limit) {
    if (count > SIZE_MAX / sizeof *values || !reach(s, count * sizeof *values)) return;
    koop_state_bytes(s, values, count * sizeof *values);
    bool within = true;
    for (size_t i = 0; i < count; i++) within = within && fabs(values[i]) <= limit;
    koop_state_demand(s, within);
}

/* C0 and C1 control characters and DEL: a terminal might obey them. */
static bool harmless(const char *text) {
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if (*c < 0x20 || *c == 0x7f || (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)) return false;
    return true;
}

void koop_state_text(koop_state *s, char *text, size_t size) {
    uint64_t length = s->from ? 0 : strnlen(text, size);
    koop_state_count(s, &length, size - 1);
    if (s->status != KOOP_OK) return;
    if (s->from) memset(text, 0, size);
    koop_state_bytes(s, text, (size_t)length);
    if (s->status == KOOP_OK) koop_state_demand(s, strlen(text) == length && harmless(text));
}
