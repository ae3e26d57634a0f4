#include "wire.h"
#include "wire_check.h"

#include <stdlib.h>
#include <string.h>

enum { MIN_SKETCH = 64, MAX_SKETCH = 32768 };

void koop_wire_buffer_free(koop_wire_buffer *buffer) {
    free(buffer->bytes);
    *buffer = (koop_wire_buffer){0};
}

uint64_t koop_wire_group_values(const koop_wire_group *group) {
    if (group->dimensions > KOOP_WIRE_MAX_DIMS) return 0;
    uint64_t values = 1;
    for (uint32_t i = 0; i < group->dimensions; i++) {
        uint64_t size = group->shape[i];
        if (size == 0 || size > KOOP_WIRE_MAX_VALUES / values) return 0;
        values *= size;
    }
    return values;
}

static bool check_group(const koop_wire_group *group) {
    uint64_t values = koop_wire_group_values(group);
    if (values == 0 || group->offset > KOOP_WIRE_MAX_VALUES || !group->name[0]) return false;
    if (group->sketch == 0) return group->length == values;
    bool power_of_two = (group->sketch & (group->sketch - 1)) == 0;
    return power_of_two && group->sketch >= MIN_SKETCH && group->sketch <= MAX_SKETCH &&
           group->length == group->sketch;
}

/* Whether two groups, each good, have names and parameters of their own. */
static bool are_apart(const koop_wire_group *a, const koop_wire_group *b) {
    if (strcmp(a->name, b->name) == 0) return false;
    return a->offset + koop_wire_group_values(a) <= b->offset ||
           b->offset + koop_wire_group_values(b) <= a->offset;
}

bool koop_wire_check_hello(const koop_wire_hello *hello) {
    if (hello->version != KOOP_WIRE_VERSION) return true;
    if (hello->dtype != 4 && hello->dtype != 8) return false;
    if (hello->n_groups < 1 || hello->n_groups > KOOP_WIRE_MAX_GROUPS) return false;
    for (uint32_t g = 0; g < hello->n_groups; g++) {
        if (!check_group(&hello->groups[g])) return false;
        for (uint32_t before = 0; before < g; before++)
            if (!are_apart(&hello->groups[before], &hello->groups[g])) return false;
    }
    return true;
}

bool koop_wire_check_snapshot(const koop_wire_snapshot *snapshot) {
    if (snapshot->seq < 1 || snapshot->bytes < 1) return false;
    if (snapshot->at > snapshot->total || snapshot->bytes > snapshot->total - snapshot->at)
        return false;
    return snapshot->at == 0 || snapshot->n_scalars == 0;
}

static bool is_plain(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

void koop_wire_safe_name(const char *name, char out[KOOP_WIRE_NAME_BYTES]) {
    static const char hex[] = "0123456789ABCDEF";
    const size_t room = KOOP_WIRE_NAME_BYTES - 1;
    size_t n = 0;
    if (*name == '\0') name = "unnamed";
    for (; *name; name++) {
        unsigned char byte = (unsigned char)*name;
        if (n + (is_plain(*name) ? 1 : 3) > room) break; /* never half an escape */
        if (is_plain(*name)) {
            out[n++] = *name;
        } else {
            out[n++] = '%';
            out[n++] = hex[byte >> 4];
            out[n++] = hex[byte & 15];
        }
    }
    out[n] = '\0';
}
