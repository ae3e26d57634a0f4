/* client_hostile: trainers whose daemon is an enemy. argv[1] is a folder of their own.
 *
 * Each publishes 2 KB at 200 Hz for some seconds. The table says by how much its memory grew (bound:
 * twice the ring and 8 MB; and what comes of one message until the client notices that it never
 * ends), what share of a core it used, with libzmq's threads and the publishing,
 * and what it took for acknowledged, which is never more than what it sent. */
#include "zmtp_stranger.h"

enum { PERIOD_MS = 5, RING = 1024 * CASE_VALUES * 4, UNNOTICED = 256 << 20 };

static const char *folder;

/* Fills a block with copies of a message and sends it for ever. */
static void flood(int peer, const uint8_t *message, size_t size) {
    static uint8_t block[1 << 16];
    size_t used = 0;
    for (; used + size <= sizeof block; used += size) memcpy(block + used, message, size);
    while (stranger_write(peer, block, used)) continue;
}

static void welcome(int peer, uint64_t acknowledged, uint64_t credit) {
    uint8_t frame[256];
    uint8_t *end = stranger_message(frame, 16, acknowledged, credit);
    stranger_write(peer, frame, (size_t)(end - frame));
}

static void flood_with(int peer, int type, uint64_t seq, uint64_t number) {
    uint8_t frame[256];
    welcome(peer, 0, 64);
    flood(peer, frame, (size_t)(stranger_message(frame, type, seq, number) - frame));
}

static void listen_only(int peer) {
    char heard[4096];
    while (recv(peer, heard, sizeof heard, 0) > 0) continue;
}

static void is_silent(int peer) {
    listen_only(peer);
}
static void welcomes_and_is_silent(int peer) {
    welcome(peer, 0, 64);
    listen_only(peer);
}
static void gives_huge_credit(int peer) {
    welcome(peer, 0, UINT32_MAX);
    listen_only(peer);
}
static void welcomes_and_hangs_up(int peer) {
    welcome(peer, 0, 64);
}
static void acknowledges_the_future(int peer) {
    uint8_t frame[256];
    uint8_t *end = stranger_message(frame, 17, UINT64_MAX, 0);
    welcome(peer, UINT64_MAX - 1, 64);
    while (stranger_write(peer, frame, (size_t)(end - frame))) case_sleep_ms(1);
}
static void floods_with_acks(int peer) {
    flood_with(peer, 17, 0, 0);
}
static void floods_with_welcomes(int peer) {
    flood_with(peer, 16, 0, 64);
}
static void floods_with_errors(int peer) {
    flood_with(peer, 18, 0, 1);
}
static void forgets_for_ever(int peer) {
    flood_with(peer, 18, 0, 5);
}
static void refuses_everything(int peer) {
    uint8_t frame[256];
    welcome(peer, 0, 64);
    for (uint64_t seq = 1;; seq++) {
        uint8_t *end = stranger_message(frame, 18, seq, 4);
        if (!stranger_write(peer, frame, (size_t)(end - frame))) return;
    }
}
static void floods_with_garbage(int peer) {
    uint8_t body[100], frame[256];
    for (size_t i = 0; i < sizeof body; i++) body[i] = (uint8_t)(i * 151 + 3);
    flood(peer, frame, (size_t)(stranger_frame(frame, 0, body, sizeof body) - frame));
}
static void floods_with_empty_messages(int peer) {
    uint8_t frame[256];
    flood(peer, frame, (size_t)(stranger_frame(frame, 0, "", 0) - frame));
}
static void claims_arrays_of_gigabytes(int peer) {
    uint8_t frame[256];
    flood(peer, frame, (size_t)(stranger_frame(frame, 0, "\xdd\x0f\xff\xff\xff", 5) - frame));
}
static void floods_with_pings(int peer) {
    uint8_t frame[256];
    flood(peer, frame,
          (size_t)(stranger_frame(frame, ZMTP_COMMAND, "\4PING\0\0context", 14) - frame));
}
static void never_ends_a_message_of_bytes(int peer) {
    uint8_t frame[256];
    welcome(peer, 0, 64);
    flood(peer, frame, (size_t)(stranger_frame(frame, ZMTP_MORE, "x", 1) - frame));
}
static void never_ends_a_message_of_64k(int peer) {
    static uint8_t frame[9 + 65536] = {ZMTP_MORE | ZMTP_LONG, 0, 0, 0, 0, 0, 1, 0, 0};
    while (stranger_write(peer, frame, sizeof frame)) continue;
}
static void sends_ten_frames_each(int peer) {
    uint8_t frames[256], *end = frames;
    for (int i = 0; i < 10; i++) end = stranger_frame(end, i < 9 ? ZMTP_MORE : 0, "x", 1);
    flood(peer, frames, (size_t)(end - frames));
}
static void claims_a_frame_of_8_gib(int peer) {
    static uint8_t frame[1 << 16] = {ZMTP_LONG, 0, 0, 0, 2, 0, 0, 0, 0};
    while (stranger_write(peer, frame, sizeof frame)) continue;
}
static void drips_a_frame_of_64k(int peer) {
    uint8_t head[9] = {ZMTP_LONG, 0, 0, 0, 0, 0, 1, 0, 0};
    stranger_write(peer, head, sizeof head);
    while (stranger_write(peer, "x", 1)) case_sleep_ms(5);
}

