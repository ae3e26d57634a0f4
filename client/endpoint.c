#include "endpoint.h"

#include "printable.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A socket address holds 107 bytes of path, and ".view" must fit behind it. */
enum { MAX_IPC_PATH = 100, MAX_TCP_HOST = 200, MAX_PORT = 65534 };

static const char ipc[] = "ipc://";
static const char tcp[] = "tcp://";

static bool starts_with(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

const char *koop_endpoint_path(const char *endpoint) {
    return starts_with(endpoint, ipc) ? endpoint + strlen(ipc) : NULL;
}

static koop_status check_path(const char *path) {
    size_t size = strlen(path);
    if (size > MAX_IPC_PATH) return KOOP_TOO_LARGE;
    if (path[0] != '/' || size < 2 || path[size - 1] == '/') return KOOP_BAD_ARGUMENT;
    return koop_printable_all(path) ? KOOP_OK : KOOP_BAD_ARGUMENT;
}

/* The port behind the only colon of "host:port", or 0. The view needs the port above it too. */
static unsigned read_port(const char *colon) {
    unsigned port = 0;
    size_t digits = strspn(colon + 1, "0123456789");
    if (digits < 1 || digits > 5 || colon[1 + digits] != '\0') return 0;
    for (size_t i = 1; i <= digits; i++) port = 10 * port + (unsigned)(colon[i] - '0');
    return port <= MAX_PORT ? port : 0;
}

/* The host of an address between brackets, NUL-terminated in `out`, if it is an IPv6 address. */
static bool read_ipv6(const char *address, char out[INET6_ADDRSTRLEN]) {
    struct in6_addr parsed;
    size_t size = address[0] == '[' ? strcspn(address + 1, "]") : 0;
    if (size == 0 || size >= INET6_ADDRSTRLEN || address[1 + size] != ']') return false;
    memcpy(out, address + 1, size);
    out[size] = '\0';
    return inet_pton(AF_INET6, out, &parsed) == 1;
}

static koop_status check_address(const char *address) {
    static const char host_characters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    char ipv6[INET6_ADDRSTRLEN];
    size_t host = strspn(address, host_characters);
    if (read_ipv6(address, ipv6)) host = strlen(ipv6) + 2;
    if (host > MAX_TCP_HOST) return KOOP_TOO_LARGE;
    if (host == 0 || address[host] != ':' || read_port(address + host) == 0)
        return KOOP_BAD_ARGUMENT;
    return KOOP_OK;
}

static koop_status check(const char *endpoint) {
    const char *path = koop_endpoint_path(endpoint);
    if (path) return check_path(path);
    if (starts_with(endpoint, tcp)) return check_address(endpoint + strlen(tcp));
    return KOOP_BAD_ARGUMENT;
}

/* snprintf that says when the text does not fit. */
#define PRINT(out, ...)                                                                            \
    ((size_t)snprintf(out, KOOP_ENDPOINT_BYTES, __VA_ARGS__) < KOOP_ENDPOINT_BYTES                 \
         ? KOOP_OK                                                                                 \
         : KOOP_TOO_LARGE)

koop_status koop_endpoint_standard(char out[KOOP_ENDPOINT_BYTES]) {
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if (runtime && runtime[0] == '/') return PRINT(out, "ipc://%s/koopmon/koopmon.sock", runtime);
    return PRINT(out, "ipc:///tmp/koopmon-%lu/koopmon.sock", (unsigned long)getuid());
}

koop_status koop_endpoint_resolve(const char *option, char out[KOOP_ENDPOINT_BYTES]) {
    char resolved[KOOP_ENDPOINT_BYTES];
    const char *wanted = option ? option : getenv("KOOPMON_ENDPOINT");
    koop_status status = wanted && (option || wanted[0]) ? PRINT(resolved, "%s", wanted)
                                                         : koop_endpoint_standard(resolved);
    if (status == KOOP_OK) status = check(resolved);
    if (status == KOOP_OK) memcpy(out, resolved, strlen(resolved) + 1);
    return status;
}

koop_status koop_endpoint_view(const char *endpoint, char out[KOOP_ENDPOINT_BYTES]) {
    char view[KOOP_ENDPOINT_BYTES];
    koop_status status = check(endpoint);
    if (status != KOOP_OK) return status;
    if (koop_endpoint_path(endpoint)) {
        status = PRINT(view, "%s.view", endpoint);
    } else {
        const char *colon = strrchr(endpoint, ':');
        status = PRINT(view, "%.*s:%u", (int)(colon - endpoint), endpoint, read_port(colon) + 1);
    }
    if (status == KOOP_OK) memcpy(out, view, strlen(view) + 1);
    return status;
}

/* The host of "tcp://host:port" in `out`, without brackets; false: no tcp endpoint. */
static bool read_host(const char *endpoint, char out[KOOP_ENDPOINT_BYTES]) {
    if (!starts_with(endpoint, tcp) || check(endpoint) != KOOP_OK) return false;
    const char *host = endpoint + strlen(tcp);
    size_t size = (size_t)(strrchr(host, ':') - host);
    if (host[0] == '[') {
        host++;
        size -= 2;
    }
    memcpy(out, host, size);
    out[size] = '\0';
    return true;
}

bool koop_endpoint_is_local(const char *endpoint) {
    char host[KOOP_ENDPOINT_BYTES];
    struct in_addr v4;
    struct in6_addr v6;
    if (koop_endpoint_path(endpoint)) return true;
    if (!read_host(endpoint, host)) return false;
    if (strcmp(host, "localhost") == 0) return true;
    if (inet_pton(AF_INET, host, &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

bool koop_endpoint_is_address(const char *endpoint) {
    char host[KOOP_ENDPOINT_BYTES];
    struct in_addr v4;
    if (!read_host(endpoint, host)) return false;
    return koop_endpoint_is_ipv6(endpoint) || inet_pton(AF_INET, host, &v4) == 1;
}

bool koop_endpoint_is_ipv6(const char *endpoint) {
    return starts_with(endpoint, tcp) && endpoint[strlen(tcp)] == '[';
}

static bool own(const struct stat *about) {
    return about->st_uid == geteuid() || about->st_uid == 0;
}

koop_status koop_endpoint_trusted(const char *endpoint) {
    char directory[KOOP_ENDPOINT_BYTES];
    const char *path = koop_endpoint_path(endpoint);
    if (!path) return KOOP_OK;
    koop_status status = check_path(path);
    if (status != KOOP_OK) return status;
    size_t size = (size_t)(strrchr(path, '/') - path);
    memcpy(directory, path, size);
    memcpy(directory + size, size ? "" : "/", size ? 1 : 2);
    struct stat link, target;
    if (lstat(directory, &link) != 0)
        return errno == ENOENT || errno == ENOTDIR ? KOOP_NOT_FOUND : KOOP_DISABLED;
    if (!own(&link)) return KOOP_DISABLED;
    if (stat(directory, &target) != 0) return errno == ENOENT ? KOOP_NOT_FOUND : KOOP_DISABLED;
    bool private = own(&target) && !(target.st_mode & (S_IWGRP | S_IWOTH));
    return S_ISDIR(target.st_mode) && private ? KOOP_OK : KOOP_DISABLED;
}
