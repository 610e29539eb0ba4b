/* People, person-disjoint splits, batches. */
#include <sys/stat.h>

#include "scratch.h"

#include <likeness/train.h>

/* Empty files will do: nothing here looks inside. */
static void make_photos(const char *person, int count)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", scratch, person);
    assert_int_equal(mkdir(path, 0777), 0);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s/%d.jpg", scratch, person, i);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fclose(file);
    }
}

static int make_folder(void **state)
{
    (void)state;
    if (make_scratch(state) != 0)
        return -1;
    for (int i = 0; i < 20; i++) {
        char name[16];
        snprintf(name, sizeof name, "p%02d", i);
        make_photos(name, 1 + i % 7);
    }
    return 0;
}

static lk_people *open_people(void)
{
    const char *paths[] = {scratch};
    lk_file_list *files;
    lk_people *people;
    assert_ok(lk_file_list_create(&files, paths, 1, NULL));
    assert_ok(lk_people_create(&people, files));
    lk_file_list_destroy(files);
    return people;
}

static void photographs_are_grouped_by_folder(void **state)
{
    (void)state;
    lk_people *people = open_people();
    assert_int_equal(lk_people_count(people), 20);
    assert_string_equal(lk_people_name(people, 8), "p08");
    size_t first = 99;
    assert_int_equal(lk_people_photos(people, 8, &first), 2);
    assert_non_null(strstr(lk_people_path(people, first + 1), "/p08/1.jpg"));
    assert_null(lk_people_name(people, 20));
    assert_null(lk_people_path(people, lk_people_photo_count(people)));
    lk_people_destroy(people);
}

static void an_empty_folder_is_explained(void **state)
{
    (void)state;
    lk_file_list *files;
    lk_people *people;
    assert_ok(lk_file_list_create(&files, NULL, 0, NULL));
    assert_fails(lk_people_create(&people, files), LK_ERROR_MISSING, "no photograph found");
    lk_file_list_destroy(files);
}

static void people_with_one_photograph_are_named(void **state)
{
    (void)state;
    lk_people *people = open_people(), *enough;
    size_t dropped;
    char *note;
    assert_ok(lk_people_with_photos(&enough, &dropped, &note, people, 2));
    assert_int_equal(dropped, 3);
    assert_string_equal(note,
                        "3 people have fewer than 2 photographs and are left out: p00, p07, p14");
    lk_free(note);
    assert_int_equal(lk_people_count(enough), 17);
    lk_people_destroy(enough);

    assert_ok(lk_people_with_photos(&enough, NULL, &note, people, 1));
    assert_null(note);
    lk_people_destroy(enough);
    assert_fails(lk_people_with_photos(&enough, NULL, NULL, people, 8), LK_ERROR_MISSING,
                 "none of 20 people has 8");
    lk_people_destroy(people);
}

static bool has_name(const lk_people *people, const char *name)
{
    for (size_t i = 0; i < lk_people_count(people); i++)
        if (strcmp(lk_people_name(people, i), name) == 0)
            return true;
    return false;
}

static void splits_share_nobody(void **state)
{
    (void)state;
    lk_people *people = open_people(), *train, *held, *again, *held_again;
    assert_ok(lk_people_split(&train, &held, people, 0.25, 1));
    assert_ok(lk_people_split(&again, &held_again, people, 0.25, 1));
    assert_int_equal(lk_people_count(held), 5);
    assert_int_equal(lk_people_count(train), 15);
    assert_int_equal(lk_people_photo_count(held) + lk_people_photo_count(train),
                     lk_people_photo_count(people));
    for (size_t i = 0; i < 5; i++) {
        assert_false(has_name(train, lk_people_name(held, i)));
        assert_string_equal(lk_people_name(held, i), lk_people_name(held_again, i));
    }
    lk_people_destroy(again);
    lk_people_destroy(held_again);
    lk_people_destroy(train);
    lk_people_destroy(held);
    assert_ok(lk_people_split(&train, &held, people, 0, 1));
    assert_null(held);
    assert_fails(lk_people_split(&again, &held, people, 0.95, 1), LK_ERROR_MISSING, "too few");
    assert_fails(lk_people_split(&again, &held, people, 1.5, 1), LK_ERROR_ARGUMENT, "1.5");
    lk_people_destroy(train);
    lk_people_destroy(people);
}

enum { P = 4, K = 3, ROWS = P * K };

static void batches_hold_p_people_with_k_photographs(void **state)
{
    (void)state;
    lk_people *people = open_people();
    lk_sampler_options options = {sizeof(lk_sampler_options), P, K, 5};
    size_t photo[ROWS], person[ROWS], seen[80] = {0}, met[20] = {0};
    lk_position position = {0, 0};
    for (int batch = 0; batch < 500; batch++) {
        assert_ok(lk_sampler_get(photo, person, people, &options, position));
        for (size_t i = 0; i < ROWS; i++) {
            size_t first, count = lk_people_photos(people, person[i], &first);
            assert_true(photo[i] >= first && photo[i] < first + count);
            assert_int_equal(person[i], person[i / K * K]);
            for (size_t j = 0; j < i; j++) {
                assert_true(i / K == j / K || person[i] != person[j]);
                assert_true(photo[i] != photo[j] || count < K);
            }
            seen[photo[i]]++;
        }
        for (size_t i = 0; i < P; i++)
            met[person[i * K]]++;
        position = lk_sampler_next(people, &options, position);
    }
    assert_int_equal(position.epoch, 500 / lk_sampler_batches(people, &options));
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(met[i], 100); /* 500 batches are 100 whole rounds */
    for (size_t i = 0; i < lk_people_photo_count(people); i++)
        assert_true(seen[i] > 20);
    lk_people_destroy(people);
}

