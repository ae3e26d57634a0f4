#include "identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int64_t koop_identity_now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A random (version 4) uuid. Without the kernel's generator, time, pid and an address must do. */
static void new_uuid(uint8_t run[KOOP_WIRE_UUID_BYTES]) {
    if (getentropy(run, KOOP_WIRE_UUID_BYTES) != 0) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        uint64_t first = (uint64_t)now.tv_sec << 30 ^ (uint64_t)now.tv_nsec;
        uint64_t second = (uint64_t)getpid() << 32 ^ (uint64_t)(uintptr_t)run;
        memcpy(run, &first, 8);
        memcpy(run + 8, &second, 8);
    }
    run[6] = (uint8_t)((run[6] & 0x0f) | 0x40);
    run[8] = (uint8_t)((run[8] & 0x3f) | 0x80);
}

/* How much of text[0..size) ends with a whole character of UTF-8. Bytes of other encodings stay. */
static size_t whole_characters(const char *text, size_t size) {
    for (size_t back = 1; back <= 3 && back <= size; back++) {
        unsigned char byte = (unsigned char)text[size - back];
        if ((byte & 0xc0) == 0x80) continue; /* inside a character: look for its first byte */
        size_t length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
        return back < length ? size - back : size;
    }
    return size;
}

static void copy_name(char out[KOOP_WIRE_NAME_BYTES], const char *name) {
    size_t size = strlen(name);
    if (size >= KOOP_WIRE_NAME_BYTES) size = whole_characters(name, KOOP_WIRE_NAME_BYTES - 1);
    memcpy(out, name, size);
    out[size] = '\0';
}

static void program_name(char *out, size_t size) {
    char comm[32] = "";
    FILE *file = fopen("/proc/self/comm", "re");
    if (file) {
        if (!fgets(comm, sizeof comm, file)) comm[0] = '\0';
        fclose(file);
    }
    /* the kernel cuts it at 15 bytes */
    comm[whole_characters(comm, strcspn(comm, "\n"))] = '\0';
    snprintf(out, size, "%s-%ld", comm[0] ? comm : "run", (long)getpid());
}

void koop_identity_fill(koop_wire_hello *hello, const char *run) {
    const char *wanted = run && run[0] ? run : getenv("KOOPMON_RUN");
    hello->version = KOOP_WIRE_VERSION;
    new_uuid(hello->run);
    if (wanted && wanted[0])
        copy_name(hello->name, wanted);
    else
        program_name(hello->name, sizeof hello->name);
    if (gethostname(hello->host, sizeof hello->host) != 0) hello->host[0] = '\0';
    hello->host[sizeof hello->host - 1] = '\0';
    hello->pid = getpid();
    hello->start_ms = koop_identity_now_ms();
    hello->seed = 0;
    for (int i = 0; i < KOOP_WIRE_UUID_BYTES; i++)
        hello->seed ^= (uint64_t)hello->run[i] << (8 * (i % 8));
}

static koop_status copy_text(char out[KOOP_WIRE_METADATA_BYTES], const char *text) {
    size_t size = strlen(text);
    if (size >= KOOP_WIRE_METADATA_BYTES) return KOOP_BAD_ARGUMENT;
    memcpy(out, text, size + 1);
    return KOOP_OK;
}

koop_status koop_identity_metadata(koop_wire_hello *hello, const char *const *metadata) {
    for (; metadata && metadata[0]; metadata += 2) {
        uint32_t i = hello->n_metadata;
        if (!metadata[1] || i == KOOP_WIRE_MAX_METADATA) return KOOP_BAD_ARGUMENT;
        if (copy_text(hello->metadata[i].key, metadata[0]) != KOOP_OK) return KOOP_BAD_ARGUMENT;
        if (copy_text(hello->metadata[i].value, metadata[1]) != KOOP_OK) return KOOP_BAD_ARGUMENT;
        hello->n_metadata++;
    }
    return KOOP_OK;
}

void koop_identity_uuid(const uint8_t run[KOOP_WIRE_UUID_BYTES], char out[KOOP_UUID_TEXT_BYTES]) {
    for (size_t i = 0; i < KOOP_WIRE_UUID_BYTES; i++) snprintf(out + 2 * i, 3, "%02x", run[i]);
}
