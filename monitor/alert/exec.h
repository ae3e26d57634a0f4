/* exec: hands an alert to a program: the rule's words as its arguments, no shell; the alert in JSON on
 * one line (alert.h) on standard input, which ends behind it.
 *
 * The program gets the daemon's environment and directory, a process group of its own, no signal
 * blocked or ignored, no descriptor but the standard ones; its output goes nowhere, and the last line
 * it writes on standard error is told if it fails. Exit code 0 means delivered. Past the rule's time
 * limit its group gets SIGTERM, and when it has ended, or KOOP_EXEC_KILL_MS later, SIGKILL. What it
 * leaves running when it ends in time goes on. The process must not ignore SIGCHLD. */
#ifndef KOOP_EXEC_H
#define KOOP_EXEC_H

#include "channel.h"

enum { KOOP_EXEC_KILL_MS = 1000 };

/* Writes delivery and what: delivered, failed or stopped. */
void koop_exec_deliver(const koop_rule *rule, const koop_alert *alert, const atomic_bool *stop,
                       koop_outcome *outcome);

#endif
