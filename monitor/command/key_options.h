/* key_options: what the commands about keys have in common. */
#ifndef KOOP_KEY_OPTIONS_H
#define KOOP_KEY_OPTIONS_H

#include <limits.h>

#define KOOP_KEY_NAME_RULE "%s: --name wants 1 to 64 letters, digits and . _ @ -, the first no dot"

/* --keys (NULL: not given), or where keys are by default. KOOP_PROCEED, or an exit code after a
 * complaint. */
int koop_key_directory(const char *option, char out[PATH_MAX]);

#endif
