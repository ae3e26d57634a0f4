/* hostile: peers that mean harm, on raw sockets.
 *
 *     hostile ENDPOINT MODE SECONDS [CONNECTIONS]
 *
 * ENDPOINT is the trainers' or, for the modes of views, that of views: ipc:///PATH or
 * tcp://127.0.0.1:PORT. Whoever is cut off comes back at once. Modes, all of them below in `modes`.
 * At the end prints one line: connects N refused N cut N sent_mb N.
 * Exits with 0; 2 for bad usage. */
#include "wire.h"
#include "zmtp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { OWN_BYTES = 32768, LARGE_BYTES = 2 << 20, FRAME_BYTES = 65536, ROUND_BYTES = 4 << 20 };

typedef struct connection {
    int fd;            /* -1: none */
    uint64_t turn;     /* of `next` since it connected */
    const uint8_t *at; /* what is still to be sent */
    size_t left;
    double due_s; /* nothing is sent before, */
    size_t await; /* nor before so many bytes came */
    uint8_t *own; /* OWN_BYTES */
} connection;

typedef enum { SEND, REST, HANG_UP } choice;

typedef struct mode {
    const char *name;
    int connections;
    bool reads; /* what the daemon answers */
    choice (*next)(connection *c);
} mode;

static struct { uint64_t connects, refused, cut, sent; } count;
static uint8_t large[LARGE_BYTES + 16];
static size_t large_size;
static koop_wire_message message;
static koop_wire_buffer packed;
static uint64_t serial;

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static choice say(connection *c, size_t size) {
    c->at = c->own;
    c->left = size;
    return SEND;
}

static choice say_large(connection *c) {
    c->at = large;
    c->left = large_size;
    return SEND;
}

static choice rest(connection *c, double seconds) {
    c->due_s = now_s() + seconds;
    return REST;
}

/* libzmq takes no message before it has sent its own half: greeting and READY. */
static choice shake_hands(connection *c) {
    c->await = ZMTP_GREETING_BYTES + 2 + 6;
    return say(c, zmtp_handshake(c->own, 0, NULL, 0));
}

static size_t add_message(connection *c, size_t size) {
    if (koop_wire_pack(&message, &packed) != KOOP_OK) abort();
    return zmtp_frame(c->own, size, 0, packed.bytes, packed.size);
}

/* A run that nobody has seen. */
static size_t add_hello(connection *c, size_t size) {
    koop_wire_hello *hello = &message.as.hello;
    memset(&message, 0, sizeof message);
    message.type = KOOP_WIRE_HELLO;
    hello->version = KOOP_WIRE_VERSION;
    uint64_t words[2] = {(uint64_t)getpid() << 32 | 0xbad, ++serial};
    memcpy(hello->run, words, sizeof words);
    snprintf(hello->name, sizeof hello->name, "hostile-%d", (int)serial);
    snprintf(hello->host, sizeof hello->host, "hostile");
    hello->pid = getpid();
    hello->start_ms = (int64_t)serial;
    hello->dtype = 4;
    hello->n_groups = 1;
    hello->groups[0] = (koop_wire_group){.name = "w", .dimensions = 1, .shape = {FRAME_BYTES / 16}};
    hello->groups[0].length = hello->groups[0].shape[0];
    return add_message(c, size);
}

static size_t add_bye(connection *c, size_t size) {
    memset(&message, 0, sizeof message);
    message.type = KOOP_WIRE_BYE;
    return add_message(c, size);
}

/* Frames of a message that never ends. */
static choice more(connection *c) {
    if (c->turn > 0) return say_large(c);
    large_size = zmtp_claim(large, 0, ZMTP_MORE, FRAME_BYTES) + FRAME_BYTES;
    return shake_hands(c);
}

/* The same, of small frames, from one that said HELLO as a trainer does. */
static choice welcomed_more(connection *c) {
    if (c->turn == 0) return shake_hands(c);
    if (c->turn == 1) return say(c, add_hello(c, 0));
    size_t size = 0;
    while (size + 64 < OWN_BYTES) size = zmtp_frame(c->own, size, ZMTP_MORE, large, 48);
    return say(c, size);
}

