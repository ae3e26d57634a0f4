#include "spectrum_file.h"
#include "complain.h"
#include "view_json.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool koop_spectrum_file_is(const char *path) {
    struct stat file;
    char start = '\0';
    if (stat(path, &file) != 0 || !S_ISREG(file.st_mode)) return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    const bool is = read(fd, &start, 1) == 1 && start == '{';
    close(fd);
    return is;
}

static int load(const char *path, json_t **out) {
    struct stat file;
    if (stat(path, &file) != 0)
        return koop_complain(KOOP_EXIT_USAGE, "%s: %s", path, strerror(errno));
    if (file.st_size > KOOP_SPECTRUM_FILE_MAX_BYTES)
        return koop_complain(KOOP_EXIT_USAGE, "%s: JSON of more than %d MiB is not read", path,
                             KOOP_SPECTRUM_FILE_MAX_BYTES >> 20);
    json_error_t error;
    *out = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (*out) return KOOP_EXIT_OK;
    return koop_complain(KOOP_EXIT_USAGE, "%s: no JSON: line %d: %s", path, error.line, error.text);
}

static int take_last(const char *path, const json_t *json, koop_spectrum *spectrum) {
    const json_t *schema = json_object_get(json, "schema");
    const json_t *spectra = json_object_get(json, "spectra");
    if (json_integer_value(schema) != KOOP_JSON_SCHEMA || !json_is_array(spectra))
        return koop_complain(KOOP_EXIT_USAGE, "%s: not what analyze --json prints", path);
    const size_t n = json_array_size(spectra);
    const json_t *last = n ? json_array_get(spectra, n - 1) : NULL;
    const json_t *eigenvalues = json_object_get(last, "eigenvalues");
    if (n == 0 || (json_is_array(eigenvalues) && json_array_size(eigenvalues) == 0))
        return koop_complain(KOOP_EXIT_NO_DATA, "%s: holds no eigenvalue", path);
    if (koop_spectrum_from_json(eigenvalues, spectrum) != KOOP_OK)
        return koop_complain(KOOP_EXIT_USAGE, "%s: its last spectrum is damaged", path);
    return KOOP_EXIT_OK;
}

int koop_spectrum_file_read(const char *path, koop_spectrum *spectrum) {
    json_t *json;
    int code = load(path, &json);
    if (code != KOOP_EXIT_OK) return code;
    code = take_last(path, json, spectrum);
    json_decref(json);
    return code;
}
