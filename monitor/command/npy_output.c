#include "npy_output.h"
#include "output_file.h"

#include <stdio.h>
#include <string.h>

enum { HEADER_BYTES = 128, PREFIX_BYTES = 10 };

int koop_npy_output(const char *command, const char *path, bool force, int rows, int columns,
                    bool pairs, const double *values) {
    const size_t count = (size_t)rows * (size_t)columns * (pairs ? 2 : 1);
    char header[HEADER_BYTES], text[HEADER_BYTES - PREFIX_BYTES];
    const int used = snprintf(
        text, sizeof text, "{'descr': '%c%s', 'fortran_order': False, 'shape': (%d, %d), }",
        __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? '<' : '>', pairs ? "c16" : "f8", rows, columns);
    memset(header, ' ', sizeof header);
    memcpy(header, "\x93NUMPY\x01\x00", 8);
    header[8] = (char)sizeof text;
    header[9] = 0;
    memcpy(header + PREFIX_BYTES, text, (size_t)used);
    header[HEADER_BYTES - 1] = '\n';
    const koop_output_part parts[2] = {{header, sizeof header}, {values, count * sizeof *values}};
    return koop_output_write(command, path, force, parts, 2);
}
