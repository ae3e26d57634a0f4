#include "status.h"

const char *koop_strstatus(koop_status status) {
    switch (status) {
    case KOOP_OK:
        return "ok";
    case KOOP_NOT_ENOUGH_DATA:
        return "not enough data";
    case KOOP_RANK_ZERO:
        return "nothing moves (rank zero)";
    case KOOP_NOT_FINITE:
        return "not finite";
    case KOOP_LAPACK_FAILED:
        return "eigenvalue iteration did not converge";
    case KOOP_BAD_ARGUMENT:
        return "bad argument";
    case KOOP_NO_MEMORY:
        return "out of memory";
    case KOOP_BAD_SHAPE:
        return "wrong shape";
    case KOOP_BAD_MESSAGE:
        return "malformed message";
    case KOOP_TOO_LARGE:
        return "too large";
    case KOOP_DISABLED:
        return "disabled";
    case KOOP_TIMED_OUT:
        return "timed out";
    case KOOP_NOT_FOUND:
        return "not found";
    case KOOP_IO_FAILED:
        return "input or output failed";
    case KOOP_REFUSED:
        return "not let in";
    }
    return "unknown status";
}
