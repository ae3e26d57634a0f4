/* shim_fail: preloaded, makes the operating system refuse chosen calls of a program.
 *
 *     KOOP_FAIL          what: any of alloc, write, sync, open, fd, path, thread; several: a,b
 *     KOOP_FAIL_AT       k: the first call that fails, from 1; 0 (default): none, calls are counted
 *     KOOP_FAIL_COUNT    how many fail from there on; 0: all. Default 1
 *     KOOP_FAIL_EVERY    n: instead, every n-th from k on
 *     KOOP_FAIL_ERRNO    a number, or one of ENOSPC EIO EMFILE ENOMEM EAGAIN; the default is what the
 *                        class would say. "kill": the process dies there, by SIGKILL
 *     KOOP_FAIL_HALF     a write that fails writes half of its bytes first; they are in the file
 *     KOOP_FAIL_WHO      own: only calls made by the program's own code, not by its libraries
 *     KOOP_FAIL_WHILE    calls count and fail only while this file exists
 *     KOOP_FAIL_STATE    an existing file of 4096 bytes, shared: shim_fail.h
 *
 * On the first failure, and on SIGSEGV, SIGBUS, SIGFPE and SIGABRT, a line and a backtrace go to
 * standard error. Writes to descriptors 0 to 2 never fail: they tell what happened.
 *
 * Threads: any. Allocates nothing and takes no lock; its own calls are never counted. */
#define _GNU_SOURCE
#include "shim_fail.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { ALLOC = 1, WRITE = 2, SYNC = 4, OPEN = 8, FD = 16, PATH = 32, THREAD = 64, FRAMES = 32 };

static struct {
    bool ready, half, own, kill;
    int classes, error;
    uint64_t at, count, every;
    const char *during;
    uintptr_t text_begin, text_end; /* of the program */
    shim_fail_state *state, local;
} shim;

static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGABRT};

static __thread int inside __attribute__((tls_model("initial-exec")));

static bool applies(const void *caller) {
    if (!__atomic_load_n(&shim.state->armed, __ATOMIC_RELAXED)) return false;
    if (shim.own && ((uintptr_t)caller < shim.text_begin || (uintptr_t)caller >= shim.text_end))
        return false;
    return !shim.during || syscall(SYS_faccessat, AT_FDCWD, shim.during, F_OK, 0) == 0;
}

static bool is_chosen(uint64_t k) {
    if (shim.at == 0 || k < shim.at) return false;
    if (shim.every > 0) return (k - shim.at) % shim.every == 0;
    return shim.count == 0 || k - shim.at < shim.count;
}

static void say(const char *text) {
    syscall(SYS_write, STDERR_FILENO, text, strlen(text));
}

static void show_frames(void) {
    void *frames[FRAMES];
    int n = backtrace(frames, FRAMES);
    backtrace_symbols_fd(frames, n, STDERR_FILENO);
}

/* One story at a time, for whoever reads them; but a crash does not wait for ever. */
static int telling;

static void begin_to_tell(void) {
    for (int i = 0; i < 1000 && __atomic_exchange_n(&telling, 1, __ATOMIC_ACQUIRE); i++)
        syscall(SYS_nanosleep, &(struct timespec){.tv_nsec = 100000}, NULL);
}

static void end_telling(void) {
    __atomic_store_n(&telling, 0, __ATOMIC_RELEASE);
}

static void tell(const char *what, uint64_t k) {
    char digits[24], *p = digits + sizeof digits;
    *--p = '\0';
    do *--p = (char)('0' + k % 10);
    while (k /= 10);
    begin_to_tell();
    say("shim_fail: refused call ");
    say(p);
    say(", ");
    say(what);
    say("\n");
    show_frames();
    end_telling();
}

/* Whether this call is to fail; errno is then set. */
static bool fails(int class, const char *what, int error, const void *caller) {
    if (!shim.ready || !(shim.classes & class) || inside) return false;
    inside = 1;
    int saved = errno;
    bool chosen = false;
    if (applies(caller)) {
        uint64_t k = __atomic_add_fetch(&shim.state->calls, 1, __ATOMIC_RELAXED);
        chosen = is_chosen(k);
        if (chosen && __atomic_fetch_add(&shim.state->failed, 1, __ATOMIC_RELAXED) == 0)
            tell(what, k);
    }
    errno = chosen ? (shim.error ? shim.error : error) : saved;
    inside = 0;
    return chosen;
}

static void die_if_asked(void) {
    if (shim.kill) syscall(SYS_kill, getpid(), SIGKILL);
}

