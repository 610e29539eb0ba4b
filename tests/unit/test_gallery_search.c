/* The search against its plain oracle: every face compared in float64. */
#include "gallery_people.h"

#include <likeness/cluster.h>

#include "base/memory.h"
#include "gallery/index.h"
#include "gallery/near.h"
#include "gallery/scan.h"

/* ---- the loops ---- */

static void every_loop_gives_the_same_products(void **state)
{
    (void)state;
    enum { GROUPS = 37 };
    lk_random random;
    uint8_t *block;
    int8_t tile[GROUPS * LK_SCAN_TILE * 4];
    int32_t expected[LK_SCAN_TILE * LK_SCAN_ROWS], found[LK_SCAN_TILE * LK_SCAN_ROWS];
    assert_ok(lk_alloc_aligned(&block, GROUPS, LK_SCAN_ROWS * 4));
    lk_random_init(&random, 3, 0);
    for (size_t i = 0; i < (size_t)GROUPS * LK_SCAN_ROWS * 4; i++)
        block[i] = (uint8_t)(1 + lk_random_below(&random, 255));
    for (size_t i = 0; i < sizeof tile; i++)
        tile[i] = (int8_t)((int)lk_random_below(&random, 255) - 127);
    memset(block, 255, (size_t)LK_SCAN_ROWS * 8); /* the largest products, too */
    memset(block, 1, LK_SCAN_ROWS);
    memset(tile, 127, 40);
    for (int isa = LK_SCAN_AVX2; isa <= LK_SCAN_VNNI; isa++) {
        lk_scan_fn scan = lk_scan_of((lk_scan_isa)isa);
        if (!scan)
            print_message("SKIPPED: this processor lacks instruction set %d\n", isa);
        for (size_t count = 1; scan && count <= LK_SCAN_TILE; count++) {
            lk_scan_of(LK_SCAN_PLAIN)(expected, block, tile, GROUPS, count);
            scan(found, block, tile, GROUPS, count);
            assert_memory_equal(found, expected, count * LK_SCAN_ROWS * sizeof *found);
        }
    }
    lk_free_aligned(block);
}

static void a_short_copy_is_off_by_no_more_than_it_says(void **state)
{
    (void)state;
    enum { WIDTH = 130 };
    float x[WIDTH];
    int8_t codes[WIDTH];
    for (uint64_t seed = 0; seed < 50; seed++) {
        double squares = 0;
        gallery_vector(x, WIDTH, seed);
        for (size_t i = 0; i < WIDTH; i++)
            x[i] *= seed % 3 ? 1 : 300;
        lk_coarse coarse = lk_coarse_make(codes, x, WIDTH, false);
        for (size_t i = 0; i < WIDTH; i++) {
            double rest = (double)x[i] - (double)coarse.scale * codes[i];
            assert_true(codes[i] >= -127);
            squares += rest * rest;
        }
        assert_true(sqrt(squares) <= (double)coarse.rest);
        assert_true((double)coarse.rest < 0.02 * (double)coarse.length);
    }
}

/* ---- the whole search ---- */

typedef struct crowd {
    size_t width, count;
    float *rows;
} crowd;

static lk_status fetch_row(void *user, const float **vector, const size_t *rows, size_t count)
{
    const crowd *all = user;
    assert_in_range(count, 1, LK_INDEX_AHEAD);
    *vector = all->rows + rows[0] * all->width;
    return LK_OK;
}

/* People around a few centres, photographs near each other, copies of the same photograph. */
static void make_crowd(crowd *out, size_t count, size_t width, double near, float length)
{
    lk_random random;
    lk_random_init(&random, 11, count);
    out->width = width;
    out->count = count;
    out->rows = malloc(count * width * sizeof *out->rows);
    for (size_t i = 0; i < count; i++) {
        float *row = out->rows + i * width;
        if (i % 100 == 99) { /* the same once more */
            memcpy(row, row - width, width * sizeof *row);
            continue;
        }
        gallery_vector(row, width, i / 5);
        for (size_t c = 0; c < width; c++)
            row[c] =
                length * (row[c] + (float)(near * lk_random_normal(&random) / sqrt((double)width)));
    }
}

static lk_gallery_index *make_index(const crowd *all, bool unit)
{
    lk_gallery_index *index;
    int8_t codes[LK_GALLERY_MOST_WIDTH];
    assert_ok(lk_gallery_index_create(&index, all->width, unit, all->count));
    for (size_t i = 0; i < all->count; i++) {
        lk_coarse coarse = lk_coarse_make(codes, all->rows + i * all->width, all->width, unit);
        lk_gallery_index_add(index, (int64_t)i, (int64_t)i, &coarse, codes);
    }
    return index;
}

