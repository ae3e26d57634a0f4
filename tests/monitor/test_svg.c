/* Elements, numbers, and text of strangers. */
#include "svg.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "svg_check.h"

static koop_svg svg;

static int tear_down(void **state) {
    (void)state;
    koop_svg_free(&svg);
    return 0;
}

static void begin(const char *title) {
    koop_svg_free(&svg);
    koop_svg_begin(&svg, 200, 100, title);
}

static void end(void) {
    assert_int_equal(koop_svg_end(&svg), KOOP_OK);
    const char *why = svg_check(svg.text);
    if (why) fail_msg("%s in\n%s", why, svg.text);
    assert_int_equal(strlen(svg.text), svg.used);
}

static void holds(const char *part) {
    if (!strstr(svg.text, part)) fail_msg("no %s in\n%s", part, svg.text);
}

static void an_empty_picture_is_a_white_page(void **state) {
    (void)state;
    begin(NULL);
    end();
    holds("width=\"200\" height=\"100\" viewBox=\"0 0 200 100\"");
    holds("<rect x=\"0\" y=\"0\" width=\"200\" height=\"100\" fill=\"#ffffff\"/>");
}

static void numbers_are_short_and_without_minus_zero(void **state) {
    (void)state;
    begin(NULL);
    koop_svg_circle(&svg, 1.005, -0.001, 2.5, &(koop_svg_paint){.fill = "#000000"});
    koop_svg_circle(&svg, -12.345, 100, 0.1, &(koop_svg_paint){.stroke = "#ff0000", .width = 1.4});
    end();
    holds("<circle cx=\"1\" cy=\"0\" r=\"2.5\" fill=\"#000000\"/>");
    holds("<circle cx=\"-12.35\" cy=\"100\" r=\"0.1\" fill=\"none\" stroke=\"#ff0000\" "
          "stroke-width=\"1.4\"/>");
}

static void no_number_is_infinite(void **state) {
    (void)state;
    begin(NULL);
    koop_svg_line(&svg, NAN, INFINITY, -INFINITY, 1e300, &(koop_svg_paint){.stroke = "#000000"});
    end();
    holds("points=\"0,1000000 -1000000,1000000\"");
}

static void text_of_strangers_ends_no_element(void **state) {
    (void)state;
    static const char hostile[] = "</text><script>alert('1')</script>&amp;\"]]>\x1b[2J\r\n\t\xff"
                                  "\xc2\x85\xe2\x80\xae\xef\xbf\xbe";
    begin(hostile);
    koop_svg_text(&svg, 1, 2, &(koop_svg_font){.size = 12}, hostile);
    end();
    holds(
        "<text x=\"1\" y=\"2\" font-size=\"12\" fill=\"#222222\">&lt;/text&gt;&lt;script&gt;alert("
        "&#39;1&#39;)&lt;/script&gt;&amp;amp;&quot;]]&gt;\\x1b[2J\\x0d\\x0a\\x09\\xff\\xc2\\x85"
        "\\xe2\\x80\\xae\\xef\\xbf\\xbe</text>");
    holds("<title>&lt;/text&gt;");
    assert_null(strstr(svg.text, "<script"));
}

static void letters_of_all_languages_stay(void **state) {
    (void)state;
    begin(NULL);
    koop_svg_text(&svg, 0, 0, &(koop_svg_font){.size = 12, .upward = true}, "λ ä 学習 🙂");
    end();
    holds(">λ ä 学習 🙂</text>");
    holds("transform=\"rotate(-90 0 0)\"");
}

static void what_is_clipped_has_an_id_of_its_own(void **state) {
    (void)state;
    begin(NULL);
    for (int i = 0; i < 2; i++) {
        koop_svg_clip(&svg, 0, 0, 10, 10);
        koop_svg_unclip(&svg);
    }
    end();
    assert_int_equal(svg_count(svg.text, "id=\"clip1\""), 1);
    assert_int_equal(svg_count(svg.text, "url(#clip2)"), 1);
}

static void long_text_is_shortened_in_its_middle(void **state) {
    (void)state;
    char out[KOOP_SVG_TEXT_BYTES], longest[3000];
    assert_string_equal(koop_svg_fit("short", 12, 100, out), "short");
    koop_svg_fit("run-0123456789abcdef0123456789abcdef.koop", 12, 120, out);
    assert_true(koop_svg_text_width(out, 12) <= 120);
    assert_memory_equal(out, "run-", 4);
    assert_non_null(strstr(out, "…"));
    assert_non_null(strstr(out, ".koop"));
    koop_svg_fit("学習学習学習学習学習学習", 12, 60, out);
    assert_string_equal(out, "学習…学習");
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_true(strlen(koop_svg_fit(longest, 12, 1e9, out)) < KOOP_SVG_TEXT_BYTES);
    assert_string_equal(koop_svg_fit("abc", 12, 0, out), "…");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_picture_is_a_white_page),
        cmocka_unit_test(numbers_are_short_and_without_minus_zero),
        cmocka_unit_test(no_number_is_infinite),
        cmocka_unit_test(text_of_strangers_ends_no_element),
        cmocka_unit_test(letters_of_all_languages_stay),
        cmocka_unit_test(what_is_clipped_has_an_id_of_its_own),
        cmocka_unit_test(long_text_is_shortened_in_its_middle),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