/* The HELLO of one run, over and over. */
static choice hello_again(connection *c) {
    if (c->turn == 0) return shake_hands(c);
    serial = 0;
    size_t size = 0, one = add_hello(c, 0);
    while (size + one < OWN_BYTES) {
        serial = 0;
        size = add_hello(c, size);
    }
    return say(c, size);
}

static choice claim(connection *c) {
    if (c->turn == 0) return shake_hands(c);
    large_size = LARGE_BYTES;
    if (c->turn > 1) return say_large(c);
    return say(c, zmtp_claim(c->own, 0, 0, UINT64_C(1) << 33));
}

static choice noise(connection *c) {
    if (c->turn > 0) return rest(c, 0.2);
    for (int i = 0; i < 256; i++) c->own[i] = (uint8_t)rand();
    return say(c, 256);
}

static choice half_shake(connection *c) {
    if (c->turn > 0) return rest(c, 0.5);
    zmtp_greeting(c->own, 0);
    return say(c, 40);
}

static choice hold(connection *c) {
    return rest(c, 0.5);
}

static choice shake_and_hold(connection *c) {
    return c->turn == 0 ? shake_hands(c) : rest(c, 0.5);
}

static choice garbage(connection *c) {
    if (c->turn > 0) return say_large(c);
    large_size = zmtp_claim(large, 0, 0, FRAME_BYTES) + FRAME_BYTES;
    return shake_hands(c);
}

static choice oversize(connection *c) {
    if (c->turn > 0) return say_large(c);
    large_size = zmtp_claim(large, 0, 0, LARGE_BYTES) + LARGE_BYTES;
    return shake_hands(c);
}

/* One at a time, as a HELLO for another run makes the daemon close the one before. */
static choice hello(connection *c) {
    if (c->turn == 0) return shake_hands(c);
    return say(c, add_hello(c, 0));
}

static choice come_and_go(connection *c) {
    if (c->turn == 0) return shake_hands(c);
    if (c->turn == 1) serial = 7;
    serial--; /* the same run again and again */
    return say(c, add_bye(c, add_hello(c, 0)));
}

/* Snapshots as fast as they go, whatever the credit. */
static choice credit(connection *c) {
    if (c->turn == 0) return shake_hands(c);
    if (c->turn == 1) return say(c, add_hello(c, 0));
    memset(&message, 0, sizeof message);
    message.type = KOOP_WIRE_SNAPSHOT;
    message.as.snapshot.seq = c->turn - 1;
    message.as.snapshot.total = message.as.snapshot.bytes = FRAME_BYTES / 4;
    message.as.snapshot.data = large;
    return say(c, add_message(c, 0));
}

/* Fills the receiving pipe; behind every message a PING of ZMTP; then breaks the connection. */
static choice ping(connection *c) {
    if (c->turn == 0) return shake_hands(c);
    if (c->turn > 40) return HANG_UP;
    size_t size = 0;
    while (size + 64 < OWN_BYTES) size = zmtp_ping(c->own, zmtp_frame(c->own, size, 0, "\x80", 1));
    return say(c, size);
}

/* A byte at a time, of the handshake and of a message. */
static choice slow(connection *c) {
    uint8_t bytes[512];
    if (c->turn % 2 == 1) return rest(c, 0.05);
    size_t size = zmtp_handshake(bytes, 0, NULL, 0);
    size = zmtp_claim(bytes, size, 0, FRAME_BYTES);
    c->own[0] = c->turn / 2 < size ? bytes[c->turn / 2] : 0;
    return say(c, 1);
}

