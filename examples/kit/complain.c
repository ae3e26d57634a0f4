#include "complain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool kit_complain(const char *program, const char *what, koop_status status) {
    const char *reason =
        status == KOOP_IO_FAILED && errno ? strerror(errno) : koop_strstatus(status);
    fprintf(stderr, "%s: %s: %s\n", program, what, reason);
    return false;
}
