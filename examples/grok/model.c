#include "model.h"

#include "attention.h"
#include "matmul.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE__
#include <xmmintrin.h>
#endif

enum { BATCH = 512 };

struct grok_model {
    int d, mlp, tokens;
    grok_attention *attention;
    float *arena;
    float *w, *z, *x1, *h, *x2, *logits; /* forward, BATCH rows each */
    float *dx, *dh, *dz;                 /* backward; the logits become their own gradient */
    float *dlast;                        /* d */
};

koop_status grok_model_new(grok_model **out, const grok_shape *shape) {
    grok_model *t = calloc(1, sizeof *t);
    if (!t) return KOOP_NO_MEMORY;
    t->d = shape->d;
    t->mlp = shape->mlp;
    t->tokens = shape->p + 1;
    const size_t d = (size_t)shape->d, mlp = (size_t)shape->mlp, tokens = (size_t)t->tokens;
    const size_t widths[] = {GROK_HEADS * GROK_CONTEXT, d, d, mlp, d, tokens, d, mlp, d};
    float **const buffers[] = {&t->w,      &t->z,  &t->x1, &t->h, &t->x2,
                               &t->logits, &t->dx, &t->dh, &t->dz};
    enum { BUFFERS = sizeof widths / sizeof *widths };

    size_t total = d;
    for (int i = 0; i < BUFFERS; i++) total += BATCH * widths[i];
    t->arena = calloc(total, sizeof *t->arena);
    if (!t->arena || grok_attention_new(&t->attention, shape) != KOOP_OK) {
        grok_model_free(t);
        return KOOP_NO_MEMORY;
    }
    float *next = t->arena;
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

void grok_model_tune(void) {
    openblas_set_num_threads(1);
#ifdef __SSE__
    enum { FLUSH_RESULTS_TO_ZERO = 0x8000, DENORMALS_ARE_ZERO = 0x0040 };
    _mm_setcsr(_mm_getcsr() | FLUSH_RESULTS_TO_ZERO | DENORMALS_ARE_ZERO);
#endif
}

/* Every one of n rows becomes `row`, of width m. */
static void repeat(float *x, const float *row, int n, int m) {
    for (int i = 0; i < n; i++) memcpy(x + i * m, row, (size_t)m * sizeof *x);
}

/* sum (m) += the sum of n rows. */
static void add_rows(float *restrict sum, const float *restrict x, int n, int m) {
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++) sum[j] += x[i * m + j];
}

static void forward(grok_model *t, const grok_params *params, const grok_pair *pairs, int n) {
    const int d = t->d, mlp = t->mlp;
    grok_attention_mix(t->attention, pairs, n, t->w, t->z);

    repeat(t->x1, grok_attention_last(t->attention), n, d);
    grok_mul_nt(n, d, d, t->z, params->group[GROK_ATTN_O], 1, t->x1);

    repeat(t->h, params->group[GROK_MLP_IN_BIAS], n, mlp);
    grok_mul_nt(n, mlp, d, t->x1, params->group[GROK_MLP_IN], 1, t->h);
    for (int i = 0; i < n * mlp; i++) t->h[i] = t->h[i] > 0 ? t->h[i] : 0;

    const float *bias = params->group[GROK_MLP_OUT_BIAS];
    for (int i = 0; i < n; i++)
        for (int j = 0; j < d; j++) t->x2[i * d + j] = t->x1[i * d + j] + bias[j];
    grok_mul_nt(n, d, mlp, t->h, params->group[GROK_MLP_OUT], 1, t->x2);

    grok_mul_nn(n, t->tokens, d, t->x2, params->group[GROK_UNEMBED], 0, t->logits);
}

/* Adds a row's loss and hit to `score`; with a weight above 0 the row of logits becomes the
 * gradient of weight times the loss. */
static void score_row(float *logits, int tokens, int answer, double weight, grok_score *score) {
    int top = 0;
    for (int c = 1; c < tokens; c++)
        if (logits[c] > logits[top]) top = c;
    /* The answer's own logit is left out of the sum and put back by log1p, so that the loss keeps
     * its digits when it is far below 1e-16 of the sum. */
    const double own = logits[answer];
    double others = 0;
    for (int c = 0; c < tokens; c++)
        if (c != answer) others += exp((double)logits[c] - logits[top]);
    const double sum = others + exp(own - logits[top]);
    score->loss += top == answer ? log1p(others) : log(sum) + logits[top] - own;
    score->accuracy += top == answer;
    if (weight == 0) return;
    const double peak = logits[top];
    for (int c = 0; c < tokens; c++)
        logits[c] = c == answer ? (float)(-weight * others / sum)
                                : (float)(weight * exp((double)logits[c] - peak) / sum);
}

static void backward(grok_model *t, const grok_params *params, const grok_pair *pairs, int n,
                     grok_params *grads) {
    const int d = t->d, mlp = t->mlp, tokens = t->tokens;
    const float *dlogits = t->logits;
    grok_mul_tn(d, tokens, n, t->x2, dlogits, 1, grads->group[GROK_UNEMBED]);
    grok_mul_nt(n, d, tokens, dlogits, params->group[GROK_UNEMBED], 0, t->dx);

    grok_mul_tn(d, mlp, n, t->dx, t->h, 1, grads->group[GROK_MLP_OUT]);
    add_rows(grads->group[GROK_MLP_OUT_BIAS], t->dx, n, d);
    grok_mul_nn(n, mlp, d, t->dx, params->group[GROK_MLP_OUT], 0, t->dh);
    for (int i = 0; i < n * mlp; i++) t->dh[i] = t->h[i] > 0 ? t->dh[i] : 0;

    grok_mul_tn(mlp, d, n, t->dh, t->x1, 1, grads->group[GROK_MLP_IN]);
    add_rows(grads->group[GROK_MLP_IN_BIAS], t->dh, n, mlp);
    grok_mul_nn(n, d, mlp, t->dh, params->group[GROK_MLP_IN], 1, t->dx);

    grok_mul_tn(d, d, n, t->dx, t->z, 1, grads->group[GROK_ATTN_O]);
    add_rows(t->dlast, t->dx, n, d);
    grok_mul_nn(n, d, d, t->dx, params->group[GROK_ATTN_O], 0, t->dz);
    grok_attention_unmix(t->attention, pairs, n, t->w, t->dz);
}

/* Forward, and backward too where `grads` is given. */
static grok_score run(grok_model *t, const grok_params *params, const grok_pair *pairs, int n,
                      grok_params *grads) {
    grok_score score = {0};
    grok_attention_begin(t->attention, params);
    for (int first = 0; first < n; first += BATCH) {
        int count = n - first < BATCH ? n - first : BATCH;
        forward(t, params, pairs + first, count);
        for (int i = 0; i < count; i++)
            score_row(t->logits + i * t->tokens, t->tokens, pairs[first + i].answer,
                      grads ? 1.0 / n : 0, &score);
        if (grads) backward(t, params, pairs + first, count, grads);
    }
    score.loss /= n;
    score.accuracy /= n;
    return score;
}

grok_score grok_model_evaluate(grok_model *model, const grok_params *params, const grok_pair *pairs,
                               int n) {
    return run(model, params, pairs, n, NULL);
}

grok_score grok_model_gradient(grok_model *model, const grok_params *params, const grok_pair *pairs,
                               int n, grok_params *grads) {
    memset(grads->group[0], 0, grads->count * sizeof(float));
    memset(model->dlast, 0, (size_t)model->d * sizeof *model->dlast);
    grok_score score = run(model, params, pairs, n, grads);
    grok_attention_end(model->attention, params, model->dlast, grads);
    return score;
}
