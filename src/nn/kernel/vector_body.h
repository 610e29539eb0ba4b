/* vector_body.h: the loops of vector.h for LANES lanes; included once a
 * width, with LANES, TARGET and NAMED(name) set.
 *
 * Sums are taken in float32 over at most CHUNK pixels and in float64 beyond. */

typedef float NAMED(vec) __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef int32_t NAMED(ints) __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef uint8_t NAMED(bytes) __attribute__((vector_size(LANES), aligned(1), may_alias));

#define VEC   NAMED(vec)
#define INTS  NAMED(ints)
#define BYTES NAMED(bytes)
#define AT(pointer, index)                                                                         \
    (*(const VEC *)((pointer) + (index)*LANES)) /* the index-th pixel's numbers */
#define PUT(pointer, index) (*(VEC *)((pointer) + (index)*LANES))
#define FAST                TARGET static inline __attribute__((always_inline))

/* Keeps `value` where z is above 0; a NaN is kept, so that it shows. */
#define PASS(value, z) ((VEC)((INTS)(value) & ~(INTS)((z) <= 0)))

/* ab holds two vectors. */
static inline TARGET void NAMED(collect)(double *sums, const float *ab)
{
    for (int k = 0; k < 2 * LANES; k++)
        sums[k] += (double)ab[k];
}

TARGET static void NAMED(moments)(double *sums, const float *x, const float *origin, size_t pixels)
{
    VEC from = AT(origin, 0);
    memset(sums, 0, 2 * LANES * sizeof *sums);
    for (size_t start = 0; start < pixels; start += CHUNK) {
        size_t end = pixels - start < CHUNK ? pixels : start + CHUNK, i = start;
        VEC a = {0}, b = {0}, c = {0}, d = {0};
        for (; i + 1 < end; i += 2) {
            VEC u = AT(x, i) - from, v = AT(x, i + 1) - from;
            a += u;
            b += u * u;
            c += v;
            d += v * v;
        }
        if (i < end) {
            VEC u = AT(x, i) - from;
            a += u;
            b += u * u;
        }
        VEC both[2] = {a + c, b + d};
        NAMED(collect)(sums, (const float *)both);
    }
}

FAST void NAMED(normalize_as)(float *y, const float *x, const lk_nn_affine *norm, size_t pixels,
                              bool relu)
{
    VEC mean = AT(norm->mean, 0), scale = AT(norm->scale, 0), shift = AT(norm->shift, 0);
    for (size_t i = 0; i < pixels; i++) {
        VEC z = (AT(x, i) - mean) * scale + shift;
        if (relu)
            z = PASS(z, z);
        PUT(y, i) = z;
    }
}

TARGET static void NAMED(normalize)(float *y, const float *x, const lk_nn_affine *norm,
                                    size_t pixels)
{
    if (norm->relu)
        NAMED(normalize_as)(y, x, norm, pixels, true);
    else
        NAMED(normalize_as)(y, x, norm, pixels, false);
}

FAST void NAMED(gradient_moments_as)(double *sums, const float *dy, const float *x,
                                     const lk_nn_affine *norm, size_t pixels, bool relu)
{
    VEC mean = AT(norm->mean, 0), scale = AT(norm->scale, 0), shift = AT(norm->shift, 0);
    memset(sums, 0, 2 * LANES * sizeof *sums);
    for (size_t start = 0; start < pixels; start += CHUNK) {
        size_t end = pixels - start < CHUNK ? pixels : start + CHUNK;
        VEC a = {0}, b = {0};
        for (size_t i = start; i < end; i++) {
            VEC u = AT(x, i) - mean, dz = AT(dy, i);
            if (relu)
                dz = PASS(dz, u * scale + shift);
            a += dz;
            b += dz * u;
        }
        VEC both[2] = {a, b};
        NAMED(collect)(sums, (const float *)both);
    }
}

TARGET static void NAMED(gradient_moments)(double *sums, const float *dy, const float *x,
                                           const lk_nn_affine *norm, size_t pixels)
{
    if (norm->relu)
        NAMED(gradient_moments_as)(sums, dy, x, norm, pixels, true);
    else
        NAMED(gradient_moments_as)(sums, dy, x, norm, pixels, false);
}

FAST void NAMED(gradient_as)(float *dx, const float *dy, const float *x, const lk_nn_affine *norm,
                             const float *abc, size_t pixels, bool add, bool relu)
{
    VEC mean = AT(norm->mean, 0), scale = AT(norm->scale, 0), shift = AT(norm->shift, 0);
    VEC a = AT(abc, 0), b = AT(abc, 1), c = AT(abc, 2);
    for (size_t i = 0; i < pixels; i++) {
        VEC u = AT(x, i) - mean, dz = AT(dy, i);
        if (relu)
            dz = PASS(dz, u * scale + shift);
        VEC gradient = a * dz - b - u * c;
        if (add)
            gradient += AT(dx, i);
        PUT(dx, i) = gradient;
    }
}

