/* shim_clock: preloaded, steps the wall clock of one program while it runs.
 *
 *     KOOP_CLOCK_AHEAD   while this file exists, the wall clock is ahead,
 *     KOOP_CLOCK_BEHIND  while this one does, behind,
 *     KOOP_CLOCK_STEP    by so many seconds. Default 3600
 *
 * The monotonic clock goes on undisturbed, as it does when an administrator sets the time. What the
 * kernel itself stamps (files, for one) keeps the true time. Threads: any. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const char *ahead, *behind;
static long step = 3600;

__attribute__((constructor)) static void begin(void) {
    const char *seconds = getenv("KOOP_CLOCK_STEP");
    ahead = getenv("KOOP_CLOCK_AHEAD");
    behind = getenv("KOOP_CLOCK_BEHIND");
    if (seconds) step = atol(seconds);
    unsetenv("LD_PRELOAD"); /* the program's children are left alone */
}

static bool exists(const char *path) {
    return path && syscall(SYS_faccessat, AT_FDCWD, path, F_OK, 0) == 0;
}

static long shift(void) {
    int saved = errno;
    long seconds = exists(ahead) ? step : exists(behind) ? -step : 0;
    errno = saved;
    return seconds;
}

int clock_gettime(clockid_t id, struct timespec *now) {
    int code = (int)syscall(SYS_clock_gettime, id, now);
    if (code == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) now->tv_sec += shift();
    return code;
}

int gettimeofday(struct timeval *now, void *zone) {
    int code = (int)syscall(SYS_gettimeofday, now, zone);
    if (code == 0) now->tv_sec += shift();
    return code;
}

time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}
