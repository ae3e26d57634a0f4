/* compare_print: a judgement in words or as JSON, on standard output. */
#ifndef KOOP_COMPARE_PRINT_H
#define KOOP_COMPARE_PRINT_H

#include "judge.h"

/* picture: where the spectra were drawn; NULL: nowhere. */
void koop_compare_print_text(const koop_side *a, const koop_side *b,
                             const koop_judgement *judgement, const char *picture);

/* 0, or an exit code after a complaint. */
int koop_compare_print_json(const koop_side *a, const koop_side *b,
                            const koop_judgement *judgement);

#endif
