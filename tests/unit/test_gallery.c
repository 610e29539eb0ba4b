/* The gallery's people and faces: what is kept, and what a change by hand does. */
#include "gallery_people.h"

#include <sys/stat.h>

static void a_gallery_keeps_what_it_was_given(void **state)
{
    (void)state;
    lk_gallery *gallery = gallery_make("keeps.db");
    assert_true(gallery_enrol(gallery, "Ada", 1) > 0);
    assert_true(gallery_enrol(gallery, "Ada", 2) > 0);
    assert_true(gallery_enrol(gallery, "Bo", 3) > 0);
    lk_gallery_close(gallery);
    gallery = gallery_open_at(gallery_path("keeps.db"));
    lk_gallery_model model;
    assert_true(lk_gallery_get_model(gallery, &model));
    assert_string_equal(model.fingerprint, gallery_model.fingerprint);
    assert_int_equal(model.width, GALLERY_WIDTH);
    assert_counts(gallery, 2, 3);
    lk_gallery_person person;
    assert_ok(lk_gallery_find(gallery, &person, "Ada"));
    assert_int_equal(person.faces, 2);
    assert_true(person.created > 1600000000000);
    assert_fails(lk_gallery_find(gallery, &person, "Cy"), LK_ERROR_MISSING,
                 "nobody is enrolled as Cy");
    lk_gallery_close(gallery);
}

static void nobody_else_may_read_the_file(void **state)
{
    (void)state;
    struct stat info;
    lk_gallery_close(gallery_make("folder/private.db"));
    assert_int_equal(stat(gallery_path("folder/private.db"), &info), 0);
    assert_int_equal(info.st_mode & 0077, 0);
}

static bool take_face(void *user, const lk_gallery_face *face)
{
    float expected[GALLERY_WIDTH];
    uint8_t digest[LK_GALLERY_DIGEST];
    gallery_vector(expected, GALLERY_WIDTH, 5);
    assert_memory_equal(face->vector, expected, sizeof expected);
    assert_string_equal(face->source, "photo-5.jpg");
    gallery_digest(digest, 5);
    assert_memory_equal(face->digest, digest, sizeof digest);
    assert_true(face->box.x2 == 30.25f && face->prob == 0.5 && isnan(face->quality));
    assert_string_equal(face->notes, "");
    ++*(size_t *)user;
    return true;
}

static void a_face_comes_back_to_the_bit(void **state)
{
    (void)state;
    size_t count = 0;
    lk_gallery *gallery = gallery_make("bits.db");
    gallery_enrol(gallery, "Ada", 5);
    assert_ok(lk_gallery_faces(gallery, 0, take_face, &count));
    assert_int_equal(count, 1);
    lk_gallery_close(gallery);
}

static void a_photograph_is_enrolled_once(void **state)
{
    (void)state;
    uint8_t digest[LK_GALLERY_DIGEST];
    int64_t person;
    lk_gallery *gallery = gallery_make("once.db");
    assert_true(gallery_enrol(gallery, "Ada", 1) > 0);
    assert_int_equal(gallery_enrol(gallery, "Ada", 1), 0);
    assert_true(gallery_enrol(gallery, "Bo", 1) > 0); /* a photograph of both */
    assert_counts(gallery, 2, 2);
    gallery_digest(digest, 1);
    assert_ok(lk_gallery_has_photo(gallery, &person, "Bo", digest));
    assert_int_equal(person, 2);
    assert_ok(lk_gallery_has_photo(gallery, &person, "Cy", digest));
    assert_int_equal(person, 0);
    lk_gallery_close(gallery);
}

static void names_are_what_people_write(void **state)
{
    (void)state;
    static const char *const odd[] = {"Zoë", "山田 太郎", "a\nb", "'; DROP TABLE person; --",
                                      " ",   "../x",      "%s%n", "\xf0\x9f\x98\x80",
                                      "-rf", "\x1b[31m"};
    char longest[LK_GALLERY_NAME_BYTES + 2];
    lk_gallery_person person;
    lk_gallery *gallery = gallery_make("names.db");
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        gallery_enrol(gallery, odd[i], 10 + i);
        assert_ok(lk_gallery_find(gallery, &person, odd[i]));
        assert_string_equal(person.name, odd[i]);
    }
    /* two ways to write a letter are one name */
    assert_ok(lk_gallery_find(gallery, &person, "Zoe\xcc\x88"));
    assert_string_equal(person.name, "Zoë");
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    assert_fails(lk_gallery_rename(gallery, "Zoë", longest), LK_ERROR_ARGUMENT, "at most 1024");
    longest[LK_GALLERY_NAME_BYTES] = '\0';
    assert_ok(lk_gallery_rename(gallery, "Zoë", longest));
    assert_fails(lk_gallery_rename(gallery, " ", ""), LK_ERROR_ARGUMENT, "empty");
    assert_fails(lk_gallery_rename(gallery, " ", "\xff"), LK_ERROR_ARGUMENT, "UTF-8");
    assert_counts(gallery, sizeof odd / sizeof *odd, sizeof odd / sizeof *odd);
    lk_gallery_close(gallery);
}

