/* An ONNX file's network beside ONNX Runtime's run of it: in turn, with as many threads, the
 * best of each, for batches of 1 and 8.
 * usage: bench_onnx [--inception] SIDE FILE...; PYTHON has onnxruntime, else ours alone is
 * measured. --inception: the files are InceptionResnetV1, of which we have a list of layers
 * of our own, and that takes turns, too. BENCH_CLOCK=cpu: see bench_support.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "bench_support.h"
#include "embed/network.h"
#include "nn/infer/session.h"
#include "onnx/onnx.h"

enum { ROUNDS = 25 };

static void need(lk_status status)
{
    if (status == LK_OK)
        return;
    fprintf(stderr, "%s\n", lk_error_text());
    exit(1);
}

/* Weights that are made up. */
static lk_status fill(void *user, const char *name, const size_t *shape, size_t rank, float *out)
{
    size_t count = 1;
    (void)user;
    for (size_t i = 0; i < rank; i++)
        count *= shape[i];
    for (size_t i = 0; i < count; i++)
        out[i] = strstr(name, "running_var")
                     ? 1.0f
                     : (float)((i * 2654435761u >> 8) % 2001) * 2e-5f - .02f;
    return LK_OK;
}

/* Our own list of layers; NULL where it is not asked for. */
static lk_nn_session *own_list(bool inception, size_t side, lk_nn_model **model)
{
    lk_nn_graph graph = {0};
    lk_nn_session *session;
    *model = NULL;
    if (!inception)
        return NULL;
    lk_embed_network(&graph, 1.0, 0);
    need(lk_nn_model_create(model, &graph, side, side, fill, NULL, false));
    need(lk_nn_session_create(&session, *model));
    return session;
}

/* One run of a session with that many images; seconds. */
static double run(lk_nn_session *session, size_t count, const lk_onnx_network *network)
{
    float *input, *output = malloc(count * network->results[0].shape[1] * sizeof *output);
    size_t size = count * network->channels * network->height * network->width;
    if (!output)
        exit(1);
    need(lk_nn_session_prepare(session, &input, count, network->height, network->width));
    double begun = bench_now();
    for (size_t i = 0; i < size; i++)
        input[i] = (float)(i % 255) / 128 - 1;
    need(lk_nn_session_run(session, &output));
    double took = bench_now() - begun;
    free(output);
    return took;
}

static void keep_least(double *least, double took)
{
    if (took >= 0 && took < *least)
        *least = took;
}

static void measure(const char *path, size_t side, const lk_onnx_network *network, bool inception)
{
    char side_text[24], greeting[200] = "";
    const char *script = getenv("PEER_ONNX");
    bench_peer peer;
    lk_nn_model *model;
    lk_nn_session *session, *list = own_list(inception, side, &model);
    snprintf(side_text, sizeof side_text, "%zu", side);
    const char *const arguments[] = {script ? script : "bench/peer_onnx.py", path, side_text, NULL};
    int beside = bench_peer_start(&peer, arguments, greeting, sizeof greeting) == 0;
    need(lk_nn_session_create(&session, network->model));
    printf("%s %s\n", path, greeting);
    for (size_t count = 1; count <= 8; count += 7) {
        double ours = 1e9, theirs = 1e9, listed = 1e9;
        for (int i = 0; i < ROUNDS; i++) {
            keep_least(&ours, run(session, count, network));
            keep_least(&listed, list ? run(list, count, network) : -1);
            keep_least(&theirs, beside ? bench_peer_ask(&peer, count) : -1);
        }
        printf("  %zu images: %.2f ms", count, 1e3 * ours);
        if (list)
            printf(", our own list %.2f ms: %.2f of it", 1e3 * listed, ours / listed);
        if (beside)
            printf(", ONNX Runtime %.2f ms: %.2f of it", 1e3 * theirs, ours / theirs);
        printf("\n");
    }
    lk_nn_session_destroy(session);
    lk_nn_session_destroy(list);
    lk_nn_model_destroy(model);
    if (beside)
        bench_peer_stop(&peer);
}

int main(int argc, char **argv)
{
    bool inception = argc > 1 && strcmp(argv[1], "--inception") == 0;
    int first = inception ? 2 : 1;
    size_t side = argc > first + 1 ? strtoul(argv[first], NULL, 10) : 0;
    if (!side)
        return 2;
    for (int i = first + 1; i < argc; i++) {
        lk_onnx *onnx;
        lk_onnx_network network;
        need(lk_onnx_open(&onnx, argv[i]));
        need(lk_onnx_network_create(&network, onnx, side, side));
        measure(argv[i], side, &network, inception);
        lk_nn_model_destroy(network.model);
        lk_onnx_close(onnx);
    }
    return 0;
}
