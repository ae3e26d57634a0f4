#include "svg.h"
#include "printable.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INK "#222222"
#define FAR 1e6 /* pixels: no coordinate is farther, since viewers compute in single precision */

static bool reserve(koop_svg *svg, size_t more) {
    if (svg->status != KOOP_OK) return false;
    if (svg->used + more < svg->capacity) return true;
    size_t capacity = 2 * svg->capacity + more + 4096;
    char *grown = realloc(svg->text, capacity);
    if (!grown) {
        svg->status = KOOP_NO_MEMORY;
        return false;
    }
    svg->text = grown;
    svg->capacity = capacity;
    return true;
}

static void put_bytes(koop_svg *svg, const char *bytes, size_t n) {
    if (!reserve(svg, n + 1)) return;
    memcpy(svg->text + svg->used, bytes, n);
    svg->used += n;
    svg->text[svg->used] = '\0';
}

static void put(koop_svg *svg, const char *text) {
    put_bytes(svg, text, strlen(text));
}

/* By whole hundredths: printf would write the locale's point, and "-0.00". */
static void put_number(koop_svg *svg, double value) {
    char out[32];
    if (!(value > -FAR)) value = isnan(value) ? 0 : -FAR;
    if (value > FAR) value = FAR;
    const long long hundredths = llround(value * 100);
    const long long size = llabs(hundredths), rest = size % 100;
    int n = snprintf(out, sizeof out, "%s%lld", hundredths < 0 ? "-" : "", size / 100);
    if (rest) n += snprintf(out + n, sizeof out - (size_t)n, ".%02lld", rest);
    if (rest && rest % 10 == 0) n--;
    put_bytes(svg, out, (size_t)n);
}

static void put_attribute(koop_svg *svg, const char *name, double value) {
    put(svg, " ");
    put(svg, name);
    put(svg, "=\"");
    put_number(svg, value);
    put(svg, "\"");
}

static void put_word(koop_svg *svg, const char *name, const char *value) {
    put(svg, " ");
    put(svg, name);
    put(svg, "=\"");
    put(svg, value);
    put(svg, "\"");
}

