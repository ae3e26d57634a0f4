#include "daemon_internal.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Not signalfd: OpenBLAS starts threads before main, and a signal that we block is delivered to one
 * of them, where it kills the process. */
static volatile sig_atomic_t end_descriptor = -1, again_descriptor = -1;

static void on_signal(int number) {
    int saved = errno;
    ssize_t written = write(number == SIGHUP ? again_descriptor : end_descriptor,
                            &(uint64_t){(uint64_t)number}, sizeof(uint64_t));
    (void)written; /* fails only when it has been written to before */
    errno = saved;
}

koop_status koop_daemon_take_signals(koop_daemon *daemon) {
    daemon->end = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (daemon->end < 0) return KOOP_IO_FAILED;
    daemon->again = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (daemon->again < 0) {
        close(daemon->end);
        daemon->end = -1;
        return KOOP_IO_FAILED;
    }
    end_descriptor = daemon->end;
    again_descriptor = daemon->again;
    struct sigaction take = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGTERM, &take, &daemon->term_before);
    sigaction(SIGINT, &take, &daemon->int_before);
    sigaction(SIGHUP, &take, &daemon->hup_before);
    sigaction(SIGPIPE, &ignore, &daemon->pipe_before);
    /* A write beyond the limit of a file's size then fails like one to a full disk. */
    sigaction(SIGXFSZ, &ignore, &daemon->size_before);
    return KOOP_OK;
}

void koop_daemon_give_signals_back(const koop_daemon *daemon) {
    if (daemon->end < 0) return;
    sigaction(SIGTERM, &daemon->term_before, NULL);
    sigaction(SIGINT, &daemon->int_before, NULL);
    sigaction(SIGHUP, &daemon->hup_before, NULL);
    sigaction(SIGPIPE, &daemon->pipe_before, NULL);
    sigaction(SIGXFSZ, &daemon->size_before, NULL);
    end_descriptor = again_descriptor = -1;
    close(daemon->end);
    close(daemon->again);
}
