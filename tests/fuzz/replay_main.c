/* Every file of the given directories, in the order of their names, through one fuzz target: what a
 * fuzzer once found stays found, with any compiler and any sanitizer. An input that fails kills the
 * process, its path printed last. Each is a copy of its own size, so that reading behind it is seen.
 *
 * usage: fuzz_TARGET DIRECTORY…    Exits 1 when a directory cannot be read or has no file. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static int replay(const char *path) {
    struct stat at;
    FILE *file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &at) != 0 || !S_ISREG(at.st_mode)) {
        perror(path);
        return 1;
    }
    const size_t size = (size_t)at.st_size;
    uint8_t *bytes = malloc(size + (size == 0));
    if (!bytes || fread(bytes, 1, size, file) != size) {
        perror(path);
        return 1;
    }
    fclose(file);
    printf("%s, %zu bytes\n", path, size);
    fflush(stdout);
    const int code = LLVMFuzzerTestOneInput(bytes, size);
    free(bytes);
    return code;
}

static int replay_all(const char *directory) {
    struct dirent **entries;
    const int n = scandir(directory, &entries, visible, alphasort);
    if (n <= 0) {
        fprintf(stderr, "%s: no input\n", directory);
        return 1;
    }
    int code = 0;
    for (int i = 0; i < n; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", directory, entries[i]->d_name);
        code |= replay(path);
        free(entries[i]);
    }
    free(entries);
    return code;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s DIRECTORY...\n", argv[0]);
        return 1;
    }
    int code = LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++) code |= replay_all(argv[i]);
    return code;
}
