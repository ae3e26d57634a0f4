/* wire_kit: the messages that the golden files hold, and comparing messages. */
#ifndef KOOP_TEST_WIRE_KIT_H
#define KOOP_TEST_WIRE_KIT_H

#include "golden.h"
#include "wire.h"

static const char *const golden_names[] = {"wire_hello",      "wire_snapshot", "wire_chunk_first",
                                           "wire_chunk_last", "wire_ping",     "wire_bye",
                                           "wire_welcome",    "wire_ack",      "wire_error"};
enum { N_GOLDEN = sizeof golden_names / sizeof *golden_names };

static koop_wire_message message, again;
static uint8_t data[16];

static inline void set_group(koop_wire_group *group, const char *name, uint64_t length,
                             uint64_t sketch, uint64_t offset) {
    snprintf(group->name, sizeof group->name, "%s", name);
    group->length = length;
    group->sketch = sketch;
    group->offset = offset;
}

static inline void make_hello(void) {
    koop_wire_hello *hello = &message.as.hello;
    message.type = KOOP_WIRE_HELLO;
    hello->version = 1;
    for (int i = 0; i < 16; i++) hello->run[i] = (uint8_t)(0x10 + i);
    strcpy(hello->name, "cnn-17");
    strcpy(hello->host, "node3");
    hello->pid = 4242;
    hello->start_ms = 1700000000123;
    hello->dtype = 4;
    hello->seed = UINT64_C(0x0123456789abcdef);
    hello->n_groups = 3;
    set_group(&hello->groups[0], "fc1.weight", 512, 512, 0);
    hello->groups[0].dimensions = 2;
    hello->groups[0].shape[0] = 784;
    hello->groups[0].shape[1] = 40;
    set_group(&hello->groups[1], "fc1.bias", 40, 0, 31360);
    hello->groups[1].dimensions = 1;
    hello->groups[1].shape[0] = 40;
    set_group(&hello->groups[2], "scale", 1, 0, 31400);
    hello->n_metadata = 2;
    strcpy(hello->metadata[0].key, "optimizer");
    strcpy(hello->metadata[0].value, "sgd");
    strcpy(hello->metadata[1].key, "lr");
    strcpy(hello->metadata[1].value, "0.1");
}

static inline void make_snapshot(uint64_t seq, uint64_t at, size_t bytes) {
    static const float values[4] = {0.0f, 1.0f, -2.5f, 3.4028234663852886e38f};
    static const uint64_t nan_bits = UINT64_C(0x7ff8000000000000);
    memcpy(data, values, sizeof data);
    message.type = KOOP_WIRE_SNAPSHOT;
    message.as.snapshot = (koop_wire_snapshot){.seq = seq,
                                               .step = -1,
                                               .time_ms = 1700000000456,
                                               .dropped = 3,
                                               .total = 16,
                                               .at = at,
                                               .data = data + at,
                                               .bytes = bytes};
    if (at > 0) return;
    message.as.snapshot.n_scalars = bytes == 16 ? 2 : 1;
    strcpy(message.as.snapshot.scalars[0].name, "loss");
    message.as.snapshot.scalars[0].value = 0.5;
    strcpy(message.as.snapshot.scalars[1].name, "lr");
    memcpy(&message.as.snapshot.scalars[1].value, &nan_bits, 8);
}

/* The message that golden file `i` holds. */
static inline void make(int i) {
    memset(&message, 0, sizeof message);
    switch (i) {
    case 0:
        make_hello();
        break;
    case 1:
        make_snapshot(7, 0, 16);
        break;
    case 2:
        make_snapshot(8, 0, 12);
        break;
    case 3:
        make_snapshot(8, 12, 4);
        break;
    case 4:
        message.type = KOOP_WIRE_PING;
        break;
    case 5:
        message.type = KOOP_WIRE_BYE;
        message.as.bye = (koop_wire_bye){.last_seq = 70000, .dropped = 3};
        break;
    case 6:
        message.type = KOOP_WIRE_WELCOME;
        message.as.welcome = (koop_wire_welcome){.acknowledged = 5, .credit = 64};
        break;
    case 7:
        message.type = KOOP_WIRE_ACK;
        message.as.acknowledged = (UINT64_C(1) << 32) + 1;
        break;
    case 8:
        message.type = KOOP_WIRE_ERROR;
        message.as.error.code = KOOP_WIRE_ERROR_SHAPE;
        message.as.error.seq = 7;
        strcpy(message.as.error.text, "a snapshot has 12 bytes, declared are 16");
        break;
    }
}

static inline void assert_same_hello(const koop_wire_hello *a, const koop_wire_hello *b) {
    assert_memory_equal(a, b, offsetof(koop_wire_hello, groups));
    for (uint32_t g = 0; g < a->n_groups; g++)
        assert_memory_equal(&a->groups[g], &b->groups[g], sizeof a->groups[g]);
    assert_int_equal(a->n_metadata, b->n_metadata);
    assert_memory_equal(a->metadata, b->metadata, sizeof a->metadata);
}

static inline void assert_same_snapshot(const koop_wire_snapshot *a, const koop_wire_snapshot *b) {
    assert_int_equal(a->seq, b->seq);
    assert_int_equal(a->step, b->step);
    assert_int_equal(a->time_ms, b->time_ms);
    assert_int_equal(a->dropped, b->dropped);
    assert_int_equal(a->total, b->total);
    assert_int_equal(a->at, b->at);
    assert_int_equal(a->bytes, b->bytes);
    assert_memory_equal(a->data, b->data, a->bytes);
    assert_int_equal(a->n_scalars, b->n_scalars);
    for (uint32_t i = 0; i < a->n_scalars; i++) {
        assert_string_equal(a->scalars[i].name, b->scalars[i].name);
        assert_memory_equal(&a->scalars[i].value, &b->scalars[i].value, 8);
    }
}

static inline void assert_same(const koop_wire_message *a, const koop_wire_message *b) {
    assert_int_equal(a->type, b->type);
    switch (a->type) {
    case KOOP_WIRE_HELLO:
        assert_same_hello(&a->as.hello, &b->as.hello);
        break;
    case KOOP_WIRE_SNAPSHOT:
        assert_same_snapshot(&a->as.snapshot, &b->as.snapshot);
        break;
    case KOOP_WIRE_PING:
        break;
    case KOOP_WIRE_BYE:
        assert_int_equal(a->as.bye.last_seq, b->as.bye.last_seq);
        assert_int_equal(a->as.bye.dropped, b->as.bye.dropped);
        break;
    case KOOP_WIRE_WELCOME:
        assert_int_equal(a->as.welcome.acknowledged, b->as.welcome.acknowledged);
        assert_int_equal(a->as.welcome.credit, b->as.welcome.credit);
        break;
    case KOOP_WIRE_ACK:
        assert_int_equal(a->as.acknowledged, b->as.acknowledged);
        break;
    case KOOP_WIRE_ERROR:
        assert_int_equal(a->as.error.code, b->as.error.code);
        assert_int_equal(a->as.error.seq, b->as.error.seq);
        assert_string_equal(a->as.error.text, b->as.error.text);
        break;
    }
}

#endif
