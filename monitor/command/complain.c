#include "complain.h"

#include <stdarg.h>
#include <stdio.h>

int koop_complain(int code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("koopmon: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return code;
}
