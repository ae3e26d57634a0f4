/* complain: exit codes, and the one line on standard error that goes with those that mean trouble. */
#ifndef KOOP_COMPLAIN_H
#define KOOP_COMPLAIN_H

typedef enum koop_exit {
    KOOP_EXIT_OK = 0, /* done; no difference found */
    KOOP_EXIT_DIFFERENT =
        1,               /* difference found, the condition asked for is true, or not delivered */
    KOOP_EXIT_USAGE = 2, /* usage, configuration, unreadable input, or unwritable output */
    KOOP_EXIT_NO_DAEMON = 3,
    KOOP_EXIT_NO_RUN = 4,
    KOOP_EXIT_NO_DATA = 5, /* not enough data for a spectrum */
    KOOP_EXIT_TIMED_OUT = 124,
    KOOP_EXIT_INTERRUPTED = 130
} koop_exit;

/* "koopmon: …" on standard error, one line whatever is in it (printable.h); returns `code`. */
__attribute__((format(printf, 2, 3))) int koop_complain(int code, const char *format, ...);

/* "koopmon COMMAND: …". */
__attribute__((format(printf, 3, 4))) int koop_complain_of(const char *command, int code,
                                                           const char *format, ...);

#endif