#define CALLER __builtin_return_address(0)
#define FAILS(class, error) fails(class, __func__, error, CALLER)
#define REFUSE(value)                                                                              \
    do {                                                                                           \
        die_if_asked();                                                                            \
        return value;                                                                              \
    } while (0)

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) {
    if (FAILS(ALLOC, ENOMEM)) REFUSE(NULL);
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
    if (FAILS(ALLOC, ENOMEM)) REFUSE(NULL);
    return __libc_calloc(n, size);
}

void *realloc(void *old, size_t size) {
    if (FAILS(ALLOC, ENOMEM)) REFUSE(NULL);
    return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    if (FAILS(ALLOC, ENOMEM)) REFUSE(NULL);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size) {
    if (FAILS(ALLOC, ENOMEM)) REFUSE(ENOMEM);
    void *memory = __libc_memalign(alignment, size);
    if (!memory) return ENOMEM;
    *out = memory;
    return 0;
}

static ssize_t half_of(int fd, const struct iovec *parts, int n) {
    size_t all = 0, done = 0;
    for (int i = 0; i < n; i++) all += parts[i].iov_len;
    for (int i = 0; i < n && done < all / 2; i++) {
        size_t left = all / 2 - done, want = parts[i].iov_len < left ? parts[i].iov_len : left;
        ssize_t wrote = syscall(SYS_write, fd, parts[i].iov_base, want);
        if (wrote <= 0) break;
        done += (size_t)wrote;
    }
    return (ssize_t)done;
}

/* Half of it may have been written, as when a disk fills; the caller is told of the failure only. */
static ssize_t refuse_write(int fd, const struct iovec *parts, int n) {
    int error = errno;
    if (shim.half) half_of(fd, parts, n);
    die_if_asked();
    errno = error;
    return -1;
}

ssize_t write(int fd, const void *bytes, size_t size) {
    const struct iovec part = {(void *)(uintptr_t)bytes, size};
    if (fd > 2 && FAILS(WRITE, ENOSPC)) return refuse_write(fd, &part, 1);
    return syscall(SYS_write, fd, bytes, size);
}

ssize_t writev(int fd, const struct iovec *parts, int n) {
    if (fd > 2 && FAILS(WRITE, ENOSPC)) return refuse_write(fd, parts, n);
    return syscall(SYS_writev, fd, parts, n);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset) {
    if (FAILS(WRITE, ENOSPC)) REFUSE(-1);
    return syscall(SYS_pwrite64, fd, bytes, size, offset);
}

int ftruncate(int fd, off_t size) {
    if (FAILS(WRITE, EIO)) REFUSE(-1);
    return (int)syscall(SYS_ftruncate, fd, size);
}

int fsync(int fd) {
    if (FAILS(SYNC, EIO)) REFUSE(-1);
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
    if (FAILS(SYNC, EIO)) REFUSE(-1);
    return (int)syscall(SYS_fdatasync, fd);
}

/* There is a mode only where a file may be made. */
#define MODE_OF(flags, mode)                                                                       \
    do {                                                                                           \
        va_list more;                                                                              \
        va_start(more, flags);                                                                     \
        if (((flags)&O_CREAT) || ((flags)&O_TMPFILE) == O_TMPFILE) mode = va_arg(more, mode_t);    \
        va_end(more);                                                                              \
    } while (0)

