/* Unpacking: one function a message type. A reader keeps the first failure, so that a message is
 * read key after key and judged once. */
#include "wire_check.h"

#include <msgpack.h>
#include <string.h>

typedef struct reader {
    msgpack_object_map map;
    koop_status status;
} reader;

static void fail(reader *from, koop_status status) {
    if (from->status == KOOP_OK) from->status = status;
}

static bool is_key(const msgpack_object *object, const char *key) {
    return object->type == MSGPACK_OBJECT_STR && object->via.str.size == strlen(key) &&
           memcmp(object->via.str.ptr, key, object->via.str.size) == 0;
}

/* The value of `key`, which must be there once; else NULL and the reader fails. */
static const msgpack_object *find_any(reader *from, const char *key) {
    const msgpack_object *found = NULL;
    for (uint32_t i = 0; i < from->map.size; i++) {
        if (!is_key(&from->map.ptr[i].key, key)) continue;
        if (found) fail(from, KOOP_BAD_MESSAGE); /* said twice: which one is meant? */
        found = &from->map.ptr[i].val;
    }
    if (!found) fail(from, KOOP_BAD_MESSAGE);
    return found;
}

static const msgpack_object *find(reader *from, const char *key, msgpack_object_type type) {
    const msgpack_object *found = find_any(from, key);
    if (!found || found->type == type) return found;
    fail(from, KOOP_BAD_MESSAGE);
    return NULL;
}

static uint64_t get_unsigned(reader *from, const char *key) {
    const msgpack_object *object = find(from, key, MSGPACK_OBJECT_POSITIVE_INTEGER);
    return object ? object->via.u64 : 0;
}

static uint32_t get_u32(reader *from, const char *key) {
    uint64_t value = get_unsigned(from, key);
    if (value > UINT32_MAX) fail(from, KOOP_BAD_MESSAGE);
    return (uint32_t)value;
}

static int64_t get_signed(reader *from, const char *key) {
    const msgpack_object *object = find_any(from, key);
    if (object && object->type == MSGPACK_OBJECT_NEGATIVE_INTEGER) return object->via.i64;
    if (object && object->type == MSGPACK_OBJECT_POSITIVE_INTEGER && object->via.u64 <= INT64_MAX)
        return (int64_t)object->via.u64;
    fail(from, KOOP_BAD_MESSAGE);
    return 0;
}

static koop_status copy_text(const msgpack_object *object, char *out, size_t capacity) {
    if (object->type != MSGPACK_OBJECT_STR) return KOOP_BAD_MESSAGE;
    size_t size = object->via.str.size;
    if (size >= capacity) return KOOP_TOO_LARGE;
    if (memchr(object->via.str.ptr, '\0', size)) return KOOP_BAD_MESSAGE;
    memcpy(out, object->via.str.ptr, size);
    out[size] = '\0';
    return KOOP_OK;
}

static void get_text(reader *from, const char *key, char *out, size_t capacity) {
    const msgpack_object *object = find(from, key, MSGPACK_OBJECT_STR);
    if (object) fail(from, copy_text(object, out, capacity));
}

static const msgpack_object_array *get_array(reader *from, const char *key, uint32_t limit) {
    const msgpack_object *object = find(from, key, MSGPACK_OBJECT_ARRAY);
    if (!object) return NULL;
    if (object->via.array.size > limit) {
        fail(from, KOOP_TOO_LARGE);
        return NULL;
    }
    return &object->via.array;
}

static const msgpack_object_map *get_map(reader *from, const char *key, uint32_t limit) {
    const msgpack_object *object = find(from, key, MSGPACK_OBJECT_MAP);
    if (!object) return NULL;
    if (object->via.map.size > limit) {
        fail(from, KOOP_TOO_LARGE);
        return NULL;
    }
    return &object->via.map;
}

