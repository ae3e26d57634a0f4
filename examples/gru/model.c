#include "model.h"

#include "cell.h"
#include "dense.h"
#include "matmul.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 128 };

struct gru_model {
    int symbols, units, length;
    kit_real *arena;
    kit_real *inputs;  /* K×3H: what each symbol adds; backward: its gradient */
    kit_real *states;  /* (L+1)×BATCH×H */
    kit_real *gates;   /* L×BATCH×3H; backward: da */
    kit_real *product; /* L×BATCH×3H; backward: dg */
    kit_real *dstate;  /* BATCH×H */
    kit_real *logits;  /* BATCH×K; backward: their gradient */
};

koop_status gru_model_new(gru_model **out, const gru_shape *shape, int length) {
    if (length < 1 || length > GRU_MAX_LENGTH) return KOOP_BAD_ARGUMENT;
    gru_model *t = calloc(1, sizeof *t);
    if (!t) return KOOP_NO_MEMORY;
    *t = (gru_model){.symbols = shape->symbols, .units = shape->units, .length = length};
    const size_t symbols = (size_t)shape->symbols, units = (size_t)shape->units;
    const size_t steps = (size_t)length;
    const struct {
        kit_real **buffer;
        size_t n;
    } parts[] = {{&t->inputs, symbols * 3 * units},
                 {&t->states, (steps + 1) * BATCH * units},
                 {&t->gates, steps * BATCH * 3 * units},
                 {&t->product, steps * BATCH * 3 * units},
                 {&t->dstate, BATCH * units},
                 {&t->logits, BATCH * symbols}};
    enum { PARTS = sizeof parts / sizeof *parts };

    size_t total = 0;
    for (int i = 0; i < PARTS; i++) total += parts[i].n;
    t->arena = calloc(total, sizeof *t->arena);
    if (!t->arena) {
        gru_model_free(t);
        return KOOP_NO_MEMORY;
    }
    kit_real *next = t->arena;
    for (int i = 0; i < PARTS; i++) {
        *parts[i].buffer = next;
        next += parts[i].n;
    }
    *out = t;
    return KOOP_OK;
}

void gru_model_free(gru_model *model) {
    if (!model) return;
    free(model->arena);
    free(model);
}

/* Strings first..first+n of a set, and where their steps lie in the workspace. */
typedef struct batch {
    const gru_strings *strings;
    int first, n;
} batch;

static uint8_t symbol_of(const batch *b, int t, int i) {
    return b->strings->symbols[t * b->strings->n + b->first + i];
}

static kit_real *state_at(const gru_model *m, const batch *b, int t) {
    return m->states + (size_t)t * (size_t)(b->n * m->units);
}

static size_t gates_before(const gru_model *m, const batch *b, int t) {
    return (size_t)t * (size_t)(b->n * 3 * m->units);
}

static gru_cell cell_of(const gru_model *m, const kit_params *params, const batch *b) {
    return (gru_cell){.n = b->n,
                      .units = m->units,
                      .weights = params->group[GRU_REC],
                      .bias = params->group[GRU_REC_BIAS]};
}

/* inputs[k] = column k of W_in, plus b_in. */
static void prepare_inputs(gru_model *m, const kit_params *params) {
    const kit_real *weights = params->group[GRU_IN], *bias = params->group[GRU_IN_BIAS];
    const int width = 3 * m->units;
    for (int k = 0; k < m->symbols; k++)
        for (int j = 0; j < width; j++)
            m->inputs[k * width + j] = weights[j * m->symbols + k] + bias[j];
}

