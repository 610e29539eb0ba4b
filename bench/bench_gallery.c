/* Finding one among many: an exact search in a gallery, beside FAISS's flat index on the
 * same vectors with the same threads ($PYTHON with faiss-cpu), and beside a plain read of
 * the bytes that it has to look at.
 * usage: bench_gallery [COUNT [CHECKED]]     (1,000,000 faces; 20 queries checked) */
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <likeness/likeness.h>

#include "base/random.h"
#include "bench_support.h"
#include "gallery/gallery.h"
#include "gallery/index.h"
#include "gallery/scan.h"

enum { WIDTH = 512, TOP = 10, QUERIES = 64, PHOTOS = 5, ROUNDS = 9 };

static char folder[] = "/tmp/likeness-gallery-XXXXXX";

static void require(lk_status status)
{
    if (status == LK_OK)
        return;
    fprintf(stderr, "%s\n", lk_error_text());
    exit(1);
}

static const char *in_folder(const char *name)
{
    static char paths[4][128];
    static int turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

/* Photograph `photo` of person `person`: near the person's others, of length 1. */
static void make_row(float *out, uint64_t person, uint64_t photo)
{
    lk_random centre, noise;
    double squares = 0;
    lk_random_init(&centre, 5, person);
    lk_random_init(&noise, 6 + photo, person);
    for (size_t i = 0; i < WIDTH; i++) {
        out[i] = (float)(lk_random_normal(&centre) + 0.6 * lk_random_normal(&noise));
        squares += (double)out[i] * (double)out[i];
    }
    for (size_t i = 0; i < WIDTH; i++)
        out[i] = (float)((double)out[i] / sqrt(squares));
}

static void write_file(const char *name, const float *rows, size_t count)
{
    FILE *file = fopen(in_folder(name), "wb");
    if (!file || fwrite(rows, WIDTH * sizeof *rows, count, file) != count || fclose(file) != 0)
        exit(1);
}

static void enrol_all(const float *rows, size_t count)
{
    lk_gallery *gallery;
    lk_gallery_options options;
    const lk_gallery_model model = {"bench", "bench", WIDTH, LK_METRIC_EUCLIDEAN, NULL};
    lk_gallery_options_init(&options);
    options.create = true;
    require(lk_gallery_open(&gallery, in_folder("gallery.db"), &options));
    require(lk_gallery_use_model(gallery, &model));
    double begun = bench_now();
    for (size_t i = 0; i < count; i++) {
        char name[32];
        uint8_t digest[LK_GALLERY_DIGEST] = {0};
        memcpy(digest, &i, sizeof i);
        snprintf(name, sizeof name, "person %zu", i / PHOTOS);
        const lk_gallery_face face = {.source = name, .digest = digest, .vector = rows + i * WIDTH};
        if (i % 20000 == 0)
            require(lk_gallery_begin(gallery));
        require(lk_gallery_add(gallery, NULL, name, &face));
        if (i % 20000 == 19999 || i + 1 == count)
            require(lk_gallery_commit(gallery));
    }
    printf("%-34s %8.1f s\n", "enrolling all", bench_now() - begun);
    lk_gallery_close(gallery);
}

static void forget_pages(const char *name)
{
    int fd = open(in_folder(name), O_RDONLY);
    if (fd < 0)
        return;
    fsync(fd);
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    close(fd);
}

static double memory_of(const char *field)
{
    char line[256];
    double kilobytes = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, field, strlen(field)) == 0)
            kilobytes = strtod(line + strlen(field) + 1, NULL);
    if (file)
        fclose(file);
    return kilobytes / 1e6;
}

/* The first person of each query in float64, over all rows. */
static size_t count_wrong(const float *rows, size_t count, const float *queries, size_t checked,
                          const lk_gallery_match *matches)
{
    size_t wrong = 0;
#pragma omp parallel for num_threads((int)lk_threads_get()) reduction(+ : wrong)
    for (size_t q = 0; q < checked; q++) {
        double best[TOP];
        size_t person[TOP], found = 0;
        for (size_t i = 0; i < count; i++) {
            double square = lk_gallery_square(queries + q * WIDTH, rows + i * WIDTH, WIDTH, false);
            size_t at = 0, same = 0;
            while (same < found && person[same] != i / PHOTOS)
                same++;
            if (same < found && best[same] <= square)
                continue;
            if (same == found && found == TOP && square >= best[TOP - 1])
                continue;
            at = same < found ? same : found < TOP ? found++ : TOP - 1;
            for (; at > 0 && square < best[at - 1]; at--) {
                best[at] = best[at - 1];
                person[at] = person[at - 1];
            }
            best[at] = square;
            person[at] = i / PHOTOS;
        }
        for (size_t i = 0; i < TOP; i++)
            wrong += matches[q * TOP + i].person != (int64_t)person[i] + 1 ||
                     matches[q * TOP + i].distance != sqrt(best[i]);
    }
    return wrong;
}

