/* Bytes of databases and exports changed at random, and names of any characters: an error or
 * an answer, never a crash. LIKENESS_MUTATIONS says how many (tests/long). */
#include "gallery_keys.h"

static size_t mutations(size_t usual)
{
    const char *text = getenv("LIKENESS_MUTATIONS");
    return text ? strtoul(text, NULL, 10) : usual;
}

typedef struct mutated_file {
    char *seed, *bytes;
    size_t size;
    lk_random random;
} mutated_file;

static mutated_file mutate_begin(const char *name)
{
    mutated_file file = {0};
    FILE *from = fopen(gallery_path(name), "rb");
    assert_non_null(from);
    fseek(from, 0, SEEK_END);
    file.size = (size_t)ftell(from);
    rewind(from);
    file.seed = malloc(file.size);
    file.bytes = malloc(file.size);
    assert_int_equal(fread(file.seed, 1, file.size, from), file.size);
    fclose(from);
    lk_random_init(&file.random, strtoul(getenv("SEED") ? getenv("SEED") : "1", NULL, 10), 1);
    return file;
}

static void mutate_end(mutated_file *file)
{
    free(file->seed);
    free(file->bytes);
}

/* A few bytes are others, and now and then the end is missing. Half of the changes are where
 * a page of so many bytes has its header, or rows their lengths. */
static void mutate_write(mutated_file *file, const char *name, size_t page)
{
    lk_random *random = &file->random;
    size_t many = 1 + lk_random_below(random, 8), size = file->size;
    size_t cut = lk_random_below(random, 8) == 0 ? lk_random_below(random, size) : size;
    memcpy(file->bytes, file->seed, size);
    for (size_t j = 0; j < many; j++) {
        size_t at = lk_random_below(random, size);
        if (page && j % 2)
            at = at / page * page + lk_random_below(random, 108);
        file->bytes[at] = (char)lk_random_u64(random);
    }
    FILE *to = fopen(gallery_path(name), "wb");
    assert_non_null(to);
    assert_int_equal(fwrite(file->bytes, 1, cut, to), cut);
    fclose(to);
}

static void forget(const char *name)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-index"};
    char path[64];
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        snprintf(path, sizeof path, "%s%s", name, endings[i]);
        unlink(gallery_path(path));
    }
}

static void use_all(const char *name, const lk_gallery_key *key)
{
    lk_gallery *gallery;
    lk_gallery_options options;
    lk_gallery_options_init(&options);
    options.wait = 0;
    if (lk_gallery_open(&gallery, gallery_path(name), &options) != LK_OK)
        return;
    float vector[LK_GALLERY_MOST_WIDTH];
    lk_gallery_match match[4];
    lk_gallery_model model;
    lk_gallery_level levels[LK_GALLERY_LEVELS];
    size_t found, faults;
    if (key)
        (void)!lk_gallery_unlock(gallery, key);
    gallery_vector(vector, LK_GALLERY_MOST_WIDTH, 1);
    for (int by = 0; by < LK_GALLERY_BY_COUNT; by++) {
        (void)!lk_gallery_identify(gallery, match, &found, vector, 1, 2, (lk_gallery_by)by);
        (void)!lk_gallery_verify(gallery, match, "Ada", vector, (lk_gallery_by)by);
    }
    (void)!lk_gallery_check(gallery, &faults, NULL, NULL);
    (void)!lk_gallery_get_levels(gallery, levels, &found);
    if (lk_gallery_get_model(gallery, &model)) {
        const lk_gallery_face face = {.vector = vector};
        (void)!lk_gallery_add(gallery, NULL, "New", &face);
    }
    (void)!lk_gallery_rename(gallery, "Ada", "Eve");
    (void)!lk_gallery_merge(gallery, "Eve", "Bo");
    if (key && lk_gallery_get_secret(gallery) != LK_GALLERY_PLAIN)
        (void)!lk_gallery_decrypt(gallery);
    lk_gallery_close(gallery);
}

enum { PAGE = 16384 };

static void databases(void **state)
{
    (void)state;
    lk_gallery_close(make_people("seed.db"));
    mutated_file file = mutate_begin("seed.db");
    for (size_t i = 0; i < mutations(100); i++) {
        forget("mutated.db");
        mutate_write(&file, "mutated.db", PAGE);
        use_all("mutated.db", NULL);
    }
    mutate_end(&file);
}

