/* Synthetic people: seeds, the split of identity and photograph, truth, albums,
 * populations from friendly and hostile files. */
#include <math.h>

#include "scratch.h"

#include <likeness/synth.h>

enum { SIZE = 48 };

/* Kept: only a change of the distributions, or for the pixels of the renderer,
 * may change them; another compiler, level of optimisation or C library not. */
#define IDENTITY_HASH 0x45fe94595066caefu
#define PIXEL_HASH    0xe69752a05bec3c2du
#define PHOTO_HASH    0x2bc28fefc32ca020u

/* FNV-1a. */
static uint64_t hash(const void *bytes, size_t count)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < count; i++)
        h = (h ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3u;
    return h;
}

static void render(lk_image *image, lk_synth_truth *truth, uint64_t person_index,
                   uint64_t photo_index)
{
    lk_synth_identity identity;
    lk_synth_photo photo;
    lk_synth_person *person;
    lk_synth_identity_sample(&identity, NULL, 7, person_index);
    lk_synth_photo_sample(&photo, 7, person_index, photo_index);
    assert_ok(lk_synth_person_create(&person, &identity));
    assert_ok(lk_synth_render(image, truth, person, &photo, SIZE));
    lk_synth_person_destroy(person);
}

static void people_are_the_same_on_every_machine(void **state)
{
    (void)state;
    lk_synth_identity identity;
    lk_synth_photo photo;
    lk_synth_identity_sample(&identity, NULL, 7, 3);
    lk_synth_photo_sample(&photo, 7, 3, 1);
    assert_int_equal(hash(identity.values, sizeof identity.values), IDENTITY_HASH);
    assert_int_equal(hash(photo.values, sizeof photo.values), PHOTO_HASH);
}

static void pixels_repeat(void **state)
{
    (void)state;
    lk_image a, b, c;
    render(&a, NULL, 1, 0);
    render(&b, NULL, 1, 0);
    render(&c, NULL, 2, 0);
    size_t bytes = 3 * SIZE * SIZE;
    assert_memory_equal(a.rgb, b.rgb, bytes);
    assert_memory_not_equal(a.rgb, c.rgb, bytes);
    assert_int_equal(hash(a.rgb, bytes), PIXEL_HASH);
    lk_image_clear(&a);
    lk_image_clear(&b);
    lk_image_clear(&c);
}

static void identity_and_photograph_are_drawn_apart(void **state)
{
    (void)state;
    lk_synth_identity one, two;
    lk_synth_photo a, b;
    lk_synth_identity_sample(&one, NULL, 7, 1);
    lk_synth_identity_sample(&two, NULL, 7, 2);
    lk_synth_photo_sample(&a, 7, 1, 0);
    lk_synth_photo_sample(&b, 7, 1, 1);
    assert_memory_not_equal(&one, &two, sizeof one);
    assert_memory_not_equal(&a, &b, sizeof a);
    for (size_t i = 0; i < LK_SYNTH_IDENTITY_COUNT; i++)
        assert_int_equal(lk_synth_photo_find(lk_synth_identity_parameter(i)->name), SIZE_MAX);
    /* Another seed, other people. */
    lk_synth_identity_sample(&two, NULL, 8, 1);
    assert_memory_not_equal(&one, &two, sizeof one);
}

static void parameters_stay_in_range(void **state)
{
    (void)state;
    for (uint64_t k = 0; k < 500; k++) {
        lk_synth_identity identity;
        lk_synth_photo photo;
        lk_synth_identity_sample(&identity, NULL, 1, k);
        lk_synth_photo_sample(&photo, 1, k, 0);
        for (size_t i = 0; i < LK_SYNTH_IDENTITY_COUNT; i++) {
            const lk_synth_parameter *p = lk_synth_identity_parameter(i);
            assert_true(identity.values[i] >= p->low && identity.values[i] <= p->high);
        }
        for (size_t i = 0; i < LK_SYNTH_PHOTO_COUNT; i++) {
            const lk_synth_parameter *p = lk_synth_photo_parameter(i);
            assert_true(photo.values[i] >= p->low && photo.values[i] <= p->high);
        }
    }
    assert_null(lk_synth_identity_parameter(LK_SYNTH_IDENTITY_COUNT));
    assert_null(lk_synth_photo_parameter(LK_SYNTH_PHOTO_COUNT));
}

