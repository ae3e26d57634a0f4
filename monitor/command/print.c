#include "print.h"
#include "complain.h"
#include "printable.h"
#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void koop_print_runs(FILE *out, const koop_run_summary *runs, int n, int64_t now_ms) {
    int width = 4;
    for (int i = 0; i < n; i++)
        if ((int)strlen(runs[i].name) > width) width = (int)strlen(runs[i].name);
    if (n == 0) {
        fputs("no runs yet\n", out);
        return;
    }
    fprintf(out, "%-*s  %-8s  %-10s  %12s  %11s  %6s  %s\n", width, "name", "state", "phase",
            "step", "snapshots/s", "events", "age");
    for (int i = 0; i < n; i++) {
        const koop_run_summary *r = &runs[i];
        char step[KOOP_TEXT_BYTES], rate[KOOP_TEXT_BYTES], age[KOOP_TEXT_BYTES];
        fprintf(out, "%-*s  %-8s  %-10s  %12s  %11s  %6d  %s%s", width, r->name,
                koop_run_state_name(r->state), koop_phase_name(r->phase),
                koop_text_count(step, r->step), koop_text_value(rate, r->rate), r->n_events,
                koop_text_duration(age, (double)(now_ms - r->start_ms) / 1000),
                r->failing ? "  journal failing" : "");
        if (r->lost > 0) fprintf(out, "  lost %" PRIu64, r->lost);
        fputc('\n', out);
    }
}

void koop_print_spectrum(FILE *out, const koop_spectrum *spectrum) {
    fprintf(out, "%3s  %9s  %10s  %10s  %10s  %9s  %8s  %9s\n", "", "modulus", "re", "im", "growth",
            "period", "energy", "residual");
    for (int i = 0; i < spectrum->rank; i++) {
        const koop_mode *m = &spectrum->modes[i];
        char period[KOOP_TEXT_BYTES] = "-";
        if (m->frequency != 0) koop_text_value(period, 1 / fabs(m->frequency));
        fprintf(out, "%3d  %9.6f  %+10.6f  %+10.6f  %+10.3e  %9s  %8.2e  %9.2e%s\n", i + 1,
                koop_mode_modulus(m), m->re, m->im, m->growth, period, m->energy, m->residual,
                m->residual < KOOP_TRUSTED_RESIDUAL ? "" : "  not trusted");
    }
}

void koop_print_signals(FILE *out, const koop_signals *signals) {
    const char *between = "";
    for (int i = 0; i < KOOP_SIGNAL_COUNT; i++) {
        char value[KOOP_TEXT_BYTES];
        if (!(signals->available & 1u << i)) continue;
        bool modulus = i == KOOP_SIGNAL_MEAN_MODULUS || i == KOOP_SIGNAL_MAX_MODULUS;
        fprintf(out, "%s%s %s", between, koop_signal_name((koop_signal)i),
                modulus ? koop_text_modulus(value, signals->value[i])
                        : koop_text_value(value, signals->value[i]));
        between = ", ";
    }
    fputc('\n', out);
}

/* Widths of the columns of a list of events; 0 0 0 for one alone. */
typedef struct columns {
    int step, onset, kind;
} columns;

/* "  since 12,380"; blanks, or nothing in a line alone, where it would repeat the step. */
static void print_since(FILE *out, int64_t step, int64_t onset, int width) {
    char text[KOOP_TEXT_BYTES];
    if (onset < step)
        fprintf(out, "  since %*s", width, koop_text_count(text, onset));
    else if (width > 0)
        fprintf(out, "%*s", 8 + width, "");
}

static void print_event(FILE *out, const koop_event *event, columns c) {
    char step[KOOP_TEXT_BYTES];
    fprintf(out, "step %*s", c.step, koop_text_count(step, event->step));
    print_since(out, event->step, event->onset, c.onset);
    fprintf(out, "  %-*s  %s\n", c.kind, koop_event_kind_name(event->kind), event->sentence);
}