static void another_models_vectors_are_refused(void **state)
{
    (void)state;
    lk_gallery *gallery = gallery_make("model.db"), *second;
    lk_gallery_model other = gallery_model;
    gallery_enrol(gallery, "Ada", 1);
    other.fingerprint = "sha256:2 160";
    other.name = "other";
    assert_fails(lk_gallery_use_model(gallery, &other), LK_ERROR_ARGUMENT,
                 "holds vectors of the model test, made as sha256:1 160; those of other");
    other = gallery_model;
    other.width = 12;
    assert_int_equal(lk_gallery_use_model(gallery, &other), LK_ERROR_ARGUMENT);
    second = gallery_open_at(gallery_path("model.db"));
    assert_ok(lk_gallery_use_model(second, &gallery_model));
    lk_gallery_close(second);
    assert_ok(lk_gallery_remove(gallery, "Ada"));
    assert_ok(lk_gallery_use_model(gallery, &other)); /* nobody is left to compare with */
    assert_int_equal(lk_gallery_use_model(gallery, &gallery_model), LK_OK);
    lk_gallery_close(gallery);
}

static void bad_vectors_are_refused(void **state)
{
    (void)state;
    float vector[GALLERY_WIDTH] = {0};
    lk_gallery_face face = {.vector = vector};
    lk_gallery *gallery = gallery_open_at(gallery_path("bad.db"));
    assert_fails(lk_gallery_add(gallery, NULL, "Ada", &face), LK_ERROR_ARGUMENT, "what model");
    lk_gallery_model model = gallery_model;
    model.metric = LK_METRIC_COSINE;
    assert_ok(lk_gallery_use_model(gallery, &model));
    assert_fails(lk_gallery_add(gallery, NULL, "Ada", &face), LK_ERROR_NUMBER, "zeros");
    vector[3] = NAN;
    assert_fails(lk_gallery_add(gallery, NULL, "Ada", &face), LK_ERROR_NUMBER, "NaN");
    vector[3] = INFINITY;
    assert_fails(lk_gallery_add(gallery, NULL, "Ada", &face), LK_ERROR_NUMBER, "infinity");
    vector[3] = 3e38f;
    assert_fails(lk_gallery_add(gallery, NULL, "Ada", &face), LK_ERROR_NUMBER, "too large");
    assert_counts(gallery, 0, 0);
    lk_gallery_close(gallery);
}

static void people_are_renamed_merged_split_and_removed(void **state)
{
    (void)state;
    lk_gallery_person person;
    lk_gallery *gallery = gallery_make("hand.db");
    for (uint64_t seed = 1; seed <= 3; seed++)
        gallery_enrol(gallery, "Ada", seed);
    for (uint64_t seed = 3; seed <= 5; seed++)
        gallery_enrol(gallery, "Bo", seed); /* 3 is in both */
    assert_fails(lk_gallery_rename(gallery, "Ada", "Bo"), LK_ERROR_ARGUMENT, "already");
    assert_ok(lk_gallery_rename(gallery, "Ada", "Ida"));
    assert_fails(lk_gallery_merge(gallery, "Ida", "Ida"), LK_ERROR_ARGUMENT, "themselves");
    assert_ok(lk_gallery_merge(gallery, "Ida", "Bo"));
    assert_counts(gallery, 1, 5);
    const int64_t away[] = {5, 6}, foreign[] = {1, 77};
    assert_fails(lk_gallery_split(gallery, "Ida", "Cy", foreign, 2), LK_ERROR_MISSING,
                 "Ida has no face 77");
    assert_ok(lk_gallery_split(gallery, "Ida", "Cy", away, 2));
    assert_ok(lk_gallery_find(gallery, &person, "Cy"));
    assert_int_equal(person.faces, 2);
    assert_fails(lk_gallery_split(gallery, "Cy", "Di", away, 2), LK_ERROR_ARGUMENT,
                 "all the faces");
    assert_fails(lk_gallery_find(gallery, &person, "Di"), LK_ERROR_MISSING, "Di");
    assert_ok(lk_gallery_remove_faces(gallery, "Cy", away, 1));
    assert_counts(gallery, 2, 4);
    assert_ok(lk_gallery_move(gallery, 6, "Di"));
    assert_fails(lk_gallery_find(gallery, &person, "Cy"), LK_ERROR_MISSING, "Cy");
    assert_ok(lk_gallery_move(gallery, 6, "Cy"));
    assert_fails(lk_gallery_move(gallery, 5, "Cy"), LK_ERROR_MISSING, "no face 5");
    assert_ok(lk_gallery_remove(gallery, "Ida"));
    assert_counts(gallery, 1, 1);
    lk_gallery_close(gallery);
}

