/* publish: the daemon's view endpoint: answers requests about runs, streams updates to followers.
 *
 * One JSON text per message over a ZeroMQ ROUTER. Requests, and their answers (always an object
 * with "schema": 1, and "error": {"code","text"} instead of the rest when refused, code being the
 * exit code of the command line: 4 no such run):
 *     {"get":"runs"}               {"runs":[summary, …]}           newest first
 *     {"get":"view","run":R}       {"view":view}                   R: name, uuid or its prefix
 *     {"get":"status"}             {"status":{"version","pid","uptime_s","endpoint","runs",…}}
 *     {"get":"follow","run":R}     {"following":uuid}, or {"following":"*"} for run null; then
 *         {"type":"update","run":uuid,"name","step","rank","eigenvalues","signals"}
 *         {"type":"event","run","name",…event}
 *         {"type":"state","run","name","state"}
 *     A follower repeats its request every 2 s; one that has not for 6 s is forgotten. A follower
 *     that does not read loses lines (counted), never holds up the daemon.
 * Shapes of summary, view and event: run/view_json.h. */
#ifndef KOOP_PUBLISH_H
#define KOOP_PUBLISH_H

#endif