/* The photographs of one person in the batches of a round or several, K a hand. */
static void deal_hands(size_t *photo, const lk_people *people, size_t who, size_t k,
                       uint64_t first_round, size_t rounds)
{
    const lk_sampler_options all = {sizeof all, 20, k, 5}; /* everybody in every batch */
    size_t photos[20 * 8], person[20 * 8];
    uint64_t batches = lk_sampler_batches(people, &all);
    for (uint64_t r = first_round; r < first_round + rounds; r++) {
        assert_ok(
            lk_sampler_get(photos, person, people, &all, (lk_position){r / batches, r % batches}));
        for (size_t i = 0; i < 20 * k; i++)
            if (person[i] == who)
                *photo++ = photos[i];
    }
}

static size_t count_of(const size_t *photo, size_t count, size_t wanted)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += photo[i] == wanted;
    return found;
}

/* A person's photographs are one shuffled deck, dealt to its end before the next. */
static void photographs_are_dealt_in_shuffled_rounds(void **state)
{
    (void)state;
    lk_people *people = open_people();
    size_t first, photo[12], changed = 0;
    assert_int_equal(lk_people_photos(people, 5, &first), 6); /* two hands of three */
    for (uint64_t round = 0; round < 20; round++) {
        size_t before[6];
        memcpy(before, photo, sizeof before);
        deal_hands(photo, people, 5, 3, round * 2, 2);
        for (size_t i = 0; i < 6; i++)
            assert_int_equal(count_of(photo, 6, first + i), 1);
        changed += round > 0 && memcmp(before, photo, sizeof before) != 0;
    }
    assert_true(changed >= 18);                               /* each round is another shuffle */
    assert_int_equal(lk_people_photos(people, 6, &first), 7); /* one waits for the next */
    for (uint64_t round = 0; round < 20; round++) {
        deal_hands(photo, people, 6, 3, round * 2, 2);
        for (size_t i = 0; i < 7; i++)
            assert_true(count_of(photo, 6, first + i) <= 1);
    }
    assert_int_equal(lk_people_photos(people, 1, &first), 2); /* fewer than K: repeated */
    deal_hands(photo, people, 1, 5, 3, 1);
    assert_int_equal(count_of(photo, 5, first) + count_of(photo, 5, first + 1), 5);
    assert_true(count_of(photo, 5, first) == 2 || count_of(photo, 5, first) == 3);
    lk_people_destroy(people);
}

/* So are the people; those left over wait, and a batch is never filled from two rounds. */
static void people_are_dealt_in_shuffled_rounds(void **state)
{
    (void)state;
    lk_people *people = open_people();
    const lk_sampler_options options = {sizeof options, 6, 2,
                                        5}; /* three batches a round, two people wait */
    size_t photo[12], person[12], changed = 0, order[18] = {0}, before[18];
    lk_position position = {0, 0};
    for (int round = 0; round < 30; round++) {
        memcpy(before, order, sizeof before);
        for (size_t b = 0; b < 3; b++) {
            assert_ok(lk_sampler_get(photo, person, people, &options, position));
            for (size_t i = 0; i < 6; i++)
                order[b * 6 + i] = person[i * 2];
            position = lk_sampler_next(people, &options, position);
        }
        for (size_t i = 0; i < 18; i++)
            assert_int_equal(count_of(order, 18, order[i]), 1);
        changed += memcmp(before, order, sizeof order) != 0;
    }
    assert_int_equal(changed, 30);
    lk_people_destroy(people);
}

static void a_batch_depends_on_its_position_alone(void **state)
{
    (void)state;
    lk_people *people = open_people();
    lk_sampler_options options = {sizeof(lk_sampler_options), P, K, 5},
                       other = {sizeof(lk_sampler_options), P, K, 6};
    size_t a[ROWS], b[ROWS], person[ROWS];
    lk_position here = {3, 2}, there = {3, 3};
    assert_ok(lk_sampler_get(a, person, people, &options, here));
    assert_ok(lk_sampler_get(b, person, people, &options, there));
    assert_memory_not_equal(a, b, sizeof a);
    assert_ok(lk_sampler_get(b, person, people, &options, here));
    assert_memory_equal(a, b, sizeof a);
    assert_ok(lk_sampler_get(b, person, people, &other, here));
    assert_memory_not_equal(a, b, sizeof a);

    lk_sampler_options many = {sizeof(lk_sampler_options), 21, K, 5},
                       none = {sizeof(lk_sampler_options), 0, K, 5};
    assert_fails(lk_sampler_get(a, person, people, &many, here), LK_ERROR_MISSING, "too few");
    assert_fails(lk_sampler_get(a, person, people, &none, here), LK_ERROR_ARGUMENT,
                 "people takes a whole number from 1");
    lk_people_destroy(people);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(photographs_are_grouped_by_folder),
        cmocka_unit_test(an_empty_folder_is_explained),
        cmocka_unit_test(people_with_one_photograph_are_named),
        cmocka_unit_test(splits_share_nobody),
        cmocka_unit_test(batches_hold_p_people_with_k_photographs),
        cmocka_unit_test(photographs_are_dealt_in_shuffled_rounds),
        cmocka_unit_test(people_are_dealt_in_shuffled_rounds),
        cmocka_unit_test(a_batch_depends_on_its_position_alone),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_scratch);
}
