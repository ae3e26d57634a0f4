#include "stop.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t stopped_by; /* the signal, or 0 */

static void stop(int signal_number) {
    stopped_by = signal_number;
}

void kit_stop_catch(void) {
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int kit_stop_signal(void) {
    return stopped_by;
}

int kit_stop_exit_code(bool well) {
    if (stopped_by) return 128 + stopped_by;
    return well ? 0 : 1;
}
