/* names: a trainer whose every name is meant to do harm, and what looks whether one did.
 *
 *     names publish ENDPOINT FIRST COUNT
 *                                    that many runs, all names hostile; what the daemon answers in
 *                                    words goes to standard output as it came
 *     names print I                  the hostile text number I
 *     names check text FILE...       nothing that a terminal could obey or a reader not see
 *     names check terminal FILE...   the same of what a full-screen program wrote, whose own escape
 *                                    sequences are allowed
 *
 * The texts carry the parameter 7799 where they hold an escape sequence, so that none of them can
 * pass as the program's own. Exits with 0, 1 (something came through, or the daemon did not answer),
 * 2 for bad usage. */
#include "printable.h"
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum {
    VALUES = 8,
    SHORT_RUN = 6,
    LONG_RUN = 240,
    CALM = 180,
    CREDIT = 64,
    HELLO_MS = 250,
    PATIENCE_MS = 5000,
    TRIES = 30
};

static const char *const pieces[] = {
    "\x1b[7799m",
    "\x1b[7799;1H\x1b[2J",
    "\x1b]0;7799\a",
    "\x1bP7799q\x1b\\",
    "\x1b_7799\x1b\\",
    "\x1b"
    "c",
    "\x1b#8",
    "\x1b[?7799l",
    "\x9b"
    "7799m",
    "\xc2\x9b"
    "7799m",
    "\xc2\x90"
    "7799",
    "\xc2\x85",
    "\xe2\x80\xae"
    "txt.exe",
    "\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xad",
    "\xe2\x81\xa6"
    "x\xe2\x81\xa9",
    "a\xe2\x80\x8b"
    "b\xe2\x80\x8d",
    "\xef\xbb\xbf",
    "\xe2\x80\xa8\xe2\x80\xa9",
    "\xff\xfe",
    "\xc0\xaf\xc0\xaf",
    "\xe0\x80\xaf",
    "\xed\xa0\x80",
    "\xf4\x90\x80\x80",
    "\xe2\x80",
    "../../../../../../etc/passwd",
    "/etc/passwd",
    "..",
    ".",
    "",
    "a/b/../c",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\x1b",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xc3\xa9",
    "%s%s%s%n%n%x%99999d",
    "\n2026-01-31T00:00:00.000Z error the daemon is gone",
    "\r\nkoopmon: 7799",
    "\b\b\b\b\b\b\t",
    "\x7f\x01\x02\x03\x05\x0e\x0f",
    "\",\"phase\":\"owned\",\"x\":\"",
    "\\\"}\n{\"schema\":1}",
    "\\u001b[7799m",
    "$(touch owned)",
    "`touch owned`;touch owned|touch owned",
    "-rf",
    "--help",
    "'\"'\"'",
    "<script>alert(7799)</script>",
    "\xf3\xa0\x81\x81\xf3\xa0\x81\xbf",
    "\xd8\x9c\xe2\x80\x8f",
    "#[fg=red]7799"};

enum { PIECES = sizeof pieces / sizeof *pieces };

/* At most `room` bytes of it, cut wherever that falls. */
static void hostile(unsigned i, char *out, size_t room) {
    char text[512];
    if (i < PIECES)
        snprintf(text, sizeof text, "%s", pieces[i]);
    else
        snprintf(text, sizeof text, "%s%u%s%s", pieces[i % PIECES], i,
                 pieces[(i / PIECES + 7 * i) % PIECES], pieces[(3 * i + 1) % PIECES]);
    size_t size = strlen(text) < room ? strlen(text) : room;
    memcpy(out, text, size);
    out[size] = '\0';
}

/* Never empty, and another for every `last`. */
static void hostile_but_distinct(unsigned i, char last, char *out, size_t room) {
    hostile(i, out, room - 1);
    size_t size = strlen(out);
    out[size] = last;
    out[size + 1] = '\0';
}

static struct {
    void *zmq, *socket;
    koop_wire_message out, in;
    koop_wire_buffer packed;
    unsigned answers; /* in words */
} trainer;

static int send_out(void) {
    if (koop_wire_pack(&trainer.out, &trainer.packed) != KOOP_OK) return 0;
    return zmq_send(trainer.socket, trainer.packed.bytes, trainer.packed.size, 0) >= 0;
}

