#include "attention.h"

#include "matmul.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct grok_attention {
    int p, d, head, rows;
    kit_real scale;          /* 1/√(d/4) */
    kit_real *x, *k, *v, *q; /* R×d three times, d */
    kit_real *dx, *dk, *dv;  /* R×d */
    kit_real *dq;            /* d */
    double *score, *dscore;  /* R×4 */
};

koop_status grok_attention_new(grok_attention **out, const grok_shape *shape) {
    grok_attention *t = calloc(1, sizeof *t);
    if (!t) return KOOP_NO_MEMORY;
    t->p = shape->p;
    t->d = shape->d;
    t->head = shape->d / GROK_HEADS;
    t->rows = 2 * shape->p + 1;
    t->scale = (kit_real)(1 / sqrt(t->head));
    size_t d = (size_t)t->d, size = (size_t)t->rows * d;
    t->x = calloc(6 * size + 2 * d, sizeof *t->x);
    t->score = calloc((size_t)(2 * t->rows * GROK_HEADS), sizeof *t->score);
    if (!t->x || !t->score) {
        grok_attention_free(t);
        return KOOP_NO_MEMORY;
    }
    t->k = t->x + size;
    t->v = t->k + size;
    t->dx = t->v + size;
    t->dk = t->dx + size;
    t->dv = t->dk + size;
    t->q = t->dv + size;
    t->dq = t->q + d;
    t->dscore = t->score + t->rows * GROK_HEADS;
    *out = t;
    return KOOP_OK;
}

void grok_attention_free(grok_attention *attention) {
    if (!attention) return;
    free(attention->x);
    free(attention->score);
    free(attention);
}

/* Eight partial sums: the compiler may not reorder one. */
static kit_real dot(const kit_real *a, const kit_real *b, int n) {
    kit_real part[8] = {0};
    int i = 0;
    for (; i + 8 <= n; i += 8)
        for (int l = 0; l < 8; l++) part[l] += a[i + l] * b[i + l];
    for (; i < n; i++) part[0] += a[i] * b[i];
    return ((part[0] + part[4]) + (part[1] + part[5])) +
           ((part[2] + part[6]) + (part[3] + part[7]));
}

static void add(kit_real *restrict to, const kit_real *restrict from, kit_real factor, int n) {
    for (int i = 0; i < n; i++) to[i] += factor * from[i];
}

static int token(const grok_attention *t, int row) {
    if (row == 2 * t->p) return t->p;
    return row % t->p;
}

static int position(const grok_attention *t, int row) {
    return row / t->p;
}

void grok_attention_begin(grok_attention *t, const kit_params *params) {
    int d = t->d, rows = t->rows;
    for (int r = 0; r < rows; r++) {
        memcpy(t->x + r * d, params->group[GROK_EMBED] + token(t, r) * d, (size_t)d * sizeof *t->x);
        add(t->x + r * d, params->group[GROK_POS] + position(t, r) * d, 1, d);
    }
    kit_mul_nt(rows, d, d, t->x, params->group[GROK_ATTN_K], 0, t->k);
    kit_mul_nt(rows, d, d, t->x, params->group[GROK_ATTN_V], 0, t->v);
    kit_mul_nt(1, d, d, grok_attention_last(t), params->group[GROK_ATTN_Q], 0, t->q);
    for (int r = 0; r < rows; r++)
        for (int h = 0; h < GROK_HEADS; h++) {
            const kit_real *key = t->k + r * d + h * t->head;
            t->score[r * GROK_HEADS + h] = (double)t->scale * dot(t->q + h * t->head, key, t->head);
        }
    memset(t->dv, 0, (size_t)(rows * d) * sizeof *t->dv);
    memset(t->dscore, 0, (size_t)(rows * GROK_HEADS) * sizeof *t->dscore);
}

const kit_real *grok_attention_last(const grok_attention *t) {
    return t->x + (t->rows - 1) * t->d;
}

static void pair_rows(const grok_attention *t, const grok_pair *pair, int rows[GROK_CONTEXT]) {
    rows[0] = pair->a;
    rows[1] = t->p + pair->b;
    rows[2] = 2 * t->p;
}

