/* What the tests of figures share. */
#ifndef LK_TESTS_PLOT_FIGURES_H
#define LK_TESTS_PLOT_FIGURES_H

#include "support.h"

#include <likeness/plot.h>

/* A figure's SVG as text, which the caller frees; the figure is gone. */
static inline char *svg_of(lk_plot *plot)
{
    uint8_t *bytes;
    size_t count;
    assert_ok(lk_plot_encode(&bytes, &count, plot, LK_PLOT_SVG));
    char *text = calloc(count + 1, 1);
    assert_non_null(text);
    memcpy(text, bytes, count);
    lk_free(bytes);
    lk_plot_destroy(plot);
    return text;
}

static inline size_t occurrences(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        count++;
    return count;
}

static inline void assert_holds(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in %.3000s", part, text);
}

/* The share of pixels of a figure's PNG that are not white. */
static inline double png_ink(const lk_plot *plot)
{
    uint8_t *bytes;
    size_t count, width, height, ink = 0;
    lk_image image;
    assert_ok(lk_plot_encode(&bytes, &count, plot, LK_PLOT_PNG));
    assert_ok(lk_image_decode(&image, bytes, count, "figure", NULL));
    lk_plot_get_size(plot, &width, &height);
    assert_int_equal(image.width, 2 * width);
    assert_int_equal(image.height, 2 * height);
    for (size_t i = 0; i < image.width * image.height * 3; i += 3)
        ink += image.rgb[i] < 250 || image.rgb[i + 1] < 250 || image.rgb[i + 2] < 250;
    double share = (double)ink / (double)(image.width * image.height);
    lk_image_clear(&image);
    lk_free(bytes);
    return share;
}

#endif
