#include "training.h"

#include "batches.h"
#include "sgd.h"
#include "stop.h"

#include <stdlib.h>

struct kit_training {
    kit_network *network;
    const kit_dataset *dataset;
    kit_training_options options;
    kit_batches *batches;
    long per_epoch;
    kit_sgd sgd;
    kit_training_progress progress;
    kit_score sum; /* of `train` over this epoch's steps so far */
};

static koop_status prepare(kit_training *t) {
    const kit_images *images = &t->dataset->train;
    const kit_training_options *o = &t->options;
    const kit_batches_options batches = {.size = (size_t)t->network->batch,
                                         .shuffle = true,
                                         .whole_only = true,
                                         .augment = o->augment,
                                         .seed = o->seed};
    koop_status status = kit_batches_new(&t->batches, images, &batches);
    if (status != KOOP_OK) return status;
    t->per_epoch = (long)kit_batches_per_epoch(t->batches);
    return kit_sgd_new(&t->sgd, t->network->params.count, o->lr, o->momentum, o->weight_decay);
}

static bool fits(const kit_network *network, const kit_images *images) {
    return kit_images_values(images) == network->image && images->classes == network->classes;
}

koop_status kit_training_new(kit_training **out, kit_network *network, const kit_dataset *dataset,
                             const kit_training_options *options) {
    if (options->epochs < 1 || dataset->train.n < (size_t)network->batch) return KOOP_BAD_ARGUMENT;
    if (!fits(network, &dataset->train) || (dataset->test.n && !fits(network, &dataset->test)))
        return KOOP_BAD_SHAPE;
    kit_training *t = calloc(1, sizeof *t);
    if (!t) return KOOP_NO_MEMORY;
    t->network = network;
    t->dataset = dataset;
    t->options = *options;
    koop_status status = prepare(t);
    if (status == KOOP_OK)
        *out = t;
    else
        kit_training_free(t);
    return status;
}

void kit_training_free(kit_training *training) {
    if (!training) return;
    kit_sgd_free(&training->sgd);
    kit_batches_free(training->batches);
    free(training);
}

long kit_training_steps(const kit_training *training) {
    return training->options.epochs * training->per_epoch;
}

kit_score kit_training_score(kit_network *network, const kit_images *images) {
    kit_score mean = {0};
    const size_t batch = (size_t)network->batch;
    for (size_t first = 0; first < images->n && !kit_stop_signal(); first += batch) {
        const size_t n = images->n - first < batch ? images->n - first : batch;
        const kit_score part = kit_network_evaluate(
            network, images->pixels + first * network->image, images->labels + first, n);
        const double share = (double)n / (double)images->n;
        mean.loss += share * part.loss;
        mean.accuracy += share * part.accuracy;
    }
    return mean;
}

static double lr_of(const kit_training *t, long epoch) {
    const kit_training_options *o = &t->options;
    if (!o->drops) return o->lr;
    return o->lr * (2 * epoch >= o->epochs ? 0.1 : 1) * (4 * epoch >= 3 * o->epochs ? 0.1 : 1);
}

static void begin_epoch(kit_training *t) {
    kit_training_progress *p = &t->progress;
    const double steps = (double)t->per_epoch;
    if (p->step) p->passed = (kit_score){t->sum.loss / steps, t->sum.accuracy / steps};
    t->sum = (kit_score){0};
    if (t->dataset->test.n) p->test = kit_training_score(t->network, &t->dataset->test);
}

koop_status kit_training_measure(kit_training *t, const kit_training_progress **out) {
    kit_training_progress *p = &t->progress;
    p->epoch = p->step / t->per_epoch;
    p->lr = lr_of(t, p->epoch);
    p->tested = p->step % t->per_epoch == 0;
    if (p->tested) begin_epoch(t);
    const kit_batch batch = kit_batches_get(t->batches, (size_t)p->step);
    p->train = kit_network_gradient(t->network, batch.pixels, batch.labels);
    t->sum.loss += p->train.loss;
    t->sum.accuracy += p->train.accuracy;
    *out = p;
    return kit_onednn_failed(&t->network->onednn);
}

void kit_training_advance(kit_training *t) {
    t->sgd.lr = t->progress.lr;
    kit_sgd_step(&t->sgd, t->network->params.group[0], t->network->grads.group[0]);
    t->progress.step++;
}
