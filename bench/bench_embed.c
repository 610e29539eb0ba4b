/* How fast embedding is: our time and that of the libraries that $PYTHON has
 * (peer_network.py), on the same network and input shapes with the same threads, in
 * turns; GFLOP/s and what part of the processor's measured peak that is; and how far
 * apart the threads are. The weights are made up: speed does not depend on them.
 * A ratio is that of the best rounds: other work on the processors adds to both sides.
 * usage: bench_embed [ROUNDS [CASES]] */
#include <omp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <likeness/likeness.h>

#include "embed/network.h"

#include "bench_support.h"

enum { MAX_ROUNDS = 200, QUESTION = 100000 }; /* the peer is asked batch * QUESTION + size */

/* Multiply-adds of one face, twice: convolutions and linear layers only. */
static double network_gflop(size_t size)
{
    lk_nn_graph graph = {0};
    lk_embed_network(&graph, 1.0, 0);
    lk_nn_shape *shapes = calloc(graph.count, sizeof *shapes);
    double flop = 0;
    if (shapes && lk_nn_graph_shapes(&graph, size, size, shapes) == LK_OK)
        for (size_t i = 1; i < graph.count; i++) {
            const lk_nn_layer *layer = &graph.layers[i];
            bool conv = layer->op == LK_NN_CONV;
            double window = conv ? (double)(layer->kernel[0] * layer->kernel[1]) : 1;
            if (conv || layer->op == LK_NN_LINEAR)
                flop += 2.0 * window * (double)shapes[layer->inputs[0]].channels *
                        (double)(shapes[i].channels * shapes[i].height * shapes[i].width);
        }
    free(shapes);
    lk_nn_graph_clear(&graph);
    return flop * 1e-9;
}

/* Made-up weights under the published names, in the published shapes. */
static lk_status add_tensor(void *user, const char *name, const size_t *shape, size_t rank,
                            float *out)
{
    size_t count = 1;
    for (size_t i = 0; i < rank; i++)
        count *= shape[i];
    for (size_t i = 0; i < count; i++)
        out[i] = strstr(name, "running_var")
                     ? 1.0f
                     : (float)((i * 2654435761u >> 8) % 2001) * 2e-5f - .02f;
    return lk_tensors_add(user, name, LK_F32, out, shape, rank);
}

/* In place, after a look at some images of noise. */
static lk_status quantise(lk_tensors **tensors)
{
    enum { IMAGES = 4, SIDE = 160, BYTES = SIDE * SIDE * 3 };
    static uint8_t noise[IMAGES * BYTES];
    lk_image crops[IMAGES];
    lk_tensors *whole;
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)(i * 2654435761u >> 24);
    for (size_t i = 0; i < IMAGES; i++)
        crops[i] = (lk_image){.rgb = noise + i * BYTES, .width = SIDE, .height = SIDE};
    lk_status status = lk_tensors_quantise(&whole, *tensors, crops, IMAGES);
    if (status != LK_OK)
        return status;
    lk_tensors_close(*tensors);
    *tensors = whole;
    return LK_OK;
}

static lk_status make_embedder(lk_embedder **embedder, lk_precision precision)
{
    lk_tensors *tensors;
    lk_embedder_options options;
    lk_embedder_options_init(&options);
    options.precision = precision;
    lk_nn_graph graph = {0};
    lk_nn_model *model = NULL;
    lk_status status = lk_tensors_create(&tensors);
    if (status != LK_OK)
        return status;
    lk_embed_network(&graph, 1.0, 0);
    status = lk_nn_model_create(&model, &graph, 160, 160, add_tensor, tensors, false);
    lk_nn_model_destroy(model);
    if (status == LK_OK && precision == LK_PRECISION_INT8)
        status = quantise(&tensors);
    if (status == LK_OK)
        status = lk_embedder_create_from(embedder, tensors, &options);
    lk_tensors_close(tensors);
    return status;
}

static double run_ours(lk_embedder *embedder, float *out, const float *input, size_t batch,
                       size_t size)
{
    double start = bench_now();
    if (lk_embedder_run_planes(embedder, out, input, batch, size, size) != LK_OK) {
        fprintf(stderr, "%s\n", lk_error_text());
        exit(1);
    }
    return bench_now() - start;
}

