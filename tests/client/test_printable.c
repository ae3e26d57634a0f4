/* printable: what a terminal could obey, or a reader not see, never comes out. */
#include "printable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static char out[256];

static void becomes(const char *text, const char *wanted) {
    assert_string_equal(koop_printable(text, out, sizeof out), wanted);
    assert_int_equal(koop_printable_all(text), strcmp(text, wanted) == 0);
    assert_true(koop_printable_all(out));
}

static void plain_text_of_any_script_stays(void **state) {
    (void)state;
    static const char *const plain[] = {"",       "fc1.weight", "1.3× faster",
                                        "нейрон", "模型",       "😀 a\\b %s%n"};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) becomes(plain[i], plain[i]);
}

static void what_a_terminal_obeys_is_escaped(void **state) {
    (void)state;
    becomes("a\x1b[2Jb", "a\\x1b[2Jb");
    becomes("\x1b]0;title\a", "\\x1b]0;title\\x07");
    becomes("one\ntwo\r\tthree", "one\\x0atwo\\x0d\\x09three");
    becomes("\x7f", "\\x7f");
    becomes("\xc2\x9b"
            "31m",
            "\\xc2\\x9b31m"); /* CSI of C1 */
    becomes("\xe2\x80\xa8", "\\xe2\\x80\\xa8");
}

static void what_reorders_or_hides_text_is_escaped(void **state) {
    (void)state;
    becomes("\xe2\x80\xae"
            "txt.exe",
            "\\xe2\\x80\\xaetxt.exe");          /* U+202E */
    becomes("\xe2\x81\xa6", "\\xe2\\x81\\xa6"); /* U+2066 */
    becomes("a\xe2\x80\x8b"
            "b",
            "a\\xe2\\x80\\x8b"
            "b"); /* zero width */
    becomes("\xef\xbb\xbf", "\\xef\\xbb\\xbf");
    becomes("\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81"); /* a tag */
}

static void what_is_not_utf8_is_escaped(void **state) {
    (void)state;
    becomes("\xff\xfe", "\\xff\\xfe");
    becomes("\xc0\xaf", "\\xc0\\xaf"); /* overlong */
    becomes("\xe0\x80\xaf", "\\xe0\\x80\\xaf");
    becomes("\xed\xa0\x80", "\\xed\\xa0\\x80"); /* half a surrogate pair */
    becomes("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
    becomes("cut \xe2\x80", "cut \\xe2\\x80");
    becomes("\x9b", "\\x9b");
}

static void nothing_is_cut_in_its_midst(void **state) {
    (void)state;
    for (size_t size = 1; size < 16; size++) {
        char small[16];
        memset(small, 'x', sizeof small);
        koop_printable("a×\x1b\xc2\x9b", small, size);
        assert_true(strlen(small) < size);
        assert_true(koop_printable_all(small));
        size_t length = strlen(small);
        assert_true(length == 0 || length == 1 || length == 3 || length == 7 || length == 15);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_of_any_script_stays),
        cmocka_unit_test(what_a_terminal_obeys_is_escaped),
        cmocka_unit_test(what_reorders_or_hides_text_is_escaped),
        cmocka_unit_test(what_is_not_utf8_is_escaped),
        cmocka_unit_test(nothing_is_cut_in_its_midst),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
