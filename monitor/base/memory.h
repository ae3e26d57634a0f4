/* memory: how much of it the machine has for us. */
#ifndef KOOP_MEMORY_H
#define KOOP_MEMORY_H

#include <stdint.h>

/* Bytes: of the machine, or of the control group that we run in where that has less; 1 GiB where
 * neither can be told. */
uint64_t koop_memory_machine(void);

#endif
