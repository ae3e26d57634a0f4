#include "command.h"

#include <signal.h>

/* Where whoever started us ignored SIGCHLD, the exit code of a program that gets an alert would be
 * lost, and the program run again and again. */
int main(int argc, char **argv) {
    signal(SIGCHLD, SIG_DFL);
    return koop_command_main(argc, argv);
}
