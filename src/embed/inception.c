/* InceptionResnetV1 as an embedder runs it. */
#include <likeness/weights.h>

#include "base/error.h"
#include "embed/kind.h"
#include "embed/network.h"
#include "embed/traits.h"

/* The width of the network that the file holds. The layer that opens the blocks
 * has 256 channels times the width, and every width is a multiple of 1/256, so
 * its shape says it exactly; whether the rest fits is found in loading it. */
static double find_width(const lk_tensors *tensors)
{
    const lk_tensor *weight = lk_tensors_find(tensors, "conv2d_4b.conv.weight");
    return weight && weight->rank == 4 ? (double)weight->shape[0] / 256 : 1;
}

/* The number of classes is whatever the file says. */
static lk_status count_classes(const lk_tensors *tensors, size_t *classes)
{
    const lk_tensor *bias = lk_tensors_find(tensors, "logits.bias");
    LK_REQUIRE(bias, LK_ERROR_MISSING, "%s: no tensor logits.bias, which classify needs",
               lk_tensors_path(tensors));
    LK_REQUIRE(bias->rank == 1 && bias->shape[0], LK_ERROR_SHAPE,
               "%s: logits.bias has rank %zu, expected [classes]", lk_tensors_path(tensors),
               bias->rank);
    *classes = bias->shape[0];
    return LK_OK;
}

bool lk_embed_is_inception(const lk_tensors *tensors)
{
    return lk_tensors_find(tensors, "conv2d_4b.conv.weight") != NULL;
}

/* The defaults of the traits are its own. Schroff et al. 2015 (section 5.6) took 1.242 on
 * the squared distance, that is 1.114 on the distance; 1.1 is the rounded value in common
 * use. It was never fitted to published weights. */
lk_status lk_embed_describe_inception(lk_model_traits *traits)
{
    traits->width = LK_EMBEDDING_SIZE;
    traits->unit = true;
    traits->threshold = 1.1;
    LK_TRY(lk_traits_set_text(&traits->name, "InceptionResnetV1"));
    return lk_traits_set_text(
        &traits->threshold_source,
        "a convention: Schroff et al. 2015 took 1.114 for their network on LFW");
}

lk_status lk_embed_load_inception(lk_embed_loaded *out, const lk_tensors *tensors,
                                  const lk_embedder_options *options)
{
    size_t classes = 0;
    if (options->classify)
        LK_TRY(count_classes(tensors, &classes));
    double width = options->width > 0 ? options->width : find_width(tensors);
    LK_REQUIRE(width > 0 && width <= 16, LK_ERROR_SHAPE,
               "%s: a network of width %g, expected above 0 and at most 16",
               lk_tensors_path(tensors), width);
    lk_embed_loaded loaded = {.output_size = options->classify ? classes : LK_EMBEDDING_SIZE,
                              .embeds = !options->classify,
                              .unit = !options->classify,
                              .least = LK_EMBEDDER_MIN_INPUT};
    lk_nn_graph graph = {0};
    lk_embed_network(&graph, width, classes);
    LK_TRY(lk_nn_model_declare(&loaded.model, &graph, LK_EMBEDDER_MIN_INPUT, LK_EMBEDDER_MIN_INPUT,
                               lk_embed_load, (void *)tensors));
    *out = loaded;
    return LK_OK;
}
