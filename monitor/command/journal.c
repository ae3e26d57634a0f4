#include "command.h"
#include "options.h"
#include "print.h"
#include "repair.h"
#include "text.h"
#include "trajectory.h"
#include "view_json.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PATHS = 4096, SHOWN_GAPS = 3 };

static const koop_usage usage = {
    "journal",
    "verify|repair PATH…",
    "verify: reads journals and says what they hold and where they are damaged; changes nothing.\n"
    "repair: writes each damaged file anew with what is intact in it; the damaged one is kept in\n"
    "quarantine/ beside it. Not while a daemon writes the journal.\n"
    "A PATH is a run's directory, one of its segments, or a recording.",
    "Exit codes: 0 intact, or repaired; 1 damage found; 2 not a recording; 4 no journal there; 5 "
    "no\n"
    "record in it.\n"
    "JSON: "
    "{\"schema\":1,\"command\",\"damaged\",\"files\":[{\"file\",\"state\",\"bytes\",\"records\",\n"
    "\"snapshots\",\"first_seq\",\"last_seq\",\"missing\",\"gaps\":[[first,last],…],\"repeated\",\n"
    "\"unreadable\",\"torn_bytes\",\"damaged\":[{\"offset\",\"bytes\"},…]},…]}",
    2,
    MAX_PATHS,
    false};

typedef struct examination {
    const char *path;
    bool repair;
    json_t *files;  /* NULL: print words */
    bool damaged;   /* something of this path is, or was */
    bool snapshots; /* are in it */
    bool any;       /* something of any path was found damaged and is not repaired */
} examination;

static const char *path_of(const examination *self, const koop_verified *file,
                           char out[PATH_MAX + KOOP_VERIFY_NAME_BYTES]) {
    const size_t n = strlen(self->path);
    const bool slash = *file->name && n > 0 && self->path[n - 1] != '/';
    snprintf(out, PATH_MAX + KOOP_VERIFY_NAME_BYTES, "%.*s%s%s", PATH_MAX - 2, self->path,
             slash ? "/" : "", file->name);
    return out;
}

static void print_gaps(const koop_verified *file) {
    char count[KOOP_TEXT_BYTES];
    if (file->gaps.n == 0) return;
    printf("  %s seq%s missing:", koop_text_count(count, (int64_t)file->missing),
           file->missing == 1 ? "" : "s");
    for (size_t i = 0; i < file->gaps.n && i < SHOWN_GAPS; i++) {
        const koop_span *gap = &file->gaps.list[i];
        printf("%s %" PRIu64, i ? "," : "", gap->first);
        if (gap->last > gap->first) printf(" to %" PRIu64, gap->last);
    }
    if (file->gaps.n > SHOWN_GAPS) printf(", … (%zu gaps)", file->gaps.n);
    putchar('\n');
}

static void print_file(const examination *self, const koop_verified *file) {
    char path[PATH_MAX + KOOP_VERIFY_NAME_BYTES], a[KOOP_TEXT_BYTES], b[KOOP_TEXT_BYTES];
    char safe[KOOP_PRINT_PATH_BYTES];
    const char *state = file->damaged.n == 0 ? "intact" : self->repair ? "repaired" : "damaged";
    printf("%s: %s: %s record%s, %s snapshot%s", koop_print_path(path_of(self, file, path), safe),
           state, koop_text_count(a, (int64_t)file->records), file->records == 1 ? "" : "s",
           koop_text_count(b, (int64_t)file->snapshots), file->snapshots == 1 ? "" : "s");
    if (file->snapshots > 0)
        printf(", seqs %" PRIu64 " to %" PRIu64, file->first_seq, file->last_seq);
    printf(", %s bytes\n", koop_text_count(a, (int64_t)file->bytes));
    print_gaps(file);
    if (file->repeated)
        printf("  %s snapshots stand in an earlier file too, after a failed sync\n",
               koop_text_count(a, (int64_t)file->repeated));
    if (file->unreadable)
        printf("  %s intact records are of no kind known here\n",
               koop_text_count(a, (int64_t)file->unreadable));
    if (file->torn)
        printf("  torn: %s bytes of an incomplete record at the end\n",
               koop_text_count(a, (int64_t)file->torn));
    for (size_t i = 0; i < file->damaged.n; i++) {
        const koop_span *span = &file->damaged.list[i];
        printf("  damaged%s: offset %" PRIu64 ", %" PRIu64 " bytes\n",
               self->repair ? ", now only in quarantine" : "", span->first,
               span->last - span->first + 1);
    }
}

static json_t *spans_to_json(const koop_spans *spans, bool as_offsets) {
    json_t *list = json_array();
    for (size_t i = 0; i < spans->n; i++) {
        const koop_span *s = &spans->list[i];
        json_array_append_new(
            list, as_offsets ? json_pack("{s:I, s:I}", "offset", (json_int_t)s->first, "bytes",
                                         (json_int_t)(s->last - s->first + 1))
                             : json_pack("[I, I]", (json_int_t)s->first, (json_int_t)s->last));
    }
    return list;
}

