#include "draw.h"

#include <math.h>
#include <string.h>

#include "boxes.h"

static const uint8_t BOX_COLOUR[3] = {0, 220, 90}, POINT_COLOUR[3] = {255, 60, 60};

/* A coordinate as a pixel of 0 to limit; far-off values are safe to convert. */
static size_t pixel(double value, size_t limit)
{
    if (!(value > 0))
        return 0;
    return value >= (double)limit ? limit : (size_t)value;
}

/* Fills [x1, x2) x [y1, y2), as far as it lies in the image. */
static void draw_fill(lk_image *image, double x1, double y1, double x2, double y2,
                      const uint8_t colour[3])
{
    size_t left = pixel(x1, image->width), right = pixel(x2, image->width);
    size_t bottom = pixel(y2, image->height);
    for (size_t y = pixel(y1, image->height); y < bottom; y++)
        for (size_t x = left; x < right; x++)
            memcpy(image->rgb + 3 * (y * image->width + x), colour, 3);
}

static void draw_box(lk_image *image, const lk_box *box, double line)
{
    double x1 = floor(box->x1), y1 = floor(box->y1), x2 = ceil(box->x2), y2 = ceil(box->y2);
    draw_fill(image, x1, y1, x2, y1 + line, BOX_COLOUR);
    draw_fill(image, x1, y2 - line, x2, y2, BOX_COLOUR);
    draw_fill(image, x1, y1, x1 + line, y2, BOX_COLOUR);
    draw_fill(image, x2 - line, y1, x2, y2, BOX_COLOUR);
}

void cli_draw_faces(lk_image *image, const lk_faces *faces)
{
    size_t side = image->width > image->height ? image->width : image->height;
    double line = side < 600 ? 2 : floor((double)side / 300);
    for (size_t i = 0; i < faces->count; i++) {
        const lk_face *face = &faces->faces[i];
        draw_box(image, &face->box, line);
        for (int p = 0; p < 5 && cli_has_points(face); p++) {
            double x = floor(face->landmarks[p][0]), y = floor(face->landmarks[p][1]);
            draw_fill(image, x - line, y - line, x + line + 1, y + line + 1, POINT_COLOUR);
        }
    }
}