void koop_print_event(FILE *out, const koop_event *event) {
    print_event(out, event, (columns){0, 0, 0});
}

static void widen(int *width, const char *text) {
    if ((int)strlen(text) > *width) *width = (int)strlen(text);
}

static const char *why_ended(koop_run_state state) {
    return state == KOOP_RUN_STALLED ? "its trainer is not heard any more"
                                     : "its trainer said goodbye";
}

void koop_print_events(FILE *out, const koop_view *view) {
    char text[KOOP_TEXT_BYTES];
    const koop_run_summary *run = &view->run;
    const bool ended = run->state != KOOP_RUN_LIVE;
    columns c = {0, 0, 0};
    for (int i = 0; i < view->n_events; i++) {
        const koop_event *event = &view->events[i];
        widen(&c.step, koop_text_count(text, event->step));
        widen(&c.kind, koop_event_kind_name(event->kind));
        if (event->onset < event->step) widen(&c.onset, koop_text_count(text, event->onset));
    }
    if (ended) widen(&c.step, koop_text_count(text, run->step));
    if (ended) widen(&c.kind, koop_run_state_name(run->state));
    for (int i = 0; i < view->n_events; i++) print_event(out, &view->events[i], c);
    if (!ended) return;
    fprintf(out, "step %*s", c.step, koop_text_count(text, run->step));
    print_since(out, run->step, run->step, c.onset);
    fprintf(out, "  %-*s  %s\n", c.kind, koop_run_state_name(run->state), why_ended(run->state));
}

static void describe_run(FILE *out, const koop_view *view) {
    const koop_run_summary *r = &view->run;
    char step[KOOP_TEXT_BYTES], rate[KOOP_TEXT_BYTES], lag[KOOP_TEXT_BYTES];
    fprintf(out, "%s  %s  step %s", r->name, koop_run_state_name(r->state),
            koop_text_count(step, r->step));
    if (r->state == KOOP_RUN_LIVE)
        fprintf(out, "  %s snapshots/s  lag %s", koop_text_value(rate, r->rate),
                koop_text_duration(lag, r->lag_s));
    fprintf(out, "\nuuid      %s, pid %" PRId64 " on %s\n", r->uuid, r->pid, r->host);
    fprintf(out, "phase     %s: %s\n", koop_phase_name(r->phase), view->reason);
}

static void describe_window(FILE *out, const koop_view *view) {
    char parameters[KOOP_TEXT_BYTES], length[KOOP_TEXT_BYTES], eta[KOOP_TEXT_BYTES];
    fprintf(out, "window    %d of %d snapshots of %s values for %s parameters", view->filled,
            view->window, koop_text_size(length, view->length),
            koop_text_size(parameters, view->parameters));
    if (!view->has_spectrum && view->eta_s > 0)
        fprintf(out, "; first spectrum in about %s", koop_text_duration(eta, view->eta_s));
    fputc('\n', out);
    if (!view->has_spectrum) return;
    char step[KOOP_TEXT_BYTES];
    fprintf(out, "spectrum  step %s: %d modes, %d trusted, max|λ| %.4f, mean|λ| %.4f\n",
            koop_text_count(step, view->spectrum_step), view->spectrum.rank,
            koop_spectrum_trusted(&view->spectrum), koop_spectrum_max_modulus(&view->spectrum),
            koop_spectrum_mean_modulus(&view->spectrum));
    fputs("signals   ", out);
    koop_print_signals(out, &view->signals);
}

static void describe_scalars(FILE *out, const koop_view *view) {
    if (view->n_scalars == 0) return;
    fputs("scalars   ", out);
    for (int i = 0; i < view->n_scalars; i++) {
        char value[KOOP_TEXT_BYTES] = "not finite";
        if (view->scalars[i].finite) koop_text_value(value, view->scalars[i].value);
        fprintf(out, "%s%s %s", i ? ", " : "", view->scalars[i].name, value);
    }
    fputc('\n', out);
}

