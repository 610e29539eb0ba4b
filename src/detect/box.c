#include "detect/box.h"

#include <math.h>

enum { CELL_STEP = 2, CELL_SIZE = 12 }; /* of P-Net, in pixels of its level */

lk_box lk_box_of_cell(size_t column, size_t row, float scale)
{
    float x = CELL_STEP * (float)column, y = CELL_STEP * (float)row;
    return (lk_box){floorf((x + 1) / scale), floorf((y + 1) / scale),
                    floorf((x + CELL_SIZE) / scale), floorf((y + CELL_SIZE) / scale)};
}

lk_box lk_box_regress(const lk_box *box, const float shift[4], float extra)
{
    float width = box->x2 - box->x1 + extra, height = box->y2 - box->y1 + extra;
    return (lk_box){box->x1 + shift[0] * width, box->y1 + shift[1] * height,
                    box->x2 + shift[2] * width, box->y2 + shift[3] * height};
}

lk_box lk_box_square(const lk_box *box)
{
    float width = box->x2 - box->x1, height = box->y2 - box->y1;
    float side = width > height ? width : height;
    float x = box->x1 + width * 0.5F - side * 0.5F;
    float y = box->y1 + height * 0.5F - side * 0.5F;
    return (lk_box){x, y, x + side, y + side};
}

float lk_box_area(const lk_box *box)
{
    return (box->x2 - box->x1) * (box->y2 - box->y1);
}

/* [*start, *start + *length) from 1-based corners; false when empty. The
 * comparisons come before the conversions: a float may be too large for any
 * integer, and all comparisons with NaN are false. */
static bool box_clip(ptrdiff_t *start, size_t *length, float low, float high, size_t limit)
{
    if (!(high >= 1) || !(low < (float)limit + 1))
        return false;
    size_t first = low < 1 ? 1 : (size_t)low;
    size_t last = high < (float)limit ? (size_t)high : limit;
    if (last < first)
        return false;
    *start = (ptrdiff_t)first - 1;
    *length = last - first + 1;
    return true;
}

bool lk_box_part(lk_area_part *out, const lk_box *box, size_t width, size_t height)
{
    return box_clip(&out->x, &out->width, box->x1, box->x2, width) &&
           box_clip(&out->y, &out->height, box->y1, box->y2, height);
}

/* [*start, *start + *length) of a box that has a pixel in the image. */
static void box_span(ptrdiff_t *start, size_t *length, float low, float high)
{
    ptrdiff_t first = (ptrdiff_t)floorf(low), last = (ptrdiff_t)floorf(high);
    *start = first - 1;
    *length = (size_t)(last - first + 1);
}

bool lk_box_window(lk_area_part *out, const lk_box *box, size_t width, size_t height)
{
    float most = LK_BOX_MOST_SIDES * (float)(width > height ? width : height);
    if (!lk_box_part(out, box, width, height) || !(box->x2 - box->x1 <= most) ||
        !(box->y2 - box->y1 <= most))
        return false;
    box_span(&out->x, &out->width, box->x1, box->x2);
    box_span(&out->y, &out->height, box->y1, box->y2);
    return true;
}
