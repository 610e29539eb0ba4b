/* Faces turned, scaled and moved so that their landmarks come to lie where a network that
 * was trained on such faces expects them. */
#include <math.h>

#include "base/error.h"
#include "detect/detector.h"
#include "image/pixels.h"

enum { POINTS = 5 };

typedef struct point {
    double x, y;
} point;

/* Eyes, nose, corners of the mouth, left before right as the viewer sees them. */
static const point arcface[POINTS] = {{38.2946, 51.6963},
                                      {73.5318, 51.5014},
                                      {56.0252, 71.7366},
                                      {41.5493, 92.3655},
                                      {70.7299, 92.2041}};

/* (x, y) goes to (p x - q y + dx, q x + p y + dy). */
typedef struct similarity {
    double p, q, dx, dy;
} similarity;

static point align_centre(const point *points)
{
    point mean = {0, 0};
    for (size_t i = 0; i < POINTS; i++) {
        mean.x += points[i].x / POINTS;
        mean.y += points[i].y / POINTS;
    }
    return mean;
}

/* The similarity, without reflection, that takes `from` nearest to `to` in the sense of
 * least squares. Seen from their centres a and b: p = sum a.b / sum |a|^2 and
 * q = sum (ax by - ay bx) / sum |a|^2; no singular values are needed in the plane. False
 * where no size or direction follows from the points. */
static bool fit(similarity *out, const point *from, const point *to)
{
    const double least = 1e-6; /* what float32 tells apart, in parts of the coordinates */
    point a0 = align_centre(from), b0 = align_centre(to);
    double along = 0, across = 0, spread = 0, largest = 1;
    for (size_t i = 0; i < POINTS; i++) {
        double ax = from[i].x - a0.x, ay = from[i].y - a0.y;
        double bx = to[i].x - b0.x, by = to[i].y - b0.y;
        along += ax * bx + ay * by;
        across += ax * by - ay * bx;
        spread += ax * ax + ay * ay;
        largest = fmax(largest, fmax(fabs(from[i].x), fabs(from[i].y)));
    }
    if (!(sqrt(spread) > least * largest) || !(hypot(along, across) > 0))
        return false;
    double p = along / spread, q = across / spread;
    *out = (similarity){p, q, b0.x - p * a0.x + q * a0.y, b0.y - q * a0.x - p * a0.y};
    return true;
}

static similarity invert(const similarity *s)
{
    double square = s->p * s->p + s->q * s->q, p = s->p / square, q = -s->q / square;
    return (similarity){p, q, -p * s->dx + q * s->dy, -q * s->dx - p * s->dy};
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
static size_t align_fill(lk_image *out, const lk_image *image, const similarity *back)
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

static lk_status find_similarity(similarity *out, const lk_face *face, size_t size)
{
    point from[POINTS], to[POINTS];
    double scale = (double)size / LK_ALIGN_ARCFACE_SIZE;
    for (size_t i = 0; i < POINTS; i++) {
        from[i] = (point){face->landmarks[i][0], face->landmarks[i][1]};
        to[i] = (point){arcface[i].x * scale, arcface[i].y * scale};
        LK_REQUIRE(isfinite(from[i].x) && isfinite(from[i].y), LK_ERROR_ARGUMENT,
                   "face alignment: landmark %zu of 5 is at %g,%g, expected numbers", i + 1,
                   from[i].x, from[i].y);
    }
    LK_REQUIRE(fit(out, from, to), LK_ERROR_ARGUMENT,
               "face alignment: the five landmarks say neither how large the face is nor how it "
               "is turned; the first is at %g,%g",
               from[0].x, from[0].y);
    return LK_OK;
}

lk_status lk_face_align(lk_image *out, const lk_image *image, const lk_face *face, lk_align align,
                        size_t size)
{
    similarity forth;
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
    similarity back = invert(&forth);
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
