/* Key files: nothing may go wrong, a refusal says why, and what is read is written and read again
 * as the same. */
#include "keys.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(int holds) {
    if (!holds) abort();
}

static int same(const koop_keys *a, const koop_keys *b) {
    return strcmp(a->name, b->name) == 0 && strcmp(a->public_key, b->public_key) == 0 &&
           strcmp(a->secret_key, b->secret_key) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    char text[KOOP_KEYS_FILE_BYTES];
    koop_keys keys, again;
    const char *why = NULL;
    koop_status status = koop_keys_parse((const char *)bytes, size, &keys, &why);
    if (status != KOOP_OK) {
        require(why && *why);
        require((status == KOOP_TOO_LARGE) == (size > KOOP_KEYS_FILE_BYTES));
        return 0;
    }
    int secret = keys.secret_key[0] != '\0';
    require(koop_keys_is_key(keys.public_key));
    require(!secret || koop_keys_is_key(keys.secret_key));
    require(keys.name[0] == '\0' || koop_keys_is_name(keys.name));
    size_t written = koop_keys_format(&keys, secret, text);
    require(written < sizeof text && strlen(text) == written);
    require(koop_keys_parse(text, written, &again, &why) == KOOP_OK && same(&keys, &again));
    return 0;
}
