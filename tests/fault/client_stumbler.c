/* client_stumbler: a trainer whose weights are not finite now and then, each time an event.
 *
 *     client_stumbler SNAPSHOTS EVERY MS
 * publishes so many snapshots of 64 values, one in MS milliseconds, each EVERY-th not finite, and says
 * goodbye once all is acknowledged. */
#include <koopmon.h>

#include <math.h>
#include <stdlib.h>
#include <time.h>

enum { VALUES = 64, PATIENCE_MS = 120000 };

int main(int argc, char **argv) {
    static float weights[VALUES];
    koop_client *client = NULL;
    if (argc != 4) return 2;
    const long snapshots = atol(argv[1]), every = atol(argv[2]), ms = atol(argv[3]);
    koop_open(&client, NULL);
    koop_declare(client, "w", KOOP_DTYPE_FLOAT32, 1, (size_t[]){VALUES});
    for (long step = 1; step <= snapshots; step++) {
        for (int i = 0; i < VALUES; i++)
            weights[i] = step % every == 0 ? NAN : (float)cos(0.1 * (double)step + i);
        koop_publish(client, step, (const void *const[]){weights}, NULL, 0);
        nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
    }
    koop_flush(client, PATIENCE_MS);
    koop_close(&client, PATIENCE_MS);
    return 0;
}
