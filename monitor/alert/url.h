/* url: the address of a webhook: whether it is one, and what of it may be shown. Pure.
 *
 * Path, query and what stands before an @ let whoever knows them post: they are secrets. */
#ifndef KOOP_URL_H
#define KOOP_URL_H

#include <stddef.h>

enum { KOOP_URL_PLACE_BYTES = 288, KOOP_URL_PART_BYTES = 8 };

/* NULL: http or https with a host; else why not (a constant). */
const char *koop_url_check(const char *url);

/* "https://hooks.example.org:8443/…", made safe to print; "?" for what koop_url_check refuses.
 * Returns `out`. */
const char *koop_url_place(const char *url, char out[KOOP_URL_PLACE_BYTES]);

/* Puts … wherever `text` repeats path, query or what stands before an @, or a part of them of
 * KOOP_URL_PART_BYTES or more: servers like to quote what they refuse. In place; never longer. */
void koop_url_hide(const char *url, char *text);

#endif
