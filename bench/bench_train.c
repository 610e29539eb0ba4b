/* How fast a step of triplet training is: forward, batch-hard mining, backward,
 * SGD with momentum, at the published width, in float32 and, where the processor has it,
 * with convolutions in bf16; beside PyTorch (there autocast does it), where $PYTHON has
 * facenet-pytorch, in the same run, in turns, with the same threads. GFLOP/s count
 * a step as three forward passes (one, and one to each of input and weights).
 * Memory is what the pass holds, PyTorch's its process's largest resident size. Weights and
 * images are made up.
 * usage: bench_train [ROUNDS [BATCH [SIZE [channels_last]]]] */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <likeness/likeness.h>

#include "embed/network.h"
#include "nn/infer/processor.h"
#include "nn/train/train.h"

#include "bench_support.h"

enum { MAX_ROUNDS = 200, QUESTION = 100000, BF16 = 10000, EACH = 4 };

static void must(lk_status status)
{
    if (status == LK_OK)
        return;
    fprintf(stderr, "bench_train: %s\n", lk_error_text());
    exit(1);
}

/* Multiply-adds of one face forward, twice: convolutions and linear layers only. */
static double forward_gflop(const lk_nn_model *model, size_t size)
{
    const lk_nn_graph *graph = lk_nn_model_graph(model);
    lk_nn_shape *shapes = calloc(graph->count, sizeof *shapes);
    double flop = 0;
    if (!shapes)
        exit(1);
    must(lk_nn_graph_shapes(graph, size, size, shapes));
    for (size_t i = 1; i < graph->count; i++) {
        const lk_nn_layer *layer = &graph->layers[i];
        bool conv = layer->op == LK_NN_CONV;
        double window = conv ? (double)(layer->kernel[0] * layer->kernel[1]) : 1;
        if (conv || layer->op == LK_NN_LINEAR)
            flop += 2.0 * window * (double)shapes[layer->inputs[0]].channels *
                    (double)(shapes[i].channels * shapes[i].height * shapes[i].width);
    }
    free(shapes);
    return flop * 1e-9;
}

/* Made-up weights whose sums keep their size from layer to layer. */
static lk_status load(void *user, const char *name, const size_t *shape, size_t rank, float *out)
{
    size_t count = 1;
    (void)user;
    for (size_t i = 0; i < rank; i++)
        count *= shape[i];
    float size = rank > 1 ? sqrtf(6.0F / (float)(count / shape[0])) : 0.01F;
    bool one = strstr(name, "running_var") || strstr(name, "bn.weight");
    for (size_t i = 0; i < count; i++)
        out[i] = one ? 1 : size * ((float)((i * 2654435761u >> 8) % 2001) * 1e-3F - 1);
    return LK_OK;
}

/* One network in training. */
typedef struct trainer {
    lk_nn_model *model;
    lk_nn_train *train;
    lk_optimizer *optimizer;
    float *images, *embeddings, *slope;
    size_t *label;
    size_t batch, size;
    bool narrow;
    double times[3]; /* of the last step: forward, backward, update */
    /* of every round */
    double ours[MAX_ROUNDS], theirs[MAX_ROUNDS], parts[3][MAX_ROUNDS];
} trainer;

static void make_optimizer(trainer *t)
{
    size_t count, learning = 0;
    lk_optimizer_options options;
    const lk_nn_slot *slots = lk_nn_train_slots(t->train, &count);
    lk_parameter *parameters = calloc(count, sizeof *parameters);
    for (size_t i = 0; parameters && i < count; i++)
        if (slots[i].gradient)
            parameters[learning++] = (lk_parameter){slots[i].name, slots[i].value,
                                                    slots[i].gradient, slots[i].count, true};
    lk_optimizer_options_init(&options, LK_SGD);
    options.momentum = 0.9;
    must(lk_optimizer_create(&t->optimizer, &options, parameters, learning));
    free(parameters);
}

static void open_trainer(trainer *t)
{
    lk_nn_graph graph = {0};
    size_t floats = t->batch * 3 * t->size * t->size;
    lk_embed_network(&graph, 1.0, 0);
    must(lk_nn_model_create(&t->model, &graph, t->size, t->size, load, NULL, true));
    lk_nn_train_options options = {
        .count = t->batch, .height = t->size, .width = t->size, .narrow = t->narrow};
    must(lk_nn_train_create(&t->train, t->model, &options));
    make_optimizer(t);
    t->images = malloc(floats * sizeof *t->images);
    t->embeddings = malloc(t->batch * LK_EMBEDDING_SIZE * sizeof(float));
    t->slope = malloc(t->batch * LK_EMBEDDING_SIZE * sizeof(float));
    t->label = malloc(t->batch * sizeof *t->label);
    if (!t->images || !t->embeddings || !t->slope || !t->label)
        exit(1);
    for (size_t i = 0; i < floats; i++)
        t->images[i] = (float)(i * 2654435761u >> 24) / 128.0F - 1.0F;
    for (size_t i = 0; i < t->batch; i++)
        t->label[i] = i / EACH;
}

static void close_trainer(trainer *t)
{
    lk_optimizer_destroy(t->optimizer);
    lk_nn_train_destroy(t->train);
    lk_nn_model_destroy(t->model);
    free(t->images);
    free(t->embeddings);
    free(t->slope);
    free(t->label);
}

