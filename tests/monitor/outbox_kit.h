/* outbox_kit: an outbox in a directory of its own, whose disk fails where the test wants it. */
#ifndef OUTBOX_KIT_H
#define OUTBOX_KIT_H

#include "outbox.h"

#include "alert_kit.h"
#include "journal_faults.h"
#include "serve_kit.h"

static char root[64];
static koop_outbox *outbox;
static char why[KOOP_OUTBOX_WHY_BYTES];

enum { BEGAN_MS = 1000, LATER_MS = 2000 };

static const char run_a[] = "000102030405060708090a0b0c0d0e0f", run_b[] = "ff";

static inline void file_path(char *out, size_t size, const char *name) {
    snprintf(out, size, "%s/alerts/%s", root, name);
}

static inline void open_outbox(void) {
    assert_int_equal(koop_outbox_open(&outbox, root, LATER_MS, why), KOOP_OK);
}

static inline void close_outbox(void) {
    koop_outbox_close(outbox);
    outbox = NULL;
}

static inline void reopen(void) {
    close_outbox();
    open_outbox();
}

/* A directory of its journal, without which a watch is not kept. */
static inline void make_run(const char *run) {
    char path[256];
    snprintf(path, sizeof path, "%s/runs/%s", root, run);
    assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
}

static inline int set_up(void **state) {
    (void)state;
    disarm();
    kit_make_directory(root);
    assert_int_equal(koop_outbox_open(&outbox, root, BEGAN_MS, why), KOOP_OK);
    assert_string_equal(why, "");
    make_run(run_a);
    make_run(run_b);
    return 0;
}

static inline int tear_down(void **state) {
    (void)state;
    disarm();
    close_outbox();
    kit_remove_tree(root);
    return 0;
}

static inline koop_parcel a_parcel(const char *rule, koop_alert_kind kind, int step) {
    koop_parcel parcel;
    memset(&parcel, 0, sizeof parcel);
    strcpy(parcel.rule, rule);
    parcel.alert = a_transition();
    parcel.alert.kind = kind;
    parcel.alert.step = step;
    strcpy(parcel.alert.run, run_a);
    koop_watch_id(run_a, rule, kind, (uint64_t)step, parcel.alert.id);
    return parcel;
}

static inline koop_watch *a_watch(const char *run) {
    koop_watch *watch = koop_outbox_watch(outbox, run);
    return watch ? watch : koop_outbox_add_watch(outbox, run);
}

/* Notes an alert of run_a; its number. */
static inline uint64_t note(const char *rule, koop_alert_kind kind, int step) {
    koop_parcel parcel = a_parcel(rule, kind, step);
    assert_int_equal(koop_outbox_note(outbox, a_watch(run_a), &parcel, 1), KOOP_OK);
    return parcel.number;
}

static inline size_t waiting(void) {
    size_t n = 0;
    while (koop_outbox_parcel(outbox, n)) n++;
    return n;
}

#endif
