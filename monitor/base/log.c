#include "log.h"

#include "bucket.h"
#include "clock.h"
#include "printable.h"
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static _Atomic int lowest_level = KOOP_LOG_INFO;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* of all below */
static koop_bucket lines;
static uint64_t left_out;

void koop_log_set_level(koop_log_level level) {
    atomic_store(&lowest_level, (int)level);
}

static const char *level_name(koop_log_level level) {
    switch (level) {
    case KOOP_LOG_INFO:
        return "info";
    case KOOP_LOG_WARNING:
        return "warning";
    case KOOP_LOG_ERROR:
        return "error";
    }
    return "?";
}

size_t koop_log_format(char *out, size_t size, int64_t unix_ms, koop_log_level level,
                       const char *text) {
    static const char digits[] = "0123456789abcdef";
    char time[KOOP_TEXT_BYTES];
    size_t n =
        (size_t)snprintf(out, size, "%s %s ", koop_text_utc(time, unix_ms), level_name(level));
    while (*text) {
        bool safe;
        uint32_t code;
        const size_t bytes = koop_printable_next(text, &safe, &code);
        safe &= code != '\\'; /* or an escape could be made up */
        if (n + (safe ? bytes : 4 * bytes) + 2 > size) break;
        for (size_t i = 0; i < bytes; i++, text++) {
            const unsigned char c = (unsigned char)*text;
            if (safe) {
                out[n++] = *text;
                continue;
            }
            out[n++] = '\\';
            out[n++] = 'x';
            out[n++] = digits[c >> 4];
            out[n++] = digits[c & 15];
        }
    }
    out[n++] = '\n';
    out[n] = '\0';
    return n;
}

/* A pipe that has room for anything has it for a line, as long as nobody else writes to it. */
static bool can_write(void) {
    struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLOUT);
}

static void put_line(koop_log_level level, const char *text) {
    char line[KOOP_LOG_LINE_BYTES];
    size_t n = koop_log_format(line, sizeof line, koop_clock_unix_ms(), level, text);
    ssize_t written = write(STDERR_FILENO, line, n);
    (void)written; /* there is nowhere left to say that it failed */
}

static void put_or_leave_out(koop_log_level level, const char *text) {
    if (!can_write() ||
        !koop_bucket_take(&lines, KOOP_LOG_BURST, KOOP_LOG_PER_S, koop_clock_ms())) {
        left_out++;
        return;
    }
    if (left_out > 0) {
        char missing[64];
        snprintf(missing, sizeof missing, "%" PRIu64 " line%s left out here", left_out,
                 left_out == 1 ? "" : "s");
        left_out = 0;
        put_line(KOOP_LOG_WARNING, missing);
    }
    if (can_write())
        put_line(level, text);
    else
        left_out++;
}

void koop_log(koop_log_level level, const char *format, ...) {
    if ((int)level < atomic_load(&lowest_level)) return;
    int saved = errno; /* callers log and then look at errno */
    char text[KOOP_LOG_LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    pthread_mutex_lock(&mutex);
    put_or_leave_out(level, text);
    pthread_mutex_unlock(&mutex);
    errno = saved;
}
