#include "memory.h"

#include <stdio.h>
#include <unistd.h>

/* As a container sees it (version 2); no limit reads "max", which is no number. */
static uint64_t group_limit(void) {
    unsigned long long bytes = 0;
    FILE *file = fopen("/sys/fs/cgroup/memory.max", "re");
    if (!file) return 0;
    if (fscanf(file, "%llu", &bytes) != 1) bytes = 0;
    fclose(file);
    return bytes;
}

uint64_t koop_memory_machine(void) {
    const long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    uint64_t bytes = pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : (uint64_t)1 << 30;
    const uint64_t limit = group_limit();
    return limit > 0 && limit < bytes ? limit : bytes;
}
