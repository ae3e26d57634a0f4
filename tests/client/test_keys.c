/* keys: certificates as CZMQ, pyzmq and koopmon itself write them; and what is none. */
#include "keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#define PUBLIC "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
#define SECRET "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"

static koop_keys keys;
static const char *why;

static koop_status parse(const char *text) {
    why = NULL;
    memset(&keys, 'x', sizeof keys);
    return koop_keys_parse(text, strlen(text), &keys, &why);
}

static void a_pair_of_czmq_is_read(void **state) {
    (void)state;
    assert_int_equal(
        parse("#   ****  Generated on 2026-01-31 21:31:03 by CZMQ  ****\n"
              "#   ZeroMQ CURVE **Secret** Certificate\n"
              "#   DO NOT PROVIDE THIS FILE TO OTHER USERS nor change its permissions.\n"
              "\n"
              "metadata\n"
              "    email = \"ada@example.org\"\n"
              "    name = ada@lab\n"
              "curve\n"
              "    public-key = \"" PUBLIC "\"\n"
              "    secret-key = \"" SECRET "\"\n"),
        KOOP_OK);
    assert_string_equal(keys.public_key, PUBLIC);
    assert_string_equal(keys.secret_key, SECRET);
    assert_string_equal(keys.name, "ada@lab");
}

static void a_public_part_of_pyzmq_is_read(void **state) {
    (void)state;
    assert_int_equal(parse("metadata\r\ncurve\r\n    public-key = '" PUBLIC "' # ours"), KOOP_OK);
    assert_string_equal(keys.public_key, PUBLIC);
    assert_string_equal(keys.secret_key, "");
    assert_string_equal(keys.name, "");
}

static void what_is_written_is_read(void **state) {
    (void)state;
    char text[KOOP_KEYS_FILE_BYTES];
    koop_keys made = {.name = "the_64-characters.that@fit.into.a.name.and.no.more.123456789012"};
    assert_int_equal(zmq_curve_keypair(made.public_key, made.secret_key), 0);
    for (int secret = 0; secret < 2; secret++) {
        size_t size = koop_keys_format(&made, secret, text);
        assert_int_equal(koop_keys_parse(text, size, &keys, &why), KOOP_OK);
        assert_string_equal(keys.name, made.name);
        assert_string_equal(keys.public_key, made.public_key);
        assert_string_equal(keys.secret_key, secret ? made.secret_key : "");
        assert_true(secret || !strstr(text, made.secret_key));
    }
}

static void other_sections_and_levels_are_not_ours(void **state) {
    (void)state;
    assert_int_equal(parse("curve\n    public-key = " PUBLIC "\n    more\n"
                           "        public-key = nothing\n"
                           "other\n    secret-key = nothing\n    name = x\n"),
                     KOOP_OK);
    assert_string_equal(keys.public_key, PUBLIC);
    assert_string_equal(keys.secret_key, "");
}

static void a_name_that_no_file_could_have_is_left_out(void **state) {
    (void)state;
    static const char *const names[] = {"../../etc/passwd", ".hidden", "a b",
                                        "a\xc3\xa9",        "",        "a%n"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[256];
        snprintf(text, sizeof text, "metadata\n    name = \"%s\"\ncurve\n    public-key = %s",
                 names[i], PUBLIC);
        assert_int_equal(parse(text), KOOP_OK);
        assert_string_equal(keys.name, "");
    }
}

static void what_is_no_certificate_is_refused_with_the_reason(void **state) {
    (void)state;
    static const struct {
        const char *text, *word;
    } bad[] = {
        {"", "no public key"},
        {PUBLIC, "no certificate"},
        {"metadata\ncurve\n", "no public key"},
        {"metadata\n    public-key = " PUBLIC, "no public key"},
        {"curve\n  public-key = " PUBLIC, "4 spaces"},
        {"curve\n        public-key = " PUBLIC, "4 spaces"},
        {"    public-key = " PUBLIC, "4 spaces"},
        {"curve\n\tpublic-key = " PUBLIC, "control characters"},
        {"curve\n    public-key = \"" PUBLIC "\n", "quotation"},
        {"curve\n    public-key = \"" PUBLIC "\" \"" PUBLIC "\"\n", "no certificate"},
        {"curve\n    public-key = " PUBLIC "\n    public-key = " PUBLIC, "twice"},
        {"curve\n    public-key = " PUBLIC "x", "40 characters"},
        {"curve\n    public-key = too-short", "40 characters"},
        {"curve\n    public-key = #####################################-##", "40 characters"},
        {"curve\n    public-key =\n", "40 characters"},
        {"curve\n    public-key = " PUBLIC "\n    secret-key = \x1b[31m", "control characters"},
        {"metadata\n    name = a\n    name = b\n", "name twice"},
        {"curve\n    public-key = " PUBLIC PUBLIC PUBLIC PUBLIC, "too long"},
        {"-----BEGIN OPENSSH PRIVATE KEY-----\n", "no certificate"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (parse(bad[i].text) != KOOP_BAD_MESSAGE) fail_msg("taken: %s", bad[i].text);
        if (!strstr(why, bad[i].word)) fail_msg("\"%s\" says nothing of %s", why, bad[i].word);
        assert_int_equal(keys.public_key[0], 'x'); /* untouched */
    }
    assert_int_equal(koop_keys_parse("curve\0\n    public-key = " PUBLIC, 60, &keys, &why),
                     KOOP_BAD_MESSAGE);
}

static void a_file_too_large_is_refused(void **state) {
    (void)state;
    static char text[KOOP_KEYS_FILE_BYTES + 1];
    memset(text, '#', sizeof text);
    assert_int_equal(koop_keys_parse(text, sizeof text, &keys, &why), KOOP_TOO_LARGE);
    assert_non_null(strstr(why, "too large"));
    assert_int_equal(koop_keys_parse(text, sizeof text - 1, &keys, &why), KOOP_BAD_MESSAGE);
}

static void a_key_is_40_characters_that_stand_for_32_bytes(void **state) {
    (void)state;
    uint8_t bytes[32];
    assert_true(koop_keys_is_key(PUBLIC));
    assert_false(koop_keys_is_key(""));
    assert_false(koop_keys_is_key(PUBLIC "0"));
    assert_false(koop_keys_is_key("rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf\""));
    assert_false(koop_keys_is_key("########################################"));
    assert_true(koop_keys_is_key("%nSc0%nSc0%nSc0%nSc0%nSc0%nSc0%nSc0%nSc0")); /* 2^32 - 1 */
    assert_false(koop_keys_is_key("%nSc1%nSc0%nSc0%nSc0%nSc0%nSc0%nSc0%nSc0"));
    assert_non_null(zmq_z85_decode(bytes, PUBLIC));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_of_czmq_is_read),
        cmocka_unit_test(a_public_part_of_pyzmq_is_read),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(other_sections_and_levels_are_not_ours),
        cmocka_unit_test(a_name_that_no_file_could_have_is_left_out),
        cmocka_unit_test(what_is_no_certificate_is_refused_with_the_reason),
        cmocka_unit_test(a_file_too_large_is_refused),
        cmocka_unit_test(a_key_is_40_characters_that_stand_for_32_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
