/* A detector with made-up weights, the same on every machine. */
#ifndef LK_TESTS_DETECT_NETWORKS_H
#define LK_TESTS_DETECT_NETWORKS_H

#include "support.h"

#include <math.h>

#include <likeness/weights.h>

#include "base/memory.h"
#include "base/random.h"
#include "detect/detector.h"

typedef struct made_layer {
    const char *name, *activation; /* activation NULL: none */
    size_t shape[4], rank;
} made_layer;

static inline void add_random(lk_tensors *tensors, lk_random *random, const char *name,
                              const char *suffix, const size_t *shape, size_t rank, double mean,
                              double spread)
{
    char full[64];
    size_t count = 1;
    for (size_t i = 0; i < rank; i++)
        count *= shape[i];
    float *values = malloc(count * sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = (float)(mean + spread * lk_random_normal(random));
    snprintf(full, sizeof full, "%s.%s", name, suffix);
    assert_ok(lk_tensors_add(tensors, full, LK_F32, values, shape, rank));
    free(values);
}

static inline lk_tensors *make_network(const made_layer *layers, size_t count, uint64_t seed)
{
    lk_tensors *tensors;
    lk_random random;
    lk_random_init(&random, seed, 0);
    assert_ok(lk_tensors_create(&tensors));
    for (size_t i = 0; i < count; i++) {
        const made_layer *l = &layers[i];
        size_t inputs = 1;
        for (size_t d = 1; d < l->rank; d++)
            inputs *= l->shape[d];
        /* He's scale with PReLU; heads small, so that boxes move little. */
        double spread = l->activation ? sqrt(1.6 / (double)inputs) : 0.3 / sqrt((double)inputs);
        add_random(tensors, &random, l->name, "weight", l->shape, l->rank, 0, spread);
        add_random(tensors, &random, l->name, "bias", l->shape, 1, 0, 0.05);
        if (l->activation)
            add_random(tensors, &random, l->activation, "weight", l->shape, 1, 0.1, 0.2);
    }
    return tensors;
}

static const made_layer pnet_layers[] = {
    {"conv1", "prelu1", {10, 3, 3, 3}, 4},  {"conv2", "prelu2", {16, 10, 3, 3}, 4},
    {"conv3", "prelu3", {32, 16, 3, 3}, 4}, {"conv4_1", NULL, {2, 32, 1, 1}, 4},
    {"conv4_2", NULL, {4, 32, 1, 1}, 4},
};

static const made_layer rnet_layers[] = {
    {"conv1", "prelu1", {28, 3, 3, 3}, 4},  {"conv2", "prelu2", {48, 28, 3, 3}, 4},
    {"conv3", "prelu3", {64, 48, 2, 2}, 4}, {"dense4", "prelu4", {128, 576}, 2},
    {"dense5_1", NULL, {2, 128}, 2},        {"dense5_2", NULL, {4, 128}, 2},
};

static const made_layer onet_layers[] = {
    {"conv1", "prelu1", {32, 3, 3, 3}, 4},  {"conv2", "prelu2", {64, 32, 3, 3}, 4},
    {"conv3", "prelu3", {64, 64, 3, 3}, 4}, {"conv4", "prelu4", {128, 64, 2, 2}, 4},
    {"dense5", "prelu5", {256, 1152}, 2},   {"dense6_1", NULL, {2, 256}, 2},
    {"dense6_2", NULL, {4, 256}, 2},        {"dense6_3", NULL, {10, 256}, 2},
};

#define MAKE_NETWORK(layers, seed) make_network(layers, sizeof(layers) / sizeof *(layers), seed)

static inline lk_detector *make_detector(const lk_detector_options *options)
{
    lk_detector *detector;
    lk_tensors *pnet = MAKE_NETWORK(pnet_layers, 1), *rnet = MAKE_NETWORK(rnet_layers, 2),
               *onet = MAKE_NETWORK(onet_layers, 3);
    assert_ok(lk_detector_create_from(&detector, pnet, rnet, onet, options));
    lk_tensors_close(pnet);
    lk_tensors_close(rnet);
    lk_tensors_close(onet);
    return detector;
}

/* Thresholds that made-up networks pass now and then. */
static inline lk_detector_options loose_options(void)
{
    lk_detector_options options;
    lk_detector_options_init(&options);
    options.thresholds[0] = 0.52F;
    options.thresholds[1] = options.thresholds[2] = 0.45F;
    return options;
}

/* Soft blobs over noise. */
static inline lk_image make_image(size_t width, size_t height, uint64_t seed)
{
    lk_random random;
    lk_image image = {width, height, malloc(3 * width * height)};
    lk_random_init(&random, seed, 1);
    double phase = 6 * lk_random_unit(&random);
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++)
            for (size_t c = 0; c < 3; c++) {
                double wave = sin(phase + 0.13 * (double)x + (double)c) *
                              cos(0.09 * (double)y - phase * (double)c);
                image.rgb[3 * (y * width + x) + c] =
                    (uint8_t)(100 + 80 * wave + 70 * lk_random_unit(&random));
            }
    return image;
}

/* All cells of a level, from strips of at most `wide` by `high`, in reading order. */
static inline lk_cells pnet_by_strips(const lk_detector *detector, const lk_image *image,
                                      const lk_level *level, size_t wide, size_t high)
{
    lk_scratch scratch;
    lk_cells cells = {0};
    assert_ok(lk_scratch_create(&scratch));
    for (size_t y = 0; y < level->out_height; y += high)
        for (size_t x = 0; x < level->out_width; x += wide) {
            lk_strip strip = {0, x, lk_smaller(x + wide, level->out_width), y,
                              lk_smaller(y + high, level->out_height)};
            assert_ok(lk_pnet_run(&detector->pnet, detector->kernels, &scratch, &cells, image,
                                  level, &strip, 0));
        }
    lk_cells_sort(&cells);
    lk_scratch_clear(&scratch);
    return cells;
}

#endif
