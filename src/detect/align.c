/* Faces turned, scaled and moved so that their landmarks come to lie where a network that
 * was trained on such faces expects them. */
#include <math.h>

#include "align/similarity.h"
#include "base/error.h"
#include "detect/detector.h"
#include "image/pixels.h"

/* Eyes, nose, corners of the mouth, left before right as the viewer sees them. */
static const double arcface[LK_POINTS][2] = {{38.2946, 51.6963},
                                             {73.5318, 51.5014},
                                             {56.0252, 71.7366},
                                             {41.5493, 92.3655},
                                             {70.7299, 92.2041}};

/* Whether a size and a direction follow from the points. */
static bool align_says_size(const lk_five *points)
{
    const double least = 1e-6; /* what float32 tells apart, in parts of the coordinates */
    double largest = 1;
    for (size_t i = 0; i < LK_POINTS; i++)
        largest = fmax(largest, fmax(fabs(points->at[i][0]), fabs(points->at[i][1])));
    return sqrt(lk_five_spread(points)) > least * largest;
}

static lk_similarity align_invert(const lk_similarity *s)
{
    double square = s->p * s->p + s->q * s->q, p = s->p / square, q = -s->q / square;
    return (lk_similarity){p, q, -p * s->dx + q * s->dy, -q * s->dx - p * s->dy};
}

/* Black outside the image. */
static double align_value(const lk_image *image, ptrdiff_t x, ptrdiff_t y, size_t channel)
{
    bool inside = x >= 0 && y >= 0 && x < (ptrdiff_t)image->width && y < (ptrdiff_t)image->height;
    return inside ? lk_row(image, (size_t)y)[LK_CHANNELS * (size_t)x + channel] : 0;
}

/* Bilinear, rounded to nearest. False where no pixel of the image is near. */
static bool sample(uint8_t *out, const lk_image *image, double x, double y)
{
    if (!(x > -1 && y > -1 && x < (double)image->width && y < (double)image->height))
        return false; /* before it is made an integer */
    ptrdiff_t left = (ptrdiff_t)floor(x), top = (ptrdiff_t)floor(y);
    double u = x - (double)left, v = y - (double)top;
    for (size_t c = 0; c < LK_CHANNELS; c++) {
        double above =
            align_value(image, left, top, c) * (1 - u) + align_value(image, left + 1, top, c) * u;
        double below = align_value(image, left, top + 1, c) * (1 - u) +
                       align_value(image, left + 1, top + 1, c) * u;
        out[c] = (uint8_t)floor(above * (1 - v) + below * v + 0.5);
    }
    return true;
}

/* Returns how many pixels of `out`, which is black, have got something of the image. */
static size_t align_fill(lk_image *out, const lk_image *image, const lk_similarity *back)
{
    size_t filled = 0;
    for (size_t row = 0; row < out->height; row++)
        for (size_t column = 0; column < out->width; column++) {
            double x = (double)column, y = (double)row;
            filled +=
                sample(lk_row(out, row) + LK_CHANNELS * column, image,
                       back->p * x - back->q * y + back->dx, back->q * x + back->p * y + back->dy);
        }
    return filled;
}

static lk_status find_similarity(lk_similarity *out, const lk_face *face, size_t size)
{
    lk_five from, to;
    double scale = (double)size / LK_ALIGN_ARCFACE_SIZE;
    for (size_t i = 0; i < LK_POINTS; i++) {
        for (size_t k = 0; k < 2; k++) {
            from.at[i][k] = (double)face->landmarks[i][k];
            to.at[i][k] = arcface[i][k] * scale;
        }
        LK_REQUIRE(isfinite(from.at[i][0]) && isfinite(from.at[i][1]), LK_ERROR_ARGUMENT,
                   "face alignment: landmark %zu of 5 is at %g,%g, expected numbers", i + 1,
                   from.at[i][0], from.at[i][1]);
    }
    bool said = align_says_size(&from);
    if (said) {
        *out = lk_similarity_fit(&from, &to);
        said = hypot(out->p, out->q) > 0;
    }
    LK_REQUIRE(said, LK_ERROR_ARGUMENT,
               "face alignment: the five landmarks say neither how large the face is nor how it "
               "is turned; the first is at %g,%g",
               from.at[0][0], from.at[0][1]);
    return LK_OK;
}

lk_status lk_face_align(lk_image *out, const lk_image *image, const lk_face *face, lk_align align,
                        size_t size)
{
    lk_similarity forth;
    lk_image made;
    LK_REQUIRE(out && face && size, LK_ERROR_ARGUMENT,
               "face alignment: no output, no face or no size");
    LK_TRY(lk_image_check(image, "face alignment"));
    LK_REQUIRE(align != LK_ALIGN_DLIB, LK_ERROR_ARGUMENT,
               "face alignment: dlib's needs its predictor of landmarks: lk_dlib_align");
    LK_REQUIRE(align == LK_ALIGN_ARCFACE, LK_ERROR_ARGUMENT,
               "face alignment: there is no template %d", (int)align);
    LK_TRY(find_similarity(&forth, face, size));
    LK_TRY(lk_image_create(&made, size, size));
    lk_similarity back = align_invert(&forth);
    bool found = align_fill(&made, image, &back) > 0;
    if (!found)
        lk_image_clear(&made);
    LK_REQUIRE(found, LK_ERROR_ARGUMENT,
               "face alignment: the face at %g,%g has no pixel in an image of %zu x %zu",
               (double)face->landmarks[0][0], (double)face->landmarks[0][1], image->width,
               image->height);
    *out = made;
    return LK_OK;
}
