/* client_resources: trainers short of file descriptors, threads, memory, disk. KOOPMON_ENDPOINT is
 * a daemon's that runs. As root also under an unprivileged user id, whose processes are counted. */
#include "client_case.h"

enum { LONE_UID = 54321, MEGABYTE = 1 << 20 };

static int lowest_free(void) {
    int lowest = dup(0);
    close(lowest);
    return lowest;
}

static void limit(int resource, rlim_t value) {
    struct rlimit wanted;
    getrlimit(resource, &wanted);
    wanted.rlim_cur = value;
    if (setrlimit(resource, &wanted) != 0) complain("setrlimit: %s", strerror(errno));
}

static void few_descriptors(int room) {
    static trainer t;
    koop_options options = trainer_options();
    struct rlimit before;
    getrlimit(RLIMIT_NOFILE, &before);
    limit(RLIMIT_NOFILE, (rlim_t)(lowest_free() + room));
    trainer_open(&t, &options);
    t.before.descriptors = 0; /* nothing could be counted */
    trainer_publish(&t, 20);
    case_sleep_ms(case_long() ? 500 : 20);
    trainer_close(&t, 100);
}

static void no_descriptor_after_open(int endpoint) {
    static trainer t;
    koop_options options = trainer_options();
    if (endpoint == 1) options.endpoint = "tcp://127.0.0.1:9";
    if (endpoint == 2) options.endpoint = "tcp://localhost:9";
    trainer_open(&t, &options);
    struct rlimit before;
    getrlimit(RLIMIT_NOFILE, &before);
    limit(RLIMIT_NOFILE, (rlim_t)lowest_free());
    trainer_publish(&t, 20);
    case_sleep_ms(case_long() ? 3000 : 600); /* the transport tries several times */
    trainer_publish(&t, 20);
    setrlimit(RLIMIT_NOFILE, &before);
    if (endpoint == 0) trainer_flush(&t, 20000); /* and it recovers */
    trainer_close(&t, 100);
}

/* The user's processes are those of this case alone, so that the limit means what it says. */
static void few_threads(int threads) {
    koop_options options = trainer_options();
    options.endpoint = "tcp://127.0.0.1:9";
    if (setgid(LONE_UID) != 0 || setuid((uid_t)(LONE_UID + threads)) != 0) complain("no setuid");
    limit(RLIMIT_NPROC, (rlim_t)(threads + 1));
    train_a_little(&options);
}

static size_t address_space(void) {
    size_t pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    if (!statm || fscanf(statm, "%zu", &pages) != 1) complain("no /proc/self/statm");
    if (statm) fclose(statm);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void little_memory(int kilobytes) {
    static trainer t;
    koop_options options = trainer_options();
    struct rlimit before;
    getrlimit(RLIMIT_AS, &before);
    limit(RLIMIT_AS, address_space() + (size_t)kilobytes * 1024);
    if (koop_open(&t.client, &options) == KOOP_NO_MEMORY) { /* all that it could do */
        snprintf(report->reason, sizeof report->reason, "KOOP_NO_MEMORY");
        return;
    }
    koop_close(&t.client, 100);
    report->lines = 0;
    trainer_open(&t, &options);
    trainer_publish(&t, 20);
    case_sleep_ms(case_long() ? 500 : 20);
    trainer_close(&t, 100);
}

static void offline_in(const char *folder) {
    koop_options options = trainer_options();
    options.mode = KOOP_MODE_OFFLINE;
    setenv("KOOPMON_OFFLINE_DIR", folder, 1);
    train_a_little(&options);
    if (!report->reason[0]) complain("it should have disabled itself");
}

static void offline_where_nobody_writes(int unprivileged) {
    char folder[] = "/tmp/koop-readonly-XXXXXX";
    if (!unprivileged) {
        offline_in("/proc/self");
        return;
    }
    if (!mkdtemp(folder) || chmod(folder, 0555) != 0) complain("no folder");
    if (getuid() == 0 && (setgid(LONE_UID) != 0 || setuid(LONE_UID) != 0)) complain("no setuid");
    offline_in(folder);
    rmdir(folder); /* root's is removed by the script */
}

static void offline_up_to_a_file_size(int bytes) {
    limit(RLIMIT_FSIZE, (rlim_t)bytes); /* SIGXFSZ has its default action: death */
    offline_in(getenv("KOOPMON_OFFLINE_DIR"));
}

int main(void) {
    char name[80];
    bool root = getuid() == 0;
    say_heading("short of");
    for (int room = 0; room <= 20; room++) {
        snprintf(name, sizeof name, "%d free descriptors at open", room);
        run_case(name, few_descriptors, room);
    }
    run_case("descriptors gone after open, daemon there", no_descriptor_after_open, 0);
    run_case("descriptors gone after open, nobody listens", no_descriptor_after_open, 1);
    run_case("descriptors gone after open, name to look up", no_descriptor_after_open, 2);
    for (int threads = 0; threads <= 4 && root; threads++) {
        snprintf(name, sizeof name, "%d free threads at open (RLIMIT_NPROC)", threads);
        run_case(name, few_threads, threads);
    }
    if (!root) printf("RLIMIT_NPROC: not tried, it takes root to be alone under a user id\n");
    for (int kilobytes = 0; kilobytes <= 160 * 1024; kilobytes += case_long() ? 512 : 16384) {
        snprintf(name, sizeof name, "%.1f MB of address space left (RLIMIT_AS)", kilobytes / 1024.);
        run_case(name, little_memory, kilobytes);
    }
    run_case("offline, a folder that takes no files", offline_where_nobody_writes, 0);
    run_case("offline, a read-only folder, not as root", offline_where_nobody_writes, 1);
    run_case("offline, disk full at once", offline_up_to_a_file_size, 0);
    run_case("offline, disk full in the header", offline_up_to_a_file_size, 20);
    run_case("offline, disk full later", offline_up_to_a_file_size, 20000);
    return finish_cases();
}
