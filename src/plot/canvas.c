#include "plot/canvas.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "plot/text.h"

/* A copy that is valid UTF-8, as Pango and readers of SVG need it. */
static lk_status copy_clean(char **out, const char *text)
{
    lk_buffer buffer = {0};
    lk_buffer_add(&buffer, "", 0);
    lk_buffer_clean(&buffer, text);
    lk_status status = buffer.status;
    if (status == LK_OK)
        *out = buffer.data;
    else
        lk_buffer_clear(&buffer);
    return status;
}

lk_status lk_canvas_create(lk_plot **out, const char *title)
{
    lk_plot *plot;
    LK_TRY(lk_alloc(&plot, 1, sizeof *plot));
    lk_status status = copy_clean(&plot->title, title ? title : "");
    plot->opacity = 1;
    if (status != LK_OK)
        free(plot);
    else
        *out = plot;
    return status;
}

void lk_plot_destroy(lk_plot *plot)
{
    if (!plot)
        return;
    for (size_t i = 0; i < plot->count; i++) {
        free(plot->shapes[i].text);
        free(plot->shapes[i].path);
        free(plot->shapes[i].image.rgb);
    }
    free(plot->shapes);
    free(plot->title);
    free(plot);
}

lk_status lk_canvas_finish(lk_plot **out, lk_plot *plot)
{
    lk_status status = plot->status;
    if (status == LK_OK)
        *out = plot;
    else
        lk_plot_destroy(plot);
    return status;
}

static lk_shape *canvas_add(lk_plot *plot, lk_shape_kind kind, const char *text)
{
    if (plot->status == LK_OK)
        plot->status =
            lk_grow(&plot->shapes, &plot->capacity, plot->count + 1, sizeof *plot->shapes);
    char *copy = NULL;
    if (plot->status == LK_OK && text)
        plot->status = copy_clean(&copy, text);
    if (plot->status != LK_OK)
        return NULL;
    lk_shape *shape = &plot->shapes[plot->count++];
    *shape = (lk_shape){.kind = kind,
                        .opacity = plot->opacity,
                        .dash = plot->dash,
                        .fill = LK_COLOR_NONE,
                        .stroke = LK_COLOR_NONE,
                        .text = copy};
    return shape;
}

void lk_canvas_polygon(lk_plot *plot, const lk_point *corners, size_t count, int fill, int stroke,
                       const char *tooltip)
{
    lk_shape *shape = canvas_add(plot, LK_SHAPE_POLYGON, tooltip);
    if (!shape)
        return;
    memcpy(shape->corners, corners, count * sizeof *corners);
    shape->corner_count = count;
    shape->fill = fill;
    shape->stroke = stroke;
    shape->thickness = 1;
}

void lk_canvas_rectangle(lk_plot *plot, double x, double y, double width, double height, int fill,
                         int stroke)
{
    const lk_point corners[] = {{x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}};
    lk_canvas_polygon(plot, corners, 4, fill, stroke, NULL);
}

void lk_canvas_circle(lk_plot *plot, lk_point centre, double radius, int fill, const char *tooltip)
{
    lk_shape *shape = canvas_add(plot, LK_SHAPE_CIRCLE, tooltip);
    if (!shape)
        return;
    shape->corners[0] = centre;
    shape->corner_count = 1;
    shape->radius = radius;
    shape->fill = fill;
}

void lk_canvas_line(lk_plot *plot, double x0, double y0, double x1, double y1, int stroke,
                    double thickness)
{
    lk_shape *shape = canvas_add(plot, LK_SHAPE_LINE, NULL);
    if (!shape)
        return;
    shape->corners[0] = (lk_point){x0, y0};
    shape->corners[1] = (lk_point){x1, y1};
    shape->corner_count = 2;
    shape->stroke = stroke;
    shape->thickness = thickness;
}

void lk_canvas_path(lk_plot *plot, lk_shape_kind kind, const lk_point *corners, size_t count,
                    int fill, int stroke, double thickness)
{
    lk_point *copy = NULL;
    if (plot->status == LK_OK)
        plot->status = lk_alloc(&copy, count, sizeof *copy);
    if (plot->status != LK_OK)
        return;
    memcpy(copy, corners, count * sizeof *copy);
    lk_shape *shape = canvas_add(plot, kind, NULL);
    if (!shape) {
        free(copy);
        return;
    }
    shape->path = copy;
    shape->corner_count = count;
    shape->fill = fill;
    shape->stroke = stroke;
    shape->thickness = thickness;
}

void lk_canvas_text(lk_plot *plot, double x, double y, const char *text, lk_text_style style)
{
    lk_shape *shape = canvas_add(plot, LK_SHAPE_TEXT, text ? text : "");
    if (!shape)
        return;
    shape->corners[0] = (lk_point){x, y};
    shape->corner_count = 1;
    shape->fill = LK_COLOR_INK;
    shape->size = style.size;
    shape->anchor = style.anchor;
    shape->bold = style.bold;
    shape->upright = style.upright;
}

void lk_canvas_text_within(lk_plot *plot, double x, double y, const char *text, double width,
                           lk_text_style style)
{
    char *fitting = NULL;
    if (plot->status == LK_OK)
        plot->status = lk_text_fit(&fitting, text, width, style);
    if (plot->status == LK_OK)
        lk_canvas_text(plot, x, y, fitting, style);
    free(fitting);
}

void lk_canvas_image(lk_plot *plot, double x, double y, double width, double height,
                     lk_image *image, bool cells, const char *tooltip)
{
    lk_shape *shape = canvas_add(plot, LK_SHAPE_IMAGE, tooltip);
    if (!shape) {
        lk_image_clear(image);
        return;
    }
    shape->corners[0] = (lk_point){x, y};
    shape->corners[1] = (lk_point){x + width, y + height};
    shape->corner_count = 2;
    shape->image = *image;
    shape->cells = cells;
    *image = (lk_image){0};
}