static void landmarks_lie_in_the_box_in_order(void **state)
{
    (void)state;
    for (uint64_t k = 0; k < 12; k++) {
        lk_image image;
        lk_synth_truth t;
        render(&image, &t, k, 0);
        lk_image_clear(&image);
        assert_true(t.box[0] < t.box[2] && t.box[1] < t.box[3]);
        for (int i = 0; i < 5; i++) {
            assert_true(t.landmarks[i][0] > t.box[0] && t.landmarks[i][0] < t.box[2]);
            assert_true(t.landmarks[i][1] > t.box[1] && t.landmarks[i][1] < t.box[3]);
        }
        assert_true(t.landmarks[0][0] < t.landmarks[1][0]);
        assert_true(t.landmarks[3][0] < t.landmarks[4][0]);
        assert_true(t.landmarks[0][1] < t.landmarks[2][1] && t.landmarks[2][1] < t.landmarks[3][1]);
    }
}

static void a_turn_moves_the_nose(void **state)
{
    (void)state;
    lk_synth_identity identity;
    lk_synth_photo photo;
    lk_synth_person *person;
    lk_synth_identity_sample(&identity, NULL, 7, 1);
    lk_synth_photo_init(&photo);
    assert_ok(lk_synth_person_create(&person, &identity));
    size_t yaw = lk_synth_photo_find("yaw");
    float before = -1e9f;
    for (int degrees = -30; degrees <= 30; degrees += 30) {
        photo.values[yaw] = (float)degrees;
        lk_image image;
        lk_synth_truth t;
        assert_ok(lk_synth_render(&image, &t, person, &photo, SIZE));
        lk_image_clear(&image);
        float nose = t.landmarks[2][0] - 0.5f * (t.landmarks[0][0] + t.landmarks[1][0]);
        assert_true(nose > before + 1);
        before = nose;
    }
    lk_synth_person_destroy(person);
}

static void bad_arguments_are_refused(void **state)
{
    (void)state;
    lk_synth_identity identity;
    lk_synth_photo photo;
    lk_synth_person *person = NULL;
    lk_synth_identity_sample(&identity, NULL, 7, 1);
    lk_synth_photo_init(&photo);
    assert_ok(lk_synth_person_create(&person, &identity));
    lk_image image;
    assert_fails(lk_synth_render(&image, NULL, person, &photo, 31), LK_ERROR_ARGUMENT, "31 pixels");
    assert_fails(lk_synth_render(&image, NULL, person, &photo, 1025), LK_ERROR_ARGUMENT, "1025");
    photo.values[0] = NAN;
    assert_fails(lk_synth_render(&image, NULL, person, &photo, SIZE), LK_ERROR_NUMBER, "yaw");
    lk_synth_person_destroy(person);
    identity.values[1] = INFINITY;
    assert_fails(lk_synth_person_create(&person, &identity), LK_ERROR_NUMBER, "age");
    lk_synth_person_destroy(NULL);
}

/* Every parameter at its lowest and at its highest still gives a picture. */
static void extremes_render(void **state)
{
    (void)state;
    for (int high = 0; high < 2; high++) {
        lk_synth_identity identity = {.seed = 5};
        lk_synth_photo photo = {.seed = 5};
        for (size_t i = 0; i < LK_SYNTH_IDENTITY_COUNT; i++)
            identity.values[i] = high ? 1e30f : -1e30f;
        for (size_t i = 0; i < LK_SYNTH_PHOTO_COUNT; i++)
            photo.values[i] = high ? 1e30f : -1e30f;
        lk_synth_person *person;
        lk_image image;
        lk_synth_truth t;
        assert_ok(lk_synth_person_create(&person, &identity));
        assert_ok(lk_synth_render(&image, &t, person, &photo, SIZE));
        for (int i = 0; i < 5; i++)
            assert_true(isfinite(t.landmarks[i][0]) && isfinite(t.landmarks[i][1]));
        lk_image_clear(&image);
        lk_synth_person_destroy(person);
    }
}

static double mean_of(const lk_synth_population *population, const char *name)
{
    size_t index = lk_synth_identity_find(name);
    double sum = 0;
    for (uint64_t k = 0; k < 400; k++) {
        lk_synth_identity identity;
        lk_synth_identity_sample(&identity, population, 3, k);
        sum += (double)identity.values[index];
    }
    return sum / 400;
}

static void the_dial_sets_how_far_populations_differ(void **state)
{
    (void)state;
    double last = -1;
    for (int d = 0; d <= 2; d++) {
        lk_synth_population *a, *b;
        assert_ok(lk_synth_population_open(&a, "A", d));
        assert_ok(lk_synth_population_open(&b, "B", d));
        assert_string_equal(lk_synth_population_name(a), "A");
        double apart = mean_of(b, "nose_width") - mean_of(a, "nose_width");
        assert_true(d ? apart > last + 2 : fabs(apart) < 1e-6);
        assert_true(d == 0 || mean_of(b, "melanin") > mean_of(a, "melanin") + 0.2);
        last = apart;
        lk_synth_population_close(a);
        lk_synth_population_close(b);
    }
    lk_synth_population *none = NULL;
    assert_fails(lk_synth_population_open(&none, "A", -1), LK_ERROR_ARGUMENT, "-1");
    assert_fails(lk_synth_population_open(&none, "A", NAN), LK_ERROR_ARGUMENT, "nan");
    assert_fails(lk_synth_population_open(&none, "/nowhere", 1), LK_ERROR_IO, "/nowhere");
    assert_null(none);
}

