/* text: numbers and times as a person reads them. Pure; writes at most KOOP_TEXT_BYTES with NUL.
 *
 * Every function returns its `out`, so that it can stand inside a printf argument list. */
#ifndef KOOP_TEXT_H
#define KOOP_TEXT_H

#include <stdint.h>

enum { KOOP_TEXT_BYTES = 32 };

/* 12,480; -3; 9,223,372,036,854,775,807. */
char *koop_text_count(char out[KOOP_TEXT_BYTES], int64_t count);

/* Three significant digits in at most 7 columns: 0, 0.412, 12.3, 4,810, 3.1e-3, -2e+12; "-" when
 * not finite. */
char *koop_text_value(char out[KOOP_TEXT_BYTES], double value);

/* A modulus near one, four decimals: 1.0019. "-" when not finite. */
char *koop_text_modulus(char out[KOOP_TEXT_BYTES], double modulus);

/* 0.2 s, 3 s, 40 s, 2 min 5 s, 3 h 20 min, 2 d 4 h; negative and not finite count as 0 s. */
char *koop_text_duration(char out[KOOP_TEXT_BYTES], double seconds);

/* A large count in short: 940, 12.5 k, 1.21 M, 7 G. */
char *koop_text_size(char out[KOOP_TEXT_BYTES], uint64_t count);

/* Unix time as 2026-01-31T12:00:00.123Z; what is before 1970 or after 9999 counts as their ends. */
char *koop_text_utc(char out[KOOP_TEXT_BYTES], int64_t unix_ms);

/* A share of one: 71%, <1%, 0%, 100%. */
char *koop_text_percent(char out[KOOP_TEXT_BYTES], double share);

#endif
