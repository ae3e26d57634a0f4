/* attention: what the last position of the context (a, b, =) reads from the three.
 *
 * Notation.  R = 2p+1 rows: row a is number a at position 0, row p+b is b at position 1, row 2p is
 *            "=" at position 2;  x_r = embed + pos;  k_r = W_K x_r, v_r = W_V x_r;
 *            q = W_Q x_2p;  s_rh = q_h·k_rh/√(d/4) for head h
 *            z_h = Σ_j w_jh v_{r_j,h},  w_h = softmax over the pair's three rows of s_rh
 *
 * Only the logits of the last position enter the loss, and its query is the same for every pair, so
 * keys, values and scores are made once for the R rows and not once for each pair; the causal mask
 * hides nothing from the last position. The softmax is in double.
 *
 * Order of calls: begin, then mix (and unmix) for any number of batches, then end. No allocation
 * after _new; one owner. */
#ifndef GROK_ATTENTION_H
#define GROK_ATTENTION_H

#include "data.h"
#include "weights.h"

typedef struct grok_attention grok_attention;

/* KOOP_NO_MEMORY. Free with grok_attention_free (NULL is allowed). */
koop_status grok_attention_new(grok_attention **out, const grok_shape *shape);
void grok_attention_free(grok_attention *attention);

/* Makes keys, values and scores from the parameters, and forgets all gradients. */
void grok_attention_begin(grok_attention *attention, const kit_params *params);

/* x_2p, d values: the residual stream that enters the last position. Borrowed. */
const kit_real *grok_attention_last(const grok_attention *attention);

/* z (n×d) and the weights w (n×4×3) of n pairs. */
void grok_attention_mix(const grok_attention *attention, const grok_pair *pairs, int n, kit_real *w,
                        kit_real *z);

/* Adds the gradients of the same pairs, from dz (n×d), to those of values and scores. */
void grok_attention_unmix(grok_attention *attention, const grok_pair *pairs, int n,
                          const kit_real *w, const kit_real *dz);

/* Writes the gradients of embed, pos, attn.q, attn.k and attn.v; dlast (d) is the gradient that
 * reached x_2p along the residual stream. */
void grok_attention_end(grok_attention *attention, const kit_params *params, const kit_real *dlast,
                        kit_params *grads);

#endif
