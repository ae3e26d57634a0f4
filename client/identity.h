/* identity: what a run says about itself in HELLO: uuid, name, host, process, start, sketch seed.
 */
#ifndef KOOP_IDENTITY_H
#define KOOP_IDENTITY_H

#include "wire.h"

enum { KOOP_UUID_TEXT_BYTES = 33 }; /* 32 hexadecimal digits and NUL */

/* Fills version, run, name, host, pid, start_ms and seed. `run` is the wanted name: NULL means
 * $KOOPMON_RUN, else program name and pid; cut at 64 bytes, not inside a character of UTF-8. */
void koop_identity_fill(koop_wire_hello *hello, const char *run);

/* Copies key, value, …, NULL. KOOP_BAD_ARGUMENT: too many, too long, or a key without value. */
koop_status koop_identity_metadata(koop_wire_hello *hello, const char *const *metadata);

void koop_identity_uuid(const uint8_t run[KOOP_WIRE_UUID_BYTES], char out[KOOP_UUID_TEXT_BYTES]);

int64_t koop_identity_now_ms(void); /* Unix time */

#endif
