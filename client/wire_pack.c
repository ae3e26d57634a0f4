/* Packing: one function a message type, keys in the order in which PROTOCOL.md lists them. */
#include "wire_check.h"

#include <msgpack.h>
#include <stdlib.h>
#include <string.h>

/* Where msgpack-c writes. The first failed allocation stays: later writes do nothing. */
typedef struct sink {
    koop_wire_buffer *buffer;
    bool failed;
} sink;

static int sink_write(void *data, const char *bytes, size_t size) {
    sink *to = data;
    koop_wire_buffer *buffer = to->buffer;
    if (to->failed) return -1;
    if (size > buffer->capacity - buffer->size) {
        size_t wanted = buffer->size + size;
        size_t capacity = wanted < 512 ? 1024 : wanted + wanted / 2;
        uint8_t *grown = wanted < size ? NULL : realloc(buffer->bytes, capacity);
        if (!grown) {
            to->failed = true;
            return -1;
        }
        buffer->bytes = grown;
        buffer->capacity = capacity;
    }
    if (size > 0) memcpy(buffer->bytes + buffer->size, bytes, size);
    buffer->size += size;
    return 0;
}

static void put_text(msgpack_packer *packer, const char *text) {
    size_t size = strlen(text);
    msgpack_pack_str(packer, size);
    msgpack_pack_str_body(packer, text, size);
}

static void put_bytes(msgpack_packer *packer, const char *key, const uint8_t *bytes, size_t size) {
    put_text(packer, key);
    msgpack_pack_bin(packer, size);
    msgpack_pack_bin_body(packer, bytes, size);
}

static void put_string(msgpack_packer *packer, const char *key, const char *value) {
    put_text(packer, key);
    put_text(packer, value);
}

static void put_unsigned(msgpack_packer *packer, const char *key, uint64_t value) {
    put_text(packer, key);
    msgpack_pack_uint64(packer, value);
}

static void put_signed(msgpack_packer *packer, const char *key, int64_t value) {
    put_text(packer, key);
    msgpack_pack_int64(packer, value);
}

static void put_group(msgpack_packer *packer, const koop_wire_group *group) {
    msgpack_pack_map(packer, 5);
    put_string(packer, "name", group->name);
    put_text(packer, "shape");
    msgpack_pack_array(packer, group->dimensions);
    for (uint32_t i = 0; i < group->dimensions; i++) msgpack_pack_uint64(packer, group->shape[i]);
    put_unsigned(packer, "length", group->length);
    put_unsigned(packer, "sketch", group->sketch);
    put_unsigned(packer, "offset", group->offset);
}

static void put_hello(msgpack_packer *packer, const koop_wire_hello *hello) {
    msgpack_pack_map(packer, 11);
    put_unsigned(packer, "type", KOOP_WIRE_HELLO);
    put_unsigned(packer, "version", hello->version);
    put_bytes(packer, "run", hello->run, KOOP_WIRE_UUID_BYTES);
    put_string(packer, "name", hello->name);
    put_string(packer, "host", hello->host);
    put_signed(packer, "pid", hello->pid);
    put_signed(packer, "start_ms", hello->start_ms);
    put_unsigned(packer, "dtype", hello->dtype);
    put_unsigned(packer, "seed", hello->seed);
    put_text(packer, "groups");
    msgpack_pack_array(packer, hello->n_groups);
    for (uint32_t g = 0; g < hello->n_groups; g++) put_group(packer, &hello->groups[g]);
    put_text(packer, "metadata");
    msgpack_pack_map(packer, hello->n_metadata);
    for (uint32_t i = 0; i < hello->n_metadata; i++)
        put_string(packer, hello->metadata[i].key, hello->metadata[i].value);
}

static void put_snapshot(msgpack_packer *packer, const koop_wire_snapshot *snapshot) {
    msgpack_pack_map(packer, 9);
    put_unsigned(packer, "type", KOOP_WIRE_SNAPSHOT);
    put_unsigned(packer, "seq", snapshot->seq);
    put_signed(packer, "step", snapshot->step);
    put_signed(packer, "time_ms", snapshot->time_ms);
    put_unsigned(packer, "dropped", snapshot->dropped);
    put_unsigned(packer, "total", snapshot->total);
    put_unsigned(packer, "at", snapshot->at);
    put_text(packer, "scalars");
    msgpack_pack_map(packer, snapshot->n_scalars);
    for (uint32_t i = 0; i < snapshot->n_scalars; i++) {
        put_text(packer, snapshot->scalars[i].name);
        msgpack_pack_double(packer, snapshot->scalars[i].value);
    }
    put_bytes(packer, "data", snapshot->data, snapshot->bytes);
}

