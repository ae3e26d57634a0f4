/* program: the command line program that trains a network on images, publishes and records it. What
 * differs between the trainers is in a kit_program. */
#ifndef KIT_PROGRAM_H
#define KIT_PROGRAM_H

#include "training.h"

typedef struct kit_program {
    const char *name;   /* "lenet" */
    const char *model;  /* for people, as metadata of the run */
    const char *usage;  /* above the table of --help */
    const char *groups; /* one line of --help: what --record-group takes */
    kit_dataset_kind data;
    long batch;                    /* defaults of the options … */
    kit_training_options training; /* … its seed is the options' */
    long threads;                  /* 0: as OpenMP takes them */
    const char *record_group;
    koop_status (*make)(kit_network **out, int batch, uint64_t seed);
} kit_program;

/* Exit code: 0; 1: it could not go on; 2: usage; 128 + signal. */
int kit_program_run(const kit_program *program, int argc, char **argv);

#endif
