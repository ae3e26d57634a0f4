/* receiver: an HTTP server on 127.0.0.1 to which alerts are sent.
 *
 *     receiver PORT_FILE LOG MODE
 * writes its port to PORT_FILE and a line to LOG for each request: the mode it was in, and the body.
 * The file MODE says how it answers, at every request anew: "ok" (200), a number (that status), "hang"
 * (nothing, until the peer goes away), "slow" (200 after 20 ms, so that one who is killed is likely to
 * be killed meanwhile). Ends with SIGTERM. */
#include "http_kit.h"

#include <signal.h>

static const char *log_path, *mode_path;
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static http_server server;

static void read_mode(char mode[16]) {
    FILE *file = fopen(mode_path, "r");
    if (!file || fscanf(file, "%15s", mode) != 1) strcpy(mode, "ok");
    if (file) fclose(file);
}

static void note(const char *mode, const char *request) {
    const char *body = strstr(request, "\r\n\r\n");
    pthread_mutex_lock(&log_lock);
    FILE *file = fopen(log_path, "a");
    if (file) {
        fprintf(file, "%s %s\n", mode, body ? body + 4 : "");
        fclose(file);
    }
    pthread_mutex_unlock(&log_lock);
}

static void *serve(void *context) {
    const int fd = *(int *)context;
    char mode[16], answer[128];
    char *text = malloc(HTTP_REQUEST_BYTES);
    free(context);
    if (text && http_read(&server, fd, text)) {
        read_mode(mode);
        note(mode, text);
        const int status = atoi(mode);
        snprintf(answer, sizeof answer, HTTP_PLAIN("%d Whatever"), status ? status : 200);
        if (strcmp(mode, "slow") == 0) usleep(20000);
        http_answer(&server, fd, strcmp(mode, "hang") == 0 ? HTTP_HANG : answer);
    }
    free(text);
    close(fd);
    return NULL;
}

static void take(int listener) {
    int *fd = malloc(sizeof *fd);
    pthread_t thread;
    if (!fd) return;
    *fd = accept(listener, NULL, NULL);
    if (*fd >= 0 && pthread_create(&thread, NULL, serve, fd) == 0) {
        pthread_detach(thread);
        return;
    }
    if (*fd >= 0) close(*fd);
    free(fd);
}

int main(int argc, char **argv) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    if (argc != 4) return 2;
    log_path = argv[2];
    mode_path = argv[3];
    signal(SIGPIPE, SIG_IGN);
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    FILE *file = fopen(argv[1], "w");
    if (!file || bind(listener, (struct sockaddr *)&at, size) != 0 || listen(listener, 64) != 0 ||
        getsockname(listener, (struct sockaddr *)&at, &size) != 0)
        return 2;
    fprintf(file, "%d\n", ntohs(at.sin_port));
    fclose(file);
    for (;;) take(listener);
}
