/* Any bytes as an alert's JSON: refused, or an alert that can be written in every format, says in
 * JSON what it said, and is read again as the same. */
#include "format.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds) {
    if (!holds) abort();
}

static void reads_back(const koop_alert *alert) {
    koop_alert again;
    json_t *json = koop_alert_to_json(alert);
    require(json != NULL && koop_alert_from_json(json, &again) == KOOP_OK);
    require(memcmp(alert, &again, sizeof again) == 0);
    json_decref(json);
    char *line = koop_alert_to_line(alert);
    require(line != NULL && strlen(line) < KOOP_ALERT_JSON_BYTES && !strchr(line, '\n'));
    free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    koop_alert alert;
    json_t *json = json_loadb((const char *)data, size, 0, NULL);
    const koop_status status = koop_alert_from_json(json, &alert);
    json_decref(json);
    if (status != KOOP_OK) return require(status == KOOP_BAD_MESSAGE), 0;
    reads_back(&alert);
    for (int f = 0; f < KOOP_FORMATS; f++) {
        koop_request request;
        require(koop_format_request(&request, (koop_alert_format)f, &alert) == KOOP_OK);
        for (int i = 0; i < request.n_headers; i++)
            require(!strpbrk(request.header[i], "\r\n") && strlen(request.header[i]) > 0);
        if (f != KOOP_FORMAT_NTFY) {
            json = json_loads(request.body, 0, NULL);
            require(json != NULL);
            json_decref(json);
        }
        koop_request_free(&request);
    }
    return 0;
}