/* The next message of `type` within `ms`; words on the way are printed. */
static int await_for(koop_wire_type type, int ms) {
    for (;;) {
        zmq_msg_t frame;
        zmq_pollitem_t item = {.socket = trainer.socket, .events = ZMQ_POLLIN};
        if (zmq_poll(&item, 1, ms) <= 0) return 0;
        zmq_msg_init(&frame);
        zmq_msg_recv(&frame, trainer.socket, 0);
        int good =
            koop_wire_unpack(zmq_msg_data(&frame), zmq_msg_size(&frame), &trainer.in) == KOOP_OK;
        zmq_msg_close(&frame);
        if (!good) return 0;
        if (trainer.in.type == KOOP_WIRE_ERROR) {
            puts(trainer.in.as.error.text);
            trainer.answers++;
        }
        if (trainer.in.type == type) return 1;
    }
}

static int await(koop_wire_type type) {
    return await_for(type, PATIENCE_MS);
}

static void name_all(unsigned i, koop_wire_hello *hello) {
    memset(hello, 0, sizeof *hello);
    hello->version = KOOP_WIRE_VERSION;
    for (int b = 0; b < KOOP_WIRE_UUID_BYTES; b++)
        hello->run[b] = (uint8_t)(b < 4 ? i >> 8 * b : 7);
    hostile(i, hello->name, sizeof hello->name - 1);
    hostile(i + 1, hello->host, sizeof hello->host - 1);
    hello->pid = 7799;
    hello->start_ms = 1700000000000 + i;
    hello->dtype = 4;
    hello->n_groups = 2;
    for (unsigned g = 0; g < 2; g++) {
        koop_wire_group *group = &hello->groups[g];
        hostile_but_distinct(i + 2 + g, (char)('0' + g), group->name, sizeof group->name - 1);
        group->dimensions = 1;
        group->shape[0] = group->length = VALUES;
        group->offset = g * VALUES;
    }
    hello->n_metadata = 2;
    for (unsigned m = 0; m < 2; m++) {
        hostile_but_distinct(i + 4 + m, (char)('0' + m), hello->metadata[m].key,
                             sizeof hello->metadata[m].key - 1);
        hostile(i + 6 + m, hello->metadata[m].value, sizeof hello->metadata[m].value - 1);
    }
}

/* A slow drift, and after CALM snapshots a leap of one group: an event that names it. */
static int publish(unsigned i, unsigned seq) {
    static float values[2 * VALUES];
    static uint32_t noise = 1;
    for (int v = 0; v < 2 * VALUES; v++) {
        noise = noise * 1664525 + 1013904223;
        double step = (double)(noise >> 8) / (1 << 24) - 0.5;
        values[v] += (float)(step * (seq > CALM && v >= VALUES ? 100 : 0.01));
    }
    koop_wire_snapshot *snapshot = &trainer.out.as.snapshot;
    memset(&trainer.out, 0, sizeof trainer.out);
    trainer.out.type = KOOP_WIRE_SNAPSHOT;
    snapshot->seq = seq;
    snapshot->step = seq;
    snapshot->time_ms = 1700000000000 + seq;
    snapshot->total = snapshot->bytes = sizeof values;
    snapshot->data = (const uint8_t *)values;
    snapshot->n_scalars = 3;
    for (unsigned s = 0; s < 3; s++) {
        hostile_but_distinct(i + 8 + s, (char)('0' + s), snapshot->scalars[s].name,
                             sizeof snapshot->scalars[s].name - 1);
        snapshot->scalars[s].value = seq;
    }
    return send_out();
}

/* The daemon takes so many new runs a second: HELLO is said until it is heard. */
static int greet(unsigned i) {
    for (int tries = 0; tries < PATIENCE_MS / HELLO_MS; tries++) {
        memset(&trainer.out, 0, sizeof trainer.out);
        trainer.out.type = KOOP_WIRE_HELLO;
        name_all(i, &trainer.out.as.hello);
        if (!send_out()) return 0;
        if (await_for(KOOP_WIRE_WELCOME, HELLO_MS)) return 1;
    }
    return 0;
}