static json_t *file_to_json(const examination *self, const koop_verified *file) {
    char path[PATH_MAX + KOOP_VERIFY_NAME_BYTES];
    const bool damaged = file->damaged.n > 0;
    return json_pack("{s:o, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:I, s:I, s:o}", "file",
                     koop_print_string(path_of(self, file, path)), "state",
                     !damaged       ? "intact"
                     : self->repair ? "repaired"
                                    : "damaged",
                     "bytes", (json_int_t)file->bytes, "records", (json_int_t)file->records,
                     "snapshots", (json_int_t)file->snapshots, "first_seq",
                     (json_int_t)file->first_seq, "last_seq", (json_int_t)file->last_seq, "missing",
                     (json_int_t)file->missing, "gaps", spans_to_json(&file->gaps, false),
                     "repeated", (json_int_t)file->repeated, "unreadable",
                     (json_int_t)file->unreadable, "torn_bytes", (json_int_t)file->torn, "damaged",
                     spans_to_json(&file->damaged, true));
}

static void take_repaired(void *context, const koop_verified *file) {
    examination *self = context;
    self->damaged |= file->damaged.n > 0;
    self->snapshots |= file->snapshots > 0;
    if (self->files)
        json_array_append_new(self->files, file_to_json(self, file));
    else
        print_file(self, file);
}

static koop_status take_verified(void *context, const koop_verified *file) {
    take_repaired(context, file);
    return KOOP_OK;
}

/* A file of no record, as replay and analyze say it. */
static int refuse_file(const char *path) {
    const koop_file_kind kind = koop_trajectory_kind(path);
    if (kind == KOOP_FILE_RECORDS) return koop_trajectory_refuse_records(path);
    if (kind == KOOP_FILE_NPY) return koop_complain(KOOP_EXIT_USAGE, "%s: not a recording", path);
    return koop_trajectory_refuse(path);
}

static bool has_hello(const char *path) {
    koop_wire_hello *hello = malloc(sizeof *hello);
    const bool has = !hello || koop_journal_hello(path, hello) == KOOP_OK;
    free(hello);
    return has;
}

static int examine(examination *self) {
    self->damaged = self->snapshots = false;
    if (!*self->path) return koop_complain(KOOP_EXIT_USAGE, "journal: an empty PATH");
    errno = 0;
    const koop_status status = self->repair ? koop_journal_repair(self->path, take_repaired, self)
                                            : koop_journal_verify(self->path, take_verified, self);
    const bool found = self->damaged && !self->repair;
    self->any |= found; /* whatever else is wrong with it */
    if (status == KOOP_OK && self->snapshots && !has_hello(self->path)) {
        self->any = true;
        return koop_complain(KOOP_EXIT_DIFFERENT,
                             "%s: no HELLO in it is intact: replay and analyze cannot use it",
                             self->path);
    }
    if (status == KOOP_OK) return found ? KOOP_EXIT_DIFFERENT : KOOP_EXIT_OK;
    const int why = errno;
    if (status == KOOP_IO_FAILED && why == ELOOP)
        return koop_complain(KOOP_EXIT_USAGE, "%s: is a symbolic link; give the file itself",
                             self->path);
    if (status == KOOP_BAD_MESSAGE) return refuse_file(self->path);
    errno = why;
    if (status == KOOP_NOT_FOUND)
        return koop_complain(KOOP_EXIT_NO_RUN, "%s: no journal there", self->path);
    if (status == KOOP_IO_FAILED && errno == EWOULDBLOCK)
        return koop_complain(KOOP_EXIT_USAGE,
                             "%s: a daemon writes this journal; stop it, then repair", self->path);
    return koop_complain(KOOP_EXIT_USAGE, "%s: %s%s%s", self->path, koop_strstatus(status),
                         errno ? ": " : "", errno ? strerror(errno) : "");
}

/* Trouble before damage before absence. */
static int worse(int a, int b) {
    static const int order[] = {KOOP_EXIT_USAGE, KOOP_EXIT_DIFFERENT, KOOP_EXIT_NO_RUN,
                                KOOP_EXIT_NO_DATA};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (a == order[i] || b == order[i]) return order[i];
    return KOOP_EXIT_OK;
}

int koop_command_journal(int argc, char **argv) {
    koop_common common = {.json = false};
    int first, code = koop_options_parse(&usage, NULL, 0, argc, argv, &common, &first);
    if (code != KOOP_PROCEED) return code;
    examination self = {.repair = strcmp(argv[first], "repair") == 0};
    if (!self.repair && strcmp(argv[first], "verify") != 0)
        return koop_complain(KOOP_EXIT_USAGE, "journal: \"%s\" is neither verify nor repair",
                             argv[first]);
    if (common.json) self.files = json_array();
    code = KOOP_EXIT_OK;
    for (int i = first + 1; i < argc; i++) {
        self.path = argv[i];
        code = worse(code, examine(&self));
    }
    if (!common.json) return code;
    json_t *json = json_pack("{s:i, s:s, s:b, s:o}", "schema", KOOP_JSON_SCHEMA, "command",
                             argv[first], "damaged", self.any, "files", self.files);
    const int printed = koop_print_json(stdout, json);
    return printed == KOOP_EXIT_OK ? code : printed;
}
