#include "key_options.h"

#include "complain.h"
#include "key_file.h"
#include "options.h"

#include <stdio.h>

int koop_key_directory(const char *option, char out[PATH_MAX]) {
    koop_status status = KOOP_OK;
    if (!option)
        status = koop_key_file_directory(out, PATH_MAX);
    else if (snprintf(out, PATH_MAX, "%s", option) >= PATH_MAX)
        status = KOOP_TOO_LARGE;
    if (status == KOOP_OK) return KOOP_PROCEED;
    return koop_complain(KOOP_EXIT_USAGE, status == KOOP_TOO_LARGE
                                              ? "the path of the key directory is too long"
                                              : "no directory for keys: set HOME, or give --keys");
}