static double read_plainly(const lk_gallery_index *index)
{
    size_t words = index->capacity * index->groups * 4 / sizeof(uint64_t);
    const uint64_t *codes = (const uint64_t *)(const void *)index->codes;
    uint64_t sum = 0;
    double begun = bench_now();
#pragma omp parallel for num_threads((int)lk_threads_get()) reduction(+ : sum)
    for (size_t i = 0; i < words; i++)
        sum += codes[i];
    double seconds = bench_now() - begun;
    return sum == 1 ? 0 : seconds;
}

static double identify_in(lk_gallery *gallery, lk_gallery_match *matches, const float *queries,
                          size_t count)
{
    size_t found[QUERIES];
    double begun = bench_now();
    require(lk_gallery_identify(gallery, matches, found, queries, count, TOP, LK_GALLERY_BEST));
    return bench_now() - begun;
}

static void time_both(lk_gallery *gallery, bench_peer *peer, const float *queries, size_t count)
{
    double ours[ROUNDS], theirs[ROUNDS], plain[ROUNDS];
    static lk_gallery_match matches[QUERIES * TOP];
    for (size_t round = 0; round < ROUNDS; round++) {
        plain[round] = read_plainly(gallery->index[LK_GALLERY_BEST]);
        ours[round] = identify_in(gallery, matches, queries, count);
        theirs[round] = peer->to ? bench_peer_ask(peer, count) : NAN;
    }
    double mine = bench_median(ours, ROUNDS), read = bench_median(plain, ROUNDS);
    double peers = peer->to ? bench_median(theirs, ROUNDS) : (double)NAN;
    printf(
        "%2zu %-31s %8.1f ms   FAISS flat %8.1f ms (%.2f of it)   plain read %6.1f ms (%.0f %%)\n",
        count, count == 1 ? "query" : "queries together", 1e3 * mine, 1e3 * peers, mine / peers,
        1e3 * read, 100 * read / mine);
}

/* Opening and one query, with nothing of the files in memory. */
static lk_gallery *open_cold(const char *what, const float *queries, lk_gallery_match *matches)
{
    lk_gallery *gallery;
    double before = memory_of("RssAnon:");
    forget_pages("gallery.db");
    forget_pages("gallery.db-index");
    double begun = bench_now();
    require(lk_gallery_open(&gallery, in_folder("gallery.db"), NULL));
    identify_in(gallery, matches, queries, 1);
    printf("%-34s %8.2f s, %.2f GB of memory\n", what, bench_now() - begun,
           memory_of("RssAnon:") - before);
    return gallery;
}

int main(int argc, char **argv)
{
    size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
    size_t checked = argc > 2 ? strtoul(argv[2], NULL, 10) : 20;
    float *rows = malloc(count * WIDTH * sizeof *rows), queries[QUERIES * WIDTH];
    char greeting[128] = "";
    bench_peer peer = {0};
    if (!rows || !mkdtemp(folder))
        return 1;
    lk_threads_set((size_t)omp_get_max_threads());
#pragma omp parallel for num_threads((int)lk_threads_get())
    for (size_t i = 0; i < count; i++)
        make_row(rows + i * WIDTH, i / PHOTOS, i % PHOTOS);
    for (size_t q = 0; q < QUERIES; q++) /* half of them are strangers */
        make_row(queries + q * WIDTH, q % 2 ? count + q : q * 37 % (count / PHOTOS), PHOTOS);
    write_file("rows.f32", rows, count);
    write_file("queries.f32", queries, QUERIES);
    enrol_all(rows, count);

    lk_gallery *gallery;
    static lk_gallery_match matches[QUERIES * TOP];
    gallery = open_cold("first answer, nothing beside", queries, matches);
    double begun = bench_now();
    lk_gallery_close(gallery);
    printf("%-34s %8.2f s\n", "closing, which writes the index", bench_now() - begun);
    gallery = open_cold("opening, and the first answer, cold", queries, matches);
    char script[1024];
    const char *source = getenv("LIKENESS_SOURCE");
    snprintf(script, sizeof script, "%s/bench/peer_gallery.py", source ? source : ".");
    const char *const arguments[] = {script, in_folder("rows.f32"), "512", in_folder("queries.f32"),
                                     NULL};
    if (bench_peer_start(&peer, arguments, greeting, sizeof greeting) != 0)
        peer.to = NULL;
    printf("%zu faces of %d numbers, %zu threads; %s\n", count, WIDTH, lk_threads_get(),
           peer.to ? greeting : "no peer ($PYTHON with faiss-cpu)");
    time_both(gallery, &peer, queries, 1);
    time_both(gallery, &peer, queries, QUERIES);
    identify_in(gallery, matches, queries, QUERIES);
    checked = checked < QUERIES ? checked : QUERIES;
    printf("%zu of %zu answers differ from float64's\n",
           count_wrong(rows, count, queries, checked, matches), checked * TOP);
    if (peer.to)
        bench_peer_stop(&peer);
    lk_gallery_close(gallery);
    unlink(in_folder("rows.f32"));
    unlink(in_folder("queries.f32"));
    unlink(in_folder("gallery.db"));
    unlink(in_folder("gallery.db-index"));
    rmdir(folder);
    return 0;
}
