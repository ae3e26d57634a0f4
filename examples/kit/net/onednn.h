/* onednn: what all layers on oneDNN share: its engine on the processor, and how its primitives are
 * made and run. https://oneapi-src.github.io/oneDNN (C API, version 2)
 *
 * Layers are made once for one batch size and allocate nothing afterwards. Between layers,
 * activations lie in the layout that oneDNN prefers on this processor for the network's channels:
 * mostly channels in blocks of 8 or 16, NCHW where their number is no multiple of that. Whoever
 * needs plain rows takes them from a flatten layer.
 *
 * An error while layers run is kept here, so that a pass through a network need not ask after every
 * layer: kit_onednn_failed after the pass. One owner; inside, as many threads as OpenMP takes
 * (OMP_NUM_THREADS, else one a processor), or as kit_onednn_use_threads says. They wait for each
 * other actively: where other programs want the processors too, one thread can be much faster than
 * two. */
#ifndef KIT_ONEDNN_H
#define KIT_ONEDNN_H

#include "status.h"

#include <dnnl.h>

typedef struct kit_onednn {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_format_tag_t layout; /* of activations between layers */
    dnnl_status_t failed;     /* the first error of a run */
} kit_onednn;

/* `channels` ≥ 1 divides the number of channels of every KIT_INNER tensor. KOOP_BAD_ARGUMENT,
 * KOOP_NO_MEMORY; KOOP_DISABLED: oneDNN does not work on this processor. Close with
 * kit_onednn_close. */
koop_status kit_onednn_open(kit_onednn *out, int channels);
void kit_onednn_close(kit_onednn *onednn);

/* For the whole process; before kit_onednn_open. n ≥ 1. */
void kit_onednn_use_threads(int n);

/* KOOP_OK as long as everything that ran succeeded. */
koop_status kit_onednn_failed(const kit_onednn *onednn);

koop_status kit_onednn_status(dnnl_status_t status);

/* For layers. A primitive from an operation's descriptor; `hint` is the forward pass's *pd or NULL.
 * Where `pd` is not NULL the caller destroys *pd. */
dnnl_status_t kit_onednn_make(const kit_onednn *onednn, const void *operation,
                              const_dnnl_primitive_desc_t hint, dnnl_primitive_t *primitive,
                              dnnl_primitive_desc_t *pd);

/* The primitive that copies from one layout to another. */
dnnl_status_t kit_onednn_make_reorder(const kit_onednn *onednn, const dnnl_memory_desc_t *from,
                                      const dnnl_memory_desc_t *to, dnnl_primitive_t *primitive);

/* Runs to the end; keeps the error. */
void kit_onednn_run(kit_onednn *onednn, dnnl_primitive_t primitive, int n,
                    const dnnl_exec_arg_t *arguments);
void kit_onednn_run_reorder(kit_onednn *onednn, dnnl_primitive_t primitive, dnnl_memory_t from,
                            dnnl_memory_t to);

/* A memory over the caller's `values` (NULL: its own), of n values in a row. */
dnnl_status_t kit_onednn_vector(const kit_onednn *onednn, int n, float *values, dnnl_memory_t *out);

#endif
