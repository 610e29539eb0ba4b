/* Encrypted galleries: all works with the key, and nothing without it. */
#include "gallery_keys.h"

/* Whether a file that is there holds these bytes. */
static bool file_holds(const char *path, const void *bytes, size_t count)
{
    FILE *file = fopen(path, "rb");
    bool found = false;
    if (!file)
        return false;
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *all = malloc(size + 1);
    assert_int_equal(fread(all, 1, size, file), size);
    fclose(file);
    for (size_t i = 0; i + count <= size && !found; i++)
        found = memcmp(all + i, bytes, count) == 0;
    free(all);
    return found;
}

static bool gallery_holds_vectors(const char *name)
{
    char beside[512];
    for (size_t i = 0; i < PEOPLE * EACH; i++) {
        float vector[GALLERY_WIDTH];
        gallery_vector(vector, GALLERY_WIDTH, i);
        snprintf(beside, sizeof beside, "%s-wal", gallery_path(name));
        if (file_holds(gallery_path(name), vector + 1, 16) || file_holds(beside, vector + 1, 16))
            return true;
    }
    return false;
}

static void what_is_encrypted_is_not_in_the_file(void **state)
{
    (void)state;
    lk_gallery *gallery = make_people("plain.db");
    assert_true(gallery_holds_vectors("plain.db"));
    assert_int_equal(lk_gallery_get_secret(gallery), LK_GALLERY_PLAIN);
    encrypt(gallery, 'a');
    assert_int_equal(lk_gallery_get_secret(gallery), LK_GALLERY_KEY_FILE);
    assert_false(gallery_holds_vectors("plain.db"));
    assert_finds_everybody(gallery);
    assert_counts(gallery, PEOPLE, PEOPLE * EACH);
    gallery_enrol(gallery, "Ada", 0); /* known */
    lk_gallery_close(gallery);
    gallery = open_with("plain.db", 'a');
    assert_finds_everybody(gallery);
    assert_ok(lk_gallery_decrypt(gallery));
    assert_true(gallery_holds_vectors("plain.db"));
    assert_finds_everybody(gallery);
    assert_counts(gallery, PEOPLE, PEOPLE * EACH);
    lk_gallery_close(gallery);
}

static void without_the_key_there_is_no_vector(void **state)
{
    (void)state;
    float vector[GALLERY_WIDTH];
    lk_gallery_match match;
    lk_gallery_counts counts;
    size_t found;
    const lk_gallery_face face = {.vector = vector};
    gallery_vector(vector, GALLERY_WIDTH, 1);
    make_encrypted("locked.db", 'a');
    lk_gallery *gallery = gallery_open_at(gallery_path("locked.db"));
    assert_fails(lk_gallery_identify(gallery, &match, &found, vector, 1, 1, LK_GALLERY_BEST),
                 LK_ERROR_ARGUMENT, "encrypted with a key file, which was not given");
    assert_fails(lk_gallery_verify(gallery, &match, "Ada", vector, LK_GALLERY_MEAN),
                 LK_ERROR_ARGUMENT, "was not given");
    assert_fails(lk_gallery_add(gallery, NULL, "Ada", &face), LK_ERROR_ARGUMENT, "was not given");
    assert_fails(lk_gallery_check(gallery, &found, NULL, NULL), LK_ERROR_ARGUMENT, "not given");
    assert_fails(lk_gallery_rename(gallery, "Ada", "Eve"), LK_ERROR_ARGUMENT, "was not given");
    assert_fails(lk_gallery_merge(gallery, "Ada", "Bo"), LK_ERROR_ARGUMENT, "was not given");
    assert_fails(lk_gallery_decrypt(gallery), LK_ERROR_ARGUMENT, "was not given");
    assert_fails(unlock(gallery, 'b'), LK_ERROR_ARGUMENT, "this key file does not open it");
    assert_ok(lk_gallery_count(gallery, &counts));
    assert_int_equal(counts.faces, PEOPLE * EACH);
    assert_ok(lk_gallery_remove(gallery, "Bo"));
    assert_ok(unlock(gallery, 'a'));
    assert_counts(gallery, PEOPLE - 1, (PEOPLE - 1) * EACH);
    lk_gallery_close(gallery);
}

