/* recorded: a source that plays a recording: its snapshots at their recorded pace through a pipeline
 * of its own, one run, the view as it was then.
 *
 * A recording is what a trainer wrote in offline mode, a segment of a journal, or a run's directory.
 * It is surveyed when it is opened (one reading of the file); what is added to it later is not
 * played. run.state of the view is live until the end, then finished if the recording has the
 * trainer's goodbye, else stalled.
 *
 * A thread of its own reads and computes; it shares the published view and the commands with the
 * caller, behind one mutex. BLAS is pinned to one thread, so that the results are the daemon's, bit
 * for bit. Cost: opening reads the whole file; memory is the pipeline's. */
#ifndef KOOP_RECORDED_H
#define KOOP_RECORDED_H

#include "pipeline.h"
#include "source.h"
#include "survey.h"

typedef struct koop_recorded_options {
    koop_pipeline_options pipeline;
    double speed;     /* recorded time over watched time; infinity: as fast as it computes;
                         0: at which all takes half a minute at most, and no less than 1 */
    koop_place place; /* to begin at; what is before is computed without waiting */
} koop_recorded_options;

/* Opens `path` and begins to play. KOOP_NOT_FOUND: there is no such file; KOOP_BAD_MESSAGE: it holds
 * no record; KOOP_NOT_ENOUGH_DATA: no snapshot; KOOP_BAD_SHAPE: no intact HELLO; KOOP_IO_FAILED; those of koop_pipeline_new. Free
 * with koop_source_free. */
koop_status koop_source_recorded(koop_source **out, const char *path,
                                 const koop_recorded_options *options);

/* What the opening found. Borrowed. */
const koop_survey *koop_recorded_survey(const koop_source *source);

/* Plays to the end without waiting and returns when all is computed, with the status of the reading
 * (the file may have become unreadable meanwhile). */
koop_status koop_recorded_finish(koop_source *source);

#endif