static void forward(gru_model *m, const kit_params *params, const batch *b) {
    const gru_cell cell = cell_of(m, params, b);
    const int width = 3 * m->units;
    memset(m->states, 0, (size_t)(b->n * m->units) * sizeof *m->states);
    for (int t = 0; t < m->length; t++) {
        const size_t before = gates_before(m, b, t);
        for (int i = 0; i < b->n; i++)
            memcpy(m->gates + before + i * width, m->inputs + symbol_of(b, t, i) * width,
                   (size_t)width * sizeof *m->gates);
        gru_cell_forward(&cell, state_at(m, b, t), m->gates + before, m->product + before,
                         state_at(m, b, t + 1));
    }
    kit_dense_forward((kit_dense){m->units, m->symbols}, b->n, state_at(m, b, m->length),
                      params->group[GRU_OUT], params->group[GRU_OUT_BIAS], m->logits);
}

/* sum (width) += the sum of n rows. */
static void add_rows(kit_real *sum, const kit_real *x, size_t n, size_t width) {
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < width; j++) sum[j] += x[i * width + j];
}

/* Adds da of all steps to the gradients of W_in and b_in. */
static void add_input_gradients(gru_model *m, const batch *b, kit_params *grads) {
    const int width = 3 * m->units;
    memset(m->inputs, 0, (size_t)(m->symbols * width) * sizeof *m->inputs);
    for (int t = 0; t < m->length; t++)
        for (int i = 0; i < b->n; i++)
            add_rows(m->inputs + symbol_of(b, t, i) * width,
                     m->gates + gates_before(m, b, t) + i * width, 1, (size_t)width);
    for (int k = 0; k < m->symbols; k++)
        for (int j = 0; j < width; j++) {
            grads->group[GRU_IN][j * m->symbols + k] += m->inputs[k * width + j];
            grads->group[GRU_IN_BIAS][j] += m->inputs[k * width + j];
        }
}

static void backward(gru_model *m, const kit_params *params, const batch *b, kit_params *grads) {
    const gru_cell cell = cell_of(m, params, b);
    const int n = b->n, units = m->units, symbols = m->symbols;
    kit_mul_tn(symbols, units, n, m->logits, state_at(m, b, m->length), 1, grads->group[GRU_OUT]);
    add_rows(grads->group[GRU_OUT_BIAS], m->logits, (size_t)n, (size_t)symbols);
    kit_mul_nn(n, units, symbols, m->logits, params->group[GRU_OUT], 0, m->dstate);

    for (int t = m->length - 1; t >= 0; t--) {
        const size_t before = gates_before(m, b, t);
        gru_cell_backward(&cell, state_at(m, b, t), m->gates + before, m->product + before,
                          m->dstate);
    }
    kit_mul_tn(3 * units, units, m->length * n, m->product, m->states, 1, grads->group[GRU_REC]);
    add_rows(grads->group[GRU_REC_BIAS], m->product, (size_t)(m->length * n), 3 * (size_t)units);
    add_input_gradients(m, b, grads);
}

/* Forward, and backward too where `grads` is given. */
static kit_score run(gru_model *m, const kit_params *params, const gru_strings *strings,
                     kit_params *grads) {
    kit_score score = {0};
    for (int first = 0; first < strings->n; first += BATCH) {
        int left = strings->n - first;
        const batch b = {strings, first, left < BATCH ? left : BATCH};
        prepare_inputs(m, params); /* the backward pass of a batch takes their place */
        forward(m, params, &b);
        for (int i = 0; i < b.n; i++)
            kit_softmax_row(m->logits + i * m->symbols, m->symbols, strings->answers[first + i],
                            grads ? 1.0 / strings->n : 0, &score);
        if (grads) backward(m, params, &b, grads);
    }
    score.loss /= strings->n;
    score.accuracy /= strings->n;
    return score;
}

kit_score gru_model_evaluate(gru_model *model, const kit_params *params,
                             const gru_strings *strings) {
    return run(model, params, strings, NULL);
}

kit_score gru_model_gradient(gru_model *model, const kit_params *params, const gru_strings *strings,
                             kit_params *grads) {
    memset(grads->group[0], 0, grads->count * sizeof(kit_real));
    return run(model, params, strings, grads);
}