/* Seconds that a word takes from one of two threads to the other and back, halved:
 * some 30 ns where their cores share a cache, several times that where they do not.
 * Where threads run can change at any time. 0: there is but one thread. */
static double handover(void)
{
    enum { TURNS = 20000 };
    static _Alignas(64) atomic_int turn;
    double took = 0;
    if (lk_threads_get() < 2)
        return 0;
    atomic_store(&turn, 0);
#pragma omp parallel num_threads(2)
    {
        int me = omp_get_thread_num(), threads = omp_get_num_threads();
#pragma omp barrier
        double start = bench_now();
        for (int i = 0; threads == 2 && i < TURNS; i++) {
            while (atomic_load_explicit(&turn, memory_order_acquire) != me)
                continue;
            atomic_store_explicit(&turn, 1 - me, memory_order_release);
        }
        if (me == 0 && threads == 2)
            took = bench_now() - start;
    }
    return took / (2 * TURNS);
}

/* Idle OpenMP threads spin for some milliseconds before they sleep: a run right
 * behind the other's would share the processors with them. */
static void rest(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
}

/* Another library, and the precision of ours that it is compared with. */
typedef struct rival {
    const char *name;
    int against;
    bench_peer peer; /* peer.to NULL: it is not there */
} rival;

enum { F32, BF16, INT8, OURS, RIVALS = 6, MOST_RATIOS = 96 };

static const lk_precision precisions[OURS] = {LK_PRECISION_F32, LK_PRECISION_BF16,
                                              LK_PRECISION_INT8};

static rival rivals[RIVALS] = {
    {.name = "pytorch", .against = F32},        {.name = "onnxruntime", .against = F32},
    {.name = "openvino-f32", .against = F32},   {.name = "pytorch-bf16", .against = BF16},
    {.name = "openvino-bf16", .against = BF16}, {.name = "openvino-int8", .against = INT8}};

typedef struct ratio {
    char work[64];
    const char *peer;
    double value;
} ratio;

static ratio ratios[MOST_RATIOS];
static size_t ratio_count;

static void keep_ratio(size_t batch, size_t size, int which, const char *peer, double value)
{
    ratio *r = &ratios[ratio_count++];
    snprintf(r->work, sizeof r->work, "embed%zu-b%zu-%s", size, batch,
             lk_precision_name(precisions[which]));
    r->peer = peer;
    r->value = value;
}

static void start_rivals(void)
{
    const char *source = getenv("LIKENESS_SOURCE");
    char script[4096], greeting[256];
    snprintf(script, sizeof script, "%s/bench/peer_network.py", source ? source : ".");
    for (int r = 0; r < RIVALS; r++) {
        bench_peer *peer = &rivals[r].peer;
        const char *arguments[] = {script, rivals[r].name, NULL};
        if (bench_peer_start(peer, arguments, greeting, sizeof greeting) == 0) {
            printf("beside %s: %s\n", rivals[r].name, greeting);
            continue;
        }
        peer->to = NULL;
        printf("SKIPPED: %s (%s)\n", rivals[r].name, *greeting ? greeting : "no such Python");
    }
}

static void stop_rivals(void)
{
    for (int r = 0; r < RIVALS; r++)
        if (rivals[r].peer.to)
            bench_peer_stop(&rivals[r].peer);
}

/* Times of one case, everybody once a round. */
typedef struct times {
    double ours[OURS][MAX_ROUNDS], theirs[RIVALS][MAX_ROUNDS], apart[MAX_ROUNDS];
} times;

static void take_turns(times *t, lk_embedder *const *embedders, float *out, const float *input,
                       size_t batch, size_t size, int rounds)
{
    for (int i = -1; i < rounds; i++) { /* the first one warms up */
        int at = i < 0 ? 0 : i;
        t->apart[at] = handover();
        for (int k = 0; k < OURS; k++) {
            rest();
            if (embedders[k])
                t->ours[k][at] = run_ours(embedders[k], out, input, batch, size);
        }
        for (int r = 0; r < RIVALS; r++) {
            rest();
            if (rivals[r].peer.to)
                t->theirs[r][at] = bench_peer_ask(&rivals[r].peer, batch * QUESTION + size);
        }
    }
}

