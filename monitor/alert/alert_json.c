#include "alert.h"

#include "take_json.h"

bool koop_alert_is_printable(const koop_alert *alert) {
    bool safe = koop_printable_all(alert->id) && koop_printable_all(alert->run) &&
                koop_printable_all(alert->name) && koop_printable_all(alert->host) &&
                koop_printable_all(alert->sentence);
    for (int g = 0; g < alert->n_groups; g++) safe &= koop_printable_all(alert->group[g].name);
    return safe;
}

static json_t *groups_to_json(const koop_alert *alert) {
    json_t *json = json_array();
    int bad = 0;
    for (int g = 0; g < alert->n_groups; g++)
        bad |= json_array_append_new(
            json, json_pack("[s, f]", alert->group[g].name, alert->group[g].share));
    if (!bad) return json;
    json_decref(json);
    return NULL;
}

json_t *koop_alert_to_json(const koop_alert *a) {
    char text[KOOP_ALERT_TEXT_BYTES];
    if (!koop_alert_is_printable(a)) return NULL;
    const json_int_t suppressed = a->suppressed > INT64_MAX ? INT64_MAX : (json_int_t)a->suppressed;
    return json_pack(
        "{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:I, s:I, s:I, s:s, s:o, s:I, s:s}",
        "schema", KOOP_ALERT_SCHEMA, "type", "alert", "id", a->id, "run", a->run, "name", a->name,
        "host", a->host, "kind", koop_alert_kind_name(a->kind), "level",
        koop_alert_level_name(koop_alert_level_of(a->kind)), "resolved", (int)a->resolved, "step",
        (json_int_t)a->step, "onset", (json_int_t)a->onset, "time_ms", (json_int_t)a->time_ms,
        "reason", a->sentence, "groups", groups_to_json(a), "suppressed", suppressed, "text",
        koop_alert_text(a, text));
}

char *koop_alert_to_line(const koop_alert *alert) {
    json_t *json = koop_alert_to_json(alert);
    char *line = json ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
    json_decref(json);
    return line;
}

static bool take_kind(const json_t *json, koop_alert_kind *out) {
    TAKE_NAMED(json, koop_alert_kind, koop_alert_kind_name, KOOP_ALERT_TEST, out);
}

static bool take_group(const json_t *row, koop_alert_group *group) {
    return take_text(json_array_get(row, 0), group->name, sizeof group->name) &&
           take_positive(json_array_get(row, 1), &group->share);
}

static bool take_groups(const json_t *json, koop_alert *alert) {
    if (!take_array(json, KOOP_EVENT_TOP_GROUPS, &alert->n_groups)) return false;
    for (int g = 0; g < alert->n_groups; g++)
        if (!take_group(json_array_get(json, (size_t)g), &alert->group[g])) return false;
    return true;
}

/* "level" and "text" follow from the others. */
static bool take_alert(const json_t *json, koop_alert *alert) {
    int64_t schema;
    return take_int64(json_object_get(json, "schema"), 1, KOOP_ALERT_SCHEMA, &schema) &&
           take_text(json_object_get(json, "id"), alert->id, sizeof alert->id) &&
           is_uuid(alert->id) &&
           take_text(json_object_get(json, "run"), alert->run, sizeof alert->run) &&
           is_uuid(alert->run) &&
           take_text(json_object_get(json, "name"), alert->name, sizeof alert->name) &&
           take_text(json_object_get(json, "host"), alert->host, sizeof alert->host) &&
           take_kind(json_object_get(json, "kind"), &alert->kind) &&
           take_bool(json_object_get(json, "resolved"), &alert->resolved) &&
           take_step(json_object_get(json, "step"), &alert->step) &&
           take_step(json_object_get(json, "onset"), &alert->onset) &&
           take_step(json_object_get(json, "time_ms"), &alert->time_ms) &&
           take_text(json_object_get(json, "reason"), alert->sentence, sizeof alert->sentence) &&
           take_groups(json_object_get(json, "groups"), alert) &&
           take_count(json_object_get(json, "suppressed"), &alert->suppressed);
}

koop_status koop_alert_from_json(const json_t *json, koop_alert *alert) {
    koop_alert taken;
    memset(&taken, 0, sizeof taken);
    if (!take_alert(json, &taken)) return KOOP_BAD_MESSAGE;
    *alert = taken;
    return KOOP_OK;
}
