/* check: whether the journals hold what the publishers were promised.
 *
 *     check DATA LOG...
 *
 * Reads the publishers' logs (publisher.c has the format) and their runs below DATA, and prints a
 * line for each run and one for all:
 *     missing     acknowledged, but not in the journal
 *     duplicated  in a segment more than once, or behind a higher seq there
 *     altered     not what was published
 *     astray      out of the account: published = journaled + dropped + rejected + held
 *     torn        torn tails passed over: allowed, and damaged ranges: not allowed
 *     repeated    passed over in reading, because another segment has it, too: what a failed sync put
 *                 in doubt is written again. Allowed; without such a failure it should be 0
 * Where a publisher was killed its log is older than its end, so only what it had been promised
 * counts, and nothing is astray. A run whose publisher never published needs no journal.
 * Exits with 0 when all is well, 1 when not, 2 for bad usage. */
#include "content.h"
#include "journal.h"
#include "sketch.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct tally {
    uint64_t published, acknowledged, journaled, dropped, rejected, held;
    uint64_t missing, duplicated, altered, astray, torn, damaged, repeated;
} tally;

typedef struct range {
    uint64_t from, to;
} range;

typedef struct run {
    char name[65], uuid[33];
    uint64_t floats, sketch, seed, promised, ended;
    range *kept; /* never sent, or refused: seqs that need not be there */
    size_t n_kept;
    tally count;
    bool *there; /* in the journal, by seq */
    uint64_t capacity;
    float *values;
    double *sums; /* of a sketched run */
} run;

static void *need(void *memory) {
    if (memory) return memory;
    fprintf(stderr, "check: out of memory\n");
    exit(2);
}

static void add_kept(run *r, uint64_t from, uint64_t to) {
    r->kept = need(realloc(r->kept, (r->n_kept + 1) * sizeof *r->kept));
    r->kept[r->n_kept++] = (range){from, to};
}

static bool read_log(const char *path, run *r) {
    char word[32], line[256];
    const struct {
        const char *word;
        uint64_t *value;
    } numbers[] = {{"floats", &r->floats},
                   {"sketch", &r->sketch},
                   {"published", &r->count.published},
                   {"acknowledged", &r->count.acknowledged},
                   {"dropped", &r->count.dropped},
                   {"rejected", &r->count.rejected},
                   {"held", &r->count.held},
                   {"ended", &r->ended},
                   {"promised", &r->promised}};
    FILE *file = fopen(path, "r");
    if (!file) return false;
    while (fgets(line, sizeof line, file)) {
        uint64_t a = 0, b = 0;
        sscanf(line, "name %64s", r->name);
        sscanf(line, "uuid %32s", r->uuid);
        if (sscanf(line, "kept %" SCNu64 " %" SCNu64, &a, &b) == 2) add_kept(r, a, b);
        if (sscanf(line, "refused %" SCNu64, &a) == 1) add_kept(r, a, a);
        if (sscanf(line, "%31s %" SCNu64, word, &a) != 2) continue;
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
            if (strcmp(word, numbers[i].word) == 0) *numbers[i].value = a;
    }
    fclose(file);
    return r->uuid[0] && r->floats > 0 && (r->sketch == 0 || r->sketch < r->floats);
}

static void grow(run *r, uint64_t seq) {
    if (seq < r->capacity) return;
    uint64_t capacity = 2 * (seq + 1);
    r->there = need(realloc(r->there, capacity * sizeof *r->there));
    memset(r->there + r->capacity, 0, (capacity - r->capacity) * sizeof *r->there);
    r->capacity = capacity;
}

/* Leaves in r->values what is sent instead. */
static void sketch_values(run *r) {
    memset(r->sums, 0, (size_t)r->sketch * sizeof *r->sums);
    koop_sketch_add_f32(r->seed, 0, r->values, (size_t)r->floats, r->sums, (size_t)r->sketch);
    for (size_t i = 0; i < r->sketch; i++) r->values[i] = (float)r->sums[i];
}

static bool is_as_published(run *r, const koop_wire_snapshot *snapshot) {
    const size_t bytes = (size_t)(r->sketch ? r->sketch : r->floats) * sizeof *r->values;
    if (snapshot->bytes != bytes || snapshot->step != (int64_t)snapshot->seq) return false;
    content_fill(r->uuid, snapshot->seq, r->values, (size_t)r->floats);
    if (r->sketch) sketch_values(r);
    return memcmp(snapshot->data, r->values, bytes) == 0 && snapshot->n_scalars == 1 &&
           strcmp(snapshot->scalars[0].name, CONTENT_SCALAR) == 0 &&
           snapshot->scalars[0].value == content_scalar(r->uuid, snapshot->seq);
}