static koop_status read_group(const msgpack_object *object, koop_wire_group *group) {
    if (object->type != MSGPACK_OBJECT_MAP) return KOOP_BAD_MESSAGE;
    reader from = {.map = object->via.map};
    get_text(&from, "name", group->name, sizeof group->name);
    group->length = get_unsigned(&from, "length");
    group->sketch = get_unsigned(&from, "sketch");
    group->offset = get_unsigned(&from, "offset");
    const msgpack_object_array *shape = get_array(&from, "shape", KOOP_WIRE_MAX_DIMS);
    for (uint32_t i = 0; shape && i < shape->size; i++) {
        if (shape->ptr[i].type != MSGPACK_OBJECT_POSITIVE_INTEGER) return KOOP_BAD_MESSAGE;
        group->shape[group->dimensions++] = shape->ptr[i].via.u64;
    }
    return from.status;
}

static void read_metadata(reader *from, koop_wire_hello *hello) {
    const msgpack_object_map *map = get_map(from, "metadata", KOOP_WIRE_MAX_METADATA);
    for (uint32_t i = 0; map && i < map->size; i++) {
        fail(from, copy_text(&map->ptr[i].key, hello->metadata[i].key, KOOP_WIRE_METADATA_BYTES));
        fail(from, copy_text(&map->ptr[i].val, hello->metadata[i].value, KOOP_WIRE_METADATA_BYTES));
        hello->n_metadata++;
    }
}

static void read_hello(reader *from, koop_wire_hello *hello) {
    hello->version = get_u32(from, "version");
    if (hello->version != KOOP_WIRE_VERSION) return; /* what else it says, only it knows */
    const msgpack_object *run = find(from, "run", MSGPACK_OBJECT_BIN);
    if (run && run->via.bin.size == KOOP_WIRE_UUID_BYTES)
        memcpy(hello->run, run->via.bin.ptr, KOOP_WIRE_UUID_BYTES);
    else
        fail(from, KOOP_BAD_MESSAGE);
    get_text(from, "name", hello->name, sizeof hello->name);
    get_text(from, "host", hello->host, sizeof hello->host);
    hello->pid = get_signed(from, "pid");
    hello->start_ms = get_signed(from, "start_ms");
    hello->dtype = get_u32(from, "dtype");
    hello->seed = get_unsigned(from, "seed");
    const msgpack_object_array *groups = get_array(from, "groups", KOOP_WIRE_MAX_GROUPS);
    for (uint32_t g = 0; groups && g < groups->size; g++)
        fail(from, read_group(&groups->ptr[g], &hello->groups[hello->n_groups++]));
    read_metadata(from, hello);
    if (!koop_wire_check_hello(hello)) fail(from, KOOP_BAD_MESSAGE);
}

/* Languages that know one number type send whole floats as integers. */
static bool read_number(const msgpack_object *object, double *value) {
    switch (object->type) {
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
        *value = object->via.f64;
        return true;
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        *value = (double)object->via.u64;
        return true;
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        *value = (double)object->via.i64;
        return true;
    default:
        return false;
    }
}

static void read_scalars(reader *from, koop_wire_snapshot *snapshot) {
    const msgpack_object_map *map = get_map(from, "scalars", KOOP_WIRE_MAX_SCALARS);
    for (uint32_t i = 0; map && i < map->size; i++) {
        koop_wire_scalar *scalar = &snapshot->scalars[snapshot->n_scalars++];
        fail(from, copy_text(&map->ptr[i].key, scalar->name, sizeof scalar->name));
        if (scalar->name[0] == '\0') fail(from, KOOP_BAD_MESSAGE);
        if (!read_number(&map->ptr[i].val, &scalar->value)) fail(from, KOOP_BAD_MESSAGE);
    }
}

static void read_snapshot(reader *from, koop_wire_snapshot *snapshot) {
    snapshot->seq = get_unsigned(from, "seq");
    snapshot->step = get_signed(from, "step");
    snapshot->time_ms = get_signed(from, "time_ms");
    snapshot->dropped = get_unsigned(from, "dropped");
    snapshot->total = get_unsigned(from, "total");
    snapshot->at = get_unsigned(from, "at");
    const msgpack_object *data = find(from, "data", MSGPACK_OBJECT_BIN);
    if (data) {
        snapshot->data = (const uint8_t *)data->via.bin.ptr;
        snapshot->bytes = data->via.bin.size;
    }
    read_scalars(from, snapshot);
    if (!koop_wire_check_snapshot(snapshot)) fail(from, KOOP_BAD_MESSAGE);
}