static void describe_groups(FILE *out, const koop_view *view) {
    if (view->n_groups < 2) return;
    fputs("moving    ", out);
    for (int i = 0; i < view->n_groups; i++) {
        char share[KOOP_TEXT_BYTES];
        fprintf(out, "%s%s %s", i ? ", " : "", view->groups[i].name,
                koop_text_percent(share, view->groups[i].share));
    }
    fputc('\n', out);
}

static void describe_trouble(FILE *out, const koop_run_summary *r) {
    const struct {
        uint64_t count;
        const char *one, *many;
    } troubles[] = {
        {r->dropped, "snapshot dropped by the trainer's ring",
         "snapshots dropped by the trainer's ring"},
        {r->lost, "snapshot published, but neither dropped nor in the journal",
         "snapshots published, but neither dropped nor in the journal"},
        {r->damaged, "damaged range of the journal passed over",
         "damaged ranges of the journal passed over"},
        {r->quarantined, "file in the journal's quarantine", "files in the journal's quarantine"},
        {r->not_finite, "snapshot not finite", "snapshots not finite"},
        {r->refused, "message refused", "messages refused"}};
    if (r->failing) fputs("trouble   the journal cannot be written: nothing is taken\n", out);
    for (size_t i = 0; i < sizeof troubles / sizeof *troubles; i++)
        if (troubles[i].count)
            fprintf(out, "trouble   %" PRIu64 " %s\n", troubles[i].count,
                    troubles[i].count == 1 ? troubles[i].one : troubles[i].many);
}

void koop_print_view(FILE *out, const koop_view *view) {
    describe_run(out, view);
    describe_window(out, view);
    describe_scalars(out, view);
    describe_groups(out, view);
    describe_trouble(out, &view->run);
    fprintf(out, "events    %d", view->run.n_events);
    if (view->n_events > 0) {
        fputs(", the last: ", out);
        koop_print_event(out, &view->events[view->n_events - 1]);
    } else {
        fputc('\n', out);
    }
}

enum { TEXT_BYTES = 1024 };

static const char *text_of(const json_t *object, const char *key, char out[TEXT_BYTES]) {
    const char *text = json_string_value(json_object_get(object, key));
    return koop_printable(text ? text : "?", out, TEXT_BYTES);
}

void koop_print_line(FILE *out, const json_t *line) {
    char count[KOOP_TEXT_BYTES], name[TEXT_BYTES], kind[TEXT_BYTES], reason[TEXT_BYTES];
    fputs(text_of(line, "name", name), out);
    if (json_object_get(line, "state")) {
        fprintf(out, "  %s\n", text_of(line, "state", kind));
        return;
    }
    const int64_t step = json_integer_value(json_object_get(line, "step"));
    fprintf(out, "  step %s", koop_text_count(count, step));
    print_since(out, step, json_integer_value(json_object_get(line, "onset")), 0);
    fprintf(out, "  %s  %s\n", text_of(line, "kind", kind), text_of(line, "reason", reason));
}

static void describe_counters(FILE *out, json_t *object) {
    char number[KOOP_TEXT_BYTES];
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) {
        bool named = strcmp(key, "version") == 0 || strcmp(key, "pid") == 0 ||
                     strcmp(key, "uptime_s") == 0 || strcmp(key, "endpoint") == 0 ||
                     strcmp(key, "runs") == 0 || strcmp(key, "alerts") == 0;
        if (named) continue;
        if (json_is_object(value)) describe_counters(out, value);
        char name[TEXT_BYTES], text[TEXT_BYTES];
        koop_printable(key, name, sizeof name);
        if (json_is_string(value))
            fprintf(out, "  %s: %s\n", name,
                    koop_printable(json_string_value(value), text, sizeof text));
        if (json_is_integer(value) && json_integer_value(value) != 0)
            fprintf(out, "  %s: %" JSON_INTEGER_FORMAT "\n", name, json_integer_value(value));
        if (json_is_real(value))
            fprintf(out, "  %s: %s\n", name, koop_text_value(number, json_real_value(value)));
    }
}

static json_int_t whole_of(const json_t *object, const char *key) {
    return json_integer_value(json_object_get(object, key));
}

