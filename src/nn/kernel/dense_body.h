/* dense_body.h: products of dense.h for vectors of LANES; included once a width, with
 * LANES, TARGET and NAMED(name) set. */
typedef float NAMED(dense_vec) __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

#define VEC NAMED(dense_vec)

/* sums[images] += a row of weights by each of src[images][..], `step` apart. */
TARGET static void NAMED(dense_products)(float *sums, const float *weights, const float *src,
                                         size_t step, size_t images, size_t count)
{
    for (size_t n = 0; n < images; n++) {
        const float *x = src + n * step;
        VEC part[4] = {{0}};
        size_t i = 0;
        for (; i + 4 * LANES <= count; i += 4 * LANES)
            for (size_t k = 0; k < 4; k++)
                part[k] +=
                    *(const VEC *)(weights + i + k * LANES) * *(const VEC *)(x + i + k * LANES);
        VEC all = (part[0] + part[1]) + (part[2] + part[3]);
        float sum = 0;
        for (size_t k = 0; k < LANES; k++)
            sum += all[k];
        for (; i < count; i++)
            sum += weights[i] * x[i];
        sums[n] += sum;
    }
}

#undef VEC
#undef LANES
#undef TARGET
#undef NAMED