static void what_was_measured_is_kept(void **state)
{
    (void)state;
    size_t count;
    const lk_gallery_level given[] = {
        {0.001, 0.7, {0, 0.001, 0.0004, 0.002}, {2, 0, 0, 0.03}, 40, 90, 5},
        {0.01, 0.9, {0, 0.01, 0.008, 0.012}, {0, 0.2, 0.1, 0.3}, 40, 90, 5},
    };
    lk_gallery_level levels[LK_GALLERY_LEVELS], bad = given[0];
    lk_gallery *gallery = gallery_make("levels.db");
    assert_ok(lk_gallery_set_levels(gallery, given, 2));
    assert_ok(lk_gallery_get_levels(gallery, levels, &count));
    assert_int_equal(count, 2);
    assert_true(levels[0].target == 0.01 && levels[1].threshold == 0.7);
    assert_true(levels[1].fnmr.high == 0.03 && levels[1].fnmr.state == 2);
    assert_int_equal(levels[0].photos, 90);
    bad.threshold = (double)NAN;
    assert_fails(lk_gallery_set_levels(gallery, &bad, 1), LK_ERROR_ARGUMENT, "no number");
    assert_ok(lk_gallery_get_levels(gallery, levels, &count));
    assert_int_equal(count, 2);
    lk_gallery_model other = gallery_model;
    other.fingerprint = "another";
    assert_ok(lk_gallery_use_model(gallery, &other)); /* whose distances mean something else */
    assert_ok(lk_gallery_get_levels(gallery, levels, &count));
    assert_int_equal(count, 0);
    lk_gallery_close(gallery);
}

static void a_transaction_is_all_or_nothing(void **state)
{
    (void)state;
    lk_gallery *gallery = gallery_open_at(gallery_path("all.db"));
    assert_ok(lk_gallery_begin(gallery));
    assert_ok(lk_gallery_use_model(gallery, &gallery_model));
    gallery_enrol(gallery, "Ada", 1);
    lk_gallery_rollback(gallery);
    assert_counts(gallery, 0, 0);
    assert_false(lk_gallery_get_model(gallery, NULL));
    assert_ok(lk_gallery_begin(gallery));
    assert_ok(lk_gallery_use_model(gallery, &gallery_model));
    gallery_enrol(gallery, "Ada", 1);
    assert_ok(lk_gallery_commit(gallery));
    assert_counts(gallery, 1, 1);
    assert_ok(lk_gallery_begin(gallery));
    gallery_enrol(gallery, "Bo", 2);
    lk_gallery_close(gallery); /* undone */
    gallery = gallery_open_at(gallery_path("all.db"));
    assert_counts(gallery, 1, 1);
    lk_gallery_close(gallery);
}

static char *slurp(const char *path, size_t *count)
{
    FILE *file = fopen(path, "rb");
    *count = 0;
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(size + 1);
    *count = fread(bytes, 1, size, file);
    fclose(file);
    return bytes;
}

static bool holds(const char *name, const void *part, size_t length)
{
    size_t count;
    char *bytes = slurp(gallery_path(name), &count);
    bool found = bytes && memmem(bytes, count, part, length);
    free(bytes);
    return found;
}

static void make_many(lk_gallery *gallery, uint64_t count)
{
    assert_ok(lk_gallery_begin(gallery));
    for (uint64_t seed = 1; seed <= count; seed++) {
        char name[32];
        snprintf(name, sizeof name, "person-%llu", (unsigned long long)(seed % 300));
        gallery_enrol(gallery, name, seed);
    }
    assert_ok(lk_gallery_commit(gallery));
}

/* Rows move between pages as others come and go, and what was moved must not stay behind
 * either: faces are removed in no order, people come between, and whole people go. */