int open(const char *path, int flags, ...) {
    mode_t mode = 0;
    MODE_OF(flags, mode);
    if (FAILS(OPEN, EMFILE)) REFUSE(-1);
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int openat(int directory, const char *path, int flags, ...) {
    mode_t mode = 0;
    MODE_OF(flags, mode);
    if (FAILS(OPEN, EMFILE)) REFUSE(-1);
    return (int)syscall(SYS_openat, directory, path, flags, mode);
}

int eventfd(unsigned initial, int flags) {
    if (FAILS(FD, EMFILE)) REFUSE(-1);
    return (int)syscall(SYS_eventfd2, initial, flags);
}

int epoll_create1(int flags) {
    if (FAILS(FD, EMFILE)) REFUSE(-1);
    return (int)syscall(SYS_epoll_create1, flags);
}

int socket(int domain, int type, int protocol) {
    if (FAILS(FD, EMFILE)) REFUSE(-1);
    return (int)syscall(SYS_socket, domain, type, protocol);
}

int accept(int fd, __SOCKADDR_ARG address, socklen_t *size) {
    if (FAILS(FD, EMFILE)) REFUSE(-1);
    return (int)syscall(SYS_accept4, fd, address.__sockaddr__, size, 0);
}

int accept4(int fd, __SOCKADDR_ARG address, socklen_t *size, int flags) {
    if (FAILS(FD, EMFILE)) REFUSE(-1);
    return (int)syscall(SYS_accept4, fd, address.__sockaddr__, size, flags);
}

int rename(const char *from, const char *to) {
    if (FAILS(PATH, EIO)) REFUSE(-1);
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path) {
    if (FAILS(PATH, EIO)) REFUSE(-1);
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int unlinkat(int directory, const char *path, int flags) {
    if (FAILS(PATH, EIO)) REFUSE(-1);
    return (int)syscall(SYS_unlinkat, directory, path, flags);
}

int mkdir(const char *path, mode_t mode) {
    if (FAILS(PATH, ENOSPC)) REFUSE(-1);
    return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

int mkdirat(int directory, const char *path, mode_t mode) {
    if (FAILS(PATH, ENOSPC)) REFUSE(-1);
    return (int)syscall(SYS_mkdirat, directory, path, mode);
}

typedef int thread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *context);
static thread_create *real_thread_create;

/* Libraries start threads before our constructor. */
static void find_thread_create(void) {
    void *symbol = dlsym(RTLD_NEXT, "pthread_create");
    memcpy(&real_thread_create, &symbol, sizeof symbol);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                   void *context) {
    if (FAILS(THREAD, EAGAIN)) REFUSE(shim.error ? shim.error : EAGAIN);
    if (!real_thread_create) find_thread_create();
    return real_thread_create(thread, attributes, run, context);
}

/* libzmq's threads block all signals, and one that crashed would take the process without a word. */
int pthread_sigmask(int how, const sigset_t *wanted, sigset_t *old) {
    sigset_t set;
    if (wanted) {
        set = *wanted;
        if (how != SIG_UNBLOCK)
            for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++)
                sigdelset(&set, crashes[i]);
    }
    enum { KERNEL_SET_BYTES = 8 };
    long code =
        syscall(SYS_rt_sigprocmask, how, wanted ? &set : NULL, old, (size_t)KERNEL_SET_BYTES);
    return code == 0 ? 0 : errno;
}

static void on_crash(int number) {
    inside = 1;
    begin_to_tell();
    say(number == SIGABRT ? "shim_fail: abort\n" : "shim_fail: crash\n");
    show_frames();
    signal(number, SIG_DFL);
    raise(number);
}

static int find_text(struct dl_phdr_info *object, size_t size, void *context) {
    (void)size;
    (void)context;
    for (int i = 0; i < object->dlpi_phnum; i++) { /* the program comes first */
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
        shim.text_begin = object->dlpi_addr + part->p_vaddr;
        shim.text_end = shim.text_begin + part->p_memsz;
    }
    return 1;
}

static uint64_t number_of(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

static int error_of(const char *text) {
    static const struct {
        const char *name;
        int error;
    } known[] = {{"ENOSPC", ENOSPC},
                 {"EIO", EIO},
                 {"EMFILE", EMFILE},
                 {"ENOMEM", ENOMEM},
                 {"EAGAIN", EAGAIN}};
    for (size_t i = 0; text && i < sizeof known / sizeof *known; i++)
        if (strcmp(text, known[i].name) == 0) return known[i].error;
    return text ? atoi(text) : 0;
}

static int classes_of(const char *text) {
    static const char *const names[] = {"alloc", "write", "sync", "open", "fd", "path", "thread"};
    int classes = 0;
    for (size_t i = 0; text && i < sizeof names / sizeof *names; i++)
        if (strstr(text, names[i])) classes |= 1 << i;
    return classes;
}

static void map_state(const char *path) {
    int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC) : -1;
    shim.local.armed = 1;
    shim.state = &shim.local;
    if (fd < 0) return;
    void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map != MAP_FAILED) shim.state = map;
    close(fd);
}

__attribute__((constructor)) static void begin(void) {
    const char *error = getenv("KOOP_FAIL_ERRNO"), *who = getenv("KOOP_FAIL_WHO");
    void *frames[2];
    find_thread_create();
    backtrace(frames, 2); /* loads what it needs now */
    dl_iterate_phdr(find_text, NULL);
    shim.classes = classes_of(getenv("KOOP_FAIL"));
    shim.at = number_of("KOOP_FAIL_AT", 0);
    shim.count = number_of("KOOP_FAIL_COUNT", 1);
    shim.every = number_of("KOOP_FAIL_EVERY", 0);
    shim.half = getenv("KOOP_FAIL_HALF") != NULL;
    shim.kill = error && strcmp(error, "kill") == 0;
    shim.error = error_of(error);
    shim.own = who && strcmp(who, "own") == 0;
    shim.during = getenv("KOOP_FAIL_WHILE");
    map_state(getenv("KOOP_FAIL_STATE"));
    unsetenv("LD_PRELOAD"); /* the program's children are left alone */
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) signal(crashes[i], on_crash);
    shim.ready = true;
}
