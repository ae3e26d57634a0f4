#include "flatten.h"

koop_status kit_flatten_new(kit_flatten *out, kit_onednn *onednn, const kit_tensor *source) {
    if (!source->gradient) return KOOP_BAD_ARGUMENT;
    kit_flatten f = {.onednn = onednn, .source = source};
    koop_status status = kit_tensor_new(&f.rows, onednn, source->size, KIT_ROWS);
    if (status != KOOP_OK) return status;
    dnnl_status_t made = kit_onednn_make_reorder(onednn, &source->desc, &f.rows.desc, &f.forward);
    if (made == dnnl_success)
        made = kit_onednn_make_reorder(onednn, &f.rows.desc, &source->desc, &f.backward);
    if (made == dnnl_success)
        *out = f;
    else
        kit_flatten_free(&f);
    return kit_onednn_status(made);
}

void kit_flatten_free(kit_flatten *flatten) {
    if (flatten->forward) dnnl_primitive_destroy(flatten->forward);
    if (flatten->backward) dnnl_primitive_destroy(flatten->backward);
    kit_tensor_free(&flatten->rows);
    *flatten = (kit_flatten){.source = NULL};
}

void kit_flatten_forward(kit_flatten *f) {
    kit_onednn_run_reorder(f->onednn, f->forward, f->source->memory, f->rows.memory);
}

void kit_flatten_backward(kit_flatten *f) {
    kit_onednn_run_reorder(f->onednn, f->backward, f->rows.gradient_memory,
                           f->source->gradient_memory);
}