static koop_status look(void *context, const koop_wire_message *message) {
    run *r = context;
    if (message->type == KOOP_WIRE_HELLO) {
        if (strcmp(message->as.hello.name, r->name) != 0) r->count.altered++;
        r->seed = message->as.hello.seed;
        return KOOP_OK;
    }
    if (message->type != KOOP_WIRE_SNAPSHOT) return KOOP_OK;
    const koop_wire_snapshot *snapshot = &message->as.snapshot;
    grow(r, snapshot->seq);
    r->there[snapshot->seq] = true;
    r->count.journaled++;
    if (!is_as_published(r, snapshot)) r->count.altered++;
    return KOOP_OK;
}

static void count_missing(run *r) {
    grow(r, r->promised);
    for (size_t i = 0; i < r->n_kept; i++)
        for (uint64_t seq = r->kept[i].from; seq <= r->kept[i].to && seq <= r->promised; seq++)
            r->there[seq] = true; /* need not be */
    for (uint64_t seq = 1; seq <= r->promised; seq++)
        if (!r->there[seq]) r->count.missing++;
}

static void count_astray(run *r) {
    tally *t = &r->count;
    if (!r->ended) return;
    /* what was still held at the end may be journaled or not */
    uint64_t known = t->journaled + t->dropped + t->rejected;
    if (known > t->published) t->astray = known - t->published;
    if (known + t->held < t->published) t->astray = t->published - known - t->held;
}

static koop_status pass(void *context, const koop_wire_message *message) {
    (void)context;
    (void)message;
    return KOOP_OK;
}

/* Each segment read for itself: what reading passes over then is twice in that one. */
static uint64_t count_duplicated(const char *journal) {
    uint64_t sum = 0;
    DIR *directory = opendir(journal);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        char path[8192];
        koop_journal_counters counters = {0};
        size_t length = strlen(entry->d_name);
        if (length < 6 || strcmp(entry->d_name + length - 5, ".koop") != 0) continue;
        snprintf(path, sizeof path, "%s/%s", journal, entry->d_name);
        koop_journal_read(path, pass, NULL, &counters);
        sum += counters.repeated;
    }
    if (directory) closedir(directory);
    return sum;
}

static bool check_run(const char *data, run *r) {
    char path[4096];
    koop_journal_counters counters;
    snprintf(path, sizeof path, "%s/runs/%s", data, r->uuid);
    r->values = need(malloc((size_t)r->floats * sizeof *r->values));
    r->sums = need(malloc((size_t)(r->sketch + 1) * sizeof *r->sums));
    koop_status status = koop_journal_read(path, look, r, &counters);
    /* no directory, or one in which nothing was written yet, is well if nothing was promised */
    bool empty = status == KOOP_NOT_FOUND || status == KOOP_BAD_MESSAGE;
    if (status != KOOP_OK && !(empty && r->promised == 0)) {
        printf("%s: journal %s: %s\n", r->name, path, koop_strstatus(status));
        return false;
    }
    r->count.repeated = counters.repeated;
    r->count.torn = counters.torn;
    r->count.damaged = counters.damaged;
    r->count.duplicated = count_duplicated(path);
    count_missing(r);
    count_astray(r);
    return true;
}

static void print(const char *name, const tally *t) {
    printf("%-12s published %" PRIu64 " acknowledged %" PRIu64 " journaled %" PRIu64
           " dropped %" PRIu64 " rejected %" PRIu64 " held %" PRIu64 " missing %" PRIu64
           " duplicated %" PRIu64 " altered %" PRIu64 " astray %" PRIu64 " torn %" PRIu64
           " damaged %" PRIu64 " repeated %" PRIu64 "\n",
           name, t->published, t->acknowledged, t->journaled, t->dropped, t->rejected, t->held,
           t->missing, t->duplicated, t->altered, t->astray, t->torn, t->damaged, t->repeated);
}

static void add(tally *sum, const tally *t) {
    sum->published += t->published;
    sum->acknowledged += t->acknowledged;
    sum->journaled += t->journaled;
    sum->dropped += t->dropped;
    sum->rejected += t->rejected;
    sum->held += t->held;
    sum->missing += t->missing;
    sum->duplicated += t->duplicated;
    sum->altered += t->altered;
    sum->astray += t->astray;
    sum->torn += t->torn;
    sum->damaged += t->damaged;
    sum->repeated += t->repeated;
}

static bool is_well(const tally *t) {
    return !(t->missing || t->duplicated || t->altered || t->astray || t->damaged);
}

int main(int argc, char **argv) {
    tally all = {0};
    bool well = true;
    if (argc < 3) {
        fprintf(stderr, "usage: check DATA LOG...\n");
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        run r = {0};
        if (!read_log(argv[i], &r)) {
            fprintf(stderr, "check: %s is no publisher's log\n", argv[i]);
            return 2;
        }
        well = check_run(argv[1], &r) && is_well(&r.count) && well;
        print(r.name, &r.count);
        add(&all, &r.count);
        free(r.kept);
        free(r.there);
        free(r.values);
        free(r.sums);
    }
    print("all", &all);
    return well ? 0 : 1;
}
