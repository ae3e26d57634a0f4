#include "batch_norm.h"

#include <stdlib.h>

enum { BATCH_MEAN, BATCH_VARIANCE, RUNNING_MEAN, RUNNING_VARIANCE, STATISTICS };
enum { SCALE, SHIFT, SCALE_GRADIENT, SHIFT_GRADIENT, PARAMS };

static const float epsilon = 1e-5F, momentum = 0.1F;

struct kit_batch_norm {
    kit_onednn *onednn;
    const kit_tensor *source;
    kit_tensor output;
    dnnl_primitive_t train, evaluate, backward;
    float *statistic[STATISTICS]; /* one block, that of [0] */
    dnnl_memory_t statistics[STATISTICS], params[PARAMS];
};

static dnnl_status_t make_primitives(kit_batch_norm *b) {
    const unsigned flags = dnnl_use_scale | dnnl_use_shift;
    dnnl_batch_normalization_desc_t operation;
    dnnl_status_t status = dnnl_batch_normalization_forward_desc_init(
        &operation, dnnl_forward_inference, &b->source->desc, epsilon,
        flags | dnnl_use_global_stats);
    if (status == dnnl_success)
        status = kit_onednn_make(b->onednn, &operation, NULL, &b->evaluate, NULL);
    if (status == dnnl_success)
        status = dnnl_batch_normalization_forward_desc_init(&operation, dnnl_forward_training,
                                                            &b->source->desc, epsilon, flags);
    dnnl_primitive_desc_t pd = NULL;
    if (status == dnnl_success)
        status = kit_onednn_make(b->onednn, &operation, NULL, &b->train, &pd);
    if (status == dnnl_success)
        status = dnnl_batch_normalization_backward_desc_init(
            &operation, dnnl_backward, &b->source->desc, &b->source->desc, epsilon, flags);
    if (status == dnnl_success)
        status = kit_onednn_make(b->onednn, &operation, pd, &b->backward, NULL);
    if (pd) dnnl_primitive_desc_destroy(pd);
    return status;
}

static koop_status prepare(kit_batch_norm *b, const kit_batch_norm_params *params) {
    const int channels = b->source->size.c;
    b->statistic[0] = calloc((size_t)channels * STATISTICS, sizeof(float));
    if (!b->statistic[0]) return KOOP_NO_MEMORY;
    koop_status made = kit_tensor_new(&b->output, b->onednn, b->source->size, KIT_INNER);
    if (made != KOOP_OK) return made;

    dnnl_status_t status = make_primitives(b);
    for (int i = 0; i < STATISTICS && status == dnnl_success; i++) {
        b->statistic[i] = b->statistic[0] + i * channels;
        status = kit_onednn_vector(b->onednn, channels, b->statistic[i], &b->statistics[i]);
    }
    float *const values[PARAMS] = {params->scale, params->shift, params->scale_gradient,
                                   params->shift_gradient};
    for (int i = 0; i < PARAMS && status == dnnl_success; i++)
        status = kit_onednn_vector(b->onednn, channels, values[i], &b->params[i]);
    if (status != dnnl_success) return kit_onednn_status(status);
    for (int c = 0; c < channels; c++) b->statistic[RUNNING_VARIANCE][c] = 1;
    return KOOP_OK;
}

koop_status kit_batch_norm_new(kit_batch_norm **out, kit_onednn *onednn, const kit_tensor *source,
                               kit_batch_norm_params params) {
    if (!source->gradient || !params.scale || !params.shift || !params.scale_gradient ||
        !params.shift_gradient || source->desc.format_kind != dnnl_blocked)
        return KOOP_BAD_ARGUMENT;
    kit_batch_norm *norm = calloc(1, sizeof *norm);
    if (!norm) return KOOP_NO_MEMORY;
    norm->onednn = onednn;
    norm->source = source;
    koop_status status = prepare(norm, &params);
    if (status == KOOP_OK)
        *out = norm;
    else
        kit_batch_norm_free(norm);
    return status;
}

void kit_batch_norm_free(kit_batch_norm *norm) {
    if (!norm) return;
    dnnl_primitive_t const primitives[] = {norm->train, norm->evaluate, norm->backward};
    for (int i = 0; i < 3; i++)
        if (primitives[i]) dnnl_primitive_destroy(primitives[i]);
    for (int i = 0; i < STATISTICS; i++)
        if (norm->statistics[i]) dnnl_memory_destroy(norm->statistics[i]);
    for (int i = 0; i < PARAMS; i++)
        if (norm->params[i]) dnnl_memory_destroy(norm->params[i]);
    free(norm->statistic[0]);
    kit_tensor_free(&norm->output);
    free(norm);
}

kit_tensor *kit_batch_norm_output(kit_batch_norm *norm) {
    return &norm->output;
}

static void forward(kit_batch_norm *b, dnnl_primitive_t primitive, int mean, int variance) {
    const dnnl_exec_arg_t arguments[] = {
        {DNNL_ARG_SRC, b->source->memory},    {DNNL_ARG_DST, b->output.memory},
        {DNNL_ARG_MEAN, b->statistics[mean]}, {DNNL_ARG_VARIANCE, b->statistics[variance]},
        {DNNL_ARG_SCALE, b->params[SCALE]},   {DNNL_ARG_SHIFT, b->params[SHIFT]}};
    kit_onednn_run(b->onednn, primitive, 6, arguments);
}

void kit_batch_norm_train(kit_batch_norm *b) {
    forward(b, b->train, BATCH_MEAN, BATCH_VARIANCE);
    const kit_size *size = &b->source->size;
    const float n = (float)size->n * (float)size->h * (float)size->w;
    const float unbiased = n > 1 ? n / (n - 1) : 1;
    for (int c = 0; c < size->c; c++) {
        float *mean = &b->statistic[RUNNING_MEAN][c],
              *variance = &b->statistic[RUNNING_VARIANCE][c];
        *mean += momentum * (b->statistic[BATCH_MEAN][c] - *mean);
        *variance += momentum * (unbiased * b->statistic[BATCH_VARIANCE][c] - *variance);
    }
}

void kit_batch_norm_evaluate(kit_batch_norm *b) {
    forward(b, b->evaluate, RUNNING_MEAN, RUNNING_VARIANCE);
}

void kit_batch_norm_backward(kit_batch_norm *b) {
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, b->source->memory},
                                         {DNNL_ARG_MEAN, b->statistics[BATCH_MEAN]},
                                         {DNNL_ARG_VARIANCE, b->statistics[BATCH_VARIANCE]},
                                         {DNNL_ARG_SCALE, b->params[SCALE]},
                                         {DNNL_ARG_SHIFT, b->params[SHIFT]},
                                         {DNNL_ARG_DIFF_DST, b->output.gradient_memory},
                                         {DNNL_ARG_DIFF_SRC, b->source->gradient_memory},
                                         {DNNL_ARG_DIFF_SCALE, b->params[SCALE_GRADIENT]},
                                         {DNNL_ARG_DIFF_SHIFT, b->params[SHIFT_GRADIENT]}};
    kit_onednn_run(b->onednn, b->backward, 9, arguments);
}
