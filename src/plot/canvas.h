/* A figure under construction: a list of shapes that the SVG writer and the
 * cairo renderer both walk. Positions are CSS pixels from the top-left corner.
 * The first failure sticks in `status`; later calls do nothing. */
#ifndef LK_PLOT_CANVAS_H
#define LK_PLOT_CANVAS_H

#include <likeness/plot.h>

#include "base/buffer.h"

enum { LK_COLOR_NONE = -1, LK_COLOR_INK = 0x222222, LK_COLOR_FAINT = 0xdddddd };
enum { LK_MAX_CORNERS = 12 };

typedef struct lk_point {
    double x, y;
} lk_point;

typedef enum lk_shape_kind {
    LK_SHAPE_POLYGON, /* closed; filled, stroked or both */
    LK_SHAPE_LINE,    /* open, its corners rounded */
    LK_SHAPE_CIRCLE,  /* corners[0] the centre */
    LK_SHAPE_TEXT,    /* corners[0] the anchor on the base line */
    LK_SHAPE_IMAGE    /* corners[0], [1]: top left, bottom right */
} lk_shape_kind;

typedef enum lk_anchor { LK_ANCHOR_START, LK_ANCHOR_MIDDLE, LK_ANCHOR_END } lk_anchor;

typedef struct lk_shape {
    lk_shape_kind kind;
    lk_point corners[LK_MAX_CORNERS];
    lk_point *path; /* the corners where there are more than that; or NULL */
    size_t corner_count;
    double radius;    /* of a circle */
    double thickness; /* of the stroke */
    double opacity;   /* 0-1, of all but texts and images */
    size_t dash;      /* index into lk_dashes */
    int fill, stroke; /* 0xRRGGBB or LK_COLOR_NONE */
    char *text;       /* of a text; of another shape its tooltip, or NULL */
    double size;      /* of the text's letters */
    lk_anchor anchor;
    bool bold, upright; /* upright: turned to read from bottom to top */
    lk_image image;
    bool cells; /* the image's pixels are data: keep their edges, lose no bit */
} lk_shape;

struct lk_plot {
    double width, height;
    char *title; /* the figure's name for those who cannot see it */
    lk_shape *shapes;
    size_t count, capacity;
    double opacity; /* of the shapes that are added from here on; at first 1 */
    size_t dash;    /* the same; at first 0 */
    lk_status status;
};

/* Patterns of strokes and gaps, in pixels; the first is a solid line. */
enum { LK_DASHES = 5, LK_DASH_PARTS = 4 };
typedef struct lk_dash {
    double parts[LK_DASH_PARTS];
    int count;
} lk_dash;
extern const lk_dash lk_dashes[LK_DASHES];

/* The look of a text. */
typedef struct lk_text_style {
    double size;
    lk_anchor anchor;
    bool bold, upright;
} lk_text_style;

lk_status lk_canvas_create(lk_plot **out, const char *title) LK_MUST_USE;
/* Gives *out the plot, or destroys it and returns why it failed. */
lk_status lk_canvas_finish(lk_plot **out, lk_plot *plot) LK_MUST_USE;

void lk_canvas_polygon(lk_plot *plot, const lk_point *corners, size_t count, int fill, int stroke,
                       const char *tooltip);
void lk_canvas_rectangle(lk_plot *plot, double x, double y, double width, double height, int fill,
                         int stroke);
void lk_canvas_circle(lk_plot *plot, lk_point centre, double radius, int fill, const char *tooltip);
void lk_canvas_line(lk_plot *plot, double x0, double y0, double x1, double y1, int stroke,
                    double thickness);
/* A line or polygon of any number of corners. */
void lk_canvas_path(lk_plot *plot, lk_shape_kind kind, const lk_point *corners, size_t count,
                    int fill, int stroke, double thickness);
void lk_canvas_text(lk_plot *plot, double x, double y, const char *text, lk_text_style style);
/* The same, cut to a width with an ellipsis. */
void lk_canvas_text_within(lk_plot *plot, double x, double y, const char *text, double width,
                           lk_text_style style);
/* Takes the pixels over, also on failure. */
void lk_canvas_image(lk_plot *plot, double x, double y, double width, double height,
                     lk_image *image, bool cells, const char *tooltip);

const lk_point *lk_shape_corners(const lk_shape *shape);

/* The width of a text in pixels; the text is valid UTF-8. */
double lk_text_width(const char *text, double size, bool bold);
/* A copy of any text, valid and cut to a width with an ellipsis; the caller frees it. */
lk_status lk_text_fit(char **out, const char *text, double width, lk_text_style style) LK_MUST_USE;
/* A name that other words follow: one from right to left leaves them in their place. */
void lk_text_add_name(lk_buffer *out, const char *name);

lk_status lk_plot_render_svg(uint8_t **out, size_t *out_count, const lk_plot *plot) LK_MUST_USE;
lk_status lk_plot_render_png(uint8_t **out, size_t *out_count, const lk_plot *plot) LK_MUST_USE;

#endif
