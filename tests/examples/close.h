/* close: comparison of doubles for the tests (cmocka's own compares floats). */
#ifndef TEST_CLOSE_H
#define TEST_CLOSE_H

#include <math.h>

/* |actual − expected| ≤ tolerance; never true of NaN. */
#define assert_close(actual, expected, tolerance)                                                  \
    do {                                                                                           \
        double actual_ = (actual), expected_ = (expected);                                         \
        if (!(fabs(actual_ - expected_) <= (tolerance)))                                           \
            fail_msg("%s = %.17g is not %.17g within %g", #actual, actual_, expected_,             \
                     (double)(tolerance));                                                         \
    } while (0)

#endif
