/* Augmentation: what a photograph may look like without being of someone else.
 *
 * The steps run in one order: crop and scale, flip, colour, blur, JPEG, erase. Each
 * draws from its own stream of (seed, epoch, index), so the picture depends on
 * nothing else. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <likeness/train.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/options.h"
#include "train/stream.h"

/* Which picture is made. */
typedef struct picture {
    uint64_t seed, epoch, index;
} picture;

static lk_random stream(const picture *p, lk_stream_purpose purpose)
{
    return lk_stream(p->seed, purpose, p->epoch, p->index);
}

/* Uniform in [-1, 1). */
static double both_ways(lk_random *random)
{
    return 2 * lk_random_unit(random) - 1;
}

static uint8_t to_byte(double x)
{
    return (uint8_t)(x <= 0 ? 0 : x >= 255 ? 255 : x + 0.5);
}

/* Where a window of `length` pixels of `whole` starts, its centre moved. */
static size_t window_start(size_t whole, size_t length, double shift)
{
    double start = ((double)(whole - length)) / 2 + shift * (double)whole;
    double last = (double)(whole - length);
    return (size_t)lround(fmin(fmax(start, 0), last));
}

static size_t shrunk(size_t whole, double zoom)
{
    size_t length = (size_t)lround((double)whole / zoom);
    return length < 1 ? 1 : length;
}

static lk_status crop_and_resize(lk_image *out, const lk_image *image, size_t size,
                                 const lk_augment_options *o, const picture *p)
{
    lk_random random = stream(p, LK_STREAM_CROP);
    double zoom = 1 + o->scale * lk_random_unit(&random);
    double right = o->shift * both_ways(&random), down = o->shift * both_ways(&random);
    size_t width = shrunk(image->width, zoom), height = shrunk(image->height, zoom);
    /* A shift alone moves the image under the frame: it needs room to move. */
    if (o->shift > 0) {
        width = shrunk(width, 1 + o->shift);
        height = shrunk(height, 1 + o->shift);
    }
    size_t x = window_start(image->width, width, right);
    size_t y = window_start(image->height, height, down);
    lk_image part = {0};
    LK_TRY(lk_image_crop(&part, image, x, y, x + width, y + height));
    lk_status status = lk_image_resize_pillow(out, &part, size, size, o->resize);
    lk_image_clear(&part);
    return status;
}

static void flip(lk_image *image, const picture *p)
{
    lk_random random = stream(p, LK_STREAM_FLIP);
    if (lk_random_unit(&random) < 0.5)
        return;
    for (size_t y = 0; y < image->height; y++) {
        uint8_t *row = image->rgb + y * image->width * 3;
        for (size_t a = 0, b = image->width - 1; a < b; a++, b--)
            for (size_t c = 0; c < 3; c++) {
                uint8_t kept = row[a * 3 + c];
                row[a * 3 + c] = row[b * 3 + c];
                row[b * 3 + c] = kept;
            }
    }
}

/* ITU-R BT.601 luma, as Pillow's "L". */
static double grey_of(const uint8_t *rgb)
{
    return 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
}

/* Brightness times b, contrast times c around the mean, saturation times s. */
static void colour(lk_image *image, double strength, const picture *p)
{
    lk_random random = stream(p, LK_STREAM_COLOUR);
    double b = 1 + strength * both_ways(&random);
    double c = 1 + strength * both_ways(&random);
    double s = 1 + strength * both_ways(&random);
    size_t pixels = image->width * image->height;
    double mean = 0;
    for (size_t i = 0; i < pixels; i++)
        mean += grey_of(image->rgb + 3 * i);
    mean /= (double)pixels;
    for (size_t i = 0; i < pixels; i++) {
        uint8_t *rgb = image->rgb + 3 * i;
        double grey = grey_of(rgb);
        for (size_t k = 0; k < 3; k++) {
            double saturated = grey + s * (rgb[k] - grey);
            rgb[k] = to_byte(b * (mean + c * (saturated - mean)));
        }
    }
}

enum { MAX_RADIUS = 30 };

static size_t gaussian(double kernel[2 * MAX_RADIUS + 1], double sigma)
{
    size_t radius = (size_t)fmin(ceil(3 * sigma), MAX_RADIUS);
    double sum = 0;
    for (size_t i = 0; i <= 2 * radius; i++) {
        double x = ((double)i - (double)radius) / sigma;
        kernel[i] = exp(-x * x / 2);
        sum += kernel[i];
    }
    for (size_t i = 0; i <= 2 * radius; i++)
        kernel[i] /= sum;
    return radius;
}