static void brute_force(lk_index_hit *out, size_t most, const crowd *all, const float *query,
                        bool unit)
{
    size_t count = 0;
    for (size_t i = 0; i < all->count; i++) {
        double square = lk_gallery_square(query, all->rows + i * all->width, all->width, unit);
        if (count == most && square >= out[most - 1].square)
            continue;
        size_t at = count < most ? count++ : most - 1;
        for (; at > 0 && square < out[at - 1].square; at--)
            out[at] = out[at - 1];
        out[at] = (lk_index_hit){i, square};
    }
}

static void compare_searches(const crowd *all, const float *queries, size_t count, size_t most,
                             bool unit)
{
    lk_index_hit *found = malloc(count * most * sizeof *found),
                 *expected = malloc(most * sizeof *expected);
    size_t *found_count = malloc(count * sizeof *found_count);
    lk_gallery_index *index = make_index(all, unit);
    assert_ok(lk_gallery_index_search(index, found, found_count, queries, count, most, 0, fetch_row,
                                      (void *)(uintptr_t)all));
    for (size_t q = 0; q < count; q++) {
        brute_force(expected, most, all, queries + q * all->width, unit);
        assert_int_equal(found_count[q], most < all->count ? most : all->count);
        for (size_t i = 0; i < found_count[q]; i++) {
            assert_int_equal(found[q * most + i].row, expected[i].row);
            assert_true(found[q * most + i].square == expected[i].square);
        }
    }
    lk_gallery_index_destroy(index);
    free(found);
    free(expected);
    free(found_count);
}