static double run_step(trainer *t, uint64_t seed)
{
    lk_triplet_options options = {
        sizeof(lk_triplet_options), LK_MINER_BATCH_HARD, 0.2, true, false, 0};
    lk_loss loss;
    double start = bench_now();
    memcpy(lk_nn_train_input(t->train), t->images,
           t->batch * 3 * t->size * t->size * sizeof *t->images);
    must(lk_nn_train_forward(t->train, t->embeddings, seed));
    double forward = bench_now();
    must(lk_loss_triplet(&loss, t->slope, t->embeddings, t->label, t->batch, LK_EMBEDDING_SIZE,
                         &options));
    must(lk_nn_train_backward(t->train, t->slope));
    double backward = bench_now();
    lk_optimizer_step(t->optimizer, 1e-4);
    double end = bench_now();
    t->times[0] = forward - start;
    t->times[1] = backward - forward;
    t->times[2] = end - backward;
    return end - start;
}

static void run_round(trainer *t, bench_peer *peer, int round)
{
    size_t question = t->batch * QUESTION + t->size + (t->narrow ? BF16 : 0);
    double ours = run_step(t, (uint64_t)round + 2);
    double theirs = peer->to ? bench_peer_ask(peer, question) : 0;
    if (round < 0)
        return;
    t->ours[round] = ours;
    t->theirs[round] = theirs;
    for (int k = 0; k < 3; k++)
        t->parts[k][round] = t->times[k];
}

static void tell(trainer *t, const bench_peer *peer, size_t rounds, double peak)
{
    const char *numbers = t->narrow ? "bf16" : "f32";
    double images = (double)t->batch, least = bench_least(t->ours, rounds);
    double time = bench_median(t->ours, rounds);
    double rate = 3 * images * forward_gflop(t->model, t->size) / time;
    printf("train %zu px, batch %zu, %s: %.0f ms a step (forward %.0f, mining and backward %.0f, "
           "update %.0f), %.2f images/s, %.0f GFLOP/s, %.0f %% of float32's peak, "
           "%.0f MB\n",
           t->size, t->batch, numbers, time * 1e3, bench_median(t->parts[0], rounds) * 1e3,
           bench_median(t->parts[1], rounds) * 1e3, bench_median(t->parts[2], rounds) * 1e3,
           images / time, rate, peak > 0 ? 100 * rate / peak : 0,
           (double)lk_nn_train_bytes(t->train) * 1e-6);
    if (!peer->to)
        return;
    char work[64];
    printf("PyTorch, %s: %.0f ms a step (the least %.0f)\n", numbers,
           bench_median(t->theirs, rounds) * 1e3, bench_least(t->theirs, rounds) * 1e3);
    snprintf(work, sizeof work, "train%zu-%s", t->batch, numbers);
    bench_ratio(work, "pytorch", least / bench_least(t->theirs, rounds));
}

static void measure(trainer *trainers, size_t count, bench_peer *peer, int rounds, double peak)
{
    for (int i = -1; i < rounds; i++) /* the first one warms up */
        for (size_t k = 0; k < count; k++)
            run_round(&trainers[k], peer, i);
    for (size_t k = 0; k < count; k++)
        tell(&trainers[k], peer, (size_t)rounds, peak);
    if (count == 2)
        printf("bf16 is %.2f times as fast as f32\n",
               bench_least(trainers[0].ours, (size_t)rounds) /
                   bench_least(trainers[1].ours, (size_t)rounds));
    if (peer->to)
        printf("PyTorch holds up to %.0f MB\n", bench_peer_ask(peer, 0) * 1e-6);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 7;
    rounds = rounds < 1 ? 1 : rounds > MAX_ROUNDS ? MAX_ROUNDS : rounds;
    static trainer trainers[2];
    size_t count = lk_nn_processor_narrows() ? 2 : 1;
    for (size_t k = 0; k < 2; k++) {
        trainers[k].batch = argc > 2 ? (size_t)atoi(argv[2]) : 32;
        trainers[k].size = argc > 3 ? (size_t)atoi(argv[3]) : 160;
        trainers[k].narrow = k == 1;
    }
    const char *source = getenv("LIKENESS_SOURCE");
    char script[4096], greeting[256];
    snprintf(script, sizeof script, "%s/bench/peer_train.py", source ? source : ".");
    bench_peer peer = {0};
    const char *const arguments[] = {script, argc > 4 ? argv[4] : NULL, NULL};
    if (bench_peer_start(&peer, arguments, greeting, sizeof greeting) != 0)
        peer.to = NULL;
    printf("training: likeness against %s\n", peer.to ? greeting : "nobody (no facenet-pytorch)");
    double peak = bench_peak_flops() * 1e-9 * (double)lk_threads_get();
    printf("measured float32 peak of %zu threads: %.0f GFLOP/s\n", lk_threads_get(), peak);
    fflush(stdout);
    for (size_t k = 0; k < count; k++)
        open_trainer(&trainers[k]);
    measure(trainers, count, &peer, rounds, peak);
    for (size_t k = 0; k < count; k++)
        close_trainer(&trainers[k]);
    if (peer.to)
        bench_peer_stop(&peer);
    return 0;
}