static void what_is_removed_is_gone_from_the_disk(void **state)
{
    (void)state;
    enum { FACES = 3000 };
    float vector[GALLERY_WIDTH];
    lk_gallery *gallery = gallery_make("wipe.db");
    make_many(gallery, FACES);
    gallery_vector(vector, GALLERY_WIDTH, 607);
    assert_true(holds("wipe.db", vector, sizeof vector) ||
                holds("wipe.db-wal", vector, sizeof vector));
    for (uint64_t i = 0; i < FACES; i++) {
        int64_t face = (int64_t)(i * 1009 % FACES) + 1;
        char name[32];
        snprintf(name, sizeof name, "person-%llu", (unsigned long long)face % 300);
        if (i == 0)
            assert_ok(lk_gallery_begin(gallery));
        if (face % 300 != 8 && face % 3)
            assert_ok(lk_gallery_remove_faces(gallery, name, &face, 1));
        if (i % 10 == 0)
            gallery_enrol(gallery, "late", FACES + i + 1);
    }
    assert_ok(lk_gallery_commit(gallery));
    assert_ok(lk_gallery_remove(gallery, "person-7"));
    assert_ok(lk_gallery_wipe(gallery));
    size_t count, log;
    char *file = slurp(gallery_path("wipe.db"), &count),
         *beside = slurp(gallery_path("wipe.db-wal"), &log);
    size_t left = 0, digests = 0;
    for (uint64_t seed = 1; seed <= FACES; seed++) {
        uint8_t digest[LK_GALLERY_DIGEST];
        bool removed = seed % 300 == 7 || (seed % 300 != 8 && seed % 3);
        gallery_vector(vector, GALLERY_WIDTH, seed);
        gallery_digest(digest, seed);
        bool there = memmem(file, count, vector, sizeof vector) ||
                     (beside && memmem(beside, log, vector, sizeof vector));
        left += removed && there;
        digests += removed && memmem(file, count, digest, sizeof digest);
        assert_true(removed || there);
    }
    free(file);
    free(beside);
    assert_int_equal(left, 0);
    assert_int_equal(digests, 0);
    assert_false(holds("wipe.db", "photo-307.jpg", 13));
    lk_gallery_close(gallery);
}

static void an_export_makes_the_same_gallery(void **state)
{
    (void)state;
    lk_output *output;
    size_t added = 0, first, second;
    lk_gallery *gallery = gallery_make("from.db"), *copy;
    gallery_enrol(gallery, "Ada", 1);
    gallery_enrol(gallery, "Bo\n", 2);
    const float vector[GALLERY_WIDTH] = {1.0f / 3, 1e-30f, -0.0f};
    const lk_gallery_face face = {.source = "odd\xff.jpg", .notes = "blurred", .vector = vector};
    assert_ok(lk_gallery_add(gallery, NULL, "Ada", &face));
    assert_ok(lk_output_open(&output, gallery_path("from.jsonl")));
    assert_ok(lk_gallery_export(gallery, output, NULL));
    assert_ok(lk_output_commit(output));
    copy = gallery_open_at(gallery_path("to.db"));
    assert_ok(lk_gallery_import(copy, &added, gallery_path("from.jsonl")));
    assert_int_equal(added, 3);
    assert_counts(copy, 2, 3);
    assert_ok(lk_output_open(&output, gallery_path("to.jsonl")));
    assert_ok(lk_gallery_export(copy, output, NULL));
    assert_ok(lk_output_commit(output));
    /* ids follow the order in which people came; all else is the same */
    char *a = slurp(gallery_path("from.jsonl"), &first);
    char *b = slurp(gallery_path("to.jsonl"), &second);
    assert_int_equal(first, second);
    free(a);
    free(b);
    assert_ok(lk_gallery_import(copy, &added, gallery_path("from.jsonl")));
    assert_int_equal(added, 1); /* the one that has no digest to be known by */
    lk_gallery_close(copy);
    lk_gallery_close(gallery);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gallery_keeps_what_it_was_given),
        cmocka_unit_test(nobody_else_may_read_the_file),
        cmocka_unit_test(a_face_comes_back_to_the_bit),
        cmocka_unit_test(a_photograph_is_enrolled_once),
        cmocka_unit_test(names_are_what_people_write),
        cmocka_unit_test(another_models_vectors_are_refused),
        cmocka_unit_test(bad_vectors_are_refused),
        cmocka_unit_test(people_are_renamed_merged_split_and_removed),
        cmocka_unit_test(what_was_measured_is_kept),
        cmocka_unit_test(a_transaction_is_all_or_nothing),
        cmocka_unit_test(what_is_removed_is_gone_from_the_disk),
        cmocka_unit_test(an_export_makes_the_same_gallery),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
