#include "plot/marks.h"

#include <math.h>

enum { MARKERS = 8 };

/* Okabe and Ito's colours, the yellow last: it is faint on white. */
static const int colors[] = {0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7,
                             0xe69f00, 0x56b4e9, 0x000000, 0xf0e442};

int lk_mark_color(size_t look)
{
    return colors[look % MARKERS];
}

size_t lk_mark_dash(size_t look)
{
    return look % LK_DASHES;
}

/* A regular polygon or star: every second corner at `inner` of the radius. */
static void draw_star(lk_plot *plot, lk_point c, double radius, double inner, size_t corners,
                      double turn, int color, const char *tooltip)
{
    lk_point points[LK_MAX_CORNERS];
    for (size_t i = 0; i < corners; i++) {
        double angle = 2 * M_PI * (double)i / (double)corners + turn;
        double r = i % 2 ? radius * inner : radius;
        points[i] = (lk_point){c.x + r * sin(angle), c.y - r * cos(angle)};
    }
    lk_canvas_polygon(plot, points, corners, color, 0xffffff, tooltip);
}

void lk_mark_draw(lk_plot *plot, lk_point c, size_t look, double scale, const char *tooltip)
{
    int color = lk_mark_color(look);
    switch ((look + look / MARKERS) % MARKERS) {
    case 0: lk_canvas_circle(plot, c, 5 * scale, color, tooltip); break;
    case 1: draw_star(plot, c, 6.6 * scale, 1, 4, M_PI / 4, color, tooltip); break;
    case 2: draw_star(plot, c, 7 * scale, 0.5, 6, 0, color, tooltip); break;
    case 3: draw_star(plot, c, 7 * scale, 1, 4, 0, color, tooltip); break;
    case 4: draw_star(plot, c, 7 * scale, 0.5, 6, M_PI, color, tooltip); break;
    case 5: draw_star(plot, c, 8 * scale, 0.42, 10, 0, color, tooltip); break;
    case 6: draw_star(plot, c, 8 * scale, 0.35, 8, M_PI / 4, color, tooltip); break;
    default: draw_star(plot, c, 6.4 * scale, 1, 6, 0, color, tooltip); break;
    }
}
