#include "describe.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Π shape, or UINT64_MAX when that is larger. */
static uint64_t parameters_of(const koop_wire_group *group) {
    uint64_t product = 1;
    for (uint32_t i = 0; i < group->dimensions && i < KOOP_WIRE_MAX_DIMS; i++) {
        if (group->shape[i] == 0) return 0;
        if (product > UINT64_MAX / group->shape[i]) return UINT64_MAX;
        product *= group->shape[i];
    }
    return product;
}

static void describe_summary(const koop_wire_hello *hello, koop_run_summary *run) {
    for (int i = 0; i < KOOP_WIRE_UUID_BYTES; i++)
        snprintf(run->uuid + 2 * i, 3, "%02x", (unsigned)hello->run[i]);
    koop_wire_safe_name(hello->name, run->name);
    koop_wire_safe_name(hello->host, run->host);
    run->pid = hello->pid > 0 ? hello->pid : 0;
    run->start_ms = hello->start_ms;
}

koop_status koop_describe_run(const koop_wire_hello *hello, size_t max_values, koop_view *view,
                              size_t sizes[KOOP_MAX_GROUPS]) {
    if (hello->dtype != 4 && hello->dtype != 8) return KOOP_BAD_ARGUMENT;
    if (hello->n_groups < 1 || hello->n_groups > KOOP_MAX_GROUPS) return KOOP_BAD_ARGUMENT;
    describe_summary(hello, &view->run);
    for (uint32_t g = 0; g < hello->n_groups; g++) {
        const koop_wire_group *group = &hello->groups[g];
        if (group->length < 1) return KOOP_BAD_ARGUMENT;
        if (group->length > max_values - view->length) return KOOP_TOO_LARGE;
        const uint64_t parameters = parameters_of(group);
        view->length += group->length;
        view->parameters =
            parameters > UINT64_MAX - view->parameters ? UINT64_MAX : view->parameters + parameters;
        view->groups[g].parameters = parameters;
        koop_wire_safe_name(group->name, view->groups[g].name);
        sizes[g] = (size_t)group->length;
    }
    view->n_groups = (int)hello->n_groups;
    return KOOP_OK;
}

/* A safe name in the room of a scalar's, never ending within a %XX. */
static void safe_scalar_name(const char *name, char out[KOOP_WIRE_SCALAR_BYTES]) {
    char safe[KOOP_WIRE_NAME_BYTES];
    koop_wire_safe_name(name, safe);
    size_t length = strlen(safe);
    const size_t room = KOOP_WIRE_SCALAR_BYTES - 1;
    if (length > room) {
        length = room;
        if (safe[room - 1] == '%')
            length -= 1;
        else if (safe[room - 2] == '%')
            length -= 2;
    }
    memcpy(out, safe, length);
    out[length] = '\0';
}

void koop_describe_scalars(const koop_wire_snapshot *snapshot, koop_view *view) {
    const uint32_t n =
        snapshot->n_scalars < KOOP_VIEW_SCALARS ? snapshot->n_scalars : KOOP_VIEW_SCALARS;
    for (uint32_t i = 0; i < n; i++) {
        koop_view_scalar *scalar = &view->scalars[i];
        safe_scalar_name(snapshot->scalars[i].name, scalar->name);
        scalar->finite = isfinite(snapshot->scalars[i].value);
        scalar->value = scalar->finite ? snapshot->scalars[i].value : 0;
    }
    view->n_scalars = (int)n;
}

void koop_describe_bye(const koop_wire_bye *bye, uint64_t pruned, koop_run_summary *run) {
    uint64_t left = bye->last_seq;
    const uint64_t known[] = {bye->dropped, pruned, run->snapshots, run->not_finite};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        left = left > known[i] ? left - known[i] : 0;
    run->state = KOOP_RUN_FINISHED;
    run->dropped = bye->dropped;
    run->lost = left;
}
