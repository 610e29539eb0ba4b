/* Finding one among many: an exact search in a gallery, beside FAISS's flat index on the
 * same vectors with the same threads ($PYTHON with faiss-cpu), and beside a plain read of
 * the bytes that it has to look at. Vectors come from a generator and are made again where
 * they are needed: of a gallery that does not fit into memory, too.
 * usage: bench_gallery [COUNT [CHECKED [PLACE]]]     (1,000,000 faces; 20 queries checked;
 *        PLACE: a folder, or the address of a database, postgres://...; what is in it already
 *        is used, and it stays; no FAISS above 2,000,000) */
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

enum { WIDTH = 512, TOP = 10, QUERIES = 64, PHOTOS = 5, ROUNDS = 9, STEP = 20000, PEER = 2000000 };

static char made[] = "/tmp/likeness-gallery-XXXXXX";
static const char *folder = made, *address;

static void require(lk_status status)
{
    if (status == LK_OK)
        return;
    fprintf(stderr, "%s\n", lk_error_text());
    exit(1);
}

static const char *in_folder(const char *name)
{
    static char paths[4][512];
    static int turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

/* Four uniform numbers together, nearly as a normal one is, with a variance of 1. */
static float random_spread(lk_random *random)
{
    uint64_t x = lk_random_u64(random);
    int64_t sum = (int64_t)(x & 0xffff) + (int64_t)(x >> 16 & 0xffff) +
                  (int64_t)(x >> 32 & 0xffff) + (int64_t)(x >> 48);
    return (float)(sum - 2 * 0xffff) * 2.642889e-5f;
}

/* Photograph `photo` of person `person`: near the person's others, of length 1. */
static void make_row(float *out, uint64_t person, uint64_t photo)
{
    lk_random centre, noise;
    double squares = 0;
    lk_random_init(&centre, 5, person);
    lk_random_init(&noise, 6 + photo, person);
    for (size_t i = 0; i < WIDTH; i++) {
        out[i] = random_spread(&centre) + 0.6f * random_spread(&noise);
        squares += (double)out[i] * (double)out[i];
    }
    for (size_t i = 0; i < WIDTH; i++)
        out[i] = (float)((double)out[i] / sqrt(squares));
}

/* Half of them are strangers. */
static void make_queries(float *out, size_t count)
{
    for (size_t q = 0; q < QUERIES; q++)
        make_row(out + q * WIDTH, q % 2 ? count + q : q * 7919 % (count / PHOTOS), PHOTOS);
}

static const char *gallery_place(void)
{
    return address ? address : in_folder("gallery.db");
}

static void append_rows(const char *name, const float *rows, size_t count)
{
    FILE *file = fopen(in_folder(name), "ab");
    if (!file || fwrite(rows, WIDTH * sizeof *rows, count, file) != count || fclose(file) != 0)
        exit(1);
}

/* One transaction. Of so many a digest each would take another gigabyte. */
static void enrol_some(lk_gallery *gallery, const float *rows, size_t first, size_t count,
                       size_t total)
{
    require(lk_gallery_begin(gallery));
    for (size_t i = first; i < first + count; i++) {
        char name[32];
        uint8_t digest[LK_GALLERY_DIGEST] = {0};
        memcpy(digest, &i, sizeof i);
        snprintf(name, sizeof name, "person %zu", i / PHOTOS);
        const lk_gallery_face face = {.source = "",
                                      .digest = total <= PEER ? digest : NULL,
                                      .vector = rows + (i - first) * WIDTH};
        require(lk_gallery_add(gallery, NULL, name, &face));
    }
    require(lk_gallery_commit(gallery));
}

static void enrol_all(size_t count)
{
    lk_gallery *gallery;
    lk_gallery_options options;
    lk_gallery_counts there;
    float *rows = malloc(STEP * WIDTH * sizeof *rows);
    const lk_gallery_model model = {"bench", "bench", WIDTH, LK_METRIC_EUCLIDEAN, NULL};
    lk_gallery_options_init(&options);
    options.create = true;
    require(lk_gallery_open(&gallery, gallery_place(), &options));
    require(lk_gallery_use_model(gallery, &model));
    require(lk_gallery_count(gallery, &there));
    double seconds = 0;
    for (size_t first = 0; rows && first < count; first += STEP) {
        size_t some = count - first < STEP ? count - first : STEP;
        if (count > PEER && first + some <= there.faces)
            continue;
#pragma omp parallel for num_threads((int)lk_threads_get())
        for (size_t i = 0; i < some; i++)
            make_row(rows + i * WIDTH, (first + i) / PHOTOS, (first + i) % PHOTOS);
        if (count <= PEER)
            append_rows("rows.f32", rows, some);
        double begun = bench_now();
        if (first >= there.faces)
            enrol_some(gallery, rows, first, some, count);
        seconds += bench_now() - begun;
    }
    double begun = bench_now();
    lk_gallery_close(gallery);
    printf("%-34s %8.1f s, closing %.1f s\n", "enrolling all", seconds, bench_now() - begun);
    free(rows);
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

/* The nearest people of a query among those that were looked at. */
typedef struct bench_best {
    double squares[TOP];
    size_t people[TOP], found;
} bench_best;

static void note_person(bench_best *best, size_t person, double square)
{
    size_t at = 0;
    while (at < best->found && best->people[at] != person)
        at++;
    if (at < best->found && best->squares[at] <= square)
        return;
    if (at == TOP && square >= best->squares[--at])
        return;
    best->found += at == best->found;
    for (; at > 0 && square < best->squares[at - 1]; at--) {
        best->squares[at] = best->squares[at - 1];
        best->people[at] = best->people[at - 1];
    }
    best->squares[at] = square;
    best->people[at] = person;
}

/* Within a thousandth: to leave out what is far beyond the tenth. */
static float about_square(const float *x, const float *y)
{
    float sums[16] = {0}, sum = 0;
    for (size_t i = 0; i < WIDTH; i += 16)
        for (size_t lane = 0; lane < 16; lane++)
            sums[lane] += x[i + lane] * y[i + lane];
    for (size_t lane = 0; lane < 16; lane++)
        sum += sums[lane];
    return 2 - 2 * sum;
}

/* Everybody's distance from every query in float64, from rows that are made again. */
static void compare_all(bench_best *out, const float *queries, size_t checked, size_t count)
{
#pragma omp parallel num_threads((int)lk_threads_get())
    {
        bench_best *own = calloc(checked, sizeof *own);
        float row[WIDTH];
#pragma omp for schedule(static)
        for (size_t i = 0; i < count; i++) {
            make_row(row, i / PHOTOS, i % PHOTOS);
            for (size_t q = 0; q < checked; q++)
                if (own[q].found < TOP ||
                    (double)about_square(queries + q * WIDTH, row) < own[q].squares[TOP - 1] + 1e-3)
                    note_person(&own[q], i / PHOTOS,
                                lk_gallery_square(queries + q * WIDTH, row, WIDTH, false));
        }
#pragma omp critical
        for (size_t q = 0; q < checked; q++)
            for (size_t i = 0; i < own[q].found; i++)
                note_person(&out[q], own[q].people[i], own[q].squares[i]);
        free(own);
    }
}

/* On a server numbers are not given one after the other. */
static int64_t number_of(lk_gallery *gallery, size_t person)
{
    char name[32];
    lk_gallery_person found;
    snprintf(name, sizeof name, "person %zu", person);
    require(lk_gallery_find(gallery, &found, name));
    return found.id;
}

static size_t count_wrong(lk_gallery *gallery, const float *queries, size_t checked, size_t count,
                          const lk_gallery_match *matches)
{
    size_t wrong = 0;
    bench_best *best = calloc(checked + 1, sizeof *best);
    compare_all(best, queries, checked, count);
    for (size_t q = 0; q < checked; q++)
        for (size_t i = 0; i < TOP; i++)
            wrong += matches[q * TOP + i].person != number_of(gallery, best[q].people[i]) ||
                     matches[q * TOP + i].distance != sqrt(best[q].squares[i]);
    free(best);
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
    size_t rounds = peer->to || count == 1 ? ROUNDS : 1;
    for (size_t round = 0; round < rounds; round++) {
        plain[round] = read_plainly(gallery->index[LK_GALLERY_BEST]);
        ours[round] = identify_in(gallery, matches, queries, count);
        theirs[round] = peer->to ? bench_peer_ask(peer, count) : NAN;
    }
    double mine = bench_median(ours, rounds), read = bench_median(plain, rounds);
    double peers = peer->to ? bench_median(theirs, rounds) : (double)NAN;
    printf(
        "%2zu %-31s %8.1f ms   FAISS flat %8.1f ms (%.2f of it)   plain read %6.1f ms (%.0f %%)\n",
        count, count == 1 ? "query" : "queries together", 1e3 * mine, 1e3 * peers, mine / peers,
        1e3 * read, 100 * read / mine);
}

/* Every query by itself, each another one: what it needs of the file may not be in memory the
 * first time, and is the second. */
static void time_one_by_one(lk_gallery *gallery, const float *queries, const char *what)
{
    double times[QUERIES], plain[ROUNDS];
    lk_gallery_match matches[TOP];
    for (size_t round = 0; round < ROUNDS; round++)
        plain[round] = read_plainly(gallery->index[LK_GALLERY_BEST]);
    for (size_t q = 0; q < QUERIES; q++)
        times[q] = identify_in(gallery, matches, queries + q * WIDTH, 1);
    double least = bench_least(times, QUERIES), middle = bench_median(times, QUERIES);
    double read = bench_median(plain, ROUNDS);
    printf("%-34s %8.1f ms, from %.1f to %.1f; a plain read %.1f (from %.1f)\n", what, 1e3 * middle,
           1e3 * least, 1e3 * times[QUERIES - 1], 1e3 * read, 1e3 * plain[0]);
}

typedef struct bench_fetch {
    float row[WIDTH];
    size_t count;
} bench_fetch;

static lk_status count_fetch(void *user, const float **vector, const size_t *rows, size_t count)
{
    bench_fetch *fetch = user;
    (void)count;
    make_row(fetch->row, rows[0] / PHOTOS, rows[0] % PHOTOS);
    *vector = fetch->row;
    fetch->count++;
    return LK_OK;
}

/* How many vectors the bound leaves to be compared. */
static void count_compared(const lk_gallery *gallery, const float *queries)
{
    double compared[QUERIES];
    for (size_t q = 0; q < QUERIES; q++) {
        lk_index_hit hits[TOP * (PHOTOS + 1)];
        size_t found;
        bench_fetch fetch = {.count = 0};
        require(lk_gallery_index_search(gallery->index[LK_GALLERY_BEST], hits, &found,
                                        queries + q * WIDTH, 1, TOP * (PHOTOS + 1), TOP,
                                        count_fetch, &fetch));
        compared[q] = (double)fetch.count;
    }
    double middle = bench_median(compared, QUERIES);
    printf("%-34s %8.0f for ten people, from %.0f to %.0f\n", "vectors that are compared", middle,
           compared[0], compared[QUERIES - 1]);
}

/* Opening and one query, with nothing of the files in memory. */
static lk_gallery *open_cold(const char *what, const float *queries, lk_gallery_match *matches)
{
    lk_gallery *gallery;
    double before = memory_of("RssAnon:");
    forget_pages("gallery.db");
    forget_pages("gallery.db-index");
    double begun = bench_now();
    require(lk_gallery_open(&gallery, gallery_place(), NULL));
    identify_in(gallery, matches, queries, 1);
    printf("%-34s %8.2f s, %.2f GB of memory\n", what, bench_now() - begun,
           memory_of("RssAnon:") - before);
    return gallery;
}

static void remove_all(void)
{
    unlink(in_folder("rows.f32"));
    unlink(in_folder("queries.f32"));
    unlink(in_folder("gallery.db"));
    unlink(in_folder("gallery.db-index"));
    rmdir(folder);
}

static lk_gallery *open_twice(const float *queries)
{
    static lk_gallery_match matches[TOP];
    lk_gallery *gallery;
    if (!address && access(in_folder("gallery.db-index"), F_OK) != 0) {
        gallery = open_cold("first answer, nothing beside", queries, matches);
        double begun = bench_now();
        lk_gallery_close(gallery);
        printf("%-34s %8.2f s\n", "closing, which writes the index", bench_now() - begun);
    }
    return open_cold("opening, and the first answer, cold", queries, matches);
}

static void start_peer(bench_peer *peer, size_t count)
{
    char script[1024], greeting[128] = "";
    const char *source = getenv("LIKENESS_SOURCE");
    snprintf(script, sizeof script, "%s/bench/peer_gallery.py", source ? source : ".");
    const char *const arguments[] = {script, in_folder("rows.f32"), "512", in_folder("queries.f32"),
                                     NULL};
    if (count > PEER || bench_peer_start(peer, arguments, greeting, sizeof greeting) != 0)
        peer->to = NULL;
    printf("%zu faces of %d numbers, %zu threads; %s\n", count, WIDTH, lk_threads_get(),
           peer->to ? greeting : "no peer ($PYTHON with faiss-cpu)");
}

int main(int argc, char **argv)
{
    size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
    size_t checked = argc > 2 ? strtoul(argv[2], NULL, 10) : 20;
    static float queries[QUERIES * WIDTH];
    static lk_gallery_match matches[QUERIES * TOP];
    bench_peer peer = {0};
    if (argc > 3 && strncmp(argv[3], "postgres://", 11) == 0)
        address = argv[3];
    if (argc > 3 && !address)
        folder = argv[3];
    else if (!mkdtemp(made))
        return 1;
    setvbuf(stdout, NULL, _IOLBF, 0);
    lk_threads_set((size_t)omp_get_max_threads());
    make_queries(queries, count);
    unlink(in_folder("rows.f32"));
    unlink(in_folder("queries.f32"));
    append_rows("queries.f32", queries, QUERIES);
    enrol_all(count);

    lk_gallery *gallery = open_twice(queries);
    time_one_by_one(gallery, queries, "one query, another each time");
    time_one_by_one(gallery, queries, "the same once more");
    count_compared(gallery, queries);
    start_peer(&peer, count);
    time_both(gallery, &peer, queries, 1);
    time_both(gallery, &peer, queries, QUERIES);
    identify_in(gallery, matches, queries, QUERIES);
    checked = checked < QUERIES ? checked : QUERIES;
    printf("%zu of %zu answers differ from float64's\n",
           count_wrong(gallery, queries, checked, count, matches), checked * TOP);
    if (peer.to)
        bench_peer_stop(&peer);
    lk_gallery_close(gallery);
    if (folder == made)
        remove_all();
    return 0;
}
