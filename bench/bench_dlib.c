/* How fast dlib's network is here and, when $PYTHON has dlib, there: aligned faces to
 * numbers, in turns in the same run. Its real weights come from the store.
 * usage: bench_dlib [ROUNDS] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <likeness/likeness.h>

#include "bench_support.h"

enum { MAX_ROUNDS = 200, MOST = 8, WIDTH = 128 };

static void print_processor(void)
{
    static const char key[] = "model name";
    char line[512];
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, key, sizeof key - 1) == 0) {
            printf("processor%s", strchr(line, ':'));
            break;
        }
    if (file)
        fclose(file);
}

static double run_ours(lk_embedder *embedder, const lk_image *faces, size_t count)
{
    static float rows[MOST * WIDTH];
    double start = bench_now();
    if (lk_embedder_run(embedder, rows, faces, count) != LK_OK) {
        fprintf(stderr, "%s\n", lk_error_text());
        exit(1);
    }
    return bench_now() - start;
}

/* Threads of the other that still spin would take our time. */
static void rest(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
}

static void measure(lk_embedder *embedder, bench_peer *peer, const lk_image *faces, size_t batch,
                    int rounds)
{
    double ours[MAX_ROUNDS], theirs[MAX_ROUNDS];
    run_ours(embedder, faces, batch);
    if (peer->to)
        bench_peer_ask(peer, batch);
    for (int i = 0; i < rounds; i++) {
        rest();
        ours[i] = run_ours(embedder, faces, batch);
        rest();
        theirs[i] = peer->to ? bench_peer_ask(peer, batch) : 0;
    }
    double us = bench_median(ours, (size_t)rounds), them = bench_median(theirs, (size_t)rounds);
    printf("dlib's network, batch %zu: best %.2f ms, median %.2f", batch, ours[0] * 1e3, us * 1e3);
    if (peer->to)
        printf("; dlib best %.2f ms, median %.2f: %.1f times as fast (best), %.1f (median)",
               theirs[0] * 1e3, them * 1e3, theirs[0] / ours[0], them / us);
    printf("\n");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 15;
    rounds = rounds < 1 ? 1 : rounds > MAX_ROUNDS ? MAX_ROUNDS : rounds;
    const char *source = getenv("LIKENESS_SOURCE");
    char script[4096], greeting[256], *weights;
    lk_embedder *embedder;
    if (lk_store_find_weights(&weights, "dlib") != LK_OK) {
        printf("SKIPPED: dlib's network: %s\n", lk_error_text());
        return 0;
    }
    if (lk_embedder_create(&embedder, weights, NULL) != LK_OK) {
        fprintf(stderr, "%s\n", lk_error_text());
        return 1;
    }
    snprintf(script, sizeof script, "%s/bench/peer_dlib.py", source ? source : ".");
    bench_peer peer = {0};
    if (bench_peer_start(&peer, (const char *[]){script, weights, NULL}, greeting,
                         sizeof greeting) != 0)
        peer.to = NULL;
    print_processor();
    printf("%zu threads; against %s\n", lk_threads_get(), peer.to ? greeting : "nobody (no dlib)");
    lk_image faces[MOST];
    for (size_t i = 0; i < MOST; i++) {
        if (lk_image_create(&faces[i], LK_ALIGN_DLIB_SIZE, LK_ALIGN_DLIB_SIZE) != LK_OK)
            return 1;
        for (size_t k = 0; k < (size_t)3 * LK_ALIGN_DLIB_SIZE * LK_ALIGN_DLIB_SIZE; k++)
            faces[i].rgb[k] = (uint8_t)((i + k) * 2654435761u >> 24);
    }
    measure(embedder, &peer, faces, 1, rounds);
    measure(embedder, &peer, faces, MOST, rounds);
    for (size_t i = 0; i < MOST; i++)
        lk_image_clear(&faces[i]);
    lk_embedder_destroy(embedder);
    lk_free(weights);
    if (peer.to)
        bench_peer_stop(&peer);
    return 0;
}