/* Names that a ROUTER gives itself, and so may meet again. */
static choice identity(connection *c) {
    if (c->turn > 1) return rest(c, 0.5);
    if (c->turn == 1) return say(c, zmtp_frame(c->own, 0, 0, "\x81\xa4type\x03", 7));
    c->await = ZMTP_GREETING_BYTES + 8;
    uint8_t id[5] = {0, (uint8_t)rand(), (uint8_t)rand(), (uint8_t)rand(), (uint8_t)rand()};
    return say(c, zmtp_handshake(c->own, 0, id, sizeof id));
}

/* All of one name, so that the daemon could take only the first for somebody. */
static choice twins(connection *c) {
    if (c->turn > 0) return say_large(c);
    c->await = ZMTP_GREETING_BYTES + 8;
    large_size = zmtp_claim(large, 0, 0, FRAME_BYTES) + FRAME_BYTES;
    return say(c, zmtp_handshake(c->own, 0, "twin", 4));
}

/* Handshakes with properties of a mebibyte. */
static choice properties(connection *c) {
    if (c->turn == 1) return say(c, zmtp_frame(c->own, 0, 0, "\x81\xa4type\x03", 7));
    if (c->turn > 1) return rest(c, 0.5);
    static uint8_t ready[1 << 20];
    c->await = ZMTP_GREETING_BYTES + 8;
    size_t n = zmtp_bytes(ready, 0, "\5READY", 6);
    n = zmtp_property(ready, n, "Socket-Type", "DEALER", 6);
    n = zmtp_property(ready, n, "X-Junk", large, sizeof ready - 256);
    large_size = zmtp_frame(large, zmtp_greeting(large, 0), ZMTP_COMMAND, ready, n);
    return say_large(c);
}

static choice requests(connection *c) {
    static const char request[] = "{\"get\":\"runs\"}";
    if (c->turn == 0) return shake_hands(c);
    size_t size = 0;
    while (size + 64 < OWN_BYTES) size = zmtp_frame(c->own, size, 0, request, sizeof request - 1);
    return say(c, size);
}

static choice follow(connection *c) {
    static const char request[] = "{\"get\":\"follow\",\"run\":null}";
    if (c->turn == 0) return shake_hands(c);
    if (c->turn % 2 == 0) return rest(c, 1);
    return say(c, zmtp_frame(c->own, 0, 0, request, sizeof request - 1));
}

static const mode modes[] = {
    {"more", 4, true, more},
    {"welcomed-more", 4, true, welcomed_more},
    {"claim", 4, true, claim},
    {"noise", 3000, true, noise},
    {"half", 3000, true, half_shake},
    {"hold", 3000, true, hold},
    {"shake-hold", 3000, true, shake_and_hold},
    {"garbage", 4, false, garbage},
    {"oversize", 4, false, oversize},
    {"hello", 4, true, hello},
    {"hello-again", 1, true, hello_again},
    {"come-and-go", 4, true, come_and_go},
    {"credit", 4, false, credit},
    {"ping", 20, false, ping},
    {"slow", 200, true, slow},
    {"identity", 200, true, identity},
    {"twins", 4, true, twins},
    {"properties", 500, true, properties},
    {"requests", 20, false, requests}, /* of views, as the next two */
    {"requests-read", 20, true, requests},
    {"follow", 1000, false, follow},
};

