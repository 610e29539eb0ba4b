/* An ONNX file's network beside ONNX Runtime's run of it: in turn, with as many threads, the
 * best of each, for batches of 1 and 8.
 * usage: bench_onnx SIDE FILE...; PYTHON has onnxruntime, else ours alone is measured */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "bench_support.h"
#include "nn/infer/session.h"
#include "onnx/onnx.h"

enum { ROUNDS = 25 };

/* One run of a session with that many images; seconds. */
static double run(lk_nn_session *session, size_t count, const lk_onnx_network *network)
{
    float *input, *output = malloc(count * network->results[0].shape[1] * sizeof *output);
    size_t size = count * network->channels * network->height * network->width;
    if (!output ||
        lk_nn_session_prepare(session, &input, count, network->height, network->width) != LK_OK)
        exit(1);
    double begun = bench_now();
    for (size_t i = 0; i < size; i++)
        input[i] = (float)(i % 255) / 128 - 1;
    if (lk_nn_session_run(session, &output) != LK_OK)
        exit(1);
    double took = bench_now() - begun;
    free(output);
    return took;
}

static void measure(const char *path, size_t side, const lk_onnx_network *network)
{
    char side_text[24], greeting[200] = "";
    const char *script = getenv("PEER_ONNX");
    bench_peer peer;
    lk_nn_session *session;
    snprintf(side_text, sizeof side_text, "%zu", side);
    const char *const arguments[] = {script ? script : "bench/peer_onnx.py", path, side_text, NULL};
    int beside = bench_peer_start(&peer, arguments, greeting, sizeof greeting) == 0;
    if (lk_nn_session_create(&session, network->model) != LK_OK)
        exit(1);
    printf("%s %s\n", path, greeting);
    for (size_t count = 1; count <= 8; count += 7) {
        double ours = 1e9, theirs = 1e9;
        for (int i = 0; i < ROUNDS; i++) {
            double took = run(session, count, network);
            ours = took < ours ? took : ours;
            took = beside ? bench_peer_ask(&peer, count) : -1;
            theirs = took >= 0 && took < theirs ? took : theirs;
        }
        printf("  %zu images: %.2f ms", count, 1e3 * ours);
        if (beside)
            printf(", ONNX Runtime %.2f ms: %.2f of it", 1e3 * theirs, ours / theirs);
        printf("\n");
    }
    lk_nn_session_destroy(session);
    if (beside)
        bench_peer_stop(&peer);
}

int main(int argc, char **argv)
{
    size_t side = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
    if (!side)
        return 2;
    for (int i = 2; i < argc; i++) {
        lk_onnx *onnx;
        lk_onnx_network network;
        if (lk_onnx_open(&onnx, argv[i]) != LK_OK ||
            lk_onnx_network_create(&network, onnx, side, side) != LK_OK) {
            fprintf(stderr, "%s\n", lk_error_text());
            return 1;
        }
        measure(argv[i], side, &network);
        lk_nn_model_destroy(network.model);
        lk_onnx_close(onnx);
    }
    return 0;
}
