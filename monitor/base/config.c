#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct parsing {
    const char *at, *end;
    int line;
    bool expects; /* the line handed out last is to come back as a key */
    bool failed, begun;
    char section[KOOP_CONFIG_NAME_BYTES], subname[KOOP_CONFIG_SUBNAME_BYTES];
    koop_config_handler *handler;
    void *context;
    koop_config_error *error;
} parsing;

/* The first complaint stays. */
static bool refuse(parsing *p, const char *why) {
    if (p->failed) return false;
    p->failed = true;
    p->error->line = p->line;
    if (why) snprintf(p->error->why, sizeof p->error->why, "%s", why);
    return false;
}

static bool hand_over(parsing *p, const char *key, const char *value) {
    const koop_config_entry entry = {p->line, p->section, p->subname[0] ? p->subname : NULL, key,
                                     value};
    p->error->why[0] = '\0';
    return p->handler(p->context, &entry, p->error) || refuse(p, NULL);
}

static const char *skip_blanks(const char *text) {
    return text + strspn(text, " \t");
}

/* `at` of what follows: nothing, or a comment. */
static bool is_rest(const char *at) {
    at = skip_blanks(at);
    return *at == '\0' || *at == ';' || *at == '#';
}

static bool take_header(parsing *p, const char *text) {
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    const char *name = skip_blanks(text + 1), *sub = NULL;
    size_t length = strspn(name, letters), sub_length = 0;
    const char *at = skip_blanks(name + length);
    if (*at == '"' && at > name + length) {
        sub = at + 1;
        sub_length = strcspn(sub, "\"\\");
        at = sub[sub_length] == '"' ? skip_blanks(sub + sub_length + 1) : "";
    }
    if (length == 0 || *at != ']' || !is_rest(at + 1) || (sub && sub_length == 0))
        return refuse(p, "a section is written [name]");
    if (length >= sizeof p->section || sub_length >= sizeof p->subname)
        return refuse(p, "the name of this section is too long");
    memcpy(p->section, name, length);
    p->section[length] = '\0';
    if (sub) memcpy(p->subname, sub, sub_length);
    p->subname[sub_length] = '\0';
    p->begun = true;
    return hand_over(p, NULL, NULL);
}

/* One line of the text into `out`, without indentation and end. */
static bool cut_line(parsing *p, char out[KOOP_CONFIG_LINE_BYTES + 2]) {
    const char *newline = memchr(p->at, '\n', (size_t)(p->end - p->at));
    const char *stop = newline ? newline : p->end, *next = newline ? newline + 1 : p->end;
    if (stop > p->at && stop[-1] == '\r') stop--;
    while (p->at < stop && (*p->at == ' ' || *p->at == '\t')) p->at++;
    const size_t length = (size_t)(stop - p->at);
    p->line++;
    if (length > KOOP_CONFIG_LINE_BYTES) return refuse(p, "the line is longer than 198 bytes");
    for (size_t i = 0; i < length; i++)
        if (((unsigned char)p->at[i] < ' ' && p->at[i] != '\t') || p->at[i] == 0x7f)
            return refuse(p, "a control character: this is no text");
    memcpy(out, p->at, length);
    out[length] = '\0';
    p->at = next;
    return true;
}

/* libinih asks for a line. It gets those that hold a key, and empty ones for the others. */
static char *give_line(char *out, int size, void *stream) {
    parsing *p = stream;
    char text[KOOP_CONFIG_LINE_BYTES + 2];
    if (p->expects) refuse(p, "neither a [section] nor a key = value");
    p->expects = false;
    if (p->failed || p->at == p->end || size < (int)sizeof text) return NULL;
    if (!cut_line(p, text)) return NULL;
    if (text[0] == '[') {
        if (!take_header(p, text)) return NULL;
    } else if (!is_rest(text)) {
        p->expects = true;
        return strcpy(out, text);
    }
    return strcpy(out, "");
}

static int take_key(void *user, const char *section, const char *key, const char *value) {
    parsing *p = user;
    (void)section; /* p knows better */
    p->expects = false;
    if (p->failed) return 0;
    if (!p->begun) return refuse(p, "a key before the first [section]");
    if (*key == '\0') return refuse(p, "a value without a key");
    if (!value || *value == '\0') return refuse(p, "a key without a value");
    if (strstr(value, " #") || strstr(value, "\t#"))
        return refuse(p, "a comment behind a value begins with ;");
    return hand_over(p, key, value);
}

koop_status koop_config_parse(const char *bytes, size_t size, koop_config_handler *handler,
                              void *context, koop_config_error *error) {
    if (!bytes) bytes = "";
    parsing p = {
        .at = bytes, .end = bytes + size, .handler = handler, .context = context, .error = error};
    *error = (koop_config_error){.line = 0};
    if (size > KOOP_CONFIG_BYTES) {
        refuse(&p, "the file is larger than 1 MiB");
        return KOOP_BAD_MESSAGE;
    }
    if (size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) p.at += 3;
    const int first_bad = ini_parse_stream(give_line, &p, take_key, &p);
    if (p.failed) return KOOP_BAD_MESSAGE;
    if (first_bad == 0 && p.at == p.end) return KOOP_OK;
    p.line = first_bad > 0 ? first_bad : p.line;
    refuse(&p, first_bad == -2 ? "out of memory" : "neither a [section] nor a key = value");
    return KOOP_BAD_MESSAGE;
}

static koop_status give_up(koop_status status, int fd, char *bytes, koop_config_error *error,
                           const char *why) {
    *error = (koop_config_error){.line = 0};
    snprintf(error->why, sizeof error->why, "%s", why);
    if (fd >= 0) close(fd);
    free(bytes);
    return status;
}

koop_status koop_config_read(const char *path, char **bytes, size_t *size,
                             koop_config_error *error) {
    /* Not blocking: a pipe without a writer would wait for one. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat file;
    if (fd < 0)
        return give_up(errno == ENOENT || errno == ENOTDIR ? KOOP_NOT_FOUND : KOOP_IO_FAILED, fd,
                       NULL, error, strerror(errno));
    if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode))
        return give_up(KOOP_IO_FAILED, fd, NULL, error, "not a regular file");
    char *text = malloc(KOOP_CONFIG_BYTES + 1);
    if (!text) return give_up(KOOP_NO_MEMORY, fd, NULL, error, "out of memory");
    size_t used = 0;
    for (ssize_t n = 1; n != 0 && used <= KOOP_CONFIG_BYTES; used += (size_t)n) {
        n = read(fd, text + used, KOOP_CONFIG_BYTES + 1 - used);
        if (n < 0) return give_up(KOOP_IO_FAILED, fd, text, error, strerror(errno));
    }
    if (used > KOOP_CONFIG_BYTES)
        return give_up(KOOP_TOO_LARGE, fd, text, error, "the file is larger than 1 MiB");
    close(fd);
    *bytes = text;
    *size = used;
    return KOOP_OK;
}

koop_status koop_config_path(char *out, size_t size) {
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    const struct passwd *user = NULL;
    int n;
    if (!home || home[0] != '/') user = getpwuid(getuid());
    if (user) home = user->pw_dir;
    if (config && config[0] == '/')
        n = snprintf(out, size, "%s/koopmon/koopmon.ini", config);
    else
        n = snprintf(out, size, "%s/.config/koopmon/koopmon.ini", home ? home : "");
    return n >= 0 && (size_t)n < size ? KOOP_OK : KOOP_TOO_LARGE;
}
