/* The filter between strange text and the terminal. */
#include "glyph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static uint32_t first(const char *text) {
    return koop_glyph_next(&text);
}

static void encode(uint32_t value, char out[5]) {
    memset(out, 0, 5);
    if (value < 0x80) {
        out[0] = (char)value;
    } else if (value < 0x800) {
        out[0] = (char)(0xC0 | value >> 6);
        out[1] = (char)(0x80 | (value & 0x3F));
    } else if (value < 0x10000) {
        out[0] = (char)(0xE0 | value >> 12);
        out[1] = (char)(0x80 | (value >> 6 & 0x3F));
        out[2] = (char)(0x80 | (value & 0x3F));
    } else {
        out[0] = (char)(0xF0 | value >> 18);
        out[1] = (char)(0x80 | (value >> 12 & 0x3F));
        out[2] = (char)(0x80 | (value >> 6 & 0x3F));
        out[3] = (char)(0x80 | (value & 0x3F));
    }
}

static void well_formed_text_is_decoded(void **state) {
    (void)state;
    const char *text = "aλ…𝄞";
    assert_int_equal(koop_glyph_next(&text), 'a');
    assert_int_equal(koop_glyph_next(&text), 0x3BB);
    assert_int_equal(koop_glyph_next(&text), 0x2026);
    assert_int_equal(koop_glyph_next(&text), 0x1D11E);
    assert_int_equal(koop_glyph_next(&text), 0);
    assert_int_equal(koop_glyph_next(&text), 0); /* stays at the end */
}

static void no_control_character_passes(void **state) {
    (void)state;
    for (uint32_t value = 1; value <= 0x10FFFF; value++) {
        char text[5];
        encode(value, text);
        uint32_t glyph = first(text);
        assert_true(glyph == value || glyph == KOOP_GLYPH_UNSAFE);
        assert_true(glyph >= 0x20 && (glyph < 0x7F || glyph > 0x9F));
    }
}

static void what_reorders_or_hides_text_is_replaced(void **state) {
    (void)state;
    static const char *const hidden[] = {"\u202E", "\u2066", "\u200B", "\uFEFF",
                                         "\u0301", "\u00AD", "\u2028", "\uE000"};
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        assert_int_equal(first(hidden[i]), KOOP_GLYPH_UNSAFE);
}

static void broken_bytes_are_replaced_one_by_one(void **state) {
    (void)state;
    static const char *const broken[] = {"\x80",
                                         "\xC3",
                                         "\xE2\x80",
                                         "\xC0\xAF", /* overlong */
                                         "\xE0\x80\x9B" /* overlong escape */,
                                         "\xED\xA0\x80" /* surrogate */,
                                         "\xF4\x90\x80\x80" /* above U+10FFFF */,
                                         "\xFF",
                                         "\xF8\x88\x80\x80\x80"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        const char *text = broken[i];
        for (uint32_t glyph; (glyph = koop_glyph_next(&text)) != 0;)
            assert_int_equal(glyph, KOOP_GLYPH_UNSAFE);
        assert_ptr_equal(text, broken[i] + strlen(broken[i]));
    }
    const char *text = "\xC3z"; /* a good character after a broken one survives */
    assert_int_equal(koop_glyph_next(&text), KOOP_GLYPH_UNSAFE);
    assert_int_equal(koop_glyph_next(&text), 'z');
}

static void wide_characters_take_two_columns(void **state) {
    (void)state;
    assert_int_equal(koop_glyph_width('a'), 1);
    assert_int_equal(koop_glyph_width(0x25CF), 1);  /* ● */
    assert_int_equal(koop_glyph_width(0x2847), 1);  /* braille */
    assert_int_equal(koop_glyph_width(0x6F22), 2);  /* 漢 */
    assert_int_equal(koop_glyph_width(0x1F600), 2); /* an emoji */
    assert_int_equal(koop_glyph_columns("a漢b", KOOP_GLYPHS_BRAILLE), 4);
    assert_int_equal(koop_glyph_columns("a漢b", KOOP_GLYPHS_ASCII), 3);
}

static void ascii_shows_nothing_but_ascii(void **state) {
    (void)state;
    for (uint32_t value = 0x20; value <= 0x10FFFF; value++) {
        uint32_t plain = koop_glyph_plain(value, KOOP_GLYPHS_ASCII);
        if (value < 0x7F)
            assert_int_equal(plain, value);
        else if (value > 0x9F)
            assert_true(plain >= 0x20 && plain < 0x7F);
    }
    assert_int_equal(koop_glyph_plain(0xD7, KOOP_GLYPHS_ASCII), 'x');
    assert_int_equal(koop_glyph_plain(0x2500, KOOP_GLYPHS_ASCII), '-');
    assert_int_equal(koop_glyph_plain(0x25CF, KOOP_GLYPHS_BRAILLE), 0x25CF);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_text_is_decoded),
        cmocka_unit_test(no_control_character_passes),
        cmocka_unit_test(what_reorders_or_hides_text_is_replaced),
        cmocka_unit_test(broken_bytes_are_replaced_one_by_one),
        cmocka_unit_test(wide_characters_take_two_columns),
        cmocka_unit_test(ascii_shows_nothing_but_ascii),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
