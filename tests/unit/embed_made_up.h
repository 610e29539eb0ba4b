/* embed_made_up.h: the embedder at a quarter of its width, with weights and crops made up from
 * their names. */
#ifndef LK_TESTS_EMBED_MADE_UP_H
#define LK_TESTS_EMBED_MADE_UP_H

#include <math.h>

#include "support.h"

#include <likeness/embed.h>
#include <likeness/weights.h>

#include "embed/network.h"

static const double width = 0.25;
enum { CLASSES = 10, SIZE = 80 };

/* Number `index` of a name, in [0, 1): FNV-1a seeds splitmix64, the top 24 bits. */
static uint64_t name_seed(const char *name)
{
    uint64_t seed = 1469598103934665603u;
    for (; *name; name++)
        seed = (seed ^ (uint8_t)*name) * 1099511628211u;
    return seed;
}

static double unit_number(uint64_t seed, uint64_t index)
{
    uint64_t z = seed + (index + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (double)((z ^ (z >> 31)) >> 40) / (1 << 24);
}

static bool ends_with(const char *name, const char *ending)
{
    size_t length = strlen(name), tail = strlen(ending);
    return length >= tail && strcmp(name + length - tail, ending) == 0;
}

/* What a test changes of the made-up weights. */
typedef struct spoiled {
    lk_tensors *tensors;
    const char *name; /* of the tensor, or how names begin; NULL: none */
    enum { LEFT_OUT, SHORTER, NOT_A_NUMBER, HUGE_NUMBERS, ZEROS } how;
} spoiled;

static lk_status made_up(void *user, const char *name, const size_t *shape, size_t rank, float *out)
{
    spoiled *state = user;
    size_t count = 1, used[4];
    for (size_t i = 0; i < rank; i++)
        count *= used[i] = shape[i];
    double fan_in = (double)count / (double)shape[0];
    bool around_one = ends_with(name, "bn.weight") || ends_with(name, "running_var");
    uint64_t seed = name_seed(name);
    for (size_t i = 0; i < count; i++) {
        double u = unit_number(seed, i);
        out[i] = (float)(rank > 1     ? (2 * u - 1) * sqrt(6 / fan_in)
                         : around_one ? 0.5 + u
                                      : 0.2 * (u - 0.5));
    }
    if (state->name && strncmp(name, state->name, strlen(state->name)) == 0) {
        if (state->how == LEFT_OUT)
            return LK_OK;
        if (state->how == NOT_A_NUMBER)
            out[count / 2] = NAN;
        else if (state->how == SHORTER)
            used[0]--;
        else
            for (size_t i = 0; i < count; i++)
                out[i] = state->how == ZEROS ? 0 : 3e38f;
    }
    return lk_tensors_add(state->tensors, name, LK_F32, out, used, rank);
}

/* A state dict as the network's own list of parameters asks for it, and the
 * model that came of it, for the oracle. */
static lk_tensors *make_tensors(spoiled spoil, size_t classes, lk_nn_model **model)
{
    lk_nn_graph graph = {0};
    assert_ok(lk_tensors_create(&spoil.tensors));
    lk_embed_network(&graph, width, classes);
    assert_ok(lk_nn_model_create(model, &graph, SIZE, SIZE, made_up, &spoil, true));
    return spoil.tensors;
}

static lk_embedder *make_embedder(bool classify, lk_nn_model **model)
{
    lk_embedder *embedder;
    lk_tensors *tensors = make_tensors((spoiled){0}, classify ? CLASSES : 0, model);
    lk_embedder_options options = {.struct_size = sizeof(lk_embedder_options),
                                   .batch = 8,
                                   .classify = classify}; /* the width as the shapes say */
    assert_ok(lk_embedder_create_from(&embedder, tensors, &options));
    lk_tensors_close(tensors);
    return embedder;
}

static void make_crops(lk_image *crops, size_t count, size_t size)
{
    uint64_t seed = name_seed("crops");
    size_t bytes = size * size * 3;
    for (size_t i = 0; i < count; i++) {
        crops[i] = (lk_image){size, size, malloc(bytes)};
        for (size_t k = 0; k < bytes; k++)
            crops[i].rgb[k] = (uint8_t)(unit_number(seed, i * bytes + k) * 256);
    }
}

static void free_crops(lk_image *crops, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(crops[i].rgb);
}

#endif
