#include "log.h"

#include "clock.h"
#include "printable.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static _Atomic int lowest_level = KOOP_LOG_INFO;

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
    time_t seconds = (time_t)(unix_ms / 1000);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    size_t n = strftime(out, size, "%Y-%m-%dT%H:%M:%S", &utc);
    n +=
        (size_t)snprintf(out + n, size - n, ".%03dZ %s ", (int)(unix_ms % 1000), level_name(level));
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

void koop_log(koop_log_level level, const char *format, ...) {
    if ((int)level < atomic_load(&lowest_level)) return;
    int saved = errno; /* callers log and then look at errno */
    char text[KOOP_LOG_LINE_BYTES], line[KOOP_LOG_LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    size_t n = koop_log_format(line, sizeof line, koop_clock_unix_ms(), level, text);
    ssize_t written = write(STDERR_FILENO, line, n);
    (void)written; /* there is nowhere left to say that it failed */
    errno = saved;
}
