/* client_recorder: a trainer that records (KOOPMON_MODE=offline) as fast as it can: 512 values that
 * oscillate, a loss. argv[1] snapshots; 0: until it is killed. argv[2], where given: a limit on the
 * file in bytes, for a full disk. Prints the reason it was disabled for. */
#include <koopmon.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum { VALUES = 512 };

int main(int argc, char **argv) {
    static float weights[VALUES];
    int64_t most = argc > 1 ? atoll(argv[1]) : 0;
    koop_client *client = NULL;
    if (argc > 2) {
        struct rlimit small = {strtoul(argv[2], NULL, 10), RLIM_INFINITY};
        if (setrlimit(RLIMIT_FSIZE, &small) != 0) return 2; /* SIGXFSZ would kill */
    }
    koop_open(&client, NULL);
    koop_declare(client, "w", KOOP_DTYPE_FLOAT32, 1, (size_t[]){VALUES});
    for (int64_t step = 0; most == 0 || step < most; step++) {
        for (int i = 0; i < VALUES; i++)
            weights[i] = (float)(cos(0.1 * (double)step + i) + i * 1e-3 * (double)step);
        koop_publish(client, step, (const void *const[]){weights},
                     (koop_scalar[]){{"loss", 1.0 / (double)(step + 1)}}, 1);
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    }
    koop_flush(client, 20000);
    if (koop_reason(client)) printf("%s\n", koop_reason(client));
    koop_close(&client, 20000);
    return 0;
}