static void describe_alerts(FILE *out, const json_t *alerts) {
    const json_t *rule;
    size_t i;
    char name[TEXT_BYTES];
    json_array_foreach(json_object_get(alerts, "rules"), i, rule) {
        fprintf(out,
                "  alert %s: %" JSON_INTEGER_FORMAT " sent, %" JSON_INTEGER_FORMAT
                " waiting, %" JSON_INTEGER_FORMAT " failed, %" JSON_INTEGER_FORMAT
                " suppressed%s\n",
                text_of(rule, "name", name), whole_of(rule, "sent"), whole_of(rule, "waiting"),
                whole_of(rule, "failed"), whole_of(rule, "suppressed"),
                json_is_true(json_object_get(rule, "failing")) ? "; not delivered at present" : "");
    }
    if (whole_of(alerts, "orphans") > 0)
        fprintf(out, "  alerts that wait for a section that is gone: %" JSON_INTEGER_FORMAT "\n",
                whole_of(alerts, "orphans"));
    if (json_is_false(json_object_get(alerts, "possible")))
        fprintf(out, "  no alerts: their file cannot be opened, see the log\n");
    else if (json_is_false(json_object_get(alerts, "kept")))
        fprintf(out, "  alerts are not kept at present: their file cannot be written\n");
}

void koop_print_daemon(FILE *out, json_t *status) {
    char up[KOOP_TEXT_BYTES], version[TEXT_BYTES], endpoint[TEXT_BYTES];
    fprintf(out, "daemon %s, pid %" JSON_INTEGER_FORMAT ", up %s, at %s\n",
            text_of(status, "version", version), json_integer_value(json_object_get(status, "pid")),
            koop_text_duration(up, json_number_value(json_object_get(status, "uptime_s"))),
            text_of(status, "endpoint", endpoint));
    describe_counters(out, status);
    describe_alerts(out, json_object_get(status, "alerts"));
}

/* JSON need not escape all that a terminal could obey. It stands in strings only, so it may be. */
static void print_escaped(FILE *out, const char *text) {
    const char *plain = text; /* up to `text`: not printed yet */
    while (*text) {
        bool safe;
        uint32_t code;
        size_t n = koop_printable_next(text, &safe, &code);
        if (!safe) {
            fwrite(plain, 1, (size_t)(text - plain), out);
            if (code > 0xffff)
                fprintf(out, "\\u%04x\\u%04x", 0xd7c0 + (unsigned)(code >> 10),
                        0xdc00 + (unsigned)(code & 0x3ff));
            else
                fprintf(out, "\\u%04x", (unsigned)code);
            plain = text + n;
        }
        text += n;
    }
    fwrite(plain, 1, (size_t)(text - plain), out);
}

int koop_print_json_part(FILE *out, json_t *json) {
    if (!json) return koop_complain(KOOP_EXIT_USAGE, "out of memory");
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    if (!text) return koop_complain(KOOP_EXIT_USAGE, "out of memory");
    print_escaped(out, text);
    free(text);
    return KOOP_EXIT_OK;
}

int koop_print_json(FILE *out, json_t *json) {
    const int code = koop_print_json_part(out, json);
    if (code == KOOP_EXIT_OK) fputc('\n', out);
    return code;
}

const char *koop_print_path(const char *path, char out[KOOP_PRINT_PATH_BYTES]) {
    return koop_printable(path, out, KOOP_PRINT_PATH_BYTES);
}

json_t *koop_print_string(const char *text) {
    json_t *json = json_string(text);
    if (json) return json;
    size_t length = strlen(text), used = 0;
    char *escaped = malloc(4 * length + 1);
    if (!escaped) return NULL;
    for (size_t i = 0; i < length; i++)
        used +=
            (size_t)snprintf(escaped + used, 5, (unsigned char)text[i] < 0x80 ? "%c" : "\\x%02x",
                             (unsigned char)text[i]);
    json = json_string(escaped);
    free(escaped);
    return json;
}