static int connect_to(const char *endpoint) {
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct sockaddr_in inet = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    bool is_ipc = strncmp(endpoint, "ipc://", 6) == 0;
    snprintf(local.sun_path, sizeof local.sun_path, "%s", endpoint + 6);
    const char *port = strrchr(endpoint, ':');
    inet.sin_port = htons((uint16_t)atoi(port ? port + 1 : "0"));
    int fd = socket(is_ipc ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    int failed = is_ipc ? connect(fd, (struct sockaddr *)&local, sizeof local)
                        : connect(fd, (struct sockaddr *)&inet, sizeof inet);
    if (failed && errno != EINPROGRESS) {
        close(fd);
        return -1;
    }
    return fd;
}

static void hang_up(connection *c) {
    close(c->fd);
    c->fd = -1;
    c->left = 0;
    c->due_s = now_s() + 0.01;
}

static void open_again(connection *c, const char *endpoint) {
    c->fd = connect_to(endpoint);
    c->turn = c->left = c->await = 0;
    c->due_s = 0;
    count.connects += c->fd >= 0;
    count.refused += c->fd < 0;
    if (c->fd < 0) c->due_s = now_s() + 0.1;
}

/* Sends what the mode wants, at most ROUND_BYTES. */
static void feed(const mode *m, connection *c) {
    for (size_t sent = 0; sent < ROUND_BYTES && now_s() >= c->due_s;) {
        if (c->left == 0 && c->await > 0) return;
        if (c->left == 0) {
            choice chosen = m->next(c);
            c->turn++;
            if (chosen == HANG_UP) hang_up(c);
            if (chosen != SEND) return;
        }
        ssize_t n = send(c->fd, c->at, c->left, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN && errno != EINPROGRESS && errno != ENOTCONN) {
            count.cut++;
            hang_up(c);
        }
        if (n < 0) return;
        c->at += n;
        c->left -= (size_t)n;
        sent += (size_t)n;
        count.sent += (uint64_t)n;
    }
}

/* Whether the other side is still there. */
static bool listen_to(connection *c) {
    static uint8_t heard[1 << 16];
    ssize_t n = recv(c->fd, heard, sizeof heard, MSG_DONTWAIT);
    if (n > 0) c->await -= (size_t)n < c->await ? (size_t)n : c->await;
    return n > 0 || (n < 0 && errno == EAGAIN);
}

static void attack(const mode *m, const char *endpoint, double seconds, connection *all, int n) {
    struct pollfd *polled = calloc((size_t)n, sizeof *polled);
    if (!polled) abort();
    for (double end = now_s() + seconds; now_s() < end;) {
        double now = now_s();
        for (int i = 0; i < n; i++) {
            if (all[i].fd < 0 && now >= all[i].due_s) open_again(&all[i], endpoint);
            bool says = now >= all[i].due_s && (all[i].left > 0 || all[i].await == 0);
            short out = says ? POLLOUT : 0, in = m->reads || all[i].await > 0 ? POLLIN : 0;
            polled[i] = (struct pollfd){.fd = all[i].fd, .events = (short)(in | out)};
        }
        poll(polled, (nfds_t)n, 10);
        for (int i = 0; i < n; i++) {
            if (all[i].fd < 0) continue;
            if (((polled[i].revents & POLLIN) && !listen_to(&all[i])) ||
                (polled[i].revents & (POLLHUP | POLLERR))) {
                count.cut++;
                hang_up(&all[i]);
            } else if (polled[i].revents & POLLOUT) {
                feed(m, &all[i]);
            }
        }
    }
    free(polled);
}

int main(int argc, char **argv) {
    const mode *chosen = NULL;
    for (size_t i = 0; argc >= 4 && i < sizeof modes / sizeof *modes; i++)
        if (strcmp(modes[i].name, argv[2]) == 0) chosen = &modes[i];
    if (!chosen) {
        fprintf(stderr, "usage: hostile ENDPOINT MODE SECONDS [CONNECTIONS]\n");
        return 2;
    }
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    int n = argc > 4 ? atoi(argv[4]) : chosen->connections;
    connection *all = calloc((size_t)n, sizeof *all);
    if (!all) abort();
    for (int i = 0; i < n; i++) {
        all[i].fd = -1;
        all[i].own = malloc(OWN_BYTES);
        if (!all[i].own) abort();
    }
    attack(chosen, argv[1], atof(argv[3]), all, n);
    printf("connects %llu refused %llu cut %llu sent_mb %.0f\n", (unsigned long long)count.connects,
           (unsigned long long)count.refused, (unsigned long long)count.cut,
           (double)count.sent / 1e6);
    for (int i = 0; i < n; i++) {
        if (all[i].fd >= 0) close(all[i].fd);
        free(all[i].own);
    }
    free(all);
    koop_wire_buffer_free(&packed);
    return 0;
}