static lk_status parse(const char *text)
{
    lk_synth_population *population = NULL;
    lk_status status = lk_synth_population_parse(&population, text, strlen(text), "p.txt", 1);
    lk_synth_population_close(population);
    return status;
}

#define HEAD "likeness population 1\nname x\n"

static void population_files_are_read(void **state)
{
    (void)state;
    assert_ok(parse(HEAD));
    assert_ok(parse("likeness population 1\r\n\r\n  # a comment\r\nname hill people # so\r\n"
                    "\tmelanin\t0.3 .05\r\n"));
    lk_synth_population *population;
    const char text[] = HEAD "nose_width 40 0";
    assert_ok(lk_synth_population_parse(&population, text, sizeof text - 1, "p", 1));
    assert_true(fabs(mean_of(population, "nose_width") - 40) < 1);
    lk_synth_population_close(population);
}

static void hostile_population_files_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } bad[] = {
        {"", "p.txt:1"},
        {"name x\n", "p.txt:1"},
        {"likeness population 1\n", "no line"},
        {"likeness population 1\nname\n", "p.txt:2: a name of 0 bytes"},
        {HEAD "name y\n", "twice"},
        {HEAD "nose 1 2\n", "p.txt:3: unknown parameter \"nose\""},
        {HEAD "melanin\n", "expected a mean"},
        {HEAD "melanin 0.1\n", "expected a spread"},
        {HEAD "melanin 0.1 0.1 7\n", "after the spread"},
        {HEAD "melanin nan 0.1\n", "expected a mean"},
        {HEAD "melanin 0x1 0.1\n", "expected a mean"},
        {HEAD "melanin 1e9 0.1\n", "expected a mean"},
        {HEAD "melanin 99999 0.1\n", "far from its range"},
        {HEAD "melanin 0.1 -1\n", "spread -1"},
        {HEAD "melanin 0.1 0.1\nmelanin 0.1 0.1\n",
         "p.txt:4: parameter \"melanin\" is given twice"},
        {HEAD "\x01\n", "control byte 0x01"},
        {"likeness population 1\nname a,b\n", "comma"},
        {"likeness population 1\nname a\rb\n", "line end"},
        {"likeness population 1\nname =a\n", "formula"},
        {"likeness population 1\nname @a\n", "formula"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_fails(parse(bad[i].text), LK_ERROR_FORMAT, bad[i].part);
    static char large[70000];
    memset(large, 'a', sizeof large);
    lk_synth_population *population = NULL;
    assert_fails(lk_synth_population_parse(&population, large, sizeof large, "p", 1),
                 LK_ERROR_LIMIT, "70000 bytes");
    assert_fails(lk_synth_population_parse(&population, large, 1000, "p", 1), LK_ERROR_FORMAT,
                 "a line of 1000 bytes");
    assert_fails(lk_synth_population_parse(&population, "\0\0", 2, "p", 1), LK_ERROR_FORMAT, "p:1");
    assert_null(population);
}

static char *read_text(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = calloc(1 << 20, 1);
    *length = fread(text, 1, (1 << 20) - 1, file);
    fclose(file);
    return text;
}

static void assert_same_file(const char *a, const char *b)
{
    size_t na, nb;
    char *ta = read_text(a, &na), *tb = read_text(b, &nb);
    assert_int_equal(na, nb);
    assert_memory_equal(ta, tb, na);
    free(ta);
    free(tb);
}

static void albums_do_not_depend_on_threads(void **state)
{
    (void)state;
    lk_synth_population *a, *b;
    assert_ok(lk_synth_population_open(&a, "A", 1));
    assert_ok(lk_synth_population_open(&b, "B", 1));
    const lk_synth_share shares[] = {{a, 1}, {b, 3}};
    lk_synth_album_options options;
    lk_synth_album_options_init(&options);
    options.people = 4;
    options.photos = 2;
    options.size = SIZE;
    const char *names[] = {"one", "three"};
    for (size_t k = 0; k < 2; k++) {
        lk_threads_set(k ? 3 : 1);
        assert_ok(lk_synth_album_write(join_path(scratch, names[k]), shares, 2, &options));
    }
    lk_threads_set(0);
    const char *files[] = {"truth.csv", "p0001/001.jpg", "p0004/002.jpg"};
    for (size_t i = 0; i < 3; i++) {
        char one[4096];
        snprintf(one, sizeof one, "%s/one/%s", scratch, files[i]);
        char three[4096];
        snprintf(three, sizeof three, "%s/three/%s", scratch, files[i]);
        assert_same_file(one, three);
    }
    size_t length;
    char *truth = read_text(join_path(scratch, "one/truth.csv"), &length);
    size_t lines = 0, from_a = 0;
    for (char *line = strtok(truth, "\n"); line; line = strtok(NULL, "\n"), lines++)
        from_a += strstr(line, ",A,") != NULL;
    assert_int_equal(lines, 1 + 4 * 2);
    assert_int_equal(from_a, 1 * 2);
    free(truth);
    lk_synth_population_close(a);
    lk_synth_population_close(b);
}

/* The populations of an album's people, a letter each. */
static void expect_dealing(double a, double b, double c, const char *expected)
{
    lk_synth_share shares[3] = {{NULL, a}, {NULL, b}, {NULL, c}};
    static const char *const names[] = {"A", "B", "C"};
    for (size_t k = 0; k < 3; k++) {
        char text[64];
        int length = snprintf(text, sizeof text, "likeness population 1\nname %s\n", names[k]);
        lk_synth_population *population;
        assert_ok(lk_synth_population_parse(&population, text, (size_t)length, "p", 1));
        shares[k].population = population;
    }
    lk_synth_album_options options;
    lk_synth_album_options_init(&options);
    options.people = strlen(expected);
    options.photos = 1;
    options.size = 32;
    assert_ok(lk_synth_album_write(join_path(scratch, "dealt"), shares, 3, &options));
    size_t length;
    char *truth = read_text(join_path(scratch, "dealt/truth.csv"), &length);
    strtok(truth, "\n");
    for (const char *e = expected; *e; e++) {
        const char *line = strtok(NULL, "\n");
        const char *population = strchr(strchr(line, ',') + 1, ',') + 1;
        if (*population != *e)
            fail_msg("%s: person %d is of %.1s", expected, (int)(e - expected) + 1, population);
    }
    free(truth);
    for (size_t k = 0; k < 3; k++)
        lk_synth_population_close((lk_synth_population *)shares[k].population);
}

/* To whom most is owed; where as much is owed to several, to the first of them, also
 * where a sixth is no binary fraction. */
static void people_are_dealt_to_whom_most_is_owed(void **state)
{
    (void)state;
    expect_dealing(1, 1, 1, "ABCABC");
    expect_dealing(1, 2, 5, "CBCACCBC");
    expect_dealing(1, 4, 1, "BABBCB");
    expect_dealing(4, 1, 1, "AABACA");
}

static bool stop(void *user, const char *what, uint64_t done, uint64_t total)
{
    (void)user, (void)what, (void)done, (void)total;
    return false;
}

static void albums_fail_whole(void **state)
{
    (void)state;
    lk_synth_album_options options;
    lk_synth_album_options_init(&options);
    options.people = 3;
    options.photos = 1;
    options.size = 32;
    options.progress = stop;
    lk_threads_set(1);
    const char *path = join_path(scratch, "stopped");
    assert_int_equal(lk_synth_album_write(path, NULL, 0, &options), LK_ERROR_CANCELLED);
    assert_int_not_equal(access(join_path(scratch, "stopped/truth.csv"), F_OK), 0);
    options.progress = NULL;
    assert_int_equal(lk_synth_album_write("/dev/null/x", NULL, 0, &options), LK_ERROR_IO);
    options.people = 0;
    assert_fails(lk_synth_album_write(path, NULL, 0, &options), LK_ERROR_ARGUMENT,
                 "people takes a whole number from 1");
    lk_threads_set(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_are_the_same_on_every_machine),
        cmocka_unit_test(pixels_repeat),
        cmocka_unit_test(identity_and_photograph_are_drawn_apart),
        cmocka_unit_test(parameters_stay_in_range),
        cmocka_unit_test(landmarks_lie_in_the_box_in_order),
        cmocka_unit_test(a_turn_moves_the_nose),
        cmocka_unit_test(bad_arguments_are_refused),
        cmocka_unit_test(extremes_render),
        cmocka_unit_test(the_dial_sets_how_far_populations_differ),
        cmocka_unit_test(population_files_are_read),
        cmocka_unit_test(hostile_population_files_are_refused),
        cmocka_unit_test(albums_do_not_depend_on_threads),
        cmocka_unit_test(people_are_dealt_to_whom_most_is_owed),
        cmocka_unit_test(albums_fail_whole),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
