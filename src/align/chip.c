/* dlib's aligned face. A face much larger than the chip is halved until it is not, as
 * bilinear interpolation alone would skip pixels; only the part around it is. */
#include "align/chip.h"

#include <math.h>

#include "align/half.h"
#include "base/error.h"

enum { SIDE = LK_DLIB_CHIP_SIZE };

/* Where the points are to be: in a unit square to which a margin of a quarter is added
 * on every side. */
static const double template[LK_POINTS][2] = {{.8595674595992, .2134981538014},
                                              {.6460604764104, .2289674387677},
                                              {.1205750620789, .2137274526848},
                                              {.3340850613712, .2290642403242},
                                              {.4901123135679, .6277975316475}};
static const double margin = 0.25;

lk_status lk_chip_place_of(lk_chip_place *out, const lk_dlib_points *points)
{
    static const double most = 1 << 24;
    lk_five from, to;
    for (int i = 0; i < LK_POINTS; i++)
        for (int k = 0; k < 2; k++) {
            from.at[i][k] = (margin + template[i][k]) / (1 + 2 * margin) * SIDE;
            to.at[i][k] = (double)points->at[i][k];
            LK_REQUIRE(fabs(to.at[i][k]) <= most, LK_ERROR_NUMBER,
                       "lk_dlib_chip: point %d has %g, expected a place in or near the image",
                       i + 1, to.at[i][k]);
        }
    LK_REQUIRE(lk_five_spread(&to) > 0, LK_ERROR_ARGUMENT,
               "lk_dlib_chip: the five points are all in one place");
    lk_similarity fit = lk_similarity_fit(&from, &to);
    double half = (SIDE * hypot(fit.p, fit.q) - 1) / 2, middle = SIDE / 2.0;
    double x = fit.p * middle - fit.q * middle + fit.dx;
    double y = fit.q * middle + fit.p * middle + fit.dy;
    *out = (lk_chip_place){x - half, y - half, x + half, y + half, atan2(fit.q, fit.p)};
    return LK_OK;
}

/* The same rectangle in the image of half the size. */
static lk_chip_place halved(lk_chip_place p)
{
    return (lk_chip_place){p.left / 2 - 1.25, p.top / 2 - 0.75, p.right / 2 - 1.25,
                           p.bottom / 2 - 0.75, p.angle};
}

size_t lk_chip_halvings(const lk_chip_place *place)
{
    size_t count = 0;
    for (lk_chip_place p = halved(*place);
         (p.right - p.left + 1) * (p.bottom - p.top + 1) > SIDE * SIDE; p = halved(p))
        count++;
    return count;
}

/* Corner (x, y), each 0 or 1, of the turned rectangle. */
static void turned_corner(double out[2], const lk_chip_place *p, int x, int y)
{
    double centre[2] = {(p->left + p->right) / 2, (p->top + p->bottom) / 2};
    double dx = (x ? p->right : p->left) - centre[0], dy = (y ? p->bottom : p->top) - centre[1];
    out[0] = cos(p->angle) * dx - sin(p->angle) * dy + centre[0];
    out[1] = sin(p->angle) * dx + cos(p->angle) * dy + centre[1];
}

/* The pixels [first, last] of one axis that the turned rectangle needs; false: none. */
static bool needed(size_t *first, size_t *last, const lk_chip_place *p, int axis, size_t size,
                   double grow)
{
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < 4; i++) {
        double corner[2];
        turned_corner(corner, p, i & 1, i >> 1);
        low = fmin(low, corner[axis]);
        high = fmax(high, corner[axis]);
    }
    low = fmax(low - grow, 0);
    high = fmin(high + grow, (double)(size - 1));
    if (!(low <= high))
        return false;
    *first = (size_t)round(low);
    *last = (size_t)round(high);
    return true;
}

/* Bilinear, in double, cut off to a byte; false where a neighbour lies outside. */
static bool interpolate(uint8_t rgb[3], const lk_image *image, double x, double y)
{
    double left = floor(x), top = floor(y);
    if (!(left >= 0 && top >= 0 && left + 1 < (double)image->width &&
          top + 1 < (double)image->height))
        return false;
    double across = x - left, down = y - top;
    const uint8_t *upper = image->rgb + 3 * ((size_t)top * image->width + (size_t)left);
    const uint8_t *lower = upper + 3 * image->width;
    for (int c = 0; c < 3; c++)
        rgb[c] = (uint8_t)((1 - down) * ((1 - across) * upper[c] + across * upper[c + 3]) +
                           down * ((1 - across) * lower[c] + across * lower[c + 3]));
    return true;
}

/* The chip's corners lie on the turned rectangle's. */
static void chip_fill(lk_image *chip, const lk_image *image, const lk_chip_place *p)
{
    double corner[2], right[2], below[2];
    turned_corner(corner, p, 0, 0);
    turned_corner(right, p, 1, 0);
    turned_corner(below, p, 0, 1);
    double step[2][2];
    for (int k = 0; k < 2; k++) {
        step[0][k] = (right[k] - corner[k]) / (SIDE - 1);
        step[1][k] = (below[k] - corner[k]) / (SIDE - 1);
    }
    for (size_t y = 0; y < SIDE; y++)
        for (size_t x = 0; x < SIDE; x++) {
            double at[2];
            for (int k = 0; k < 2; k++)
                at[k] = step[0][k] * (double)x + step[1][k] * (double)y + corner[k];
            interpolate(chip->rgb + 3 * (y * SIDE + x), image, at[0], at[1]);
        }
}

/* Cuts, halves and fills; the chip is black. */
static lk_status fill_from(lk_image *chip, const lk_image *image, lk_chip_place place)
{
    size_t halvings = lk_chip_halvings(&place), x0, x1, y0, y1;
    double grow = 2;
    for (size_t i = 0; i < halvings; i++)
        grow = 2 * grow + 2;
    if (!needed(&x0, &x1, &place, 0, image->width, grow) ||
        !needed(&y0, &y1, &place, 1, image->height, grow))
        return LK_OK;
    lk_image part;
    LK_TRY(lk_image_crop(&part, image, x0, y0, x1 + 1, y1 + 1));
    place.left -= (double)x0;
    place.right -= (double)x0;
    place.top -= (double)y0;
    place.bottom -= (double)y0;
    lk_status status = lk_image_halve(&part, halvings);
    for (size_t i = 0; i < halvings; i++)
        place = halved(place);
    if (status == LK_OK && part.rgb)
        chip_fill(chip, &part, &place);
    lk_image_clear(&part);
    return status;
}

lk_status lk_dlib_chip(lk_image *out, const lk_image *image, const lk_dlib_points *points)
{
    LK_REQUIRE(out && image && image->rgb && points, LK_ERROR_ARGUMENT,
               "lk_dlib_chip: NULL argument");
    lk_chip_place place;
    lk_image chip;
    LK_TRY(lk_chip_place_of(&place, points));
    LK_TRY(lk_image_create(&chip, SIDE, SIDE));
    lk_status status = fill_from(&chip, image, place);
    if (status != LK_OK) {
        lk_image_clear(&chip);
        return status;
    }
    *out = chip;
    return LK_OK;
}
