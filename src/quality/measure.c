/* What a face in a photograph is like. */
#include <math.h>

#include "base/error.h"
#include "quality/luma.h"

static bool measure_has_points(const lk_face *face)
{
    bool any = false;
    for (int i = 0; face && i < 10; i++) {
        double value = (double)face->landmarks[i / 2][i % 2];
        if (!isfinite(value))
            return false;
        any |= value != 0;
    }
    return any;
}

static void measure_pose(lk_quality *out, const lk_face *face)
{
    static const double degrees = 57.29577951308232;
    out->eye_distance = out->yaw = out->roll = NAN;
    if (!measure_has_points(face))
        return;
    const float(*p)[2] = face->landmarks;
    double dx = (double)p[1][0] - (double)p[0][0], dy = (double)p[1][1] - (double)p[0][1];
    double nose_x = (double)p[2][0] - ((double)p[0][0] + (double)p[1][0]) / 2;
    double nose_y = (double)p[2][1] - ((double)p[0][1] + (double)p[1][1]) / 2;
    double distance = hypot(dx, dy);
    out->eye_distance = distance;
    if (distance == 0)
        return;
    out->yaw = (nose_x * dx + nose_y * dy) / (distance * distance);
    out->roll = degrees * atan2(dy, dx);
}

static void measure_light(lk_quality *out, const lk_image *image, const lk_part *part)
{
    double sum = 0, squares = 0;
    double count = (double)(part->x1 - part->x0) * (double)(part->y1 - part->y0);
    for (size_t y = part->y0; y < part->y1; y++)
        for (size_t x = part->x0; x < part->x1; x++) {
            double value = lk_luma(image->rgb + 3 * (y * image->width + x));
            sum += value;
            squares += value * value;
        }
    out->brightness = sum / count;
    out->contrast = sqrt(fmax(squares / count - out->brightness * out->brightness, 0));
}

/* Of the inner pixels: at the border there is no Laplacian. */
static double variance_of_laplacian(const double *luma)
{
    enum { SIDE = LK_QUALITY_SIDE };
    double sum = 0, squares = 0, count = (SIDE - 2) * (SIDE - 2);
    for (size_t y = 1; y + 1 < SIDE; y++)
        for (size_t x = 1; x + 1 < SIDE; x++) {
            const double *at = luma + y * SIDE + x;
            double value = at[-1] + at[1] + at[-SIDE] + at[SIDE] - 4 * at[0];
            sum += value;
            squares += value * value;
        }
    return fmax(squares / count - sum / count * (sum / count), 0);
}

lk_status lk_quality_measure(lk_quality *out, const lk_image *image, const lk_face *face)
{
    double luma[LK_QUALITY_SIDE * LK_QUALITY_SIDE];
    lk_quality made = {0};
    lk_part part;
    LK_REQUIRE(out && image, LK_ERROR_ARGUMENT, "NULL where a photograph is to be measured");
    LK_TRY(lk_part_of(&part, image, face));
    LK_TRY(lk_luma_of(luma, image, &part, LK_QUALITY_SIDE));
    made.inside = part.inside;
    made.face_size =
        face ? ((double)(face->box.x2 - face->box.x1) + (double)(face->box.y2 - face->box.y1)) / 2
             : (double)(image->width + image->height) / 2;
    measure_pose(&made, face);
    measure_light(&made, image, &part);
    made.sharpness = variance_of_laplacian(luma);
    *out = made;
    return LK_OK;
}
