/* Which of several faces is meant. Of equal ones the last is taken, as an
 * ascending sort turned around gives it. */
#include "base/error.h"
#include "detect/detector.h"

/* The value of which the largest wins. Centres and areas are float32, their
 * distance float64, as in facenet-pytorch. */
static double merit(const lk_face *face, const lk_image *image, const lk_detector_options *options)
{
    const lk_box *box = &face->box;
    if (options->selection == LK_SELECT_PROBABILITY)
        return face->probability;
    double area = lk_box_area(box);
    if (options->selection != LK_SELECT_CENTER_WEIGHTED_SIZE)
        return area;
    float x = (box->x1 + box->x2) / 2, y = (box->y1 + box->y2) / 2;
    double dx = x - (double)image->width / 2, dy = y - (double)image->height / 2;
    return area - (dx * dx + dy * dy) * options->center_weight;
}

lk_status lk_detector_select(const lk_detector *detector, size_t *out_index, const lk_faces *faces,
                             const lk_image *image)
{
    LK_REQUIRE(detector && out_index && faces && image, LK_ERROR_ARGUMENT,
               "selection: an argument is missing");
    const lk_detector_options *options = &detector->options;
    double best = 0;
    size_t best_index = faces->count;
    for (size_t i = 0; i < faces->count; i++) {
        const lk_face *face = &faces->faces[i];
        if (options->selection == LK_SELECT_LARGEST_OVER_THRESHOLD &&
            !(face->probability > options->selection_threshold))
            continue;
        double value = merit(face, image, options);
        if (best_index == faces->count || value >= best) {
            best = value;
            best_index = i;
        }
    }
    LK_REQUIRE(best_index < faces->count, LK_ERROR_NO_FACE, "no face %s",
               faces->count ? "with a probability over the threshold" : "found");
    *out_index = best_index;
    return LK_OK;
}
