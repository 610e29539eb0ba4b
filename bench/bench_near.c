/* Approximate searches of a gallery in a file beside exact ones: how many of the ten nearest
 * faces they find, looking on from more or fewer, and the processor's time that a query takes.
 * bench/peer_near.py makes the vectors, and asks hnswlib and USearch for the same.
 * usage: bench_near FOLDER [EFFORT...]     (rows.f32 and queries.f32 in it, of 512 numbers; the
 *        gallery is made there, and used if it is there; EFFORT: from how many of the nearest a
 *        search looks on, beside what it does by itself) */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <likeness/likeness.h>

#include "gallery/graph_search.h"

enum { WIDTH = 512, TOP = 10, ROUNDS = 3 };

static const char *folder;

static void require(lk_status status)
{
    if (status == LK_OK)
        return;
    fprintf(stderr, "%s\n", lk_error_text());
    exit(1);
}

/* What the processor spent on it: others may use it, too. */
static double near_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static const char *in_folder(const char *name)
{
    static char paths[2][512];
    static int turn;
    char *path = paths[turn++ % 2];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static float *read_rows(const char *name, size_t *count)
{
    struct stat info;
    const char *path = in_folder(name);
    FILE *file = fopen(path, "rb");
    if (!file || stat(path, &info) != 0)
        exit(1);
    *count = (size_t)info.st_size / sizeof(float) / WIDTH;
    float *rows = malloc((size_t)info.st_size);
    if (!rows || fread(rows, sizeof(float) * WIDTH, *count, file) != *count)
        exit(1);
    fclose(file);
    return rows;
}

/* Everybody is a person of their own, so that people are faces. */
static void enrol_all(void)
{
    size_t count;
    lk_gallery *gallery;
    lk_gallery_options options;
    const lk_gallery_model model = {"bench", "bench", WIDTH, LK_METRIC_EUCLIDEAN, NULL};
    float *rows = read_rows("rows.f32", &count);
    lk_gallery_options_init(&options);
    options.create = true;
    require(lk_gallery_open(&gallery, in_folder("gallery.db"), &options));
    require(lk_gallery_use_model(gallery, &model));
    for (size_t i = 0; i < count; i++) {
        char name[32];
        uint8_t digest[LK_GALLERY_DIGEST] = {0};
        memcpy(digest, &i, sizeof i);
        snprintf(name, sizeof name, "%zu", i);
        const lk_gallery_face face = {.source = name, .digest = digest, .vector = rows + i * WIDTH};
        if (i % 20000 == 0)
            require(lk_gallery_begin(gallery));
        require(lk_gallery_add(gallery, NULL, name, &face));
        if (i % 20000 == 19999 || i + 1 == count)
            require(lk_gallery_commit(gallery));
    }
    lk_gallery_close(gallery);
    free(rows);
}

static void make_index(void)
{
    lk_gallery *gallery;
    double begun = near_now();
    require(lk_gallery_open(&gallery, in_folder("gallery.db"), NULL));
    require(lk_gallery_make_index(gallery));
    printf("%-40s %10.1f s\n", "making the index", near_now() - begun);
    lk_gallery_close(gallery);
}

static lk_gallery *open_first(lk_gallery_search search, const float *query, const char *what)
{
    lk_gallery *gallery;
    lk_gallery_match match;
    size_t found;
    double begun = near_now();
    require(lk_gallery_open(&gallery, in_folder("gallery.db"), NULL));
    lk_gallery_set_search(gallery, search);
    require(lk_gallery_identify(gallery, &match, &found, query, 1, 1, LK_GALLERY_BEST));
    printf("%-40s %10.2f s\n", what, near_now() - begun);
    return gallery;
}

/* The least of some rounds, a query. */
static double ask_one_by_one(lk_gallery *gallery, lk_gallery_match *out, const float *queries,
                             size_t count)
{
    double least = HUGE_VAL;
    for (int round = 0; round < ROUNDS; round++) {
        double begun = near_now();
        for (size_t i = 0; i < count; i++) {
            size_t found;
            require(lk_gallery_identify(gallery, out + i * TOP, &found, queries + i * WIDTH, 1, TOP,
                                        LK_GALLERY_BEST));
        }
        least = fmin(least, near_now() - begun);
    }
    return least / (double)count;
}

static double ask_together(lk_gallery *gallery, lk_gallery_match *out, const float *queries,
                           size_t count)
{
    double least = HUGE_VAL;
    size_t *found = calloc(count, sizeof *found);
    for (int round = 0; found && round < ROUNDS; round++) {
        double begun = near_now();
        require(lk_gallery_identify(gallery, out, found, queries, count, TOP, LK_GALLERY_BEST));
        least = fmin(least, near_now() - begun);
    }
    free(found);
    return least / (double)count;
}

static double share_found(const lk_gallery_match *truth, const lk_gallery_match *found,
                          size_t count)
{
    size_t same = 0;
    for (size_t q = 0; q < count; q++)
        for (size_t i = 0; i < TOP; i++)
            for (size_t k = 0; k < TOP; k++)
                same += truth[q * TOP + i].person == found[q * TOP + k].person;
    return (double)same / (double)(count * TOP);
}

static size_t threads(void)
{
    return getenv("OMP_NUM_THREADS") ? (size_t)atoi(getenv("OMP_NUM_THREADS")) : 1;
}

/* One by one on one thread, then all together on those there are. */
static void say_times(lk_gallery *gallery, const char *what, const lk_gallery_match *truth,
                      const float *queries, size_t count, size_t some)
{
    lk_gallery_match *found = calloc(count * TOP, sizeof *found);
    lk_threads_set(1);
    double alone = ask_one_by_one(gallery, found, queries, some);
    lk_threads_set(threads());
    double together = ask_together(gallery, found, queries, count);
    printf("%s: %.4f found, %.3f ms a query, %.3f together on %zu threads\n", what,
           share_found(truth, found, count), 1e3 * alone, 1e3 * together, threads());
    free(found);
}

static void ask_all(lk_gallery *exact, lk_gallery *near, const float *queries, size_t count,
                    char **efforts)
{
    size_t *found = calloc(count, sizeof *found);
    lk_gallery_match *truth = calloc(count * TOP, sizeof *truth);
    require(lk_gallery_identify(exact, truth, found, queries, count, TOP, LK_GALLERY_BEST));
    say_times(exact, "exact", truth, queries, count, count / 5);
    say_times(near, "approximate", truth, queries, count, count);
    for (; *efforts; efforts++) {
        char what[32];
        lk_graph_set_effort(strtoul(*efforts, NULL, 10));
        snprintf(what, sizeof what, "approximate %.16s", *efforts);
        say_times(near, what, truth, queries, count, count);
    }
    free(truth);
    free(found);
}

int main(int argc, char **argv)
{
    size_t count;
    if (argc < 2)
        return 2;
    folder = argv[1];
    setvbuf(stdout, NULL, _IOLBF, 0);
    lk_threads_set(threads());
    float *queries = read_rows("queries.f32", &count);
    struct stat info;
    if (stat(in_folder("gallery.db"), &info) != 0)
        enrol_all();
    if (stat(in_folder("gallery.db-near"), &info) != 0)
        make_index();
    lk_gallery *exact = open_first(LK_GALLERY_EXACT, queries, "opening, the first answer: exact");
    lk_gallery *near = open_first(LK_GALLERY_APPROXIMATE, queries, "the same: approximate");
    ask_all(exact, near, queries, count, argv + 2);
    lk_gallery_close(exact);
    lk_gallery_close(near);
    free(queries);
    return 0;
}
