/* endpoint: where the daemon listens, as trainers, commands and the daemon all compute it.
 *
 * An endpoint is "ipc:///absolute/path" or "tcp://host:port", the host a name, an IPv4 address or an
 * IPv6 address in brackets. Trainers publish to it; views are
 * served beside it: ipc path + ".view", tcp port + 1. The default is
 * ipc://$XDG_RUNTIME_DIR/koopmon/koopmon.sock, or ipc:///tmp/koopmon-UID/koopmon.sock where
 * XDG_RUNTIME_DIR is not set. Pure string work, but for koop_endpoint_trusted. */
#ifndef KOOP_ENDPOINT_H
#define KOOP_ENDPOINT_H

#include "status.h"

#include <stdbool.h>

enum { KOOP_ENDPOINT_BYTES = 256 };

/* option, else $KOOPMON_ENDPOINT, else the default, checked for form: KOOP_BAD_ARGUMENT,
 * KOOP_TOO_LARGE (an ipc path above 100 bytes does not fit a socket address with ".view"). */
koop_status koop_endpoint_resolve(const char *option, char out[KOOP_ENDPOINT_BYTES]);

/* The default, whatever KOOPMON_ENDPOINT says. KOOP_TOO_LARGE. */
koop_status koop_endpoint_standard(char out[KOOP_ENDPOINT_BYTES]);

/* The view endpoint beside `endpoint`. */
koop_status koop_endpoint_view(const char *endpoint, char out[KOOP_ENDPOINT_BYTES]);

/* The path of an ipc endpoint, or NULL for tcp. Borrowed from `endpoint`. */
const char *koop_endpoint_path(const char *endpoint);

/* Whether only processes of this machine can be at the other end: ipc, and tcp to localhost,
 * 127.0.0.0/8 or [::1]. */
bool koop_endpoint_is_local(const char *endpoint);

/* Whether a tcp endpoint has its host as an address, not as a name; and as one of IPv6, which a
 * socket must be told. */
bool koop_endpoint_is_address(const char *endpoint);
bool koop_endpoint_is_ipv6(const char *endpoint);

/* Whether whoever listens at `endpoint` must be this user or root: always for tcp; for ipc when the
 * socket's directory, and a link in its place, is theirs and nobody else's to write. In /tmp
 * anybody could have made it. KOOP_NOT_FOUND: there is none yet, so nobody listens; ask again
 * before connecting. KOOP_DISABLED: not to be trusted. */
koop_status koop_endpoint_trusted(const char *endpoint);

#endif
