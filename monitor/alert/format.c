#include "format.h"

#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_MS = 86400000, ESCAPED_BYTES = 6 * KOOP_ALERT_TEXT_BYTES };

__attribute__((format(printf, 2, 3))) static void add_header(koop_request *request,
                                                             const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(request->header[request->n_headers++], KOOP_REQUEST_HEADER_BYTES, format, arguments);
    va_end(arguments);
}

/* "[critical] fc1 on host3: …". */
static void write_marked(const koop_alert *alert, char *out, size_t size) {
    char text[KOOP_ALERT_TEXT_BYTES];
    const char *level = koop_alert_level_name(koop_alert_level_of(alert->kind));
    snprintf(out, size, "[%s] %s", alert->resolved ? "resolved" : level,
             koop_alert_text(alert, text));
}

/* Slack decodes these three, and nothing else. */
static void put_entities(const char *text, char *out) {
    for (; *text; text++) {
        const char *entity = *text == '&' ? "&amp;" : *text == '<' ? "&lt;" : "&gt;";
        if (strchr("&<>", *text))
            out = stpcpy(out, entity);
        else
            *out++ = *text;
    }
    *out = '\0';
}

static void put_backslashes(const char *text, char *out) {
    for (; *text; text++) {
        if (strchr("\\*_~`|<>@[]", *text)) *out++ = '\\';
        *out++ = *text;
    }
    *out = '\0';
}

static json_t *slack(const koop_alert *alert) {
    char text[KOOP_ALERT_TEXT_BYTES + 16], escaped[ESCAPED_BYTES];
    write_marked(alert, text, sizeof text);
    put_entities(text, escaped);
    return json_pack("{s:s, s:b}", "text", escaped, "mrkdwn", 0);
}

static json_t *discord(const koop_alert *alert) {
    char text[KOOP_ALERT_TEXT_BYTES + 16], escaped[ESCAPED_BYTES];
    write_marked(alert, text, sizeof text);
    put_backslashes(text, escaped);
    return json_pack("{s:s, s:{s:[]}}", "content", escaped, "allowed_mentions", "parse");
}

/* The labels tell one alert from another: nothing in them changes when it is resolved. */
static json_t *alertmanager_labels(const koop_alert *alert) {
    static const char *const names[KOOP_ALERT_KINDS] = {
        "KoopmonTransition", "KoopmonSchedule", "KoopmonSettled",
        "KoopmonDiverging",  "KoopmonGrokking", "KoopmonStalled",
        "KoopmonNotFinite",  "KoopmonFinished", "KoopmonTest"};
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "alertname", names[alert->kind], "severity",
                     koop_alert_level_name(koop_alert_level_of(alert->kind)), "run", alert->run,
                     "name", alert->name, "host", alert->host);
}

/* A "resolved" has no start of its own: Alertmanager keeps that of the alert it knows. */
static json_t *alertmanager(const koop_alert *alert) {
    char text[KOOP_ALERT_TEXT_BYTES], time[KOOP_TEXT_BYTES], step[KOOP_TEXT_BYTES];
    const bool lasts = koop_alert_kind_lasts(alert->kind);
    const int64_t now_ms = alert->time_ms;
    snprintf(step, sizeof step, "%lld", (long long)alert->step);
    json_t *json =
        json_pack("{s:o, s:{s:s, s:s, s:s}}", "labels", alertmanager_labels(alert), "annotations",
                  "summary", koop_alert_text(alert, text), "step", step, "id", alert->id);
    int bad = json == NULL;
    if (!alert->resolved)
        bad |= json_object_set_new(json, "startsAt", json_string(koop_text_utc(time, now_ms)));
    if (alert->resolved)
        bad |= json_object_set_new(json, "endsAt", json_string(koop_text_utc(time, now_ms)));
    else if (lasts && now_ms < INT64_MAX - DAY_MS)
        bad |=
            json_object_set_new(json, "endsAt", json_string(koop_text_utc(time, now_ms + DAY_MS)));
    json_t *list = json_pack("[o]", json);
    if (!bad) return list;
    json_decref(list);
    return NULL;
}

static char *ntfy(const koop_alert *alert, koop_request *request) {
    static const char *const priorities[KOOP_ALERT_LEVELS] = {"3", "4", "5"};
    static const char *const tags[KOOP_ALERT_LEVELS] = {"information_source", "warning",
                                                        "rotating_light"};
    const koop_alert_level level = koop_alert_level_of(alert->kind);
    char text[KOOP_ALERT_TEXT_BYTES], headline[KOOP_ALERT_HEADLINE_BYTES];
    add_header(request, "Content-Type: text/plain; charset=utf-8");
    add_header(request, "Title: %s: %s", alert->name, koop_alert_headline(alert, headline));
    add_header(request, "Priority: %s", alert->resolved ? "3" : priorities[level]);
    add_header(request, "Tags: %s", alert->resolved ? "white_check_mark" : tags[level]);
    return strdup(koop_alert_text(alert, text));
}

static char *dump(json_t *json) {
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return text;
}

static char *write_body(koop_alert_format format, const koop_alert *alert, koop_request *request) {
    if (format == KOOP_FORMAT_NTFY) return ntfy(alert, request);
    add_header(request, "Content-Type: application/json");
    switch (format) {
    case KOOP_FORMAT_SLACK:
        return dump(slack(alert));
    case KOOP_FORMAT_DISCORD:
        return dump(discord(alert));
    case KOOP_FORMAT_ALERTMANAGER:
        return dump(alertmanager(alert));
    case KOOP_FORMAT_JSON:
    case KOOP_FORMAT_NTFY:
    case KOOP_FORMATS:
        break;
    }
    return koop_alert_to_line(alert);
}

koop_status koop_format_request(koop_request *request, koop_alert_format format,
                                const koop_alert *alert) {
    memset(request, 0, sizeof *request);
    if (!koop_alert_is_printable(alert)) return KOOP_BAD_ARGUMENT;
    request->body = write_body(format, alert, request);
    return request->body ? KOOP_OK : KOOP_NO_MEMORY;
}

void koop_request_free(koop_request *request) {
    free(request->body);
    request->body = NULL;
}