static void put_message(msgpack_packer *packer, const koop_wire_message *message) {
    switch (message->type) {
    case KOOP_WIRE_HELLO:
        put_hello(packer, &message->as.hello);
        break;
    case KOOP_WIRE_SNAPSHOT:
        put_snapshot(packer, &message->as.snapshot);
        break;
    case KOOP_WIRE_PING:
        msgpack_pack_map(packer, 1);
        put_unsigned(packer, "type", KOOP_WIRE_PING);
        break;
    case KOOP_WIRE_BYE:
        msgpack_pack_map(packer, 3);
        put_unsigned(packer, "type", KOOP_WIRE_BYE);
        put_unsigned(packer, "last_seq", message->as.bye.last_seq);
        put_unsigned(packer, "dropped", message->as.bye.dropped);
        break;
    case KOOP_WIRE_WELCOME:
        msgpack_pack_map(packer, 3);
        put_unsigned(packer, "type", KOOP_WIRE_WELCOME);
        put_unsigned(packer, "acknowledged", message->as.welcome.acknowledged);
        put_unsigned(packer, "credit", message->as.welcome.credit);
        break;
    case KOOP_WIRE_ACK:
        msgpack_pack_map(packer, 2);
        put_unsigned(packer, "type", KOOP_WIRE_ACK);
        put_unsigned(packer, "acknowledged", message->as.acknowledged);
        break;
    case KOOP_WIRE_ERROR:
        msgpack_pack_map(packer, 4);
        put_unsigned(packer, "type", KOOP_WIRE_ERROR);
        put_unsigned(packer, "code", message->as.error.code);
        put_unsigned(packer, "seq", message->as.error.seq);
        put_string(packer, "text", message->as.error.text);
        break;
    }
}

static bool ends_within(const char *text, size_t capacity) {
    return memchr(text, '\0', capacity) != NULL;
}

static bool hello_texts_end(const koop_wire_hello *hello) {
    bool ends = ends_within(hello->name, KOOP_WIRE_NAME_BYTES) &&
                ends_within(hello->host, KOOP_WIRE_NAME_BYTES) &&
                hello->n_groups <= KOOP_WIRE_MAX_GROUPS &&
                hello->n_metadata <= KOOP_WIRE_MAX_METADATA;
    for (uint32_t g = 0; ends && g < hello->n_groups; g++)
        ends = ends_within(hello->groups[g].name, KOOP_WIRE_NAME_BYTES) &&
               hello->groups[g].dimensions <= KOOP_WIRE_MAX_DIMS;
    for (uint32_t i = 0; ends && i < hello->n_metadata; i++)
        ends = ends_within(hello->metadata[i].key, KOOP_WIRE_METADATA_BYTES) &&
               ends_within(hello->metadata[i].value, KOOP_WIRE_METADATA_BYTES);
    return ends;
}

static bool snapshot_fits(const koop_wire_snapshot *snapshot) {
    /* a bin's length is 32 bits on the wire */
    bool fits = snapshot->data && snapshot->bytes <= UINT32_MAX &&
                snapshot->n_scalars <= KOOP_WIRE_MAX_SCALARS;
    for (uint32_t i = 0; fits && i < snapshot->n_scalars; i++)
        fits = snapshot->scalars[i].name[0] &&
               ends_within(snapshot->scalars[i].name, KOOP_WIRE_SCALAR_BYTES);
    return fits;
}

static bool can_pack(const koop_wire_message *message) {
    switch (message->type) {
    case KOOP_WIRE_HELLO:
        return hello_texts_end(&message->as.hello) && koop_wire_check_hello(&message->as.hello);
    case KOOP_WIRE_SNAPSHOT:
        return snapshot_fits(&message->as.snapshot) &&
               koop_wire_check_snapshot(&message->as.snapshot);
    case KOOP_WIRE_WELCOME:
        return message->as.welcome.credit >= 1;
    case KOOP_WIRE_ERROR:
        return ends_within(message->as.error.text, KOOP_WIRE_TEXT_BYTES);
    case KOOP_WIRE_PING:
    case KOOP_WIRE_BYE:
    case KOOP_WIRE_ACK:
        return true;
    }
    return false;
}

koop_status koop_wire_pack(const koop_wire_message *message, koop_wire_buffer *buffer) {
    if (!can_pack(message)) return KOOP_BAD_ARGUMENT;
    sink to = {.buffer = buffer};
    msgpack_packer packer;
    buffer->size = 0;
    msgpack_packer_init(&packer, &to, sink_write);
    put_message(&packer, message);
    return to.failed ? KOOP_NO_MEMORY : KOOP_OK;
}
