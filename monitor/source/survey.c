#include "survey.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static koop_status take(void *context, const koop_wire_message *message) {
    koop_survey *survey = context;
    if (message->type == KOOP_WIRE_HELLO && !survey->has_hello) {
        survey->hello = message->as.hello;
        survey->has_hello = true;
    }
    if (message->type != KOOP_WIRE_SNAPSHOT) return KOOP_OK;
    koop_pace_add(&survey->span, message->as.snapshot.time_ms);
    survey->last_seq = message->as.snapshot.seq;
    return KOOP_OK;
}

koop_status koop_survey_read(koop_survey *survey, const char *path) {
    memset(survey, 0, sizeof *survey);
    return koop_journal_read(path, take, survey, &survey->counters);
}

static double unit_ms(char unit) {
    switch (unit) {
    case 's':
        return 1e3;
    case 'm':
        return 60e3;
    case 'h':
        return 3600e3;
    case 'd':
        return 86400e3;
    }
    return 0;
}

bool koop_place_parse(const char *text, koop_place *place) {
    char *end;
    if (!isdigit((unsigned char)*text)) return false;
    /* No hexadecimal, exponent, infinity. */
    if (text[strspn(text, "0123456789. smhdago%")] != '\0') return false;
    const double value = strtod(text, &end);
    if (!(value < 0x1p63)) return false; /* no step is */
    if (*end == '\0') {
        if (value != floor(value) || strchr(text, '.')) return false;
        *place = (koop_place){KOOP_PLACE_STEP, value};
        return true;
    }
    if (strcmp(end, "%") == 0) {
        *place = (koop_place){KOOP_PLACE_SHARE, value / 100};
        return value <= 100;
    }
    while (*end == ' ') end++;
    const double ms = *end ? value * unit_ms(*end) : 0;
    if (!(ms > 0) || (end[1] != '\0' && strcmp(end + 1, " ago") != 0)) return false;
    *place = (koop_place){KOOP_PLACE_AGE_MS, ms};
    return true;
}

bool koop_place_reached(const koop_place *place, const koop_survey *survey, uint64_t index,
                        const koop_wire_snapshot *snapshot) {
    switch (place->kind) {
    case KOOP_PLACE_START:
        return true;
    case KOOP_PLACE_STEP:
        return (double)snapshot->step >= place->value;
    case KOOP_PLACE_SHARE:
        return (double)(index + 1) >= place->value * (double)survey->span.snapshots;
    case KOOP_PLACE_AGE_MS:
        return (double)survey->span.last_ms - (double)snapshot->time_ms <= place->value;
    }
    return true;
}
