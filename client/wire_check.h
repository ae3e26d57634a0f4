/* wire_check: what a message must satisfy beyond its types. Packing and unpacking ask the same
 * questions, so what one of them accepts the other does too. Private to the wire files. */
#ifndef KOOP_WIRE_CHECK_H
#define KOOP_WIRE_CHECK_H

#include "wire.h"

#include <stdbool.h>

/* Largest product of a shape, and largest offset behind a group: sums stay far from overflow. */
#define KOOP_WIRE_MAX_VALUES (UINT64_C(1) << 48)

/* The product of the group's shape (1 for no dimensions), or 0 where the shape has a zero, too many
 * dimensions or more than KOOP_WIRE_MAX_VALUES values. */
uint64_t koop_wire_group_values(const koop_wire_group *group);

/* A HELLO of another version than KOOP_WIRE_VERSION passes: only its version can be judged. */
bool koop_wire_check_hello(const koop_wire_hello *hello);

bool koop_wire_check_snapshot(const koop_wire_snapshot *snapshot);

#endif
