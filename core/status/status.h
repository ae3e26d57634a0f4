/* status: the result codes that every koopmon library returns, and their names.
 *
 * KOOP_OK is 0. A function that can fail returns a koop_status and gives its result through its
 * last pointer argument, which it leaves untouched on failure. "Not enough data yet" is a status,
 * never a NaN. No function of core or client prints, aborts or exits. */
#ifndef KOOP_STATUS_H
#define KOOP_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum koop_status {
    KOOP_OK = 0,
    KOOP_NOT_ENOUGH_DATA, /* the window does not hold enough snapshots yet */
    KOOP_RANK_ZERO,       /* the window does not move: no singular value above the floor */
    KOOP_NOT_FINITE,      /* input holds NaN or infinity, or its squared norm overflows */
    KOOP_LAPACK_FAILED,   /* an eigenvalue or singular value iteration did not converge */
    KOOP_BAD_ARGUMENT,    /* the caller's arguments contradict the documentation */
    KOOP_NO_MEMORY,       /* an allocation failed */
    KOOP_BAD_SHAPE,       /* the data has another shape than was declared */
    KOOP_BAD_MESSAGE,     /* bytes that are no message of the protocol, or truncated */
    KOOP_TOO_LARGE,       /* above a documented limit */
    KOOP_DISABLED,        /* the client has disabled itself or was told to; koop_reason says why */
    KOOP_TIMED_OUT,       /* the deadline passed first */
    KOOP_NOT_FOUND,       /* no such run, file or daemon */
    KOOP_IO_FAILED,       /* the operating system refused; errno says why */
    KOOP_REFUSED          /* the other side does not let this one in: keys are missing or unknown */
} koop_status;

/* A short lower-case phrase for `status`, e.g. "not enough data". Never NULL. */
const char *koop_strstatus(koop_status status);

#ifdef __cplusplus
}
#endif
#endif
