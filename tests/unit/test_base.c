/* Status texts, allocation, seeded random numbers. */
#include <math.h>
#include <sys/stat.h>

#include "scratch.h"

#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/utf8.h"

/* Of the tests' own measure: what it drops, no parity test sees. */
static void no_difference_is_worse_than_nan(void **state)
{
    (void)state;
    assert_true(worse(1, 2) == 2 && worse(2, 1) == 2 && worse(0, 0) == 0);
    assert_true(isnan(worse(0, NAN)) && isnan(worse(NAN, 7)) && isnan(worse(INFINITY, NAN)));
}

static void error_text_is_one_clean_line(void **state)
{
    (void)state;
    assert_int_equal(lk_fail(LK_ERROR_FORMAT, "bad\nname \x1b[31m %d", 7), LK_ERROR_FORMAT);
    assert_string_equal(lk_error_text(), "bad\\nname \\x1b[31m 7");
    assert_int_equal(lk_fail_prefix(LK_ERROR_FORMAT, "a.pt"), LK_ERROR_FORMAT);
    assert_string_equal(lk_error_text(), "a.pt: bad\\nname \\x1b[31m 7");
    /* a control that takes two bytes, an override, a byte that is no text, an A with
     * two dots, which stays */
    lk_fail(LK_ERROR_FORMAT, "\xc2\x9b \xe2\x80\xae \x9b \xc3\x84 \t\x7f");
    assert_string_equal(lk_error_text(), "\\u009b \\u202e \\x9b \xc3\x84 \\t\\x7f");
    /* However long: what fits of it. */
    char long_name[2000];
    memset(long_name, '\x1b', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    lk_fail(LK_ERROR_FORMAT, "%s", long_name);
    assert_in_range(strlen(lk_error_text()), 1000, 1023);
    assert_null(strchr(lk_error_text(), '\x1b'));
}

static void every_status_has_a_text(void **state)
{
    (void)state;
    for (int s = LK_OK; s <= LK_ERROR_BUSY; s++)
        assert_string_not_equal(lk_status_text((lk_status)s), "unknown status");
    assert_string_equal(lk_status_text((lk_status)999), "unknown status");
}

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    void *memory = &memory;
    assert_int_equal(lk_alloc(&memory, SIZE_MAX / 2, 3), LK_ERROR_MEMORY);
    assert_int_equal(lk_alloc_aligned(&memory, SIZE_MAX, 1), LK_ERROR_MEMORY);
    assert_ptr_equal(memory, &memory);
    size_t capacity = 0;
    char *array = NULL;
    assert_int_equal(lk_grow(&array, &capacity, SIZE_MAX, 16), LK_ERROR_MEMORY);
    assert_int_equal(capacity, 0);
    size_t product, sizes[] = {SIZE_MAX, 2};
    assert_false(lk_mul_all(sizes, 2, &product));
}

static void json_is_looked_at_before_it_is_read(void **state)
{
    (void)state;
    const char *text = "{\"a[{,\\\"[\": [1, 2, {}], \"b\": \"\\\\\"}";
    assert_true(lk_json_is_small(text, strlen(text), 3, 4));
    assert_false(lk_json_is_small(text, strlen(text), 2, 4));
    assert_false(lk_json_is_small(text, strlen(text), 3, 3));
    assert_true(lk_json_is_small("\"[[[\\", 5, 0, 1)); /* a string without an end */
}

/* The header is written by hand, the library's version comes from Meson. */
static void the_header_has_the_librarys_version(void **state)
{
    (void)state;
    char version[64];
    snprintf(version, sizeof version, "%d.%d.%d", LIKENESS_VERSION_MAJOR, LIKENESS_VERSION_MINOR,
             LIKENESS_VERSION_PATCH);
    assert_string_equal(version, lk_version());
    assert_true(LIKENESS_VERSION <
                LIKENESS_VERSION_NUMBER(LIKENESS_VERSION_MAJOR, LIKENESS_VERSION_MINOR + 1, 0));
}

static void check_shorter(const char *text, const char *expected)
{
    char copy[200];
    snprintf(copy, sizeof copy, "%s", text);
    lk_json_shorten(copy);
    assert_string_equal(copy, expected);
}

