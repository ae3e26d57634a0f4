/* client_endpoints: trainers whose endpoint is nonsense, nobody's or a stranger's. argv[1] is a
 * folder in which a program that answers every connection with garbage is started; everything stays
 * on this machine, but for packets to an address that is nobody's. */
#include "client_case.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

static const char *endpoint;

static void train_with_endpoint(int must_disable) {
    koop_options options = trainer_options();
    options.endpoint = endpoint;
    train_a_little(&options);
    if (must_disable && !report->reason[0]) complain("it should have disabled itself");
}

static void try_endpoint(const char *what, const char *where, int must_disable) {
    char name[128];
    endpoint = where;
    snprintf(name, sizeof name, "%s", what ? what : where[0] ? where : "(empty)");
    for (char *c = name; *c; c++)
        if ((unsigned char)*c < ' ' || (unsigned char)*c > '~') *c = '?';
    if (strlen(name) > 50) strcpy(name + 47, "...");
    run_case(name, train_with_endpoint, must_disable);
}

static int listen_at(const struct sockaddr *address, socklen_t size) {
    int fd = socket(address->sa_family, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, address, size) != 0 || listen(fd, 8) != 0) {
        perror("listen");
        exit(2);
    }
    return fd;
}

static int listen_ipc(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    return listen_at((struct sockaddr *)&address, sizeof address);
}

static int listen_tcp(int *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int fd = listen_at((struct sockaddr *)&address, size);
    getsockname(fd, (struct sockaddr *)&address, &size);
    *port = ntohs(address.sin_port);
    return fd;
}

/* Answers everybody at once with bytes that are no ZMTP, and reads nothing; with `silent`, closes. */
static pid_t start_stranger(int fd, bool silent) {
    fflush(NULL);
    pid_t child = fork();
    if (child != 0) return child;
    char garbage[4096];
    for (size_t i = 0; i < sizeof garbage; i++) garbage[i] = (char)(i * 131 + 7);
    signal(SIGPIPE, SIG_IGN);
    for (;;) {
        int peer = accept(fd, NULL, NULL);
        for (int i = 0; i < 64 && !silent; i++)
            if (send(peer, garbage, sizeof garbage, MSG_DONTWAIT) < 0) break;
        close(peer);
    }
}

static void malformed(void) {
    static char long_path[400], long_host[400];
    static const char *const bad[] = {
        "",
        " ",
        "nonsense",
        "ipc",
        "ipc:",
        "ipc:/",
        "ipc://",
        "ipc:///",
        "ipc://relative/path",
        "ipc://@abstract",
        "ipc:///tmp/",
        "ipc:///tmp/a\nb",
        "ipc:///tmp/a\x7f",
        "tcp",
        "tcp://",
        "tcp://:5555",
        "tcp://host",
        "tcp://host:",
        "tcp://host:0",
        "tcp://host:65535",
        "tcp://host:99999999999999999999",
        "tcp://host:12x",
        "tcp://host:-1",
        "tcp://*:5555",
        "tcp://[::1:5555",
        "tcp://[example.org]:5555",
        "tcp://a b:5555",
        "tcp://eth0;host:5555",
        "tcp://u@host:5555",
        "inproc://daemon",
        "pgm://eth0;239.192.1.1:5555",
        "udp://127.0.0.1:5555",
        "ws://localhost:80",
        "http://localhost:80/",
        "%s%s%s%n",
        "ipc://%s%n",
        "tcp://\xff\xfe:1",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) try_endpoint(NULL, bad[i], 1);
    snprintf(long_path, sizeof long_path, "ipc:///%0300d", 0);
    snprintf(long_host, sizeof long_host, "tcp://%0300d:1", 0);
    try_endpoint("ipc:// and 300 characters", long_path, 1);
    try_endpoint("tcp:// and a name of 300 characters", long_host, 1);
}

int main(int argc, char **argv) {
    char path[256], where[300], file[256];
    int port = 0, ipc, tcp, closing;
    if (argc != 2 || strlen(argv[1]) > 80) return 2;
    say_heading("endpoint");
    malformed();
    try_endpoint("another machine, no key", "tcp://192.0.2.1:5555", 1);
    /* the server key of ZeroMQ's own examples: nobody here has it */
    setenv("KOOPMON_SERVER_KEY", "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7", 1);
    try_endpoint("a name that does not exist", "tcp://koopmon.invalid:5555", 0);
    try_endpoint("an address that is nobody's", "tcp://192.0.2.1:5555", 0);
    try_endpoint("a port where nobody listens, with a key", "tcp://127.0.0.1:9", 0);
    unsetenv("KOOPMON_SERVER_KEY");
    try_endpoint("a port where nobody listens", "tcp://127.0.0.1:9", 0);
    snprintf(where, sizeof where, "ipc://%s/missing/socket", argv[1]);
    try_endpoint("a folder that does not exist", where, 0);
    snprintf(where, sizeof where, "ipc://%s/missing-socket", argv[1]);
    try_endpoint("a socket that does not exist", where, 0);
    snprintf(path, sizeof path, "%s/folder", argv[1]);
    mkdir(path, 0700);
    snprintf(where, sizeof where, "ipc://%s", path);
    try_endpoint("a folder in the socket's place", where, 0);
    snprintf(file, sizeof file, "%s/file", argv[1]);
    close(open(file, O_CREAT | O_WRONLY, 0600));
    snprintf(where, sizeof where, "ipc://%s", file);
    try_endpoint("a file in the socket's place", where, 0);
    snprintf(where, sizeof where, "ipc://%s/socket", file);
    try_endpoint("a file in the folder's place", where, 0);
    snprintf(path, sizeof path, "%s/stale", argv[1]);
    close(listen_ipc(path));
    snprintf(where, sizeof where, "ipc://%s", path);
    try_endpoint("a socket where nobody listens any more", where, 0);
    snprintf(path, sizeof path, "%s/mute", argv[1]);
    ipc = listen_ipc(path); /* the kernel accepts for it */
    snprintf(where, sizeof where, "ipc://%s", path);
    try_endpoint("a socket where nobody ever answers", where, 0);
    snprintf(path, sizeof path, "%s/garbage", argv[1]);
    ipc = listen_ipc(path);
    pid_t strangers[] = {start_stranger(ipc, false), 0, 0};
    snprintf(where, sizeof where, "ipc://%s", path);
    try_endpoint("a stranger that speaks garbage, ipc", where, 0);
    tcp = listen_tcp(&port);
    strangers[1] = start_stranger(tcp, false);
    snprintf(where, sizeof where, "tcp://127.0.0.1:%d", port);
    try_endpoint("a stranger that speaks garbage, tcp", where, 0);
    closing = listen_tcp(&port);
    strangers[2] = start_stranger(closing, true);
    snprintf(where, sizeof where, "tcp://localhost:%d", port);
    try_endpoint("a stranger that hangs up at once, tcp, by name", where, 0);
    for (int i = 0; i < 3; i++) {
        kill(strangers[i], SIGKILL);
        waitpid(strangers[i], NULL, 0);
    }
    return finish_cases();
}
