/* http_kit: an HTTP server on 127.0.0.1 that behaves as it is told, one connection after the other:
 * the i-th gets answers[i], those behind the last get the last. */
#ifndef HTTP_KIT_H
#define HTTP_KIT_H

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HTTP_REQUESTS = 32, HTTP_REQUEST_BYTES = 16384 };

/* Answers that are no text to send. */
#define HTTP_HANG "hang"       /* reads, and says nothing */
#define HTTP_CLOSE "close"     /* at once, unread */
#define HTTP_ENDLESS "endless" /* 200, and a body that never ends */
#define HTTP_STUCK "stuck "    /* what stands behind it is sent, and then nothing */

#define HTTP_PLAIN(status) "HTTP/1.1 " status "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

typedef struct http_server {
    int listener, port;
    const char *const *answers;
    int n_answers;
    atomic_bool stop;
    pthread_t thread;
    atomic_size_t endless; /* bytes of bodies that never end */
    pthread_mutex_t lock;  /* of what follows */
    int n_requests;
    char request[HTTP_REQUESTS][HTTP_REQUEST_BYTES];
} http_server;

/* Reads one request: head, and as much body as Content-Length says. false: the peer went away. */
static inline bool http_read(http_server *server, int fd, char *text) {
    size_t used = 0;
    text[0] = '\0';
    while (!atomic_load(&server->stop) && used + 1 < HTTP_REQUEST_BYTES) {
        const char *end = strstr(text, "\r\n\r\n"), *length = strstr(text, "Content-Length:");
        if (end && used >= (size_t)(end + 4 - text) + (length ? strtoul(length + 15, NULL, 10) : 0))
            return true;
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (poll(&ready, 1, 20) == 0) continue;
        const ssize_t n = recv(fd, text + used, HTTP_REQUEST_BYTES - 1 - used, 0);
        if (n <= 0) return false;
        used += (size_t)n;
        text[used] = '\0';
    }
    return false;
}

/* Until the peer closes. */
static inline void http_wait_for_end(http_server *server, int fd) {
    char byte;
    while (!atomic_load(&server->stop)) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (poll(&ready, 1, 20) > 0 && recv(fd, &byte, 1, 0) <= 0) return;
    }
}

static inline void http_send(int fd, const char *text) {
    (void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

static inline void http_answer(http_server *server, int fd, const char *answer) {
    static const char filler[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    if (strcmp(answer, HTTP_ENDLESS) == 0) {
        http_send(fd, "HTTP/1.1 200 OK\r\n\r\n");
        while (!atomic_load(&server->stop) && send(fd, filler, sizeof filler, MSG_NOSIGNAL) > 0)
            atomic_fetch_add(&server->endless, sizeof filler);
    } else if (strncmp(answer, HTTP_STUCK, strlen(HTTP_STUCK)) == 0) {
        http_send(fd, answer + strlen(HTTP_STUCK));
        http_wait_for_end(server, fd);
    } else if (strcmp(answer, HTTP_HANG) == 0) {
        http_wait_for_end(server, fd);
    } else {
        http_send(fd, answer);
    }
}

static inline void *http_serve(void *context) {
    http_server *server = context;
    static _Thread_local char text[HTTP_REQUEST_BYTES];
    for (int i = 0; !atomic_load(&server->stop);) {
        struct pollfd ready = {.fd = server->listener, .events = POLLIN};
        if (poll(&ready, 1, 20) == 0) continue;
        const int fd = accept(server->listener, NULL, NULL);
        if (fd < 0) continue;
        const char *answer = server->answers[i < server->n_answers ? i : server->n_answers - 1];
        i++;
        if (strcmp(answer, HTTP_CLOSE) != 0 && http_read(server, fd, text)) {
            pthread_mutex_lock(&server->lock);
            if (server->n_requests < HTTP_REQUESTS)
                strcpy(server->request[server->n_requests++], text);
            pthread_mutex_unlock(&server->lock);
            http_answer(server, fd, answer);
        }
        close(fd);
    }
    return NULL;
}

/* NULL: no server. Free with http_stop. */
static inline http_server *http_start(const char *const *answers, int n) {
    http_server *server = calloc(1, sizeof *server);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    if (!server) return NULL;
    server->answers = answers;
    server->n_answers = n;
    pthread_mutex_init(&server->lock, NULL);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server->listener, (struct sockaddr *)&at, size) != 0 ||
        listen(server->listener, 16) != 0 ||
        getsockname(server->listener, (struct sockaddr *)&at, &size) != 0 ||
        pthread_create(&server->thread, NULL, http_serve, server) != 0) {
        free(server);
        return NULL;
    }
    server->port = ntohs(at.sin_port);
    return server;
}

static inline int http_requests(http_server *server) {
    pthread_mutex_lock(&server->lock);
    const int n = server->n_requests;
    pthread_mutex_unlock(&server->lock);
    return n;
}

static inline void http_stop(http_server *server) {
    atomic_store(&server->stop, true);
    pthread_join(server->thread, NULL);
    close(server->listener);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

#endif
