#include "tune.h"

#include <cblas.h>
#ifdef __SSE__
#include <xmmintrin.h>
#endif

void kit_tune(void) {
    openblas_set_num_threads(1);
#ifdef __SSE__
    enum { FLUSH_RESULTS_TO_ZERO = 0x8000, DENORMALS_ARE_ZERO = 0x0040 };
    _mm_setcsr(_mm_getcsr() | FLUSH_RESULTS_TO_ZERO | DENORMALS_ARE_ZERO);
#endif
}
