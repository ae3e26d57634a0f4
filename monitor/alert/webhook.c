#include "webhook.h"

#include "format.h"
#include "url.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum {
    CONNECT_MS = 5000,
    BODY_BYTES = 65536,     /* an answer's body is not read further */
    FIRST_LINE_BYTES = 513, /* kept of it; */
    TOLD_BYTES = 160,       /* told, which is so much less that no secret is cut and so not found */
    LOOK_MS = 100           /* between looks at *stop */
};

typedef struct answer {
    size_t size; /* of the body, so far */
    char first[FIRST_LINE_BYTES];
} answer;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode started;

static void start_once(void) {
    started = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context) {
    answer *a = context;
    const size_t n = size * count;
    if (a->size < FIRST_LINE_BYTES - 1) {
        const size_t room = FIRST_LINE_BYTES - 1 - a->size, taken = n < room ? n : room;
        memcpy(a->first + a->size, bytes, taken);
        a->first[a->size + taken] = '\0';
    }
    a->size += n;
    return a->size <= BODY_BYTES ? n : 0; /* less than n ends the transfer */
}

static struct curl_slist *list_headers(const koop_request *request, const koop_alert *alert) {
    char key[64];
    snprintf(key, sizeof key, "Idempotency-Key: %s%s", alert->id,
             alert->resolved ? "-resolved" : "");
    struct curl_slist *list = curl_slist_append(NULL, key), *longer = list;
    for (int i = 0; longer && i < request->n_headers; i++)
        if ((longer = curl_slist_append(list, request->header[i]))) list = longer;
    if (longer && (longer = curl_slist_append(list, "Expect:")))
        return longer; /* no waiting for 100 */
    curl_slist_free_all(list);
    return NULL;
}

static bool prepare(CURL *curl, const koop_rule *rule, const koop_request *request, answer *a,
                    struct curl_slist *headers, char error[CURL_ERROR_SIZE]) {
    const long limit_ms = rule->timeout_s * 1000L;
    unsigned bad = 0;
    bad |= curl_easy_setopt(curl, CURLOPT_URL, rule->webhook);
    bad |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    bad |= curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
    bad |= curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    bad |= curl_easy_setopt(curl, CURLOPT_USERAGENT, "koopmon/" KOOP_VERSION);
    bad |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    bad |= curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, limit_ms);
    bad |= curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                            limit_ms < CONNECT_MS ? limit_ms : CONNECT_MS);
    bad |= curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    bad |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    bad |= curl_easy_setopt(curl, CURLOPT_WRITEDATA, a);
    bad |= curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L); /* nor wait for a name that hangs */
    bad |= curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
    return bad == 0;
}

static koop_delivery judge(long status) {
    if (status >= 200 && status < 300) return KOOP_DELIVERED;
    if (status < 200 || status == 408 || status == 429 || status >= 500)
        return KOOP_DELIVERY_FAILED;
    return KOOP_DELIVERY_REFUSED;
}

static int retry_after_s(CURL *curl) {
    curl_off_t asked = 0;
    if (curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &asked) != CURLE_OK || asked <= 0) return 0;
    return asked < KOOP_RETRY_AFTER_MAX_S ? (int)asked : KOOP_RETRY_AFTER_MAX_S;
}

/* What the server said counts, however the connection ended then. */
static void tell(CURL *curl, CURLcode code, answer *a, const char *url, const char *error,
                 koop_outcome *outcome) {
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200) {
        const koop_delivery delivery = judge(status);
        a->first[strcspn(a->first, "\r\n")] = '\0';
        koop_url_hide(url, a->first);
        const bool explains = delivery != KOOP_DELIVERED && a->first[0];
        outcome->http_status = (int)status;
        if (delivery == KOOP_DELIVERY_FAILED) outcome->retry_after_s = retry_after_s(curl);
        koop_outcome_set(outcome, delivery, "HTTP %ld%s%.*s", status, explains ? ": " : "",
                         TOLD_BYTES,
                         explains            ? a->first
                         : status / 100 == 3 ? ": a redirect, not followed"
                                             : "");
    } else if (code == CURLE_ABORTED_BY_CALLBACK) {
        koop_outcome_set(outcome, KOOP_DELIVERY_STOPPED, "stopped");
    } else {
        const char *why = *error ? error : curl_easy_strerror(code);
        koop_outcome_set(outcome, KOOP_DELIVERY_FAILED, "%s", why);
    }
}

/* curl_easy_perform would look at *stop once a second. */
static CURLcode transfer(CURLM *multi, const atomic_bool *stop) {
    int running = 1, queued;
    while (curl_multi_perform(multi, &running) == CURLM_OK && running > 0) {
        if (stop && atomic_load(stop)) return CURLE_ABORTED_BY_CALLBACK;
        if (curl_multi_poll(multi, NULL, 0, LOOK_MS, NULL) != CURLM_OK) break;
    }
    const CURLMsg *message = curl_multi_info_read(multi, &queued);
    return message && message->msg == CURLMSG_DONE ? message->data.result : CURLE_OUT_OF_MEMORY;
}

static bool perform(CURL *curl, const koop_rule *rule, const koop_alert *alert,
                    const koop_request *request, const atomic_bool *stop, koop_outcome *outcome) {
    char error[CURL_ERROR_SIZE] = "";
    answer a = {.size = 0};
    struct curl_slist *headers = list_headers(request, alert);
    CURLM *multi = curl_multi_init();
    const bool ready = headers && multi && prepare(curl, rule, request, &a, headers, error) &&
                       curl_multi_add_handle(multi, curl) == CURLM_OK;
    if (ready) {
        tell(curl, transfer(multi, stop), &a, rule->webhook, error, outcome);
        curl_multi_remove_handle(multi, curl);
    }
    curl_multi_cleanup(multi);
    curl_slist_free_all(headers);
    return ready;
}

void koop_webhook_deliver(const koop_rule *rule, const koop_alert *alert, const atomic_bool *stop,
                          koop_outcome *outcome) {
    koop_request request = {.body = NULL};
    pthread_once(&once, start_once);
    CURL *curl = started == CURLE_OK ? curl_easy_init() : NULL;
    const bool formatted = koop_format_request(&request, rule->format, alert) == KOOP_OK;
    if (!curl || !formatted || !perform(curl, rule, alert, &request, stop, outcome))
        koop_outcome_set(outcome, KOOP_DELIVERY_FAILED, "out of memory");
    koop_request_free(&request);
    curl_easy_cleanup(curl);
}
