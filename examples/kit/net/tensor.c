#include "tensor.h"

#include <stdbool.h>
#include <string.h>

/* A memory of this layout with its values; over `values` where they are not NULL. */
static dnnl_status_t allot(const kit_onednn *onednn, const dnnl_memory_desc_t *desc,
                           dnnl_memory_t *memory, float **values) {
    bool borrowed = *values != NULL;
    dnnl_status_t status = dnnl_memory_create(memory, desc, onednn->engine,
                                              borrowed ? (void *)*values : DNNL_MEMORY_ALLOCATE);
    if (status != dnnl_success || borrowed) return status;
    void *handle = NULL;
    status = dnnl_memory_get_data_handle(*memory, &handle);
    *values = handle;
    if (status == dnnl_success) memset(handle, 0, dnnl_memory_desc_get_size(desc));
    return status;
}

static koop_status finish(kit_tensor *out, kit_tensor *tensor, dnnl_status_t status) {
    if (status == dnnl_success)
        *out = *tensor;
    else
        kit_tensor_free(tensor);
    return kit_onednn_status(status);
}

koop_status kit_tensor_new(kit_tensor *out, const kit_onednn *onednn, kit_size size,
                           kit_tensor_kind kind) {
    if (size.n < 1 || size.c < 1 || size.h < 1 || size.w < 1) return KOOP_BAD_ARGUMENT;
    kit_tensor tensor = {.size = size};
    const dnnl_dims_t dims = {size.n, size.c, size.h, size.w};
    dnnl_status_t status = dnnl_memory_desc_init_by_tag(
        &tensor.desc, 4, dims, dnnl_f32, kind == KIT_INNER ? onednn->layout : dnnl_nchw);
    if (status != dnnl_success) return kit_onednn_status(status);
    tensor.count = dnnl_memory_desc_get_size(&tensor.desc) / sizeof(float);
    status = allot(onednn, &tensor.desc, &tensor.memory, &tensor.values);
    if (status == dnnl_success && kind != KIT_INPUT)
        status = allot(onednn, &tensor.desc, &tensor.gradient_memory, &tensor.gradient);
    return finish(out, &tensor, status);
}

koop_status kit_tensor_branch(kit_tensor *out, const kit_onednn *onednn, const kit_tensor *trunk) {
    kit_tensor tensor = {
        .size = trunk->size, .desc = trunk->desc, .count = trunk->count, .values = trunk->values};
    dnnl_status_t status = allot(onednn, &tensor.desc, &tensor.memory, &tensor.values);
    if (status == dnnl_success)
        status = allot(onednn, &tensor.desc, &tensor.gradient_memory, &tensor.gradient);
    return finish(out, &tensor, status);
}

void kit_tensor_free(kit_tensor *tensor) {
    if (tensor->memory) dnnl_memory_destroy(tensor->memory);
    if (tensor->gradient_memory) dnnl_memory_destroy(tensor->gradient_memory);
    *tensor = (kit_tensor){.count = 0};
}