/* One line of `length` pixels, `step` bytes apart; the edge pixels are repeated. */
static void augment_blur_line(uint8_t *line, uint8_t *copy, size_t length, size_t step,
                              const double *kernel, size_t radius)
{
    for (size_t i = 0; i < length; i++)
        memcpy(copy + 3 * i, line + i * step, 3);
    for (size_t i = 0; i < length; i++)
        for (size_t c = 0; c < 3; c++) {
            double sum = 0;
            for (size_t k = 0; k <= 2 * radius; k++) {
                size_t at = i + k < radius ? 0 : i + k - radius;
                at = at < length ? at : length - 1;
                sum += kernel[k] * copy[3 * at + c];
            }
            line[i * step + c] = to_byte(sum);
        }
}

static lk_status augment_blur(lk_image *image, double most, const picture *p)
{
    lk_random random = stream(p, LK_STREAM_BLUR);
    bool skip = lk_random_unit(&random) < 0.5;
    double sigma = most * lk_random_unit(&random), kernel[2 * MAX_RADIUS + 1];
    if (skip || sigma < 0.1)
        return LK_OK;
    size_t w = image->width, h = image->height, radius = gaussian(kernel, sigma);
    uint8_t *copy;
    LK_TRY(lk_alloc(&copy, w > h ? w : h, 3));
    for (size_t y = 0; y < h; y++)
        augment_blur_line(image->rgb + y * w * 3, copy, w, 3, kernel, radius);
    for (size_t x = 0; x < w; x++)
        augment_blur_line(image->rgb + x * 3, copy, h, w * 3, kernel, radius);
    free(copy);
    return LK_OK;
}

static lk_status through_jpeg(lk_image *image, int lowest, const picture *p)
{
    enum { HIGHEST = 95 };
    lk_random random = stream(p, LK_STREAM_JPEG);
    bool skip = lk_random_unit(&random) < 0.5;
    int quality = lowest + (int)lk_random_below(&random, (uint64_t)(HIGHEST - lowest + 1));
    if (skip)
        return LK_OK;
    uint8_t *bytes;
    size_t count;
    lk_image decoded = {0};
    LK_TRY(lk_image_encode_jpeg(&bytes, &count, image, quality));
    lk_status status = lk_image_decode(&decoded, bytes, count, "augmented image", NULL);
    lk_free(bytes);
    LK_TRY(status);
    lk_image_clear(image);
    *image = decoded;
    return LK_OK;
}

static size_t side(double length, size_t most)
{
    return length < 1 ? 1 : length > (double)most ? most : (size_t)length;
}

/* The box is the grey that standardises to 0. */
static void augment_erase(lk_image *image, double most, const picture *p)
{
    lk_random random = stream(p, LK_STREAM_ERASE);
    bool skip = lk_random_unit(&random) >= 0.25;
    double area = most * lk_random_unit(&random) * (double)(image->width * image->height);
    double aspect = exp(both_ways(&random)); /* 1/e to e */
    size_t w = side(sqrt(area * aspect), image->width);
    size_t h = side(sqrt(area / aspect), image->height);
    size_t x = (size_t)lk_random_below(&random, image->width - w + 1);
    size_t y = (size_t)lk_random_below(&random, image->height - h + 1);
    for (size_t row = y; !skip && row < y + h; row++)
        memset(image->rgb + (row * image->width + x) * 3, 128, w * 3);
}

static lk_status alter(lk_image *image, const lk_augment_options *o, const picture *p)
{
    if (o->flip)
        flip(image, p);
    if (o->colour > 0)
        colour(image, o->colour, p);
    if (o->blur > 0)
        LK_TRY(augment_blur(image, o->blur, p));
    if (o->jpeg > 0)
        LK_TRY(through_jpeg(image, o->jpeg, p));
    if (o->erase > 0)
        augment_erase(image, o->erase, p);
    return LK_OK;
}

lk_status lk_augment_apply(lk_image *out, const lk_image *image, size_t size,
                           const lk_augment_options *options, uint64_t seed, uint64_t epoch,
                           uint64_t index)
{
    LK_REQUIRE(out && image && image->rgb && image->width && image->height && size,
               LK_ERROR_ARGUMENT, "lk_augment_apply: NULL or empty argument");
    lk_augment_options o;
    lk_augment_options_none(&o);
    if (options)
        LK_TRY(lk_options_take(lk_augment_options_table(), &o, options));
    picture p = {seed, epoch, index};
    lk_image made = {0};
    LK_TRY(crop_and_resize(&made, image, size, &o, &p));
    lk_status status = alter(&made, &o, &p);
    if (status != LK_OK) {
        lk_image_clear(&made);
        return status;
    }
    *out = made;
    return LK_OK;
}