/* A line for each of ours, and of those compared with it. */
static void tell(times *t, int which, size_t batch, size_t size, int rounds, double peak)
{
    double best = bench_least(t->ours[which], (size_t)rounds);
    double time = bench_median(t->ours[which], (size_t)rounds);
    double rate = (double)batch * network_gflop(size) / best;
    printf("embed %3zu px, batch %2zu, %-4s %8.2f ms (best %.2f), %6.2f ms a face, "
           "%4.0f GFLOP/s, %2.0f %% of the float32 peak",
           size, batch, lk_precision_name(precisions[which]), time * 1e3, best * 1e3,
           time * 1e3 / (double)batch, rate, peak > 0 ? 100 * rate / peak : 0);
    for (int r = 0; r < RIVALS; r++) {
        if (!rivals[r].peer.to || rivals[r].against != which)
            continue;
        double least = bench_least(t->theirs[r], (size_t)rounds);
        printf("; %s %.2f ms (best %.2f), ratio %.3f", rivals[r].name,
               bench_median(t->theirs[r], (size_t)rounds) * 1e3, least * 1e3, best / least);
        keep_ratio(batch, size, which, rivals[r].name, best / least);
    }
    if (which == INT8 && t->ours[BF16][0] > 0)
        keep_ratio(batch, size, which, "likeness-bf16",
                   best / bench_least(t->ours[BF16], (size_t)rounds));
    if (which != F32)
        keep_ratio(batch, size, which, "likeness-f32",
                   best / bench_least(t->ours[F32], (size_t)rounds));
    printf("\n");
}

static void measure(lk_embedder *const *embedders, size_t batch, size_t size, int rounds,
                    double peak)
{
    size_t floats = batch * 3 * size * size;
    float *input = malloc(floats * sizeof *input);
    float *out = malloc(batch * LK_EMBEDDING_SIZE * sizeof *out);
    times *t = calloc(1, sizeof *t);
    if (!input || !out || !t)
        exit(1);
    for (size_t i = 0; i < floats; i++)
        input[i] = (float)(i * 2654435761u >> 24) / 128.0f - 1.0f;
    take_turns(t, embedders, out, input, batch, size, rounds);
    for (int k = 0; k < OURS; k++)
        if (embedders[k])
            tell(t, k, batch, size, rounds, peak);
    if (t->apart[0] > 0)
        printf("    threads %.0f ns apart\n", bench_median(t->apart, (size_t)rounds) * 1e9);
    fflush(stdout);
    free(input);
    free(out);
    free(t);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 15;
    size_t most = argc > 2 ? (size_t)atoi(argv[2]) : SIZE_MAX;
    rounds = rounds < 1 ? 1 : rounds > MAX_ROUNDS ? MAX_ROUNDS : rounds;
    lk_embedder *embedders[OURS];
    printf("embedding, %zu threads\n", lk_threads_get());
    start_rivals();
    for (int k = 0; k < OURS; k++) {
        embedders[k] = NULL;
        if (make_embedder(&embedders[k], precisions[k]) == LK_OK)
            continue;
        printf("SKIPPED: %s\n", lk_error_text());
        if (k == F32)
            return 1;
    }
    double peak = bench_peak_flops() * 1e-9 * (double)lk_threads_get();
    printf("measured float32 peak of %zu threads: %.0f GFLOP/s\n", lk_threads_get(), peak);
    static const size_t cases[][2] = {{1, 160}, {8, 160}, {32, 160}, {1, 150},
                                      {8, 150}, {1, 256}, {8, 256}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases && i < most; i++)
        measure(embedders, cases[i][0], cases[i][1], rounds, peak);
    for (size_t i = 0; i < ratio_count; i++)
        bench_ratio(ratios[i].work, ratios[i].peer, ratios[i].value);
    for (int k = 0; k < OURS; k++)
        lk_embedder_destroy(embedders[k]);
    stop_rivals();
    return 0;
}
