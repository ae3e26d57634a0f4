#include "pool.h"

#include <stdlib.h>

struct kit_pool {
    kit_onednn *onednn;
    const kit_tensor *source;
    kit_tensor output;
    dnnl_primitive_t forward, backward;
    dnnl_memory_t winners; /* which value of a field was the maximum; NULL: of a mean, none */
};

static dnnl_status_t make_winners(kit_pool *p, const_dnnl_primitive_desc_t pd) {
    return dnnl_memory_create(&p->winners,
                              dnnl_primitive_desc_query_md(pd, dnnl_query_workspace_md, 0),
                              p->onednn->engine, DNNL_MEMORY_ALLOCATE);
}

static dnnl_status_t make_primitives(kit_pool *p, kit_pool_kind kind, int k) {
    const dnnl_dims_t field = {k, k}, none = {0, 0};
    const dnnl_alg_kind_t algorithm =
        kind == KIT_POOL_MAX ? dnnl_pooling_max : dnnl_pooling_avg_exclude_padding;
    dnnl_pooling_desc_t operation;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_status_t status =
        dnnl_pooling_forward_desc_init(&operation, dnnl_forward_training, algorithm,
                                       &p->source->desc, &p->output.desc, field, field, none, none);
    if (status == dnnl_success)
        status = kit_onednn_make(p->onednn, &operation, NULL, &p->forward, &pd);
    if (status == dnnl_success && kind == KIT_POOL_MAX) status = make_winners(p, pd);
    if (status == dnnl_success)
        status = dnnl_pooling_backward_desc_init(&operation, algorithm, &p->source->desc,
                                                 &p->output.desc, field, field, none, none);
    if (status == dnnl_success)
        status = kit_onednn_make(p->onednn, &operation, pd, &p->backward, NULL);
    if (pd) dnnl_primitive_desc_destroy(pd);
    return status;
}

koop_status kit_pool_new(kit_pool **out, kit_onednn *onednn, const kit_tensor *source,
                         kit_pool_kind kind, int k) {
    if (!source->gradient || k < 1) return KOOP_BAD_ARGUMENT;
    kit_pool *pool = calloc(1, sizeof *pool);
    if (!pool) return KOOP_NO_MEMORY;
    pool->onednn = onednn;
    pool->source = source;
    const kit_size from = source->size;
    koop_status status = kit_tensor_new(
        &pool->output, onednn, (kit_size){from.n, from.c, from.h / k, from.w / k}, KIT_INNER);
    if (status == KOOP_OK) status = kit_onednn_status(make_primitives(pool, kind, k));
    if (status == KOOP_OK)
        *out = pool;
    else
        kit_pool_free(pool);
    return status;
}

void kit_pool_free(kit_pool *pool) {
    if (!pool) return;
    if (pool->forward) dnnl_primitive_destroy(pool->forward);
    if (pool->backward) dnnl_primitive_destroy(pool->backward);
    if (pool->winners) dnnl_memory_destroy(pool->winners);
    kit_tensor_free(&pool->output);
    free(pool);
}

kit_tensor *kit_pool_output(kit_pool *pool) {
    return &pool->output;
}

void kit_pool_forward(kit_pool *p) {
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, p->source->memory},
                                         {DNNL_ARG_DST, p->output.memory},
                                         {DNNL_ARG_WORKSPACE, p->winners}};
    kit_onednn_run(p->onednn, p->forward, p->winners ? 3 : 2, arguments);
}

void kit_pool_backward(kit_pool *p) {
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_DIFF_DST, p->output.gradient_memory},
                                         {DNNL_ARG_DIFF_SRC, p->source->gradient_memory},
                                         {DNNL_ARG_WORKSPACE, p->winners}};
    kit_onednn_run(p->onednn, p->backward, p->winners ? 3 : 2, arguments);
}