static int run(unsigned i) {
    unsigned length = i % 10 == 0 ? LONG_RUN : SHORT_RUN;
    if (!greet(i)) return 0;
    uint64_t acknowledged = 0;
    for (unsigned seq = 1; seq <= length; seq++) {
        if (!publish(i, seq)) return 0;
        /* of a run that goes on after a cut more is acknowledged than was sent again */
        while (seq >= acknowledged + CREDIT || (seq == length && acknowledged < length)) {
            if (!await(KOOP_WIRE_ACK)) return 0;
            acknowledged = trainer.in.as.acknowledged;
        }
    }
    if (i % 3 == 0) { /* the same run with other groups is refused, in words that name both */
        trainer.out.type = KOOP_WIRE_HELLO;
        name_all(i, &trainer.out.as.hello);
        hostile_but_distinct(i + 20, 'x', trainer.out.as.hello.groups[0].name,
                             KOOP_WIRE_NAME_BYTES - 1);
        if (!send_out() || !await(KOOP_WIRE_ERROR)) return 0;
    }
    if (i % 5 == 0) return 1; /* one that dies */
    memset(&trainer.out, 0, sizeof trainer.out);
    trainer.out.type = KOOP_WIRE_BYE;
    trainer.out.as.bye.last_seq = length;
    return send_out() && await(KOOP_WIRE_ACK);
}

/* Each run has a connection of its own, and another when the daemon cuts it: so many that come and go
 * look like a flood. */
static int run_anew(const char *endpoint, unsigned i) {
    const int none = 0;
    int done = 0;
    for (int tries = 0; tries < TRIES && !done; tries++) {
        trainer.socket = zmq_socket(trainer.zmq, ZMQ_DEALER);
        zmq_setsockopt(trainer.socket, ZMQ_LINGER, &none, sizeof none);
        done = zmq_connect(trainer.socket, endpoint) == 0 && run(i);
        zmq_close(trainer.socket);
    }
    return done;
}

static int publish_all(const char *endpoint, unsigned first, unsigned count) {
    trainer.zmq = zmq_ctx_new();
    unsigned done = 0;
    while (done < count && run_anew(endpoint, first + done)) done++;
    zmq_ctx_term(trainer.zmq);
    koop_wire_buffer_free(&trainer.packed);
    fprintf(stderr, "runs %u answers %u\n", done, trainer.answers);
    return done == count ? 0 : 1;
}

/* The bytes of an escape sequence of the program's own behind `text`[0] == ESC; 0: it is none. */
static size_t own_escape(const char *text) {
    if (text[1] == '(' || text[1] == ')') return text[2] == 'B' || text[2] == '0' ? 3 : 0;
    if (text[1] && strchr("=>78MH", text[1])) return 2;
    if (text[1] != '[') return 0;
    size_t parameters = strspn(text + 2, "0123456789;?!>");
    if (strstr(text, "7799") && strstr(text, "7799") < text + 2 + parameters) return 0;
    char last = text[2 + parameters];
    return (last >= 'A' && last <= 'Z') || (last >= 'a' && last <= 'z') || last == '@'
               ? parameters + 3
               : 0;
}

static int check(const char *path, int terminal) {
    static char text[64 << 20];
    FILE *file = fopen(path, "r");
    if (!file) return 2;
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    for (size_t at = 0; at < size;) {
        bool safe;
        uint32_t code;
        size_t n = koop_printable_next(text + at, &safe, &code);
        if (text[at] == '\n' || (terminal && text[at] && strchr("\r\b\t\x0e\x0f\a", text[at])))
            safe = true;
        if (terminal && text[at] == '\x1b') {
            size_t escape = own_escape(text + at);
            safe = escape > 0;
            n = escape > 0 ? escape : 1;
        }
        if (!safe) {
            char before[41], shown[256];
            size_t from = at > 40 ? at - 40 : 0;
            snprintf(before, sizeof before, "%.*s", (int)(at - from), text + from);
            fprintf(stderr, "%s: byte %zu is %02x, behind \"%s\"\n", path, at,
                    (unsigned)(unsigned char)text[at], koop_printable(before, shown, sizeof shown));
            return 1;
        }
        at += n;
    }
    return 0;
}

int main(int argc, char **argv) {
    char text[512];
    if (argc == 5 && strcmp(argv[1], "publish") == 0)
        return publish_all(argv[2], (unsigned)strtoul(argv[3], NULL, 10),
                           (unsigned)strtoul(argv[4], NULL, 10));
    if (argc == 3 && strcmp(argv[1], "print") == 0) {
        hostile((unsigned)strtoul(argv[2], NULL, 10), text, 64);
        fputs(text, stdout);
        return 0;
    }
    if (argc < 4 || strcmp(argv[1], "check") != 0) return 2;
    int code = 0;
    for (int i = 3; i < argc; i++) code |= check(argv[i], strcmp(argv[2], "terminal") == 0);
    return code;
}
