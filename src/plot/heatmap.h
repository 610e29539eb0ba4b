/* The parts of a heat map. */
#ifndef LK_PLOT_HEATMAP_H
#define LK_PLOT_HEATMAP_H

#include "plot/canvas.h"

/* How the groups are marked: a bracket with its name beside and above the matrix,
 * ticks where brackets would be too narrow, and as many names as there is room for. */
typedef struct lk_heatmap_groups {
    double side;          /* of the matrix that they ask for */
    double beside, above; /* what their names take */
    double letters;       /* size */
    bool upright;         /* the names above are turned */
    size_t count, shown;  /* groups with rows; their names that have room */
} lk_heatmap_groups;

/* Where the matrix lies. */
typedef struct lk_heatmap_frame {
    double left, top, side;
} lk_heatmap_frame;

/* `least`, `most`: of the side. */
lk_status lk_heatmap_plan(lk_heatmap_groups *out, const lk_plot_heatmap *heatmap, double least,
                          double most) LK_MUST_USE;
/* The frame's top and left leave room for the names. */
void lk_heatmap_draw_groups(lk_plot *plot, const lk_plot_heatmap *heatmap,
                            const lk_heatmap_groups *groups, const lk_heatmap_frame *frame);

#endif
