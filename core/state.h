/* state: a byte cursor through which objects save what they hold, and load it again.
 *
 * One function of each object names its fields once, in order, for both ways: what is saved is what
 * is loaded. Knows no file and allocates nothing. Never reads or writes beyond the bytes given. The
 * first failure stays; what follows it does nothing, so callers look at `status` at the end.
 *
 * Every value has its bounds, which hold both ways: bytes from anywhere load either into an object
 * that may be used like any other, or not at all (KOOP_BAD_MESSAGE; then the object is to be freed).
 *
 * The bytes are those of this machine and of this version of the object: who keeps them says whose
 * they are, and that they are whole. */
#ifndef KOOP_STATE_H
#define KOOP_STATE_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct koop_state {
    uint8_t *to;         /* saving; NULL: the bytes are only counted */
    const uint8_t *from; /* loading; NULL: saving */
    size_t size, at;     /* bytes given, bytes done */
    koop_status status;
} koop_state;

/* Saves into `size` bytes, KOOP_TOO_LARGE beyond them; with NULL counts as many as it takes. */
koop_state koop_state_saving(void *bytes, size_t size);
koop_state koop_state_loading(const void *bytes, size_t size); /* `bytes` not NULL */

bool koop_state_loads(const koop_state *state);

/* KOOP_BAD_MESSAGE unless `holds`. */
void koop_state_demand(koop_state *state, bool holds);

/* As they are, without bounds. */
void koop_state_bytes(koop_state *state, void *bytes, size_t size);

/* What must be the same again: saved, and when loading compared. KOOP_BAD_SHAPE. */
void koop_state_same(koop_state *state, const void *bytes, size_t size);
void koop_state_same_int(koop_state *state, int value);
void koop_state_same_double(koop_state *state, double value);

/* In min..max. */
void koop_state_int(koop_state *state, int *value, int min, int max);
void koop_state_count(koop_state *state, uint64_t *value, uint64_t max);
void koop_state_bool(koop_state *state, bool *value);

/* |value| ≤ limit, so never NaN; infinite where the limit is. */
void koop_state_doubles(koop_state *state, double *values, size_t count, double limit);

/* A text of at most size − 1 bytes without control characters; what is behind its NUL is 0 after
 * loading. */
void koop_state_text(koop_state *state, char *text, size_t size);

#endif
