#include "alert.h"

#include "printable.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const level_names[KOOP_ALERT_LEVELS] = {"info", "warning", "critical"};

const char *koop_alert_kind_name(koop_alert_kind kind) {
    if (kind == KOOP_ALERT_FINISHED) return "finished";
    if (kind == KOOP_ALERT_TEST) return "test";
    return koop_event_kind_name((koop_event_kind)kind);
}

bool koop_alert_kind_of(const char *name, koop_alert_kind *kind) {
    if (strcmp(name, "grokking") == 0) name = "grokking?";
    for (int k = 0; k < KOOP_ALERT_KINDS; k++) {
        if (strcmp(name, koop_alert_kind_name((koop_alert_kind)k)) != 0) continue;
        *kind = (koop_alert_kind)k;
        return true;
    }
    return false;
}

koop_alert_level koop_alert_level_of(koop_alert_kind kind) {
    switch (kind) {
    case KOOP_ALERT_DIVERGING:
    case KOOP_ALERT_NOT_FINITE:
        return KOOP_ALERT_CRITICAL;
    case KOOP_ALERT_TRANSITION:
    case KOOP_ALERT_STALLED:
        return KOOP_ALERT_WARNING;
    case KOOP_ALERT_SCHEDULE:
    case KOOP_ALERT_SETTLED:
    case KOOP_ALERT_GROKKING:
    case KOOP_ALERT_FINISHED:
    case KOOP_ALERT_TEST:
    case KOOP_ALERT_KINDS:
        break;
    }
    return KOOP_ALERT_INFO;
}

const char *koop_alert_level_name(koop_alert_level level) {
    return level_names[level];
}

bool koop_alert_kind_lasts(koop_alert_kind kind) {
    return kind == KOOP_ALERT_TRANSITION || kind == KOOP_ALERT_DIVERGING ||
           kind == KOOP_ALERT_STALLED || kind == KOOP_ALERT_NOT_FINITE;
}

const char *koop_alert_headline(const koop_alert *alert, char out[KOOP_ALERT_HEADLINE_BYTES]) {
    snprintf(out, KOOP_ALERT_HEADLINE_BYTES, "%s%s", koop_alert_kind_name(alert->kind),
             alert->resolved ? " resolved" : "");
    return out;
}

/* " at step 12,410 (since 12,380)"; nothing of a test, which has no step. */
static const char *when(const koop_alert *alert, char *out, size_t size) {
    char step[KOOP_TEXT_BYTES], onset[KOOP_TEXT_BYTES];
    koop_text_count(step, alert->step);
    out[0] = '\0';
    if (alert->kind == KOOP_ALERT_TEST) return out;
    if (alert->onset < alert->step)
        snprintf(out, size, " at step %s (since %s)", step, koop_text_count(onset, alert->onset));
    else
        snprintf(out, size, " at step %s", step);
    return out;
}

const char *koop_alert_text(const koop_alert *alert, char out[KOOP_ALERT_TEXT_BYTES]) {
    char text[KOOP_ALERT_TEXT_BYTES], place[2 * KOOP_TEXT_BYTES + 32], more[48] = "";
    char headline[KOOP_ALERT_HEADLINE_BYTES];
    if (alert->suppressed > 0)
        snprintf(more, sizeof more, " (%" PRIu64 " more left out)", alert->suppressed);
    snprintf(text, sizeof text, "%s on %s: %s%s%s%s%s", alert->name, alert->host,
             koop_alert_headline(alert, headline), when(alert, place, sizeof place),
             *alert->sentence ? ": " : "", alert->sentence, more);
    return koop_printable(text, out, KOOP_ALERT_TEXT_BYTES);
}