static void softmax3(const double s[GROK_CONTEXT], kit_real w[GROK_CONTEXT]) {
    double top = fmax(s[0], fmax(s[1], s[2]));
    double e[GROK_CONTEXT], sum = 0;
    for (int j = 0; j < GROK_CONTEXT; j++) sum += e[j] = exp(s[j] - top);
    for (int j = 0; j < GROK_CONTEXT; j++) w[j] = (kit_real)(e[j] / sum);
}

void grok_attention_mix(const grok_attention *t, const grok_pair *pairs, int n, kit_real *w,
                        kit_real *z) {
    memset(z, 0, (size_t)n * (size_t)t->d * sizeof *z);
    for (int i = 0; i < n; i++) {
        int rows[GROK_CONTEXT];
        pair_rows(t, &pairs[i], rows);
        for (int h = 0; h < GROK_HEADS; h++) {
            double s[GROK_CONTEXT];
            for (int j = 0; j < GROK_CONTEXT; j++) s[j] = t->score[rows[j] * GROK_HEADS + h];
            softmax3(s, w);
            for (int j = 0; j < GROK_CONTEXT; j++)
                add(z, t->v + rows[j] * t->d + h * t->head, w[j], t->head);
            w += GROK_CONTEXT;
            z += t->head;
        }
    }
}

void grok_attention_unmix(grok_attention *t, const grok_pair *pairs, int n, const kit_real *w,
                          const kit_real *dz) {
    for (int i = 0; i < n; i++) {
        int rows[GROK_CONTEXT];
        pair_rows(t, &pairs[i], rows);
        for (int h = 0; h < GROK_HEADS; h++) {
            double dw[GROK_CONTEXT], mean = 0;
            for (int j = 0; j < GROK_CONTEXT; j++) {
                int at = rows[j] * t->d + h * t->head;
                dw[j] = dot(dz, t->v + at, t->head);
                mean += w[j] * dw[j];
                add(t->dv + at, dz, w[j], t->head);
            }
            for (int j = 0; j < GROK_CONTEXT; j++)
                t->dscore[rows[j] * GROK_HEADS + h] += w[j] * (dw[j] - mean);
            w += GROK_CONTEXT;
            dz += t->head;
        }
    }
}

/* dk and dq from the gradients of the scores. */
static void score_gradients(grok_attention *t) {
    memset(t->dq, 0, (size_t)t->d * sizeof *t->dq);
    memset(t->dk, 0, (size_t)(t->rows * t->d) * sizeof *t->dk);
    for (int r = 0; r < t->rows; r++)
        for (int h = 0; h < GROK_HEADS; h++) {
            kit_real ds = (kit_real)t->dscore[r * GROK_HEADS + h] * t->scale;
            int at = h * t->head;
            add(t->dk + r * t->d + at, t->q + at, ds, t->head);
            add(t->dq + at, t->k + r * t->d + at, ds, t->head);
        }
}

void grok_attention_end(grok_attention *t, const kit_params *params, const kit_real *dlast,
                        kit_params *grads) {
    int d = t->d, rows = t->rows;
    score_gradients(t);
    kit_mul_tn(d, d, rows, t->dk, t->x, 0, grads->group[GROK_ATTN_K]);
    kit_mul_tn(d, d, rows, t->dv, t->x, 0, grads->group[GROK_ATTN_V]);
    kit_mul_tn(d, d, 1, t->dq, grok_attention_last(t), 0, grads->group[GROK_ATTN_Q]);

    kit_mul_nn(rows, d, d, t->dk, params->group[GROK_ATTN_K], 0, t->dx);
    kit_mul_nn(rows, d, d, t->dv, params->group[GROK_ATTN_V], 1, t->dx);
    kit_real *last = t->dx + (rows - 1) * d;
    kit_mul_nn(1, d, d, t->dq, params->group[GROK_ATTN_Q], 1, last);
    add(last, dlast, 1, d);

    kit_real *embed = grads->group[GROK_EMBED], *pos = grads->group[GROK_POS];
    memset(embed, 0, kit_group_count(&params->layout[GROK_EMBED]) * sizeof *embed);
    memset(pos, 0, kit_group_count(&params->layout[GROK_POS]) * sizeof *pos);
    for (int r = 0; r < rows; r++) {
        add(embed + token(t, r) * d, t->dx + r * d, 1, d);
        add(pos + position(t, r) * d, t->dx + r * d, 1, d);
    }
}
