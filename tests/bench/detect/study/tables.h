/* tables: prints what was found, as Markdown, on standard output. */
#ifndef BENCH_TABLES_H
#define BENCH_TABLES_H

#include "findings.h"
#include "settings.h"
#include "synthetic.h"

void bench_print_planted(const bench_findings *findings, const bench_settings *settings);
void bench_print_quiet(const bench_findings *findings, const bench_settings *settings);
void bench_print_leads(const bench_findings *findings, const bench_rivals *rivals);
void bench_print_rivals(const bench_findings *findings, const bench_rivals *rivals,
                        const bench_settings *settings);
void bench_print_synthetic(const bench_synthetic_tally tallies[BENCH_NOISES], long runs);
void bench_print_cost(const bench_findings *findings);

/* Runs that koopmon missed, and where it alarmed for nothing. */
void bench_print_details(const bench_findings *findings);

#endif
