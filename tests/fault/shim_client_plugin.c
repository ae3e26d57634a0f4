/* shim_client_plugin: a plugin with libkoopmon inside, as a trainer may load and unload one. */
#include <koopmon.h>

static koop_client *client;

/* Opens, publishes and leaves the client open. 0: it works. */
int plugin_train(void);
int plugin_train(void) {
    static const float weights[4] = {1, 2, 3, 4};
    if (koop_open(&client, NULL) != KOOP_OK) return 1;
    koop_declare(client, "w", KOOP_DTYPE_FLOAT32, 1, (size_t[]){4});
    for (int64_t step = 0; step < 100; step++)
        if (koop_publish(client, step, (const void *const[]){weights}, NULL, 0) != KOOP_OK)
            return 2;
    return koop_reason(client) != NULL;
}