static void a_key_is_checked(void **state)
{
    (void)state;
    lk_gallery_key *key;
    FILE *file = fopen(gallery_path("short"), "wb");
    fputs("only a few bytes", file);
    fclose(file);
    assert_fails(lk_gallery_key_read(&key, gallery_path("short")), LK_ERROR_ARGUMENT,
                 "16 bytes, no key: a key file has at least 32");
    assert_fails(lk_gallery_key_read(&key, gallery_path("none")), LK_ERROR_IO, "none: No such");
    assert_fails(lk_gallery_key_read(&key, scratch), LK_ERROR_IO, "a directory");
    assert_fails(lk_gallery_key_passphrase(&key, "", 0), LK_ERROR_ARGUMENT, "1 to 1024 bytes");
    lk_gallery *gallery = make_people("twice.db");
    encrypt(gallery, 'a');
    key = key_of('a');
    assert_fails(lk_gallery_encrypt(gallery, key), LK_ERROR_ARGUMENT, "encrypted already");
    lk_gallery_key_destroy(key);
    assert_ok(lk_gallery_decrypt(gallery));
    assert_fails(lk_gallery_decrypt(gallery), LK_ERROR_ARGUMENT, "not encrypted");
    lk_gallery_close(gallery);
}

static void a_passphrase_will_do(void **state)
{
    (void)state;
    lk_gallery_key *key, *other;
    lk_gallery *gallery = make_people("words.db");
    assert_ok(lk_gallery_key_passphrase(&key, "correct horse", 13));
    assert_ok(lk_gallery_key_passphrase(&other, "correct horsf", 13));
    assert_ok(lk_gallery_encrypt(gallery, key));
    lk_gallery_close(gallery);
    gallery = gallery_open_at(gallery_path("words.db"));
    assert_int_equal(lk_gallery_get_secret(gallery), LK_GALLERY_PASSPHRASE);
    assert_fails(lk_gallery_unlock(gallery, other), LK_ERROR_ARGUMENT,
                 "words.db: this passphrase does not open it");
    assert_fails(unlock(gallery, 'a'), LK_ERROR_ARGUMENT, "with a passphrase, not a key file");
    assert_ok(lk_gallery_unlock(gallery, key));
    assert_finds_everybody(gallery);
    lk_gallery_close(gallery);
    lk_gallery_key_destroy(key);
    lk_gallery_key_destroy(other);
}

/* ---- what is done by hand ---- */

static void people_are_put_right_as_before(void **state)
{
    (void)state;
    size_t added = 0;
    make_encrypted("hand.db", 'a');
    lk_gallery *gallery = open_with("hand.db", 'a'), *copy;
    assert_ok(lk_gallery_rename(gallery, "Ada", "Eve"));
    assert_counts(gallery, PEOPLE, PEOPLE * EACH);
    assert_ok(lk_gallery_merge(gallery, "Eve", "Bo"));
    assert_counts(gallery, PEOPLE - 1, PEOPLE * EACH);
    assert_ok(lk_gallery_split(gallery, "Eve", "Flo", (const int64_t[]){1, 2}, 2));
    assert_counts(gallery, PEOPLE, PEOPLE * EACH);
    assert_ok(lk_gallery_move(gallery, 3, "Flo"));
    assert_ok(lk_gallery_move(gallery, 3, "Flo"));
    assert_ok(lk_gallery_remove_faces(gallery, "Flo", (const int64_t[]){2}, 1));
    assert_counts(gallery, PEOPLE, PEOPLE * EACH - 1);
    lk_output *output;
    const char *text = gallery_path("hand.jsonl");
    assert_ok(lk_output_open(&output, text));
    assert_ok(lk_gallery_export(gallery, output, NULL));
    assert_ok(lk_output_commit(output));
    copy = gallery_make("copy.db");
    encrypt(copy, 'b');
    assert_ok(lk_gallery_import(copy, &added, gallery_path("hand.jsonl")));
    assert_int_equal(added, PEOPLE * EACH - 1);
    assert_counts(copy, PEOPLE, PEOPLE * EACH - 1);
    lk_gallery_close(copy);
    lk_gallery_close(gallery);
}

