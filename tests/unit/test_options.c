/* Tables of options: every row of every table, structs of other sizes, and what calls do
 * with them. */
#include <ctype.h>
#include <locale.h>

#include "support.h"

#include <likeness/likeness.h>

#include "base/options.h"

enum { ROOM = 4096 };

/* A struct of a table, as its init function leaves it. */
static void *make(const lk_options_table *table)
{
    static uint64_t memory[2][ROOM / 8];
    static int turn;
    void *options = memory[turn++ % 2];
    assert_true(table->bytes <= ROOM);
    memset(options, 0, ROOM);
    memcpy(options, &table->bytes, sizeof table->bytes);
    for (size_t i = 0; i < table->part_count; i++)
        memcpy((char *)options + table->parts[i].offset, &table->parts[i].bytes, sizeof(size_t));
    lk_options_defaults(table, options);
    return options;
}

typedef void (*visit)(const lk_options_table *table, const lk_option *row);

static void walk(visit visit_row)
{
    const lk_options_table *table;
    size_t tables = 0;
    for (; (table = lk_options_table_at(tables)); tables++)
        for (size_t i = 0; i < lk_options_count(table); i++)
            visit_row(table, lk_options_row(table, i));
    assert_true(tables >= 16);
}

static void refuse(const lk_options_table *table, const lk_option *row, const char *text)
{
    char wanted[512], takes[256];
    void *options = make(table), *before = make(table);
    lk_option_takes(takes, sizeof takes, row);
    snprintf(wanted, sizeof wanted, "%s takes %s, not '%s'", row->name, takes, text);
    assert_int_equal(lk_option_set(table, options, row->name, text), LK_ERROR_ARGUMENT);
    assert_string_equal(lk_error_text(), wanted);
    assert_memory_equal(options, before, table->bytes);
}

static void accept(const lk_options_table *table, const lk_option *row, const char *text)
{
    void *options = make(table);
    char *back;
    assert_ok(lk_option_set(table, options, row->name, text));
    assert_ok(lk_options_check(table, options));
    assert_ok(lk_option_get(&back, table, options, row->name));
    if (row->preset && strcmp(text, row->preset) == 0)
        assert_string_equal(back, text);
    void *again = make(table);
    assert_ok(lk_option_set(table, again, row->name, back));
    assert_memory_equal(options, again, table->bytes);
    lk_free(back);
}

/* ---- every row ---- */

static void check_default(const lk_options_table *table, const lk_option *row)
{
    if (row->type == LK_OPTION_TEXT || row->type == LK_OPTION_TEXTS) {
        assert_null(row->preset);
        return;
    }
    assert_non_null(row->preset);
    accept(table, row, row->preset);
    char *text;
    assert_ok(lk_option_get(&text, table, make(table), row->name));
    assert_string_equal(text, row->preset);
    lk_free(text);
}

static void defaults_are_what_the_rows_say(void **state)
{
    (void)state;
    walk(check_default);
}

/* A number, as often as the row wants it. */
static const char *repeat(const lk_option *row, const char *format, double value)
{
    static char text[512];
    size_t length = 0;
    for (size_t i = 0; i < (row->count ? row->count : 1); i++) {
        length += (size_t)snprintf(text + length, sizeof text - length, "%s", i ? "," : "");
        length += (size_t)snprintf(text + length, sizeof text - length, format, value);
    }
    return text;
}

static void check_bounds(const lk_options_table *table, const lk_option *row)
{
    bool whole = row->type == LK_OPTION_WHOLE;
    const char *format = whole ? "%.0f" : "%.9g";
    double step = whole ? 1 : 1e-6 * fmax(1, fabs(row->least));
    if (!whole && row->type != LK_OPTION_REAL)
        return;
    (row->above ? refuse : accept)(table, row, repeat(row, format, row->least));
    refuse(table, row, repeat(row, format, row->least - step));
    if (isfinite(row->most)) {
        (row->below ? refuse : accept)(table, row, repeat(row, format, row->most));
        step = whole ? 1 : 1e-6 * fmax(1, fabs(row->most));
        refuse(table, row, repeat(row, format, row->most + step));
    } else if (!whole) {
        accept(table, row, "1e+300");
    } else {
        accept(table, row, "18446744073709551615");
        refuse(table, row, "18446744073709551616");
    }
}

