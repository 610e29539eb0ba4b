/* Any bytes as a state dict; the seeds are safetensors. Then as the weights of a network of two
 * convolutions that are quantised, or are not; or as a graph with what is known of it. */
#include "fuzz.h"
#include "use_tensors.h"

#include "embed/quantised.h"
#include "weights/tensors.h"

static lk_status load_nothing(void *user, const char *name, const size_t *shape, size_t rank,
                              float *out)
{
    (void)user;
    (void)name;
    (void)shape;
    (void)rank;
    (void)out;
    return LK_OK;
}

static void use_network(const lk_tensors *tensors)
{
    lk_nn_graph graph = {0};
    lk_nn_model *model;
    size_t at = lk_nn_add_input(&graph, 3);
    at = lk_nn_add_conv(&graph, at, "a", 4, lk_nn_square(1, 1, 0), true);
    at = lk_nn_add_conv(&graph, at, "b", 2, lk_nn_square(3, 1, 1), false);
    lk_nn_add_output(&graph, at);
    if (lk_nn_model_create(&model, &graph, 4, 4, load_nothing, NULL, true) != LK_OK)
        abort();
    if (lk_embed_set_int8(model, tensors) != LK_OK)
        check_error();
    lk_nn_model_destroy(model);
}

static void use_graph(const lk_tensors *tensors)
{
    lk_embedder *embedder;
    if (!lk_embed_onnx_of(tensors))
        return;
    if (lk_embedder_create_from(&embedder, tensors, NULL) == LK_OK)
        lk_embedder_destroy(embedder);
    else
        check_error();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    lk_tensors *tensors;
    if (lk_tensors_open_bytes(&tensors, bytes, count, "f") != LK_OK) {
        check_error();
        return 0;
    }
    use_tensors(tensors, count);
    use_scales(tensors);
    use_network(tensors);
    use_graph(tensors);
    lk_tensors_close(tensors);
    return 0;
}
