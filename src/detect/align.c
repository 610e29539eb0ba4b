/* Faces turned, scaled and moved so that their landmarks come to lie where a network that
 * was trained on such faces expects them.
 *
 * Numbers are rounded to float32 where OpenCV 5 does (FaceRecognizerSF::alignCrop, and
 * warpAffine behind it): a face whose landmarks move by what float32 tells apart differs by
 * one in some dozens of its bytes, which networks see. */
#include <math.h>

#include "align/similarity.h"
#include "base/error.h"
#include "detect/detector.h"
#include "image/pixels.h"

/* Eyes, nose, corners of the mouth, left before right as the viewer sees them. */
static const float arcface[LK_POINTS][2] = {{38.2946F, 51.6963F},
                                            {73.5318F, 51.5014F},
                                            {56.0252F, 71.7366F},
                                            {41.5493F, 92.3655F},
                                            {70.7299F, 92.2041F}};

/* Of the five, as OpenCV has it: the mean is 0.00004 to its left and 0.00002 above it. */
static const float arcface_centre[2] = {56.0262F, 71.9008F};

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
static float align_value(const lk_image *image, ptrdiff_t x, ptrdiff_t y, size_t channel)
{
    bool inside = x >= 0 && y >= 0 && x < (ptrdiff_t)image->width && y < (ptrdiff_t)image->height;
    return inside ? lk_row(image, (size_t)y)[LK_CHANNELS * (size_t)x + channel] : 0;
}

static float align_mix(float a, float b, float share)
{
    return fmaf(share, b - a, a);
}

/* Bilinear, rounded to nearest. False where no pixel of the image is near. */
static bool sample(uint8_t *out, const lk_image *image, float x, float y)
{
    if (!(x > -1 && y > -1 && x < (float)image->width && y < (float)image->height))
        return false; /* before it is made an integer */
    ptrdiff_t left = (ptrdiff_t)floorf(x), top = (ptrdiff_t)floorf(y);
    float u = x - (float)left, v = y - (float)top;
    for (size_t c = 0; c < LK_CHANNELS; c++) {
        float above =
            align_mix(align_value(image, left, top, c), align_value(image, left + 1, top, c), u);
        float below = align_mix(align_value(image, left, top + 1, c),
                                align_value(image, left + 1, top + 1, c), u);
        out[c] = (uint8_t)lrintf(align_mix(above, below, v));
    }
    return true;
}

/* Returns how many pixels of `out`, which is black, have got something of the image. */
static size_t align_fill(lk_image *out, const lk_image *image, const lk_similarity *back)
{
    size_t filled = 0;
    float p = (float)back->p, q = (float)back->q, dx = (float)back->dx, dy = (float)back->dy;
    for (size_t row = 0; row < out->height; row++)
        for (size_t column = 0; column < out->width; column++) {
            float x = (float)column, y = (float)row;
            filled += sample(lk_row(out, row) + LK_CHANNELS * column, image,
                             fmaf(p, x, fmaf(-q, y, dx)), fmaf(q, x, fmaf(p, y, dy)));
        }
    return filled;
}

/* Points as seen from a centre. */
static lk_five align_seen_from(const float points[LK_POINTS][2], float scale, const float centre[2])
{
    lk_five seen;
    for (size_t i = 0; i < LK_POINTS; i++)
        for (size_t k = 0; k < 2; k++) {
            float from_centre = points[i][k] * scale - centre[k];
            seen.at[i][k] = (double)from_centre;
        }
    return seen;
}

static void align_centre(float mean[2], const float points[LK_POINTS][2])
{
    for (size_t k = 0; k < 2; k++) {
        mean[k] = 0;
        for (size_t i = 0; i < LK_POINTS; i++)
            mean[k] += points[i][k];
        mean[k] /= LK_POINTS;
    }
}

static lk_status find_similarity(lk_similarity *out, const lk_face *face, size_t size)
{
    lk_five plain;
    float scale = (float)size / LK_ALIGN_ARCFACE_SIZE, mean[2];
    const float centre[2] = {arcface_centre[0] * scale, arcface_centre[1] * scale};
    for (size_t i = 0; i < LK_POINTS; i++) {
        for (size_t k = 0; k < 2; k++)
            plain.at[i][k] = (double)face->landmarks[i][k];
        LK_REQUIRE(isfinite(plain.at[i][0]) && isfinite(plain.at[i][1]), LK_ERROR_ARGUMENT,
                   "face alignment: landmark %zu of 5 is at %g,%g, expected numbers", i + 1,
                   plain.at[i][0], plain.at[i][1]);
    }
    bool said = align_says_size(&plain);
    if (said) {
        align_centre(mean, face->landmarks);
        lk_five from = align_seen_from(face->landmarks, 1, mean);
        lk_five to = align_seen_from(arcface, scale, centre);
        lk_similarity turn = lk_similarity_fit(&from, &to);
        double x = (double)mean[0], y = (double)mean[1], p = turn.p, q = turn.q;
        *out = (lk_similarity){p, q, (double)centre[0] - p * x + q * y,
                               (double)centre[1] - q * x - p * y};
        said = hypot(p, q) > 0;
    }
    LK_REQUIRE(said, LK_ERROR_ARGUMENT,
               "face alignment: the five landmarks say neither how large the face is nor how it "
               "is turned; the first is at %g,%g",
               plain.at[0][0], plain.at[0][1]);
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