static void a_search_is_that_of_comparing_all(void **state)
{
    (void)state;
    static const struct {
        size_t count, width, queries, most;
        double near;
        float length;
        bool unit;
    } cases[] = {
        {1, 3, 2, 1, 0, 1, false},           {31, 7, 3, 40, 0.1, 1, false},
        {3000, 128, 9, 10, 0.3, 1, false},   {3000, 128, 9, 10, 0.3, 25, true},
        {2000, 64, 70, 3, 0.01, 1, false},   {1500, 130, 5, 25, 0.5, 0.001f, false},
        {1000, 512, 8, 10, 0.001, 1, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        crowd all;
        make_crowd(&all, cases[i].count, cases[i].width, cases[i].near, cases[i].length);
        float *queries = malloc(cases[i].queries * all.width * sizeof *queries);
        for (size_t q = 0; q < cases[i].queries; q++) {
            float *query = queries + q * all.width;
            const float *row = all.rows + (q * 37 % all.count) * all.width;
            for (size_t c = 0; c < all.width; c++)
                query[c] = row[c] * (c % 2 ? 1.02f : 1);
        }
        for (int isa = LK_SCAN_PLAIN; isa <= LK_SCAN_VNNI; isa++) {
            lk_scan_limit((lk_scan_isa)isa);
            compare_searches(&all, queries, cases[i].queries, cases[i].most, cases[i].unit);
        }
        free(queries);
        free(all.rows);
    }
}

/* 100,000 x 512, five photographs a person, copies among them. */
static void a_large_search_is_exact(void **state)
{
    (void)state;
    crowd all;
    enum { QUERIES = 12 };
    make_crowd(&all, 100000, 512, 0.4, 1);
    float *queries = malloc(QUERIES * all.width * sizeof *queries);
    for (size_t q = 0; q < QUERIES; q++)
        gallery_vector(queries + q * all.width, all.width, q < 8 ? q * 2311 : 1000000 + q);
    lk_scan_limit(LK_SCAN_VNNI);
    compare_searches(&all, queries, QUERIES, 10, false);
    free(queries);
    free(all.rows);
}

typedef struct counted_crowd {
    crowd all;
    size_t fetched;
} counted_crowd;

static lk_status fetch_and_count(void *user, const float **vector, const size_t *rows, size_t count)
{
    counted_crowd *counted = user;
    counted->fetched++;
    return fetch_row(&counted->all, vector, rows, count);
}

/* Ten people's faces are among sixty, but no more are compared than tell the ten. */
static void a_search_ends_with_the_people_that_were_asked_for(void **state)
{
    (void)state;
    enum { MOST = 60, PEOPLE = 10 };
    counted_crowd counted = {.fetched = 0};
    lk_index_hit found[MOST], expected[MOST];
    size_t found_count, all_rows;
    make_crowd(&counted.all, 20000, 512, 0.4, 1);
    lk_gallery_index *index = make_index(&counted.all, false);
    for (size_t i = 0; i < index->count; i++)
        index->people[i] = (int64_t)(i / 5);
    for (size_t q = 0; q < 6; q++) {
        float query[512];
        size_t people = 0;
        gallery_vector(query, 512, q < 3 ? q * 911 : 1000000 + q);
        counted.fetched = 0;
        assert_ok(lk_gallery_index_search(index, expected, &found_count, query, 1, MOST, 0,
                                          fetch_and_count, &counted));
        all_rows = counted.fetched;
        counted.fetched = 0;
        assert_ok(lk_gallery_index_search(index, found, &found_count, query, 1, MOST, PEOPLE,
                                          fetch_and_count, &counted));
        assert_true(2 * counted.fetched < all_rows);
        for (size_t i = 0; people < PEOPLE; i++) {
            size_t before = 0;
            assert_true(i < found_count);
            assert_int_equal(found[i].row, expected[i].row);
            assert_true(found[i].square == expected[i].square);
            while (found[before].row / 5 != found[i].row / 5)
                before++;
            people += before == i;
        }
    }
    lk_gallery_index_destroy(index);
    free(counted.all.rows);
}

/* ---- people ---- */

static void a_person_is_found_by_best_mean_or_template(void **state)
{
    (void)state;
    static const lk_metric metrics[] = {LK_METRIC_EUCLIDEAN, LK_METRIC_COSINE};
    for (size_t m = 0; m < 2; m++) {
        char name[32];
        snprintf(name, sizeof name, "by%zu.db", m);
        lk_gallery *gallery = gallery_open_at(gallery_path(name));
        lk_gallery_model model = gallery_model;
        model.metric = metrics[m];
        assert_ok(lk_gallery_use_model(gallery, &model));
        for (uint64_t person = 0; person < 20; person++)
            for (uint64_t photo = 0; photo < 1 + person % 4; photo++) {
                snprintf(name, sizeof name, "p%llu", (unsigned long long)person);
                gallery_enrol(gallery, name, person * 10 + photo);
            }
        for (int by = 0; by < LK_GALLERY_BY_COUNT; by++) {
            float query[GALLERY_WIDTH];
            lk_gallery_match matches[30], single;
            size_t found;
            gallery_vector(query, GALLERY_WIDTH, 999);
            assert_ok(
                lk_gallery_identify(gallery, matches, &found, query, 1, 30, (lk_gallery_by)by));
            assert_int_equal(found, 20);
            for (size_t i = 0; i < found; i++) {
                snprintf(name, sizeof name, "p%lld", (long long)matches[i].person - 1);
                assert_true(i == 0 || matches[i - 1].distance <= matches[i].distance);
                assert_ok(lk_gallery_verify(gallery, &single, name, query, (lk_gallery_by)by));
                assert_true(fabs(single.distance - matches[i].distance) < 1e-6);
                assert_int_equal(single.face, matches[i].face);
            }
        }
        lk_gallery_close(gallery);
    }
}

/* ---- clusters ---- */

static double b_cubed(const size_t *group, const size_t *truth, size_t n)
{
    double precision = 0, recall = 0;
    for (size_t i = 0; i < n; i++) {
        double both = 0, grouped = 0, true_ones = 0;
        for (size_t j = 0; j < n; j++) {
            both += group[i] == group[j] && truth[i] == truth[j];
            grouped += group[i] == group[j];
            true_ones += truth[i] == truth[j];
        }
        precision += both / grouped;
        recall += both / true_ones;
    }
    return 2 * precision * recall / (precision + recall) / (double)n;
}

static void photographs_fall_into_people(void **state)
{
    (void)state;
    enum { PEOPLE = 60, PHOTOS = 5, N = PEOPLE * PHOTOS };
    crowd all;
    size_t group[N], again[N], truth[N], groups;
    make_crowd(&all, N, 64, 0.5, 1);
    for (size_t i = 0; i < N; i++)
        truth[i] = i / PHOTOS;
    for (int method = 0; method <= LK_CLUSTER_DBSCAN; method++) {
        lk_cluster_options options;
        lk_cluster_options_init(&options);
        options.method = (lk_cluster_method)method;
        options.threshold = 0.9;
        assert_ok(lk_cluster(group, &groups, all.rows, N, all.width, &options, NULL, 0));
        assert_true(b_cubed(group, truth, N) > 0.97);
        assert_int_equal(group[0], 0);
        lk_threads_set(1);
        assert_ok(lk_cluster(again, &groups, all.rows, N, all.width, &options, NULL, 0));
        lk_threads_set(0);
        assert_memory_equal(group, again, sizeof group);

        const lk_cluster_link links[] = {
            {0, 7, true}, {0, 299, false}, {10, 11, false}, {11, 12, true}};
        assert_ok(lk_cluster(group, &groups, all.rows, N, all.width, &options, links, 4));
        assert_int_equal(group[0], group[7]);
        assert_int_not_equal(group[0], group[299]);
        assert_int_not_equal(group[10], group[11]);
        assert_int_equal(group[11], group[12]);
        const lk_cluster_link wrong[] = {{0, 1, true}, {1, 2, true}, {0, 2, false}};
        assert_fails(lk_cluster(group, NULL, all.rows, N, all.width, &options, wrong, 3),
                     LK_ERROR_ARGUMENT, "one person, and two");
        assert_fails(lk_cluster(group, NULL, all.rows, N, all.width, &options,
                                &(lk_cluster_link){0, N, true}, 1),
                     LK_ERROR_ARGUMENT, "not between two of the 300 rows");
    }
    assert_ok(lk_cluster(group, &groups, all.rows, 0, all.width, NULL, NULL, 0));
    assert_int_equal(groups, 0);
    free(all.rows);
}

/* All pairs that the plain loop finds, and no other. */
static void near_pairs_are_those_of_comparing_all(void **state)
{
    (void)state;
    crowd all;
    lk_near near;
    const double threshold = 0.8;
    make_crowd(&all, 500, 40, 0.6, 1);
    assert_ok(lk_near_find(&near, all.rows, all.count, all.width, threshold));
    for (size_t i = 0; i < all.count; i++) {
        size_t e = near.start[i];
        for (size_t j = 0; j < all.count; j++) {
            double square = lk_gallery_square(all.rows + i * all.width, all.rows + j * all.width,
                                              all.width, false);
            if (i == j || square >= threshold * threshold)
                continue;
            assert_true(e < near.start[i + 1]);
            assert_int_equal(near.edges[e++].to, j);
        }
        assert_int_equal(e, near.start[i + 1]);
    }
    lk_near_clear(&near);
    free(all.rows);
}

static void distances_are_what_they_are_called(void **state)
{
    (void)state;
    lk_gallery_match match;
    lk_gallery *gallery = gallery_open_at(gallery_path("words.db"));
    const lk_gallery_model model = {"f", "n", 2, LK_METRIC_EUCLIDEAN, NULL};
    const float a[2] = {1, 0}, b[2] = {0, 1}, query[2] = {1, 0};
    lk_gallery_face face = {.vector = a};
    assert_ok(lk_gallery_use_model(gallery, &model));
    assert_ok(lk_gallery_add(gallery, NULL, "Ada", &face));
    face.vector = b;
    assert_ok(lk_gallery_add(gallery, NULL, "Ada", &face));
    assert_ok(lk_gallery_verify(gallery, &match, "Ada", query, LK_GALLERY_BEST));
    assert_true(match.distance == 0 && match.face == 1);
    assert_ok(lk_gallery_verify(gallery, &match, "Ada", query, LK_GALLERY_MEAN));
    assert_true(fabs(match.distance - 1) < 1e-6); /* squares 0 and 2 */
    assert_ok(lk_gallery_verify(gallery, &match, "Ada", query, LK_GALLERY_TEMPLATE));
    assert_true(fabs(match.distance - sqrt(2 - sqrt(2.0))) < 1e-6);
    lk_gallery_close(gallery);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_loop_gives_the_same_products),
        cmocka_unit_test(a_short_copy_is_off_by_no_more_than_it_says),
        cmocka_unit_test(a_search_is_that_of_comparing_all),
        cmocka_unit_test(a_large_search_is_exact),
        cmocka_unit_test(a_search_ends_with_the_people_that_were_asked_for),
        cmocka_unit_test(a_person_is_found_by_best_mean_or_template),
        cmocka_unit_test(photographs_fall_into_people),
        cmocka_unit_test(near_pairs_are_those_of_comparing_all),
        cmocka_unit_test(distances_are_what_they_are_called),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
