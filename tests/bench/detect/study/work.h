/* work: jobs done in processes of their own, some at a time, each leaving a file that is then read.
 *
 * Processes and not threads: oneDNN and OpenBLAS keep state of the whole process. A job whose file is
 * there already is not done again. */
#ifndef BENCH_WORK_H
#define BENCH_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { BENCH_JOB_NAME = 96, BENCH_JOBS_AT_A_TIME = 64 };

typedef struct bench_work {
    const char *title;     /* of the progress on stderr */
    const char *directory; /* where the files are */
    bool keep;             /* them, once they were read */
    size_t count;
    int at_a_time; /* 1..BENCH_JOBS_AT_A_TIME */
    void *context;
    void (*name)(const void *context, size_t job, char name[BENCH_JOB_NAME]);
    bool (*make)(void *context, size_t job, FILE *file); /* in a process of its own */
    bool (*take)(void *context, size_t job, FILE *file); /* in this one, job after job */
} bench_work;

/* Whether all were made and taken; else one line on stderr says what failed. No process is left. A signal that
 * kit_stop_signal tells of ends them all: false. */
bool bench_work_do(const bench_work *work);

#endif
