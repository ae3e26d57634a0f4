#include "complain.h"

#include "printable.h"

#include <stdarg.h>
#include <stdio.h>

enum { LINE_BYTES = 16384 };

static void complain(const char *command, const char *format, va_list arguments) {
    char line[LINE_BYTES], safe[LINE_BYTES];
    vsnprintf(line, sizeof line, format, arguments);
    fprintf(stderr, "koopmon%s%s: %s\n", *command ? " " : "", command,
            koop_printable(line, safe, sizeof safe));
}

int koop_complain(int code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    complain("", format, arguments);
    va_end(arguments);
    return code;
}

int koop_complain_of(const char *command, int code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    complain(command, format, arguments);
    va_end(arguments);
    return code;
}
