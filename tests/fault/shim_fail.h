/* shim_fail: what shim_fail.c shares, by a mapped file, with the test that watches it. The test may
 * arm it, and read the counters, at any time; atomic 64-bit words. */
#ifndef KOOP_SHIM_FAIL_H
#define KOOP_SHIM_FAIL_H

#include <stdint.h>

typedef struct shim_fail_state {
    uint64_t armed;  /* 0: calls pass, and do not count */
    uint64_t calls;  /* that counted */
    uint64_t failed; /* of them */
} shim_fail_state;

#endif
