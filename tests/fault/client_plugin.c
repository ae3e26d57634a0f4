/* client_plugin: loads the plugin argv[1], lets it publish, and unloads it while it does. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
    int (*train)(void) = NULL;
    if (argc != 2) return 2;
    void *plugin = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    void *symbol = plugin ? dlsym(plugin, "plugin_train") : NULL;
    memcpy(&train, &symbol, sizeof train);
    if (!train) {
        fprintf(stderr, "%s\n", dlerror());
        return 2;
    }
    if (train() != 0 || dlclose(plugin) != 0) return 1;
    nanosleep(&(struct timespec){.tv_nsec = 700000000}, NULL); /* a PING is due meanwhile */
    int status = -1;
    pid_t child = fork(); /* its handlers run */
    if (child == 0) _exit(0);
    return waitpid(child, &status, 0) != child || status != 0;
}
