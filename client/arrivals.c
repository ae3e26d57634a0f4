#include "arrivals.h"

#include <sys/epoll.h>
#include <unistd.h>

koop_status koop_arrivals_open(koop_arrivals *arrivals) {
    *arrivals = (koop_arrivals){.epoll_fd = epoll_create1(EPOLL_CLOEXEC), .watched = -1};
    return arrivals->epoll_fd >= 0 ? KOOP_OK : KOOP_IO_FAILED;
}

void koop_arrivals_close(koop_arrivals *arrivals) {
    if (arrivals->epoll_fd >= 0) close(arrivals->epoll_fd);
    *arrivals = (koop_arrivals){.epoll_fd = -1, .watched = -1};
}

void koop_arrivals_watch(koop_arrivals *arrivals, int descriptor) {
    struct epoll_event arrival = {.events = EPOLLIN | EPOLLET};
    if (arrivals->watched >= 0) /* refused where it was closed: as it should be */
        epoll_ctl(arrivals->epoll_fd, EPOLL_CTL_DEL, arrivals->watched, NULL);
    epoll_ctl(arrivals->epoll_fd, EPOLL_CTL_ADD, descriptor, &arrival);
    arrivals->watched = descriptor;
    arrivals->count = 0;
}

void koop_arrivals_message(koop_arrivals *arrivals, int64_t now_ms) {
    arrivals->count = 0;
    arrivals->message_ms = now_ms;
}

bool koop_arrivals_look(koop_arrivals *arrivals, int64_t now_ms) {
    struct epoll_event arrival;
    if (!koop_arrivals_wanted(arrivals, now_ms)) return false;
    if (epoll_wait(arrivals->epoll_fd, &arrival, 1, 0) > 0) arrivals->count++;
    if (arrivals->count < KOOP_ARRIVALS_MOST) return false;
    arrivals->count = 0;
    return true;
}

bool koop_arrivals_wanted(const koop_arrivals *arrivals, int64_t now_ms) {
    return now_ms - arrivals->message_ms >= KOOP_ARRIVALS_QUIET_MS;
}
