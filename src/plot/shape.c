#include "plot/shape.h"

const lk_dash lk_dashes[LK_DASHES] = {
    {{0}, 0}, {{7, 3}, 2}, {{2, 2.5}, 2}, {{9, 3, 2, 3}, 4}, {{14, 4}, 2},
};

const lk_point *lk_shape_corners(const lk_shape *shape)
{
    return shape->path ? shape->path : shape->corners;
}
