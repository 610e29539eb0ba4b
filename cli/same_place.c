#include "same_place.h"

#include <math.h>

/* The share of both boxes together that both have. */
static double same_place_share(const lk_box *a, const lk_box *b)
{
    double width = fmin((double)a->x2, (double)b->x2) - fmax((double)a->x1, (double)b->x1);
    double height = fmin((double)a->y2, (double)b->y2) - fmax((double)a->y1, (double)b->y1);
    double both = fmax(width, 0) * fmax(height, 0);
    double areas = (double)(a->x2 - a->x1) * (double)(a->y2 - a->y1) +
                   (double)(b->x2 - b->x1) * (double)(b->y2 - b->y1);
    return areas > both ? both / (areas - both) : 0;
}

size_t cli_same_place(const cli_faced *photo, const lk_box *box)
{
    const double least = 0.3;
    size_t best = SIZE_MAX;
    double most = least;
    for (size_t i = 0; i < photo->count; i++) {
        double overlap = same_place_share(&photo->faces[i].box, box);
        if (overlap >= most) {
            most = overlap;
            best = i;
        }
    }
    return best;
}