/* Text as XML has it: markup escaped, and what printable.h or XML 1.0 does not allow as \xNN. */
static void put_escaped(koop_svg *svg, const char *text) {
    static const struct {
        char mark;
        const char *entity;
    } marks[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
    while (*text) {
        bool safe;
        uint32_t code;
        const char *entity = NULL;
        const size_t n = koop_printable_next(text, &safe, &code);
        for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
            if (*text == marks[i].mark) entity = marks[i].entity;
        if (entity)
            put(svg, entity);
        else if (safe && code != 0xfffe && code != 0xffff)
            put_bytes(svg, text, n);
        else
            for (size_t i = 0; i < n; i++) {
                char escape[8];
                snprintf(escape, sizeof escape, "\\x%02x", (unsigned)(unsigned char)text[i]);
                put(svg, escape);
            }
        text += n;
    }
}

static void put_paint(koop_svg *svg, const koop_svg_paint *paint) {
    put_word(svg, "fill", paint->fill ? paint->fill : "none");
    if (paint->fill && paint->opacity > 0) put_attribute(svg, "fill-opacity", paint->opacity);
    if (!paint->stroke) return;
    put_word(svg, "stroke", paint->stroke);
    if (paint->width > 0) put_attribute(svg, "stroke-width", paint->width);
    if (paint->dash) put_word(svg, "stroke-dasharray", paint->dash);
}

void koop_svg_begin(koop_svg *svg, int width, int height, const char *title) {
    char size[128];
    put(svg,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"");
    snprintf(size, sizeof size, " width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\"", width, height,
             width, height);
    put(svg, size);
    put(svg, " font-family=\"Helvetica, Arial, 'Liberation Sans', sans-serif\">\n");
    if (title) {
        put(svg, "<title>");
        put_escaped(svg, title);
        put(svg, "</title>\n");
    }
    koop_svg_rect(svg, 0, 0, width, height, &(koop_svg_paint){.fill = "#ffffff"});
}

koop_status koop_svg_end(koop_svg *svg) {
    put(svg, "</svg>\n");
    return svg->status;
}

void koop_svg_free(koop_svg *svg) {
    free(svg->text);
    *svg = (koop_svg){.text = NULL};
}

void koop_svg_line(koop_svg *svg, double x1, double y1, double x2, double y2,
                   const koop_svg_paint *paint) {
    koop_svg_path(svg, (double[]){x1, y1, x2, y2}, 2, false, paint);
}

void koop_svg_rect(koop_svg *svg, double x, double y, double width, double height,
                   const koop_svg_paint *paint) {
    put(svg, "<rect");
    put_attribute(svg, "x", x);
    put_attribute(svg, "y", y);
    put_attribute(svg, "width", width);
    put_attribute(svg, "height", height);
    put_paint(svg, paint);
    put(svg, "/>\n");
}

void koop_svg_circle(koop_svg *svg, double x, double y, double radius,
                     const koop_svg_paint *paint) {
    put(svg, "<circle");
    put_attribute(svg, "cx", x);
    put_attribute(svg, "cy", y);
    put_attribute(svg, "r", radius);
    put_paint(svg, paint);
    put(svg, "/>\n");
}

void koop_svg_path(koop_svg *svg, const double *xy, int n, bool closed,
                   const koop_svg_paint *paint) {
    if (n < 2) return;
    put(svg, closed ? "<polygon points=\"" : "<polyline points=\"");
    for (int i = 0; i < n; i++) {
        if (i) put(svg, " ");
        put_number(svg, xy[2 * i]);
        put(svg, ",");
        put_number(svg, xy[2 * i + 1]);
    }
    put(svg, "\"");
    put_paint(svg, paint);
    put(svg, "/>\n");
}

void koop_svg_text(koop_svg *svg, double x, double y, const koop_svg_font *font, const char *text) {
    static const char *const anchors[] = {
        [KOOP_SVG_START] = NULL, [KOOP_SVG_MIDDLE] = "middle", [KOOP_SVG_END] = "end"};
    put(svg, "<text");
    put_attribute(svg, "x", x);
    put_attribute(svg, "y", y);
    put_attribute(svg, "font-size", font->size);
    put_word(svg, "fill", font->fill ? font->fill : INK);
    if (anchors[font->anchor]) put_word(svg, "text-anchor", anchors[font->anchor]);
    if (font->bold) put_word(svg, "font-weight", "bold");
    if (font->upward) {
        put(svg, " transform=\"rotate(-90 ");
        put_number(svg, x);
        put(svg, " ");
        put_number(svg, y);
        put(svg, ")\"");
    }
    put(svg, ">");
    put_escaped(svg, text);
    put(svg, "</text>\n");
}

void koop_svg_clip(koop_svg *svg, double x, double y, double width, double height) {
    char id[32];
    snprintf(id, sizeof id, "clip%d", ++svg->clips);
    put(svg, "<clipPath");
    put_word(svg, "id", id);
    put(svg, ">\n");
    koop_svg_rect(svg, x, y, width, height, &(koop_svg_paint){.fill = "#ffffff"});
    put(svg, "</clipPath>\n<g clip-path=\"url(#");
    put(svg, id);
    put(svg, ")\">\n");
}

void koop_svg_unclip(koop_svg *svg) {
    put(svg, "</g>\n");
}

void koop_svg_crisp(koop_svg *svg) {
    put(svg, "<g shape-rendering=\"crispEdges\">\n");
}

void koop_svg_uncrisp(koop_svg *svg) {
    put(svg, "</g>\n");
}

/* In ems, of the wider ones among common fonts (DejaVu, Verdana): what is laid out by it has room in
 * all of them. East Asian letters are square. */
static double em_of(uint32_t code, bool safe, size_t bytes) {
    if (!safe) return 2.5 * (double)bytes; /* \xNN */
    if (code >= 0x1100 && code < 0x2000) return 0.95;
    if (code >= 0x2e80) return 1;
    if (code < 0x80 && strchr("iljtfrI.,:;'|!()[]/ -", (int)code)) return 0.39;
    if (code < 0x80 && strchr("mwMW@%", (int)code)) return 0.97;
    return code >= 'A' && code <= 'Z' ? 0.72 : 0.63;
}

double koop_svg_text_width(const char *text, double size) {
    double ems = 0;
    while (*text) {
        bool safe;
        uint32_t code;
        const size_t n = koop_printable_next(text, &safe, &code);
        ems += em_of(code, safe, n);
        text += n;
    }
    return ems * size;
}

/* Drops one character at `at` of out. */
static void drop(char *out, size_t at) {
    bool safe;
    uint32_t code;
    const size_t n = koop_printable_next(out + at, &safe, &code);
    memmove(out + at, out + at + n, strlen(out + at + n) + 1);
}

/* The byte behind half of the characters of `text`. */
static size_t middle_of(const char *text) {
    size_t characters = 0, at = 0;
    bool safe;
    uint32_t code;
    for (size_t i = 0; text[i]; i += koop_printable_next(text + i, &safe, &code)) characters++;
    for (size_t i = 0; i < characters / 2; i++) at += koop_printable_next(text + at, &safe, &code);
    return at;
}

char *koop_svg_fit(const char *text, double size, double width, char out[KOOP_SVG_TEXT_BYTES]) {
    static const char dots[] = "…";
    koop_printable(text, out, KOOP_SVG_TEXT_BYTES - sizeof dots);
    if (koop_svg_text_width(out, size) <= width) return out;
    const double room = width - koop_svg_text_width(dots, size);
    while (*out && koop_svg_text_width(out, size) > room) drop(out, middle_of(out));
    const size_t at = middle_of(out);
    memmove(out + at + sizeof dots - 1, out + at, strlen(out + at) + 1);
    memcpy(out + at, dots, sizeof dots - 1);
    return out;
}
