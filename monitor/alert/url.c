#include "url.h"

#include "printable.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A part of the parsed address, to be freed by curl_free; NULL: it has none. */
static char *part(CURLU *parsed, CURLUPart which) {
    char *text = NULL;
    return curl_url_get(parsed, which, &text, 0) == CURLUE_OK ? text : NULL;
}

static bool is_ours(const char *url) {
    return strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0;
}

static CURLU *parse(const char *url) {
    CURLU *parsed = is_ours(url) ? curl_url() : NULL;
    if (!parsed || curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK) return parsed;
    curl_url_cleanup(parsed);
    return NULL;
}

const char *koop_url_check(const char *url) {
    if (!is_ours(url)) return "an address that begins with https:// or http://";
    CURLU *parsed = parse(url);
    curl_url_cleanup(parsed);
    return parsed ? NULL : "an address https://host/path or http://host:port/path";
}

const char *koop_url_place(const char *url, char out[KOOP_URL_PLACE_BYTES]) {
    CURLU *parsed = parse(url);
    if (!parsed) return strcpy(out, "?");
    char place[KOOP_URL_PLACE_BYTES];
    char *scheme = part(parsed, CURLUPART_SCHEME), *host = part(parsed, CURLUPART_HOST);
    char *port = part(parsed, CURLUPART_PORT);
    snprintf(place, sizeof place, "%s://%s%s%s/…", scheme ? scheme : "", host ? host : "",
             port ? ":" : "", port ? port : "");
    koop_printable(place, out, KOOP_URL_PLACE_BYTES);
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(parsed);
    return out;
}

/* Puts … wherever `text` has word[0..n). */
static void hide_word(char *text, const char *word, size_t n) {
    static const char ellipsis[] = "…";
    const size_t kept = sizeof ellipsis - 1;
    for (char *at = text; n >= kept && *at; at++) {
        if (strncmp(at, word, n) != 0) continue;
        memcpy(at, ellipsis, kept);
        memmove(at + kept, at + n, strlen(at + n) + 1);
        at += kept - 1;
    }
}

/* The whole of it, then its parts, for a server that decodes or splits what it quotes. */
static void hide_part(char *text, const char *secret) {
    static const char between[] = "/?&=%+.,;:@";
    if (strlen(secret) >= KOOP_URL_PART_BYTES / 2) hide_word(text, secret, strlen(secret));
    for (size_t n; *secret; secret += n + (secret[n] != '\0')) {
        n = strcspn(secret, between);
        if (n >= KOOP_URL_PART_BYTES) hide_word(text, secret, n);
    }
}

void koop_url_hide(const char *url, char *text) {
    static const CURLUPart secrets[] = {CURLUPART_PATH, CURLUPART_QUERY, CURLUPART_FRAGMENT,
                                        CURLUPART_USER, CURLUPART_PASSWORD};
    CURLU *parsed = parse(url);
    for (size_t i = 0; parsed && i < sizeof secrets / sizeof *secrets; i++) {
        char *secret = part(parsed, secrets[i]);
        if (secret) hide_part(text, secret);
        curl_free(secret);
    }
    curl_url_cleanup(parsed);
}