static void encrypted_databases(void **state)
{
    (void)state;
    lk_gallery *gallery = make_people("secret.db");
    encrypt(gallery, 'a');
    lk_gallery_close(gallery);
    lk_gallery_key *key = key_of('a');
    mutated_file file = mutate_begin("secret.db");
    for (size_t i = 0; i < mutations(50); i++) {
        forget("mutated.db");
        mutate_write(&file, "mutated.db", PAGE);
        use_all("mutated.db", key);
    }
    mutate_end(&file);
    lk_gallery_key_destroy(key);
}

/* All of an export is taken, or none; what is taken is sound. */
static void exports(void **state)
{
    (void)state;
    lk_output *output;
    lk_gallery *gallery = make_people("export.db");
    assert_ok(lk_output_open(&output, gallery_path("seed.jsonl")));
    assert_ok(lk_gallery_export(gallery, output, NULL));
    assert_ok(lk_output_commit(output));
    lk_gallery_close(gallery);
    mutated_file file = mutate_begin("seed.jsonl");
    gallery = gallery_open_at(gallery_path("import.db"));
    for (size_t i = 0; i < mutations(250); i++) {
        size_t added = 0, faults = 9;
        lk_gallery_counts before, after;
        mutate_write(&file, "mutated.jsonl", 0);
        assert_ok(lk_gallery_count(gallery, &before));
        lk_status status = lk_gallery_import(gallery, &added, gallery_path("mutated.jsonl"));
        assert_ok(lk_gallery_count(gallery, &after));
        if (status != LK_OK)
            assert_int_equal(after.faces, before.faces);
        else
            assert_int_equal(after.faces, before.faces + added);
        if (i % 16 == 0) {
            assert_ok(lk_gallery_check(gallery, &faults, NULL, NULL));
            assert_int_equal(faults, 0);
        }
    }
    lk_gallery_close(gallery);
    mutate_end(&file);
}

/* Up to 40 bytes of which some are beginnings and ends of letters, quotes, controls. */
static void make_name(char out[64], lk_random *random)
{
    static const char *const pieces[] = {"a",
                                         "'",
                                         "\"",
                                         "\\",
                                         "%",
                                         "\n",
                                         "\t",
                                         "\x01",
                                         "\x7f",
                                         "\xc3\xa9",
                                         "e\xcc\x81",
                                         "/",
                                         "..",
                                         "\xf0\x9f\x98\x80",
                                         "\xe2\x80\xae",
                                         "\xff",
                                         "\xc3",
                                         "\xed\xa0\x80",
                                         "\xef\xbf\xbf",
                                         " ",
                                         ";"};
    size_t many = lk_random_below(random, 8);
    out[0] = '\0';
    for (size_t i = 0; i < many; i++)
        strcat(out, pieces[lk_random_below(random, sizeof pieces / sizeof *pieces)]);
}

static bool same_name(void *user, const lk_gallery_person *person)
{
    size_t *count = user;
    assert_true(person->name[0] != '\0');
    ++*count;
    return true;
}

/* A name is refused with a reason, or it is kept, found again, and goes through an export. */
static void names(void **state)
{
    (void)state;
    lk_random random;
    size_t kept = 0, listed = 0, added = 0;
    lk_gallery *gallery = gallery_make("names.db"), *copy;
    lk_output *output;
    lk_random_init(&random, 3, 1);
    for (size_t i = 0; i < mutations(150); i++) {
        char name[64];
        float vector[GALLERY_WIDTH];
        lk_gallery_person person;
        lk_gallery_face face = {.source = name, .vector = vector};
        make_name(name, &random);
        gallery_vector(vector, GALLERY_WIDTH, i);
        lk_status status = lk_gallery_add(gallery, NULL, name, &face);
        if (status != LK_OK) {
            assert_int_equal(status, LK_ERROR_ARGUMENT);
            continue;
        }
        kept++;
        assert_ok(lk_gallery_find(gallery, &person, name));
    }
    assert_true(kept > 0);
    assert_ok(lk_gallery_people(gallery, same_name, &listed));
    assert_ok(lk_output_open(&output, gallery_path("names.jsonl")));
    assert_ok(lk_gallery_export(gallery, output, NULL));
    assert_ok(lk_output_commit(output));
    copy = gallery_open_at(gallery_path("names2.db"));
    assert_ok(lk_gallery_import(copy, &added, gallery_path("names.jsonl")));
    assert_int_equal(added, kept);
    assert_counts(copy, listed, kept);
    lk_gallery_close(copy);
    lk_gallery_close(gallery);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(databases),
        cmocka_unit_test(encrypted_databases),
        cmocka_unit_test(exports),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
