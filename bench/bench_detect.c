/* Speed of detection: the tutorial's photographs and mosaics of them, beside
 * facenet-pytorch in the same run, in turns, with the same threads and decoded
 * images; and the fraction of the processor's f32 peak that P-Net reaches.
 *
 * The peer takes images one by one, as the tutorial does; we are timed that way
 * ("single") and as one batch. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <likeness/detect.h>
#include <likeness/files.h>

#include "bench_support.h"
#include "detect/detector.h"

enum { ROUNDS = 7, MAX_IMAGES = 256, SETS = 4 };

typedef struct image_set {
    const char *name;
    char list_path[64]; /* of the images' paths, for the peer */
    lk_image images[MAX_IMAGES];
    size_t count;
} image_set;

static char scratch[] = "/tmp/likeness-bench-XXXXXX";
static image_set sets[SETS];

static void must(lk_status status)
{
    if (status == LK_OK)
        return;
    fprintf(stderr, "bench_detect: %s\n", lk_error_text());
    exit(1);
}

static FILE *start_list(image_set *set, size_t index)
{
    snprintf(set->list_path, sizeof set->list_path, "%s/set%zu.txt", scratch, index);
    FILE *list = fopen(set->list_path, "w");
    if (!list)
        exit(1);
    return list;
}

static void load_folder(image_set *set, size_t index, const char *name, const char *folder)
{
    lk_file_list *files;
    FILE *list = start_list(set, index);
    must(lk_file_list_create(&files, &folder, 1, NULL));
    set->name = name;
    for (size_t i = 0; i < lk_file_list_count(files) && i < MAX_IMAGES; i++) {
        const char *path = lk_file_list_get(files, i)->path;
        must(lk_image_read(&set->images[set->count++], path, NULL));
        fprintf(list, "%s\n", path);
    }
    lk_file_list_destroy(files);
    fclose(list);
}

/* An image of photographs side by side. */
static void load_mosaic(image_set *set, size_t index, const char *name, size_t width, size_t height,
                        const image_set *from)
{
    char path[128];
    FILE *list = start_list(set, index);
    lk_image *image = &set->images[0];
    must(lk_image_create(image, width, height));
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) {
            const lk_image *tile =
                &from->images[(y / 250 * (width / 250 + 1) + x / 250) % from->count];
            memcpy(image->rgb + 3 * (y * width + x),
                   tile->rgb + 3 * (y % 250 % tile->height * tile->width + x % 250 % tile->width),
                   3);
        }
    snprintf(path, sizeof path, "%s/%s.png", scratch, name);
    must(lk_image_write_png(image, path));
    fprintf(list, "%s\n", path);
    fclose(list);
    set->name = name;
    set->count = 1;
}

static double time_single(const lk_detector *detector, const image_set *set)
{
    double start = bench_now();
    for (size_t i = 0; i < set->count; i++) {
        lk_faces faces;
        must(lk_detector_detect(detector, &faces, &set->images[i]));
        lk_faces_clear(&faces);
    }
    return bench_now() - start;
}

static double time_batch(const lk_detector *detector, const image_set *set)
{
    static lk_faces faces[MAX_IMAGES];
    double start = bench_now();
    must(lk_detector_detect_batch(detector, faces, set->images, set->count));
    double seconds = bench_now() - start;
    for (size_t i = 0; i < set->count; i++)
        lk_faces_clear(&faces[i]);
    return seconds;
}

/* Medians of ROUNDS rounds in which each runs once; the first one warms up. The ratio of the
 * best rounds, one image at a time. */
static double compare(const lk_detector *detector, const image_set *set, size_t index,
                      bench_peer *peer)
{
    double single[ROUNDS], batch[ROUNDS], other[ROUNDS];
    for (int i = -1; i < ROUNDS; i++) {
        double a = time_single(detector, set), b = time_batch(detector, set);
        double c = peer ? bench_peer_ask(peer, index) : 0;
        if (i < 0)
            continue;
        single[i] = a;
        batch[i] = b;
        other[i] = c;
    }
    double scale = 1e3 / (double)set->count;
    double one = bench_median(single, ROUNDS), all = bench_median(batch, ROUNDS);
    double theirs = bench_median(other, ROUNDS);
    double ratio = bench_least(single, ROUNDS) / bench_least(other, ROUNDS);
    printf("%-24s single %7.2f ms, batch %7.2f ms an image", set->name, one * scale, all * scale);
    if (peer)
        printf("; facenet-pytorch %7.2f ms; ratio %.3f, %.3f", theirs * scale, one / theirs,
               all / theirs);
    printf("\n");
    return ratio;
}

