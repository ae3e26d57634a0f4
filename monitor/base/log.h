/* log: the daemon's own story on standard error, one line an entry:
 *     2026-01-31T12:00:00.123Z warning run fc1: journal cannot be written: No space left on device
 *
 * Text may come from the network: the backslash and what is not safe to print (printable.h) are
 * written as \xNN, so that an entry is always one line and cannot steer a terminal. Any thread may
 * call, and none waits: where standard error takes nothing (a pipe that nobody reads, a terminal
 * that is stopped) and beyond KOOP_LOG_BURST lines at once and KOOP_LOG_PER_S a second, entries are
 * left out, and the next line that is written says how many. Only the daemon logs; nothing else of
 * the monitor prints through here. */
#ifndef KOOP_LOG_H
#define KOOP_LOG_H

#include <stddef.h>
#include <stdint.h>

typedef enum koop_log_level { KOOP_LOG_INFO, KOOP_LOG_WARNING, KOOP_LOG_ERROR } koop_log_level;

enum {
    KOOP_LOG_LINE_BYTES = 1024, /* longer entries are cut */
    KOOP_LOG_BURST = 1000,
    KOOP_LOG_PER_S = 20
};

/* Entries below `level` are not written. Default KOOP_LOG_INFO. */
void koop_log_set_level(koop_log_level level);

__attribute__((format(printf, 2, 3))) void koop_log(koop_log_level level, const char *format, ...);

/* The line that koop_log writes for `text` at `unix_ms`, with its newline, into out
 * (NUL-terminated; size ≥ 64). Returns its length. */
size_t koop_log_format(char *out, size_t size, int64_t unix_ms, koop_log_level level,
                       const char *text);

#endif