TARGET static void NAMED(gradient)(float *dx, const float *dy, const float *x,
                                   const lk_nn_affine *norm, const float *abc, size_t pixels,
                                   bool add)
{
    if (norm->relu && !add)
        NAMED(gradient_as)(dx, dy, x, norm, abc, pixels, false, true);
    else if (norm->relu)
        NAMED(gradient_as)(dx, dy, x, norm, abc, pixels, true, true);
    else
        NAMED(gradient_as)(dx, dy, x, norm, abc, pixels, add, false);
}

TARGET static void NAMED(residual)(float *y, const float *branch, const float *trunk, float scale,
                                   bool relu, size_t pixels)
{
    for (size_t i = 0; i < pixels; i++) {
        VEC z = AT(branch, i) * scale + AT(trunk, i);
        if (relu)
            z = PASS(z, z);
        PUT(y, i) = z;
    }
}

FAST void NAMED(scaled_gradient_as)(float *dx, const float *dy, const float *y, float factor,
                                    size_t pixels, bool add, bool relu)
{
    for (size_t i = 0; i < pixels; i++) {
        VEC gradient = AT(dy, i) * factor;
        if (relu)
            gradient = PASS(gradient, AT(y, i));
        if (add)
            gradient += AT(dx, i);
        PUT(dx, i) = gradient;
    }
}

TARGET static void NAMED(scaled_gradient)(float *dx, const float *dy, const float *y, float factor,
                                          size_t pixels, bool add)
{
    if (y && add)
        NAMED(scaled_gradient_as)(dx, dy, y, factor, pixels, true, true);
    else if (y)
        NAMED(scaled_gradient_as)(dx, dy, y, factor, pixels, false, true);
    else
        NAMED(scaled_gradient_as)(dx, dy, y, factor, pixels, add, false);
}

/* Where number (i, j) of the window at (y, x) lies; SIZE_MAX in the padding. */
FAST size_t NAMED(tap)(const lk_nn_pool *pool, size_t y, size_t x, size_t i, size_t j)
{
    size_t row = y * pool->stride[0] + i - pool->pad[0]; /* wraps when negative */
    size_t column = x * pool->stride[1] + j - pool->pad[1];
    return row < pool->height && column < pool->width ? row * pool->width + column : SIZE_MAX;
}

TARGET static void NAMED(maxpool_at)(float *y, uint8_t *where, const float *x,
                                     const lk_nn_pool *pool, size_t row, size_t column)
{
    VEC best = {0};
    INTS which = {0};
    bool first = true;
    for (size_t i = 0; i < pool->kernel[0]; i++)
        for (size_t j = 0; j < pool->kernel[1]; j++) {
            size_t at = NAMED(tap)(pool, row, column, i, j);
            if (at == SIZE_MAX)
                continue;
            VEC value = AT(x, at);
            INTS number = (INTS){0} + (int32_t)(i * pool->kernel[1] + j);
            INTS larger = first ? ~(INTS){0} : (INTS)(value > best);
            best = (VEC)(((INTS)value & larger) | ((INTS)best & ~larger));
            which = (number & larger) | (which & ~larger);
            first = false;
        }
    PUT(y, 0) = best;
    *(BYTES *)where = __builtin_convertvector(which, BYTES);
}

TARGET static void NAMED(maxpool)(float *y, uint8_t *where, const float *x, const lk_nn_pool *pool)
{
    for (size_t row = 0; row < pool->out_height; row++)
        for (size_t column = 0; column < pool->out_width; column++) {
            size_t i = (row * pool->out_width + column) * LANES;
            NAMED(maxpool_at)(y + i, where + i, x, pool, row, column);
        }
}

TARGET static void NAMED(maxpool_gradient_at)(float *dx, const float *dy, const uint8_t *where,
                                              const lk_nn_pool *pool, size_t row, size_t column)
{
    INTS which = __builtin_convertvector(*(const BYTES *)where, INTS), gradient = (INTS)AT(dy, 0);
    for (size_t i = 0; i < pool->kernel[0]; i++)
        for (size_t j = 0; j < pool->kernel[1]; j++) {
            size_t at = NAMED(tap)(pool, row, column, i, j);
            INTS number = (INTS){0} + (int32_t)(i * pool->kernel[1] + j);
            if (at != SIZE_MAX)
                PUT(dx, at) += (VEC)(gradient & (INTS)(which == number));
        }
}

TARGET static void NAMED(maxpool_gradient)(float *dx, const float *dy, const uint8_t *where,
                                           const lk_nn_pool *pool)
{
    for (size_t row = 0; row < pool->out_height; row++)
        for (size_t column = 0; column < pool->out_width; column++) {
            size_t i = (row * pool->out_width + column) * LANES;
            NAMED(maxpool_gradient_at)(dx, dy + i, where + i, pool, row, column);
        }
}

static const lk_nn_vector NAMED(loops) = {
    NAMED(moments),  NAMED(normalize),       NAMED(gradient_moments), NAMED(gradient),
    NAMED(residual), NAMED(scaled_gradient), NAMED(maxpool),          NAMED(maxpool_gradient),
};

#undef VEC
#undef INTS
#undef BYTES
#undef AT
#undef PUT
#undef FAST
#undef PASS
#undef LANES
#undef TARGET
#undef NAMED
