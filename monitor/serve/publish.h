/* publish: the daemon's view endpoint: answers requests about runs, streams updates to followers.
 *
 * One JSON text per message over a ZeroMQ ROUTER. Requests, and their answers (always an object
 * with "schema": 1, and "error": {"code","text"} instead of the rest when refused, code being the
 * exit code of the command line: 2 no such request, 3 key not allowed any more, 4 no such run):
 *     {"get":"runs"}               {"runs":[summary, …]}           newest first
 *     {"get":"view","run":R}       {"view":view}                   R: name, uuid or its prefix
 *     {"get":"status"}             {"status":{"version","pid","uptime_s","endpoint","runs",…}}
 *     {"get":"follow","run":R}     {"following":uuid}, or {"following":"*"} for run null; then
 *         {"type":"state","run","name","state"}   now, and whenever it changes
 *         {"type":"update","run":uuid,"name","step","rank","eigenvalues","signals"}
 *         {"type":"event","run","name",…event}
 *     A follower repeats its request every 2 s; one that has not for 6 s is forgotten. A follower
 *     that does not read loses lines (counted), never holds up the daemon.
 * Requests are always read, so that an asker that sends without end and reads nothing holds up
 * nobody: beyond 32 of one asker in a round, and where the asker is gone or its answers wait
 * unread, they are discarded unanswered, and counted.
 * A request may carry an integer "id", which its answer repeats: so an answer that comes after the
 * asker's patience ended is not taken for the next one.
 * Shapes of summary, view and event: run/view_json.h.
 *
 * The main thread owns all of it. */
#ifndef KOOP_PUBLISH_H
#define KOOP_PUBLISH_H

#include "feed.h"
#include "gate.h"
#include "guard.h"
#include "runs.h"

#include <jansson.h>

typedef json_t *koop_publish_status(void *context); /* the "status" object; a new reference */

typedef struct koop_publish_options {
    void *zmq;                    /* context; outlives the publish */
    koop_gate *gate;              /* of the tcp endpoints; NULL: none; borrowed */
    const char *const *endpoints; /* to bind; read by the constructor only */
    int n_endpoints;
    koop_runs *runs; /* borrowed, as all below */
    koop_feed *feed;
    koop_guard *guard;   /* NULL: none */
    uint64_t io_threads; /* of the context, a bit for each that may serve; 0: all */
    koop_publish_status *status;
    void *context;
} koop_publish_options;

typedef struct koop_publish koop_publish;

/* KOOP_NO_MEMORY, KOOP_IO_FAILED: an endpoint could not be bound, zmq_errno says why. */
koop_status koop_publish_new(koop_publish **out, const koop_publish_options *options);
void koop_publish_free(koop_publish *publish); /* NULL is allowed */

void *koop_publish_socket(const koop_publish *publish); /* to poll for input */

/* Answers the requests that wait (a bounded number), sends the feed's lines and state changes on,
 * forgets followers that fell silent. Never waits. */
void koop_publish_serve(koop_publish *publish);

int koop_publish_followers(const koop_publish *publish);
uint64_t koop_publish_dropped(const koop_publish *publish);   /* lines lost by followers */
uint64_t koop_publish_discarded(const koop_publish *publish); /* requests unanswered */

#endif
