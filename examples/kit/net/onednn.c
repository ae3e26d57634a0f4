#include "onednn.h"

#include <stdbool.h>
#include <stddef.h>

koop_status kit_onednn_status(dnnl_status_t status) {
    switch (status) {
    case dnnl_success:
    case dnnl_not_required:
        return KOOP_OK;
    case dnnl_out_of_memory:
        return KOOP_NO_MEMORY;
    case dnnl_invalid_arguments:
        return KOOP_BAD_ARGUMENT;
    case dnnl_unimplemented:
    case dnnl_iterator_ends:
    case dnnl_runtime_error:
        break;
    }
    return KOOP_DISABLED;
}

dnnl_status_t kit_onednn_make(const kit_onednn *onednn, const void *operation,
                              const_dnnl_primitive_desc_t hint, dnnl_primitive_t *primitive,
                              dnnl_primitive_desc_t *pd) {
    dnnl_primitive_desc_t made = NULL;
    dnnl_status_t status = dnnl_primitive_desc_create(&made, operation, NULL, onednn->engine, hint);
    if (status != dnnl_success) return status;
    status = dnnl_primitive_create(primitive, made);
    if (status == dnnl_success && pd)
        *pd = made;
    else
        dnnl_primitive_desc_destroy(made);
    return status;
}

dnnl_status_t kit_onednn_make_reorder(const kit_onednn *onednn, const dnnl_memory_desc_t *from,
                                      const dnnl_memory_desc_t *to, dnnl_primitive_t *primitive) {
    dnnl_primitive_desc_t pd = NULL;
    dnnl_status_t status =
        dnnl_reorder_primitive_desc_create(&pd, from, onednn->engine, to, onednn->engine, NULL);
    if (status != dnnl_success) return status;
    status = dnnl_primitive_create(primitive, pd);
    dnnl_primitive_desc_destroy(pd);
    return status;
}

static bool has_layout(const dnnl_memory_desc_t *desc, dnnl_format_tag_t layout) {
    dnnl_memory_desc_t tagged;
    dnnl_memory_desc_init_by_tag(&tagged, desc->ndims, desc->dims, dnnl_f32, layout);
    return dnnl_memory_desc_equal(&tagged, desc);
}

/* The layout that a 3×3 convolution of so many channels asks for on both of its sides, or NCHW. */
static dnnl_status_t ask_for_layout(kit_onednn *onednn, int channels) {
    const dnnl_dims_t image = {1, channels, 8, 8}, kernel = {channels, channels, 3, 3};
    const dnnl_dims_t one = {1, 1};
    dnnl_memory_desc_t any_image, any_kernel;
    dnnl_memory_desc_init_by_tag(&any_image, 4, image, dnnl_f32, dnnl_format_tag_any);
    dnnl_memory_desc_init_by_tag(&any_kernel, 4, kernel, dnnl_f32, dnnl_format_tag_any);
    dnnl_convolution_desc_t operation;
    dnnl_status_t status = dnnl_convolution_forward_desc_init(
        &operation, dnnl_forward_training, dnnl_convolution_direct, &any_image, &any_kernel, NULL,
        &any_image, one, one, one);
    if (status != dnnl_success) return status;
    dnnl_primitive_desc_t pd = NULL;
    status = dnnl_primitive_desc_create(&pd, &operation, NULL, onednn->engine, NULL);
    if (status != dnnl_success) return status;
    const dnnl_memory_desc_t *source = dnnl_primitive_desc_query_md(pd, dnnl_query_src_md, 0);
    const dnnl_memory_desc_t *output = dnnl_primitive_desc_query_md(pd, dnnl_query_dst_md, 0);
    const dnnl_format_tag_t known[] = {dnnl_nChw16c, dnnl_nChw8c, dnnl_nhwc};
    onednn->layout = dnnl_nchw;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (has_layout(source, known[i]) && has_layout(output, known[i])) onednn->layout = known[i];
    dnnl_primitive_desc_destroy(pd);
    return dnnl_success;
}

koop_status kit_onednn_open(kit_onednn *out, int channels) {
    if (channels < 1) return KOOP_BAD_ARGUMENT;
    kit_onednn onednn = {.failed = dnnl_success};
    dnnl_status_t status = dnnl_engine_create(&onednn.engine, dnnl_cpu, 0);
    if (status == dnnl_success)
        status = dnnl_stream_create(&onednn.stream, onednn.engine, dnnl_stream_default_flags);
    if (status == dnnl_success) status = ask_for_layout(&onednn, channels);
    if (status == dnnl_success)
        *out = onednn;
    else
        kit_onednn_close(&onednn);
    return kit_onednn_status(status);
}

void kit_onednn_close(kit_onednn *onednn) {
    if (onednn->stream) dnnl_stream_destroy(onednn->stream);
    if (onednn->engine) dnnl_engine_destroy(onednn->engine);
    *onednn = (kit_onednn){.failed = dnnl_success};
}

/* Declared here, since not every compiler that can link OpenMP's library has its header. */
void omp_set_num_threads(int n);

void kit_onednn_use_threads(int n) {
    omp_set_num_threads(n);
}

koop_status kit_onednn_failed(const kit_onednn *onednn) {
    return kit_onednn_status(onednn->failed);
}

void kit_onednn_run(kit_onednn *onednn, dnnl_primitive_t primitive, int n,
                    const dnnl_exec_arg_t *arguments) {
    dnnl_status_t status = dnnl_primitive_execute(primitive, onednn->stream, n, arguments);
    if (status == dnnl_success) status = dnnl_stream_wait(onednn->stream);
    if (onednn->failed == dnnl_success) onednn->failed = status;
}

void kit_onednn_run_reorder(kit_onednn *onednn, dnnl_primitive_t primitive, dnnl_memory_t from,
                            dnnl_memory_t to) {
    kit_onednn_run(onednn, primitive, 2,
                   (const dnnl_exec_arg_t[]){{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
}

dnnl_status_t kit_onednn_vector(const kit_onednn *onednn, int n, float *values,
                                dnnl_memory_t *out) {
    const dnnl_dims_t size = {n};
    dnnl_memory_desc_t desc;
    dnnl_status_t status = dnnl_memory_desc_init_by_tag(&desc, 1, size, dnnl_f32, dnnl_x);
    if (status != dnnl_success) return status;
    return dnnl_memory_create(out, &desc, onednn->engine, values ? values : DNNL_MEMORY_ALLOCATE);
}
