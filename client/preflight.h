/* preflight: whether this process can afford the transport.
 *
 * libzmq aborts the process where it gets no file descriptor, no thread or no memory, so the client
 * asks for the same first, gives it back, and disables itself where it was refused. Honest, but no
 * reservation: what another thread takes in the moment between is missing after all. */
#ifndef KOOP_PREFLIGHT_H
#define KOOP_PREFLIGHT_H

#include "status.h"

#include <stddef.h>

/* Descriptors, threads, memory, all at the same time. Takes some 0.1 ms. On failure *reason says
 * what is missing (a constant). KOOP_IO_FAILED, KOOP_NO_MEMORY. */
koop_status koop_preflight(const char **reason);

/* Whether the transport finds memory to work with beside a block of so many bytes that is about to
 * be allocated. KOOP_NO_MEMORY. */
koop_status koop_preflight_memory(size_t beside);

#endif
