/* zmtp_stranger: a process that listens on an ipc path, speaks just enough ZMTP 3.0 to be taken for a
 * ROUTER, and then misbehaves in a way of the caller's. Without libzmq, which would be too polite. */
#ifndef KOOP_FAULT_ZMTP_STRANGER_H
#define KOOP_FAULT_ZMTP_STRANGER_H

#include "client_case.h"

#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { ZMTP_MORE = 1, ZMTP_LONG = 2, ZMTP_COMMAND = 4 };

/* Says its piece on one connection; returns to let it be closed. */
typedef void stranger_way(int peer);

/* Writes all, and throws away what the peer says. False: the peer is gone. */
static bool stranger_write(int peer, const void *bytes, size_t size) {
    static char heard[1 << 16];
    for (const char *at = bytes; size > 0;) {
        while (recv(peer, heard, sizeof heard, MSG_DONTWAIT) > 0) continue;
        ssize_t sent = send(peer, at, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
        if (sent < 0) {
            case_sleep_ms(1);
            continue;
        }
        at += sent;
        size -= (size_t)sent;
    }
    return true;
}

/* A frame of at most 255 bytes, appended to `out`; its new end. */
static inline uint8_t *stranger_frame(uint8_t *out, int flags, const void *body, size_t size) {
    *out++ = (uint8_t)flags;
    *out++ = (uint8_t)size;
    memcpy(out, body, size);
    return out + size;
}

static uint8_t *put_u64(uint8_t *out, uint64_t value) {
    *out++ = 0xcf;
    for (int i = 7; i >= 0; i--) *out++ = (uint8_t)(value >> (8 * i));
    return out;
}

/* WELCOME (16) with a credit, ACK (17), or ERROR (18) with `number` as code, as a frame. */
static inline uint8_t *stranger_message(uint8_t *out, int type, uint64_t seq, uint64_t number) {
    uint8_t body[128], *at = body;
    const char *const fields[] = {"acknowledged", "acknowledged", "seq"};
    const char *const others[] = {"credit", NULL, "code"};
    const char *field = fields[type - 16], *other = others[type - 16];
    *at++ = (uint8_t)(0x80 | (type == 16 ? 3 : type == 17 ? 2 : 4));
    memcpy(at, "\xa4type", 5);
    at += 5;
    *at++ = (uint8_t)type;
    *at++ = (uint8_t)(0xa0 | strlen(field));
    memcpy(at, field, strlen(field));
    at = put_u64(at + strlen(field), seq);
    if (other) {
        *at++ = (uint8_t)(0xa0 | strlen(other));
        memcpy(at, other, strlen(other));
        at = put_u64(at + strlen(other), number);
    }
    if (type == 18) {
        memcpy(at, "\xa4text\xa2no", 8);
        at += 8;
    }
    return stranger_frame(out, 0, body, (size_t)(at - body));
}

/* Greeting and READY, and time for the peer's HELLO. */
static bool stranger_greet(int peer) {
    static const char ready[] = "\x05READY\x0bSocket-Type\0\0\0\x06ROUTER";
    uint8_t greeting[128] = {0xff, [9] = 0x7f, [10] = 3, [12] = 'N', 'U', 'L', 'L'};
    uint8_t *end = stranger_frame(greeting + 64, ZMTP_COMMAND, ready, sizeof ready - 1);
    bool good = stranger_write(peer, greeting, (size_t)(end - greeting));
    case_sleep_ms(200);
    return good;
}

static pid_t start_stranger(const char *path, stranger_way *way) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strnlen(path, sizeof address.sun_path - 1));
    unlink(path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 8) != 0) exit(2);
    pid_t child = fork();
    if (child != 0) {
        close(fd);
        return child;
    }
    for (;;) {
        int peer = accept(fd, NULL, NULL);
        if (peer >= 0 && stranger_greet(peer)) way(peer);
        close(peer);
    }
}

#endif
