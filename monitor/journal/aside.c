#include "aside.h"

#include "file.h"
#include "record.h"
#include "segment.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PRUNED_TYPE = 0xc6, NAME_BYTES = 16 };

static const char *const names[] = {KOOP_ASIDE_HELLO, KOOP_ASIDE_PRUNED};

static void fresh_name(const char *name, char out[NAME_BYTES]) {
    snprintf(out, NAME_BYTES, "%s.new", name);
}

static void put(int directory, const char *name, const koop_record_header *header,
                const uint8_t *payload) {
    uint8_t head[KOOP_RECORD_HEADER_BYTES];
    char fresh[NAME_BYTES];
    fresh_name(name, fresh);
    koop_record_pack(header, payload, head);
    struct iovec parts[2] = {{head, sizeof head}, {(void *)(uintptr_t)payload, header->length}};
    koop_file_replace(directory, fresh, name, parts, header->length > 0 ? 2 : 1, false);
}

void koop_aside_keep_hello(int directory, uint64_t run, const koop_wire_buffer *packed) {
    const koop_record_header header = {
        .type = KOOP_WIRE_HELLO, .length = (uint32_t)packed->size, .run = run};
    if (faccessat(directory, KOOP_ASIDE_HELLO, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
        put(directory, KOOP_ASIDE_HELLO, &header, packed->bytes);
}

void koop_aside_write_pruned(int directory, uint64_t seq) {
    const koop_record_header header = {.type = PRUNED_TYPE, .seq = seq};
    put(directory, KOOP_ASIDE_PRUNED, &header, NULL);
}

uint64_t koop_aside_pruned(int directory) {
    uint8_t head[KOOP_RECORD_HEADER_BYTES];
    koop_record_header header;
    size_t have = 0;
    int fd;
    if (koop_segment_open(directory, KOOP_ASIDE_PRUNED, O_RDONLY, &fd) != KOOP_OK) return 0;
    const bool whole =
        koop_file_read(fd, head, sizeof head, 0, &have) == KOOP_OK && have == sizeof head &&
        koop_record_unpack(head, sizeof head, &header) == KOOP_OK && header.type == PRUNED_TYPE;
    close(fd);
    return whole ? header.seq : 0;
}

bool koop_aside_is(const char *name) {
    char fresh[NAME_BYTES];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        fresh_name(names[i], fresh);
        if (strcmp(name, names[i]) == 0 || strcmp(name, fresh) == 0) return true;
    }
    return false;
}