static void another_process_that_encrypts_is_noticed(void **state)
{
    (void)state;
    float vector[GALLERY_WIDTH];
    lk_gallery_match match;
    size_t found;
    const lk_gallery_face face = {.vector = vector};
    gallery_vector(vector, GALLERY_WIDTH, 1);
    lk_gallery *first = make_people("meanwhile.db"),
               *second = gallery_open_at(gallery_path("meanwhile.db"));
    encrypt(first, 'a');
    assert_fails(lk_gallery_add(second, NULL, "Eve", &face), LK_ERROR_BUSY, "meanwhile");
    assert_fails(lk_gallery_identify(second, &match, &found, vector, 1, 1, LK_GALLERY_BEST),
                 LK_ERROR_BUSY, "another process has encrypted or decrypted");
    lk_gallery_close(second);
    assert_counts(first, PEOPLE, PEOPLE * EACH);
    lk_gallery_close(first);
}

/* ---- another model ---- */

enum { OTHER_WIDTH = 7 };

static lk_status other_vector(void *user, float *out, bool *there, const lk_gallery_face *face)
{
    const int64_t *lost = user;
    gallery_vector(out, OTHER_WIDTH, 500 + (uint64_t)face->id);
    *there = face->id != *lost;
    if (*lost < 0 && face->id == 3)
        out[1] = (float)NAN;
    return LK_OK;
}

static void replace_in(lk_gallery *gallery)
{
    static const lk_gallery_model other = {"sha256:2 96", "other", OTHER_WIDTH, LK_METRIC_COSINE,
                                           NULL};
    const lk_gallery_level level = {.target = 0.001, .threshold = 0.9};
    lk_gallery_level levels[LK_GALLERY_LEVELS];
    lk_gallery_model model;
    lk_gallery_match match;
    float vector[GALLERY_WIDTH];
    size_t gone = 9, found;
    int64_t lost = -1;
    assert_ok(lk_gallery_set_levels(gallery, &level, 1));
    /* a vector that cannot be one: nothing has changed */
    assert_fails(lk_gallery_replace(gallery, &gone, &other, other_vector, &lost), LK_ERROR_NUMBER,
                 "NaN");
    assert_true(lk_gallery_get_model(gallery, &model));
    assert_int_equal(model.width, GALLERY_WIDTH);
    assert_finds_everybody(gallery);
    assert_counts(gallery, PEOPLE, PEOPLE * EACH);
    lost = 2;
    assert_ok(lk_gallery_replace(gallery, &gone, &other, other_vector, &lost));
    assert_int_equal(gone, 1);
    assert_counts(gallery, PEOPLE, PEOPLE * EACH - 1);
    assert_true(lk_gallery_get_model(gallery, &model));
    assert_string_equal(model.name, "other");
    assert_ok(lk_gallery_get_levels(gallery, levels, &found));
    assert_int_equal(found, 0);
    gallery_vector(vector, OTHER_WIDTH, 500 + 6);
    assert_ok(lk_gallery_identify(gallery, &match, &found, vector, 1, 1, LK_GALLERY_BEST));
    assert_int_equal(match.face, 6);
    assert_true(match.distance < 1e-12);
    assert_fails(lk_gallery_use_model(gallery, &gallery_model), LK_ERROR_ARGUMENT, "other");
}

static void vectors_are_replaced(void **state)
{
    (void)state;
    lk_gallery *gallery = make_people("replace.db");
    replace_in(gallery);
    lk_gallery_close(gallery);
    make_encrypted("replace2.db", 'a');
    gallery = open_with("replace2.db", 'a');
    replace_in(gallery);
    lk_gallery_close(gallery);
    gallery = open_with("replace2.db", 'a');
    assert_counts(gallery, PEOPLE, PEOPLE * EACH - 1);
    lk_gallery_close(gallery);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_encrypted_is_not_in_the_file),
        cmocka_unit_test(without_the_key_there_is_no_vector),
        cmocka_unit_test(a_key_is_checked),
        cmocka_unit_test(a_passphrase_will_do),
        cmocka_unit_test(people_are_put_right_as_before),
        cmocka_unit_test(another_process_that_encrypts_is_noticed),
        cmocka_unit_test(vectors_are_replaced),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
