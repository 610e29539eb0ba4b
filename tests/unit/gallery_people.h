/* Galleries of made-up vectors, for the tests of src/gallery. */
#ifndef LK_TESTS_GALLERY_PEOPLE_H
#define LK_TESTS_GALLERY_PEOPLE_H

#include "scratch.h"

#include <likeness/gallery.h>

#include "base/random.h"

enum { GALLERY_WIDTH = 24 };

static const lk_gallery_model gallery_model = {"sha256:1 160", "test", GALLERY_WIDTH,
                                               LK_METRIC_EUCLIDEAN, "float32"};

static inline const char *gallery_path(const char *name)
{
    return join_path(scratch, name);
}

/* width numbers of a normal distribution; brought to length 1. */
static inline void gallery_vector(float *out, size_t width, uint64_t seed)
{
    lk_random random;
    double squares = 0;
    lk_random_init(&random, seed, 7);
    for (size_t i = 0; i < width; i++) {
        out[i] = (float)lk_random_normal(&random);
        squares += (double)out[i] * (double)out[i];
    }
    for (size_t i = 0; i < width; i++)
        out[i] = (float)((double)out[i] / sqrt(squares));
}

/* What stands for a photograph's SHA-256: as good as random. */
static inline void gallery_digest(uint8_t out[LK_GALLERY_DIGEST], uint64_t seed)
{
    lk_random random;
    lk_random_init(&random, seed, 9);
    for (size_t i = 0; i < LK_GALLERY_DIGEST; i++)
        out[i] = (uint8_t)lk_random_u64(&random);
}

static inline lk_gallery *gallery_open_at(const char *path)
{
    lk_gallery *gallery;
    lk_gallery_options options;
    lk_gallery_options_init(&options);
    options.create = true;
    options.wait = 5;
    assert_ok(lk_gallery_open(&gallery, path, &options));
    return gallery;
}

/* A new one, which takes the test's vectors. */
static inline lk_gallery *gallery_make(const char *name)
{
    lk_gallery *gallery = gallery_open_at(gallery_path(name));
    assert_ok(lk_gallery_use_model(gallery, &gallery_model));
    return gallery;
}

/* Adds a face whose vector, digest and box follow from `seed`; returns its id. */
static inline int64_t gallery_enrol(lk_gallery *gallery, const char *name, uint64_t seed)
{
    float vector[GALLERY_WIDTH];
    uint8_t digest[LK_GALLERY_DIGEST];
    char source[32];
    int64_t id = -1;
    gallery_vector(vector, GALLERY_WIDTH, seed);
    gallery_digest(digest, seed);
    snprintf(source, sizeof source, "photo-%llu.jpg", (unsigned long long)seed);
    const lk_gallery_face face = {.source = source,
                                  .digest = digest,
                                  .box = {1, 2, 30.25f, 40},
                                  .prob = 0.5,
                                  .quality = (double)NAN,
                                  .vector = vector};
    assert_ok(lk_gallery_add(gallery, &id, name, &face));
    return id;
}

static inline void assert_counts(lk_gallery *gallery, size_t people, size_t faces)
{
    lk_gallery_counts counts;
    size_t faults = 99;
    assert_ok(lk_gallery_count(gallery, &counts));
    assert_int_equal(counts.people, people);
    assert_int_equal(counts.faces, faces);
    assert_ok(lk_gallery_check(gallery, &faults, NULL, NULL));
    assert_int_equal(faults, 0);
}

#endif
