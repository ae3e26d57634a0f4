/* flatten: from the layout between layers to plain rows, n rows of c·h·w values in the order CHW,
 * for the fully connected layers behind the convolutions; and the gradient back. */
#ifndef KIT_FLATTEN_H
#define KIT_FLATTEN_H

#include "tensor.h"

typedef struct kit_flatten {
    kit_onednn *onednn;
    const kit_tensor *source;
    kit_tensor rows; /* of the source's size, KIT_ROWS */
    dnnl_primitive_t forward, backward;
} kit_flatten;

/* `source` stays the caller's and must outlive the layer. KOOP_BAD_ARGUMENT (it has no gradient),
 * KOOP_NO_MEMORY, KOOP_DISABLED. Free with kit_flatten_free. */
koop_status kit_flatten_new(kit_flatten *out, kit_onednn *onednn, const kit_tensor *source);
void kit_flatten_free(kit_flatten *flatten);

void kit_flatten_forward(kit_flatten *flatten);  /* source's values to rows */
void kit_flatten_backward(kit_flatten *flatten); /* rows' gradient to the source's */

#endif
