/* alert_print: the rules [alert "NAME"], for check-config and alert list. Secrets stay untold: of a
 * webhook only the place is printed, of a program only its path. */
#ifndef KOOP_ALERT_PRINT_H
#define KOOP_ALERT_PRINT_H

#include "rule.h"

#include <stdio.h>

/* Every rule with every value and where it is from, as comments of a configuration file. */
void koop_alert_print_settings(FILE *out, const koop_rules *rules);

/* A line each: name, place, what it is sent for. */
void koop_alert_print_list(FILE *out, const koop_rules *rules);

/* [{"name", "line", "settings": [{"key", "value", "origin", "line"}, …]}, …]: only what the rule has;
 * "line" where the file has it. New reference. */
json_t *koop_alert_print_json(const koop_rules *rules);

#endif
