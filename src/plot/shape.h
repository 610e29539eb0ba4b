/* What a figure is made of. */
#ifndef LK_PLOT_SHAPE_H
#define LK_PLOT_SHAPE_H

#include <likeness/image.h>

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

const lk_point *lk_shape_corners(const lk_shape *shape);

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

#endif