static void json_numbers_are_as_short_as_they_can_be(void **state)
{
    (void)state;
    check_shorter("{\"t\":1.1000000000000001,\"n\":[12,-7,0.29999999999999999,-2.5]}",
                  "{\"t\":1.1,\"n\":[12,-7,0.3,-2.5]}");
    check_shorter("[0.30000000000000004, 1.7976931348623157e308, 5.0000000000000004e-324]",
                  "[0.30000000000000004, 1.7976931348623157e308, 4.94065645841247e-324]");
    check_shorter("[1000000000000000.0,-0.0,1.00000000000000000e-7]", "[1e15,-0.0,1e-7]");
    check_shorter("{\"1.1000000000000001\":\"a \\\"0.10000000000000001\"}",
                  "{\"1.1000000000000001\":\"a \\\"0.10000000000000001\"}");
    check_shorter("\"never ends 0.10000000000000001", "\"never ends 0.10000000000000001");
    check_shorter("\"ends in \\", "\"ends in \\");
    check_shorter("-1.1.1000000000", "-1.1.1000000000");
    check_shorter("", "");
}

static void random_numbers_repeat_and_streams_differ(void **state)
{
    (void)state;
    lk_random a, b, c;
    lk_random_init(&a, 42, 0);
    lk_random_init(&b, 42, 0);
    lk_random_init(&c, 42, 1);
    int same = 0;
    double sum = 0, squares = 0;
    for (int i = 0; i < 10000; i++) {
        uint64_t x = lk_random_u64(&a);
        assert_int_equal(x, lk_random_u64(&b));
        same += x == lk_random_u64(&c);
        assert_true(lk_random_below(&c, 7) < 7);
        double z = lk_random_normal(&c);
        sum += z;
        squares += z * z;
    }
    assert_int_equal(same, 0);
    assert_true(fabs(sum / 10000) < 0.04);
    assert_true(fabs(squares / 10000 - 1) < 0.06);
}

static void assert_short(const char *text, size_t most, const char *expected)
{
    assert_string_equal(LK_SHORT(text, most), expected);
}

static void texts_are_cut_between_characters(void **state)
{
    (void)state;
    assert_short("", 4, "");
    assert_short("Anna", 4, "Anna");
    assert_short("Annas", 4, "Ann…");
    assert_short("Žofie Š", 7, "Žofie Š");
    assert_short("Žofie Šu", 7, "Žofie …");
    assert_short("王小明的照片", 4, "王小明…");
    assert_short("e\u0301a\u0308o", 2, "e\u0301…"); /* an accent goes with its letter */
    assert_short("👩‍👩‍👧x", 2, "👩‍👩‍👧x"); /* joined: one */
    assert_short("🇩🇪🇫🇷🇮🇹", 2, "🇩🇪…");                              /* two letters a flag */
    assert_short("ab\xe7\x8e", 3, "ab…"); /* half of a character: two bytes of none */
    assert_short("ab\xe7\x8e", 4, "ab\xe7\x8e");
    assert_string_equal(LK_SHORT_OF("ab\0cd", 5, 4), "ab");
    assert_string_equal(LK_SHORT_OF("王小明", 6, 4), "王小");
    /* What a character may have in accents has an end, too. */
    char accents[2002] = "e";
    for (size_t i = 1; i + 1 < sizeof accents; i += 2)
        memcpy(accents + i, "\u0301", 2);
    accents[2001] = '\0';
    assert_short(accents, 4, "…");
    char wide[1600] = "";
    for (size_t i = 0; i < 500; i++)
        strcat(wide, "王");
    const char *cut = LK_SHORT(wide, 499);
    assert_true(strlen(cut) < LK_SHORT_ROOM && strlen(cut) > LK_SHORT_ROOM - 10);
    assert_int_equal(strlen(cut) % 3, 0);
}

static void a_long_error_ends_with_a_whole_character(void **state)
{
    (void)state;
    char wide[3001] = "";
    for (size_t i = 0; i < 1000; i++)
        strcat(wide, "王");
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(lk_fail(LK_ERROR_IO, "%.*s%s", (int)i, "xx", wide), LK_ERROR_IO);
        const char *text = lk_error_text();
        assert_true(strlen(text) > 1000);
        assert_null(strchr(text, '\\'));
        assert_int_equal((strlen(text) - i) % 3, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_difference_is_worse_than_nan),
        cmocka_unit_test(error_text_is_one_clean_line),
        cmocka_unit_test(texts_are_cut_between_characters),
        cmocka_unit_test(a_long_error_ends_with_a_whole_character),
        cmocka_unit_test(every_status_has_a_text),
        cmocka_unit_test(the_header_has_the_librarys_version),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(json_is_looked_at_before_it_is_read),
        cmocka_unit_test(json_numbers_are_as_short_as_they_can_be),
        cmocka_unit_test(random_numbers_repeat_and_streams_differ),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
