/* rule_value: the values of a rule's keys, from text and back. Internal to rule.c. Pure. */
#ifndef KOOP_RULE_VALUE_H
#define KOOP_RULE_VALUE_H

#include "rule.h"

/* Takes the value of `key`. false: *error says what the key wants. */
bool koop_rule_value_take(koop_rule *rule, koop_rule_key key, const char *value,
                          koop_config_error *error);

#endif
