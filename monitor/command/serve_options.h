/* serve_options: the options of the daemon, which are the settings of the configuration file too.
 *
 * Those of the decomposition come first (without --batch, which makes no sense for a daemon), then the
 * daemon's own, and last KOOP_SERVE_COMMAND_LINE_OPTIONS that only a command line has. */
#ifndef KOOP_SERVE_OPTIONS_H
#define KOOP_SERVE_OPTIONS_H

#include "daemon.h"
#include "dmd_options.h"
#include "endpoint.h"
#include "options.h"

#include <limits.h>

enum {
    KOOP_SERVE_OWN_OPTIONS = 12,
    KOOP_SERVE_COMMAND_LINE_OPTIONS = 2,
    KOOP_SERVE_OPTIONS = KOOP_DMD_OPTIONS - 1 + KOOP_SERVE_OWN_OPTIONS
};

typedef struct koop_serve_arguments {
    koop_daemon_options daemon; /* what results, after _settle */
    koop_dmd_arguments dmd;
    const char *data, *log, *tcp, *keys; /* as parsed; NULL: not given */
    int acknowledge;                     /* index in the words of --ack */
    bool detach, gave_keys;
    char endpoint[KOOP_ENDPOINT_BYTES], tcp_endpoint[KOOP_ENDPOINT_BYTES];
    char data_dir[PATH_MAX], keys_dir[PATH_MAX], log_path[PATH_MAX];
} koop_serve_arguments;

/* Initialises `arguments` to the defaults and fills `options` with KOOP_SERVE_OPTIONS entries that
 * write to it. */
void koop_serve_options_list(koop_serve_arguments *arguments, koop_option *options);

/* [HOST:]PORT of --tcp as an endpoint whose views have a port too; * is every address of this
 * machine. false: it is none. */
bool koop_serve_options_tcp(const char *given, char endpoint[KOOP_ENDPOINT_BYTES]);

/* What --tcp wants, for a complaint. */
extern const char koop_serve_options_tcp_wants[];

/* The path as it is from everywhere; false: it is too long. */
bool koop_serve_options_absolute(const char *path, char out[PATH_MAX]);

/* After parsing: fills `daemon`, and refuses what does not fit together. KOOP_PROCEED or an exit
 * code. */
int koop_serve_options_settle(koop_serve_arguments *arguments, const char *connect);

#endif
