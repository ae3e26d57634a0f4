/* pool: the maximum or the mean of every k×k field, fields side by side, forward and backward.
 *
 *     y[n,c,i,j] = max or mean over u,v < k of x[n,c, k i + u, k j + v]
 *
 * Rows and columns that fill no whole field are left out. With k = h = w: one global field. */
#ifndef KIT_POOL_H
#define KIT_POOL_H

#include "tensor.h"

typedef enum kit_pool_kind { KIT_POOL_MAX, KIT_POOL_MEAN } kit_pool_kind;

typedef struct kit_pool kit_pool;

/* `source` stays the caller's, must be KIT_INNER and outlive the layer. KOOP_BAD_ARGUMENT (a
 * field is larger than the image), KOOP_NO_MEMORY, KOOP_DISABLED. Free with kit_pool_free (NULL is
 * allowed). */
koop_status kit_pool_new(kit_pool **out, kit_onednn *onednn, const kit_tensor *source,
                         kit_pool_kind kind, int k);
void kit_pool_free(kit_pool *pool);

/* The output, filled by forward; its gradient is the caller's to fill before backward. */
kit_tensor *kit_pool_output(kit_pool *pool);

void kit_pool_forward(kit_pool *pool);

/* Sets the source's gradient, after forward. */
void kit_pool_backward(kit_pool *pool);

#endif
