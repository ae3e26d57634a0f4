/* alert_kit: alerts to test with. */
#ifndef ALERT_KIT_H
#define ALERT_KIT_H

#include "alert.h"

#include <string.h>

static inline koop_alert a_transition(void) {
    koop_alert alert;
    memset(&alert, 0, sizeof alert);
    strcpy(alert.id, "0123456789abcdef0123456789abcdef");
    strcpy(alert.run, "00112233445566778899aabbccddeeff");
    strcpy(alert.name, "fc1");
    strcpy(alert.host, "host3");
    alert.kind = KOOP_ALERT_TRANSITION;
    alert.step = 12410;
    alert.onset = 12380;
    alert.time_ms = 1767225600123; /* 2026-01-01T00:00:00.123Z */
    strcpy(alert.sentence, "updates 4× faster than usual; mostly in fc2 (61%)");
    alert.n_groups = 2;
    strcpy(alert.group[0].name, "fc2");
    alert.group[0].share = 0.61;
    strcpy(alert.group[1].name, "out");
    alert.group[1].share = 0.25;
    return alert;
}

#endif