/* P-Net alone on one level of 640 x 480, one thread. Its operations: 2 for each
 * weight and output, without the padding of channels. */
static void measure_pnet(const lk_detector *detector)
{
    lk_image image;
    lk_scratch memory;
    lk_cells cells = {0};
    lk_level level = {1, 640, 480, 315, 235};
    double best = 1e9, peak = bench_peak_flops();
    must(lk_image_create(&image, 640, 480));
    must(lk_scratch_create(&memory));
    for (int i = 0; i < 10; i++) {
        double start = bench_now();
        for (size_t x = 0; x < level.out_width; x += 108)
            must(lk_pnet_run(&detector->pnet, detector->kernels, &memory, &cells, &image, &level,
                             &(lk_strip){0, x, x + 108 < 315 ? x + 108 : 315, 0, level.out_height},
                             2));
        double seconds = bench_now() - start;
        best = seconds < best ? seconds : best;
    }
    double operations = 2.0 * (638. * 478 * 27 * 10 + 317. * 237 * 90 * 16 + 315. * 235 * 144 * 32 +
                               315. * 235 * 32 * 6);
    printf("P-Net at 640x480 (%s, 1 thread): %.2f ms, %.0f GFLOP/s", detector->kernels->name,
           best * 1e3, operations / best * 1e-9);
    if (peak > 0)
        printf(", %.2f of the measured f32 peak of %.0f", operations / best / peak, peak * 1e-9);
    printf("\n");
    lk_scratch_clear(&memory);
    lk_image_clear(&image);
}

static int start_peer(bench_peer *peer, const char *weights)
{
    char script[4096], greeting[200];
    const char *source = getenv("LIKENESS_SOURCE");
    snprintf(script, sizeof script, "%s/bench/peer_detect.py", source ? source : ".");
    const char *arguments[SETS + 3] = {script, weights};
    for (size_t i = 0; i < SETS; i++)
        arguments[i + 2] = sets[i].list_path;
    if (bench_peer_start(peer, arguments, greeting, sizeof greeting) != 0)
        return -1;
    printf("peer: facenet-pytorch on PyTorch (version, threads) %s\n", greeting);
    return 0;
}

static void remove_scratch(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    if (system(command) != 0)
        fprintf(stderr, "bench_detect: %s is left\n", scratch);
}

int main(void)
{
    char shared[2048], path[4096], weights[4096];
    const char *set_shared = getenv("LIKENESS_SHARED"), *source = getenv("LIKENESS_SOURCE");
    if (set_shared)
        snprintf(shared, sizeof shared, "%s", set_shared);
    else
        snprintf(shared, sizeof shared, "%s/../shared", source ? source : ".");
    snprintf(weights, sizeof weights, "%s/data/mtcnn", shared);
    if (access(weights, R_OK) != 0) {
        printf("SKIPPED: detection (no MTCNN weights and photographs in %s)\n", shared);
        return 0;
    }
    if (!mkdtemp(scratch))
        return 1;
    lk_detector *detector;
    double start = bench_now();
    lk_detector_options options;
    lk_detector_options_init(&options);
    options.border = LK_BORDER_SQUEEZE; /* what the peer does */
    must(lk_detector_create(&detector, weights, &options));
    printf("detection, %zu threads; loading the detector took %.1f ms\n", lk_threads_get(),
           (bench_now() - start) * 1e3);
    snprintf(path, sizeof path, "%s/data/tutorial/faces", shared);
    load_folder(&sets[0], 0, "tutorial, 45 of 250x250", path);
    snprintf(path, sizeof path, "%s/data/tutorial/face_sample2", shared);
    load_folder(&sets[1], 1, "tutorial, 147 of 200x200", path);
    load_mosaic(&sets[2], 2, "mosaic 640x480", 640, 480, &sets[0]);
    load_mosaic(&sets[3], 3, "mosaic 1920x1080", 1920, 1080, &sets[0]);
    measure_pnet(detector);
    bench_peer peer;
    int found = start_peer(&peer, weights);
    double ratio = 0;
    for (size_t i = 0; i < SETS; i++)
        ratio = compare(detector, &sets[i], i, found == 0 ? &peer : NULL);
    if (found == 0)
        bench_ratio("detect1080", "pytorch", ratio); /* the last of the sets */
    if (found == 0)
        bench_peer_stop(&peer);
    else
        printf("no peer: see bench/run.sh\n");
    for (size_t i = 0; i < SETS; i++)
        for (size_t k = 0; k < sets[i].count; k++)
            lk_image_clear(&sets[i].images[k]);
    lk_detector_destroy(detector);
    remove_scratch();
    return 0;
}