static void limits_hold(void **state)
{
    (void)state;
    walk(check_bounds);
}

static void check_nonsense(const lk_options_table *table, const lk_option *row)
{
    static const char *const texts[] = {"", "x", "nan", "inf", "-inf", "1e999", "1,", "1 1", "on,"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (row->type != LK_OPTION_TEXT)
            refuse(table, row, texts[i]);
    for (size_t i = 0; row->choices && row->choices[i]; i++)
        accept(table, row, row->choices[i]);
    if (row->type == LK_OPTION_FLAG) {
        accept(table, row, "on");
        accept(table, row, "off");
    }
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    walk(check_nonsense);
}

/* A bad value in the struct is told in the words that the same text would have got. */
static void check_struct(const lk_options_table *table, const lk_option *row)
{
    void *options = make(table), *at = (char *)options + row->offset;
    unsigned wrong = 99;
    const char *name = "99";
    char wanted[512], takes[256];
    if (row->type == LK_OPTION_CHOICE) {
        memcpy(at, &wrong, sizeof wrong);
    } else if (row->type == LK_OPTION_REAL && !row->count) {
        *(double *)at = NAN;
        if (row->bytes == sizeof(float))
            *(float *)at = NAN;
        name = "nan";
    } else {
        return;
    }
    lk_option_takes(takes, sizeof takes, row);
    snprintf(wanted, sizeof wanted, "%s takes %s, not '%s'", row->name, takes, name);
    assert_int_equal(lk_options_check(table, options), LK_ERROR_ARGUMENT);
    if (strncmp(lk_error_text(), wanted, strlen(wanted) - 4) != 0)
        fail_msg("%s: \"%s\"", lk_options_name(table), lk_error_text());
}

static void structs_are_checked_in_the_same_words(void **state)
{
    (void)state;
    walk(check_struct);
}

/* House style: one sentence, no full stop, a plain word for an option. */
static void check_words(const lk_options_table *table, const lk_option *row)
{
    size_t length = row->help ? strlen(row->help) : 0;
    if (!length || row->help[length - 1] == '.' || !isupper((unsigned char)row->help[0]))
        fail_msg("%s: %s: \"%s\"", table->name, row->name, row->help ? row->help : "");
    assert_ptr_equal(lk_option_find(table, row->name), row);
    if (!row->word) {
        assert_null(row->argument);
        assert_null(row->commands);
        return;
    }
    assert_int_equal(strspn(row->word, "abcdefghijklmnopqrstuvwxyz-"), strlen(row->word));
    assert_non_null(row->commands);
    assert_true((row->argument != NULL) == (row->type != LK_OPTION_FLAG));
}

static void rows_are_in_house_style(void **state)
{
    (void)state;
    walk(check_words);
}

/* ---- structs of other sizes ---- */

static void a_struct_without_init_is_refused(void **state)
{
    (void)state;
    lk_detector_options options = {.min_face_size = 20};
    assert_fails(lk_options_check(lk_detector_options_table(), &options), LK_ERROR_ARGUMENT,
                 "detector options were not initialised");
    options.struct_size = sizeof options + 8;
    assert_fails(lk_options_check(lk_detector_options_table(), &options), LK_ERROR_ARGUMENT,
                 "newer library");
    lk_pca_options pca = {.components = 1};
    const double x[] = {1, 2, 3, 4};
    double out[2];
    assert_fails(lk_stats_pca(out, NULL, NULL, x, 2, 2, &pca), LK_ERROR_ARGUMENT,
                 "pca options were not initialised");
}

/* What a program knew that was compiled before `center_weight` and `max_faces`. */
typedef struct old_detector {
    size_t struct_size, min_face_size;
    float thresholds[3];
    double factor;
    bool select_largest;
    lk_selection selection;
    float selection_threshold;
} old_detector;

static void a_shorter_struct_gets_defaults(void **state)
{
    (void)state;
    struct {
        old_detector options;
        char guard[64];
    } old;
    lk_detector_options taken;
    memset(&old, 0x5a, sizeof old);
    old.options.struct_size = sizeof old.options;
    lk_options_defaults(lk_detector_options_table(), &old.options);
    for (size_t i = 0; i < sizeof old.guard; i++)
        assert_int_equal(old.guard[i], 0x5a);
    old.options.min_face_size = 77;
    assert_ok(lk_options_take(lk_detector_options_table(), &taken, &old.options));
    assert_int_equal(taken.struct_size, sizeof taken);
    assert_int_equal(taken.min_face_size, 77);
    assert_true(taken.factor == 0.709);
    assert_true(taken.center_weight == 2);
    assert_int_equal(taken.max_faces, 0);
    assert_fails(lk_option_set(lk_detector_options_table(), &old.options, "max_faces", "3"),
                 LK_ERROR_ARGUMENT, "max_faces: there is no such option");
}

/* A part that grew in the middle of a struct moves what comes behind it. */
typedef struct old_augment {
    size_t struct_size;
    bool flip;
    double shift, scale;
} old_augment;

typedef struct old_loader {
    size_t struct_size, size, ahead, threads, first, rows;
    lk_sampler_options sampler;
    old_augment augment;
    lk_image_options image;
} old_loader;

/* Before `border` was there. */
typedef struct detector_without_border {
    size_t struct_size, min_face_size;
    float thresholds[3];
    double factor;
    bool select_largest;
    lk_selection selection;
    float selection_threshold;
    double center_weight;
    size_t max_faces;
} detector_without_border;

static void a_detector_s_older_options_are_taken(void **state)
{
    (void)state;
    const lk_options_table *table = lk_detector_options_table();
    detector_without_border old = {.struct_size = sizeof old};
    lk_detector_options taken;
    lk_options_defaults(table, &old);
    old.max_faces = 7;
    assert_int_equal(offsetof(lk_detector_options, border), sizeof old);
    assert_ok(lk_options_take(table, &taken, &old));
    assert_int_equal(taken.max_faces, 7);
    assert_int_equal(taken.border, LK_BORDER_PAD);
    assert_fails(lk_option_set(table, &old, "border", "squeeze"), LK_ERROR_ARGUMENT, "no such");
}

static void parts_may_be_shorter_too(void **state)
{
    (void)state;
    old_loader old = {.struct_size = sizeof old,
                      .sampler.struct_size = sizeof old.sampler,
                      .augment.struct_size = sizeof old.augment,
                      .image.struct_size = sizeof old.image};
    lk_loader_options taken;
    const lk_options_table *table = lk_loader_options_table();
    lk_options_defaults(table, &old);
    assert_int_equal(old.image.max_pixels, 100000000);
    assert_ok(lk_option_set(table, &old, "image.max_bytes", "4711"));
    assert_int_equal(old.image.max_bytes, 4711);
    old.augment.shift = 0.25;
    assert_ok(lk_options_take(table, &taken, &old));
    assert_true(taken.augment.shift == 0.25 && taken.augment.blur == 1);
    assert_int_equal(taken.augment.jpeg, 40);
    assert_int_equal(taken.image.max_bytes, 4711);
    assert_int_equal(taken.image.struct_size, sizeof taken.image);
    old.augment.struct_size = 0;
    assert_fails(lk_options_check(table, &old), LK_ERROR_ARGUMENT, "not initialised");
    old.augment.struct_size = sizeof old;
    assert_fails(lk_options_check(table, &old), LK_ERROR_ARGUMENT, "newer library");
}

/* A new option must lie behind the old struct's end, not in what fills it up. */
static void tables_cover_their_structs(void **state)
{
    (void)state;
    const lk_options_table *table;
    for (size_t i = 0; (table = lk_options_table_at(i)); i++) {
        assert_int_equal(table->bytes % sizeof(size_t), 0);
        for (size_t k = 0; k < table->count; k++)
            assert_true(table->rows[k].offset + table->rows[k].bytes <= table->bytes);
        assert_ptr_equal(lk_options_table_find(table->name), table);
    }
    assert_null(lk_options_table_find("nothing"));
    assert_null(lk_option_find(lk_pca_options_table(), "nothing"));
    assert_null(lk_options_row(lk_pca_options_table(), 2));
}

/* ---- by name ---- */

static void options_are_set_by_name(void **state)
{
    (void)state;
    lk_trainer_options options;
    const lk_options_table *table = lk_trainer_options_table();
    char *text;
    lk_trainer_options_init(&options);
    assert_ok(lk_option_set(table, &options, "triplet.miner", "batch-hard"));
    assert_int_equal(options.triplet.miner, LK_MINER_BATCH_HARD);
    assert_fails(lk_option_set(table, &options, "augment.blur", "15"), LK_ERROR_ARGUMENT,
                 "augment.blur takes a number from 0 to 10, not '15'");
    assert_fails(lk_option_set(table, &options, "frozen", "a,b"), LK_ERROR_ARGUMENT, "frozen");
    assert_fails(lk_option_set(table, &options, "margin", "1"), LK_ERROR_ARGUMENT,
                 "margin: there is no such option of trainer");
    options.frozen = (const char *const[]){"conv2d_1a", "repeat_1"};
    options.frozen_count = 2;
    assert_ok(lk_option_get(&text, table, &options, "frozen"));
    assert_string_equal(text, "conv2d_1a,repeat_1");
    lk_free(text);
    assert_ok(lk_option_set(table, &options, "init", "w.pt"));
    assert_string_equal(options.init, "w.pt");
    assert_ok(lk_option_set(table, &options, "init", ""));
    assert_null(options.init);
}

static void a_default_that_is_said_aloud_is_the_default(void **state)
{
    (void)state;
    lk_detector_options options, usual;
    lk_detector_options_init(&usual);
    options = usual;
    options.factor = 0.5;
    assert_ok(lk_option_set(lk_detector_options_table(), &options, "factor", ".709"));
    assert_true(options.factor == usual.factor && usual.factor == 0.709);
    assert_ok(lk_option_set(lk_detector_options_table(), &options, "thresholds", ".6,.7,.7"));
    assert_memory_equal(&options, &usual, sizeof usual);
}

/* Numbers have a point whatever the locale says. */
static void the_locale_changes_nothing(void **state)
{
    (void)state;
    char *text;
    lk_augment_options options;
    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8"))
        print_message("SKIPPED: there is no locale de_DE.UTF-8\n");
    lk_augment_options_init(&options);
    assert_true(options.shift == 0.06);
    assert_ok(lk_option_set(lk_augment_options_table(), &options, "blur", "2.5"));
    assert_ok(lk_option_get(&text, lk_augment_options_table(), &options, "blur"));
    assert_string_equal(text, "2.5");
    lk_free(text);
    setlocale(LC_NUMERIC, "C");
}

static void lists_of_numbers(void **state)
{
    (void)state;
    lk_verification_options options;
    lk_verification_options_init(&options);
    assert_int_equal(options.far_count, 4);
    const lk_options_table *table = lk_verification_options_table();
    assert_ok(lk_option_set(table, &options, "far", "0.5"));
    assert_int_equal(options.far_count, 1);
    assert_fails(lk_option_set(table, &options, "far", "0,0,0,0,0,0,0,0,0"), LK_ERROR_ARGUMENT,
                 "up to eight numbers from 0 to 1");
    options.far_count = 9;
    assert_fails(lk_options_check(table, &options), LK_ERROR_ARGUMENT, "far takes");
    lk_detector_options detector;
    lk_detector_options_init(&detector);
    assert_fails(
        lk_option_set(lk_detector_options_table(), &detector, "thresholds", "0.5,0.5"),
        LK_ERROR_ARGUMENT,
        "thresholds takes three numbers from 0 to 1, with commas between them, not '0.5,0.5'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_what_the_rows_say),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(structs_are_checked_in_the_same_words),
        cmocka_unit_test(rows_are_in_house_style),
        cmocka_unit_test(a_struct_without_init_is_refused),
        cmocka_unit_test(a_shorter_struct_gets_defaults),
        cmocka_unit_test(a_detector_s_older_options_are_taken),
        cmocka_unit_test(parts_may_be_shorter_too),
        cmocka_unit_test(tables_cover_their_structs),
        cmocka_unit_test(options_are_set_by_name),
        cmocka_unit_test(a_default_that_is_said_aloud_is_the_default),
        cmocka_unit_test(the_locale_changes_nothing),
        cmocka_unit_test(lists_of_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