static const struct {
    const char *name;
    stranger_way *way;
    size_t unnoticed; /* bytes */
} enemies[] = {
    {"silent", is_silent, 0},
    {"WELCOME, then silent", welcomes_and_is_silent, 0},
    {"WELCOME with a credit of 2^32 - 1", gives_huge_credit, 0},
    {"WELCOME, then hangs up, again and again", welcomes_and_hangs_up, 0},
    {"acknowledges the future", acknowledges_the_future, 0},
    {"ACKs without end", floods_with_acks, 0},
    {"WELCOMEs without end", floods_with_welcomes, 0},
    {"ERRORs without end", floods_with_errors, 0},
    {"\"say HELLO first\" without end", forgets_for_ever, 0},
    {"refuses 1, 2, 3, ...", refuses_everything, 0},
    {"garbage without end", floods_with_garbage, 0},
    {"empty messages without end", floods_with_empty_messages, 0},
    {"arrays of 2^28 elements in 5 bytes, without end", claims_arrays_of_gigabytes, 0},
    {"ZMTP PINGs without end", floods_with_pings, 0},
    {"one message without end, frames of 1 byte", never_ends_a_message_of_bytes, UNNOTICED},
    {"one message without end, frames of 64 KiB", never_ends_a_message_of_64k, UNNOTICED},
    {"messages of ten frames without end", sends_ten_frames_each, 0},
    {"a frame of 2^33 bytes", claims_a_frame_of_8_gib, 0},
    {"a frame of 64 KiB, a byte at a time", drips_a_frame_of_64k, 0},
};

static size_t high_water(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (size_t)usage.ru_maxrss * 1024;
}

static double cpu_ms(void) {
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec * 1e3 + (double)used.tv_nsec / 1e6;
}

static void train_with_enemy(int enemy) {
    static trainer t;
    static char reason[128];
    char path[100], endpoint[110];
    koop_options options = trainer_options();
    size_t bound = 2 * (size_t)RING + ((size_t)8 << 20), before = high_water();
    double seconds = case_long() ? 10 : 1.5, start = case_now_ms(), cpu = cpu_ms();
    snprintf(path, sizeof path, "%s/enemy%d", folder, enemy);
    snprintf(endpoint, sizeof endpoint, "ipc://%s", path);
    options.endpoint = endpoint;
    trainer_open(&t, &options);
    while (case_now_ms() < start + seconds * 1e3) {
        trainer_publish(&t, 1);
        case_sleep_ms(PERIOD_MS);
    }
    double share = (cpu_ms() - cpu) / (case_now_ms() - start);
    koop_client_counters c = koop_get_counters(t.client);
    if (koop_reason(t.client)) snprintf(reason, sizeof reason, "; %s", koop_reason(t.client));
    report->lines = koop_reason(t.client) ? 1 : 0; /* refusals are logged, too */
    trainer_close(&t, 100);
    size_t growth = high_water() - before;
    if (growth > bound + enemies[enemy].unnoticed) complain("memory beyond the bound");
    if (c.acknowledged + c.rejected > c.sent) complain("settled more than it sent");
    snprintf(report->reason, sizeof report->reason,
             "+%5.1f MB, cpu %3.0f%%, %llu published, %llu sent, %llu acknowledged, %llu refused%s",
             (double)growth / 1e6, 100 * share, (unsigned long long)c.published,
             (unsigned long long)c.sent, (unsigned long long)c.acknowledged,
             (unsigned long long)c.rejected, reason);
}

int main(int argc, char **argv) {
    char path[100];
    if (argc != 2) return 2;
    folder = argv[1];
    say_heading("the daemon: ");
    for (int i = 0; i < (int)(sizeof enemies / sizeof *enemies); i++) {
        snprintf(path, sizeof path, "%s/enemy%d", folder, i);
        fflush(NULL);
        pid_t stranger = start_stranger(path, enemies[i].way);
        run_case(enemies[i].name, train_with_enemy, i);
        kill(stranger, SIGKILL);
        waitpid(stranger, NULL, 0);
    }
    printf("bound of the memory: %.1f MB, and %.0f MB of a message without end\n",
           (2.0 * RING + (8 << 20)) / 1e6, UNNOTICED / 1e6);
    return finish_cases();
}
