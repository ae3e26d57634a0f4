#include "outcome.h"

#include "printable.h"

#include <stdarg.h>
#include <stdio.h>

const char *koop_delivery_name(koop_delivery delivery) {
    switch (delivery) {
    case KOOP_DELIVERED:
        return "delivered";
    case KOOP_DELIVERY_FAILED:
        return "failed";
    case KOOP_DELIVERY_REFUSED:
        return "refused";
    case KOOP_DELIVERY_STOPPED:
        return "stopped";
    }
    return "?";
}

void koop_outcome_set(koop_outcome *outcome, koop_delivery delivery, const char *format, ...) {
    char text[KOOP_OUTCOME_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    outcome->delivery = delivery;
    koop_printable(text, outcome->what, sizeof outcome->what);
}
