#include "model.h"

#include "attention.h"
#include "matmul.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 512 };

struct grok_model {
    int d, mlp, tokens;
    grok_attention *attention;
    kit_real *arena;
    kit_real *w, *z, *x1, *h, *x2, *logits; /* forward, BATCH rows each */
    kit_real *dx, *dh, *dz;                 /* backward; the logits become their own gradient */
    kit_real *dlast;                        /* d */
};

koop_status grok_model_new(grok_model **out, const grok_shape *shape) {
    grok_model *t = calloc(1, sizeof *t);
    if (!t) return KOOP_NO_MEMORY;
    t->d = shape->d;
    t->mlp = shape->mlp;
    t->tokens = shape->p + 1;
    const size_t d = (size_t)shape->d, mlp = (size_t)shape->mlp, tokens = (size_t)t->tokens;
    const size_t widths[] = {GROK_HEADS * GROK_CONTEXT, d, d, mlp, d, tokens, d, mlp, d};
    kit_real **const buffers[] = {&t->w,      &t->z,  &t->x1, &t->h, &t->x2,
                                  &t->logits, &t->dx, &t->dh, &t->dz};
    enum { BUFFERS = sizeof widths / sizeof *widths };

    size_t total = d;
    for (int i = 0; i < BUFFERS; i++) total += BATCH * widths[i];
    t->arena = calloc(total, sizeof *t->arena);
    if (!t->arena || grok_attention_new(&t->attention, shape) != KOOP_OK) {
        grok_model_free(t);
        return KOOP_NO_MEMORY;
    }
    kit_real *next = t->arena;
    for (int i = 0; i < BUFFERS; i++) {
        *buffers[i] = next;
        next += BATCH * widths[i];
    }
    t->dlast = next;
    *out = t;
    return KOOP_OK;
}

void grok_model_free(grok_model *model) {
    if (!model) return;
    grok_attention_free(model->attention);
    free(model->arena);
    free(model);
}

/* Every one of n rows becomes `row`, of width m. */
static void repeat(kit_real *x, const kit_real *row, int n, int m) {
    for (int i = 0; i < n; i++) memcpy(x + i * m, row, (size_t)m * sizeof *x);
}

/* sum (m) += the sum of n rows. */
static void add_rows(kit_real *restrict sum, const kit_real *restrict x, int n, int m) {
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++) sum[j] += x[i * m + j];
}

static void forward(grok_model *t, const kit_params *params, const grok_pair *pairs, int n) {
    const int d = t->d, mlp = t->mlp;
    grok_attention_mix(t->attention, pairs, n, t->w, t->z);

    repeat(t->x1, grok_attention_last(t->attention), n, d);
    kit_mul_nt(n, d, d, t->z, params->group[GROK_ATTN_O], 1, t->x1);

    repeat(t->h, params->group[GROK_MLP_IN_BIAS], n, mlp);
    kit_mul_nt(n, mlp, d, t->x1, params->group[GROK_MLP_IN], 1, t->h);
    for (int i = 0; i < n * mlp; i++) t->h[i] = t->h[i] > 0 ? t->h[i] : 0;

    const kit_real *bias = params->group[GROK_MLP_OUT_BIAS];
    for (int i = 0; i < n; i++)
        for (int j = 0; j < d; j++) t->x2[i * d + j] = t->x1[i * d + j] + bias[j];
    kit_mul_nt(n, d, mlp, t->h, params->group[GROK_MLP_OUT], 1, t->x2);

    kit_mul_nn(n, t->tokens, d, t->x2, params->group[GROK_UNEMBED], 0, t->logits);
}

static void backward(grok_model *t, const kit_params *params, const grok_pair *pairs, int n,
                     kit_params *grads) {
    const int d = t->d, mlp = t->mlp, tokens = t->tokens;
    const kit_real *dlogits = t->logits;
    kit_mul_tn(d, tokens, n, t->x2, dlogits, 1, grads->group[GROK_UNEMBED]);
    kit_mul_nt(n, d, tokens, dlogits, params->group[GROK_UNEMBED], 0, t->dx);

    kit_mul_tn(d, mlp, n, t->dx, t->h, 1, grads->group[GROK_MLP_OUT]);
    add_rows(grads->group[GROK_MLP_OUT_BIAS], t->dx, n, d);
    kit_mul_nn(n, mlp, d, t->dx, params->group[GROK_MLP_OUT], 0, t->dh);
    for (int i = 0; i < n * mlp; i++) t->dh[i] = t->h[i] > 0 ? t->dh[i] : 0;

    kit_mul_tn(mlp, d, n, t->dh, t->x1, 1, grads->group[GROK_MLP_IN]);
    add_rows(grads->group[GROK_MLP_IN_BIAS], t->dh, n, mlp);
    kit_mul_nn(n, d, mlp, t->dh, params->group[GROK_MLP_IN], 1, t->dx);

    kit_mul_tn(d, d, n, t->dx, t->z, 1, grads->group[GROK_ATTN_O]);
    add_rows(t->dlast, t->dx, n, d);
    kit_mul_nn(n, d, d, t->dx, params->group[GROK_ATTN_O], 0, t->dz);
    grok_attention_unmix(t->attention, pairs, n, t->w, t->dz);
}

/* Forward, and backward too where `grads` is given. */
static kit_score run(grok_model *t, const kit_params *params, const grok_pair *pairs, int n,
                     kit_params *grads) {
    kit_score score = {0};
    grok_attention_begin(t->attention, params);
    for (int first = 0; first < n; first += BATCH) {
        int count = n - first < BATCH ? n - first : BATCH;
        forward(t, params, pairs + first, count);
        for (int i = 0; i < count; i++)
            kit_softmax_row(t->logits + i * t->tokens, t->tokens, pairs[first + i].answer,
                            grads ? 1.0 / n : 0, &score);
        if (grads) backward(t, params, pairs + first, count, grads);
    }
    score.loss /= n;
    score.accuracy /= n;
    return score;
}

kit_score grok_model_evaluate(grok_model *model, const kit_params *params, const grok_pair *pairs,
                              int n) {
    return run(model, params, pairs, n, NULL);
}

kit_score grok_model_gradient(grok_model *model, const kit_params *params, const grok_pair *pairs,
                              int n, kit_params *grads) {
    memset(grads->group[0], 0, grads->count * sizeof(kit_real));
    memset(model->dlast, 0, (size_t)model->d * sizeof *model->dlast);
    kit_score score = run(model, params, pairs, n, grads);
    grok_attention_end(model->attention, params, model->dlast, grads);
    return score;
}