static void read_welcome(reader *from, koop_wire_welcome *welcome) {
    welcome->acknowledged = get_unsigned(from, "acknowledged");
    welcome->credit = get_u32(from, "credit");
    if (welcome->credit == 0) fail(from, KOOP_BAD_MESSAGE); /* nothing could ever be sent */
}

static void read_body(reader *from, uint64_t type, koop_wire_message *message) {
    switch (type) {
    case KOOP_WIRE_HELLO:
        read_hello(from, &message->as.hello);
        break;
    case KOOP_WIRE_SNAPSHOT:
        read_snapshot(from, &message->as.snapshot);
        break;
    case KOOP_WIRE_PING:
        break;
    case KOOP_WIRE_BYE:
        message->as.bye.last_seq = get_unsigned(from, "last_seq");
        message->as.bye.dropped = get_unsigned(from, "dropped");
        break;
    case KOOP_WIRE_WELCOME:
        read_welcome(from, &message->as.welcome);
        break;
    case KOOP_WIRE_ACK:
        message->as.acknowledged = get_unsigned(from, "acknowledged");
        break;
    case KOOP_WIRE_ERROR:
        message->as.error.code = (koop_wire_error)get_u32(from, "code");
        message->as.error.seq = get_unsigned(from, "seq");
        get_text(from, "text", message->as.error.text, sizeof message->as.error.text);
        break;
    default:
        fail(from, KOOP_BAD_MESSAGE);
    }
}

static koop_status read_message(const msgpack_object *object, koop_wire_message *message) {
    if (object->type != MSGPACK_OBJECT_MAP) return KOOP_BAD_MESSAGE;
    reader from = {.map = object->via.map};
    uint64_t type = get_unsigned(&from, "type");
    memset(message, 0, sizeof *message);
    if (from.status == KOOP_OK) read_body(&from, type, message);
    message->type = (koop_wire_type)type;
    return from.status;
}

/* Validates and lets msgpack-c unpack. Strings and bins in *unpacked point into `bytes`; the caller
 * destroys it in any case. */
static koop_status unpack_object(const uint8_t *bytes, size_t size, msgpack_unpacked *unpacked) {
    size_t at = 0;
    msgpack_unpacked_init(unpacked);
    koop_status status = koop_wire_validate(bytes, size);
    if (status != KOOP_OK) return status;
    switch (msgpack_unpack_next(unpacked, (const char *)bytes, size, &at)) {
    case MSGPACK_UNPACK_SUCCESS:
        return KOOP_OK;
    case MSGPACK_UNPACK_NOMEM_ERROR:
        return KOOP_NO_MEMORY;
    default:
        return KOOP_BAD_MESSAGE;
    }
}

koop_status koop_wire_unpack(const uint8_t *bytes, size_t size, koop_wire_message *message) {
    msgpack_unpacked unpacked;
    koop_status status = unpack_object(bytes, size, &unpacked);
    if (status == KOOP_OK) status = read_message(&unpacked.data, message);
    msgpack_unpacked_destroy(&unpacked);
    return status;
}

uint64_t koop_wire_peek_seq(const uint8_t *bytes, size_t size) {
    msgpack_unpacked unpacked;
    uint64_t seq = 0;
    koop_status status = unpack_object(bytes, size, &unpacked);
    if (status == KOOP_OK && unpacked.data.type == MSGPACK_OBJECT_MAP) {
        reader from = {.map = unpacked.data.via.map};
        bool is_snapshot = get_unsigned(&from, "type") == KOOP_WIRE_SNAPSHOT;
        seq = get_unsigned(&from, "seq");
        if (!is_snapshot || from.status != KOOP_OK) seq = 0;
    }
    msgpack_unpacked_destroy(&unpacked);
    return seq;
}
