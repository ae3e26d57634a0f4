#include "command.h"

int main(int argc, char **argv) {
    return koop_command_main(argc, argv);
}
