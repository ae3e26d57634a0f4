#include "bell.h"

#include <unistd.h>

void koop_bell_ring(void) {
    const int fd = isatty(STDOUT_FILENO) ? STDOUT_FILENO : STDERR_FILENO;
    if (isatty(fd)) (void)!write(fd, "\a", 1);
}
