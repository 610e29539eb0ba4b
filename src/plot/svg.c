/* A figure as SVG. Text stays text, with a family that every system has; sizes
 * were laid out with the fonts that this system has, so anchors rather than widths
 * hold the words in place. */
#include <stdio.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/locale.h"
#include "plot/render.h"
#include "plot/text.h"

/* Two decimals, without needless zeros: positions need no more. */
static void svg_number(lk_buffer *out, double value)
{
    char text[64];
    int length = lk_snprintf(text, sizeof text, "%.2f", value);
    while (length > 1 && text[length - 1] == '0')
        length--;
    if (text[length - 1] == '.')
        length--;
    lk_buffer_add(out, text, (size_t)length);
}

static void attribute(lk_buffer *out, const char *name, double value)
{
    lk_buffer_printf(out, " %s=\"", name);
    svg_number(out, value);
    lk_buffer_text(out, "\"");
}

static void add_dash(lk_buffer *out, const lk_dash *dash)
{
    for (int i = 0; i < dash->count; i++) {
        lk_buffer_text(out, i ? " " : " stroke-dasharray=\"");
        svg_number(out, dash->parts[i]);
    }
    lk_buffer_text(out, dash->count ? "\"" : "");
}

static void svg_paint(lk_buffer *out, const lk_shape *shape)
{
    if (shape->fill == LK_COLOR_NONE)
        lk_buffer_text(out, " fill=\"none\"");
    else
        lk_buffer_printf(out, " fill=\"#%06x\"", (unsigned)shape->fill);
    if (shape->stroke != LK_COLOR_NONE) {
        lk_buffer_printf(out, " stroke=\"#%06x\"", (unsigned)shape->stroke);
        attribute(out, "stroke-width", shape->thickness);
        add_dash(out, &lk_dashes[shape->dash]);
    }
    if (shape->opacity < 1)
        attribute(out, "opacity", shape->opacity);
}

/* Ends a shape's tag, with its tooltip if it has one. */
static void close_shape(lk_buffer *out, const lk_shape *shape, const char *name)
{
    if (!shape->text) {
        lk_buffer_text(out, "/>\n");
        return;
    }
    lk_buffer_text(out, "><title>");
    lk_buffer_escape(out, shape->text);
    lk_buffer_printf(out, "</title></%s>\n", name);
}

static void svg_polygon(lk_buffer *out, const lk_shape *shape)
{
    bool open = shape->kind == LK_SHAPE_LINE;
    const char *name = open ? "polyline" : "polygon";
    lk_buffer_printf(out, "<%s points=\"", name);
    const lk_point *corners = lk_shape_corners(shape);
    for (size_t i = 0; i < shape->corner_count; i++) {
        lk_buffer_text(out, i ? " " : "");
        svg_number(out, corners[i].x);
        lk_buffer_text(out, ",");
        svg_number(out, corners[i].y);
    }
    lk_buffer_text(out, "\"");
    if (open && shape->corner_count > 2)
        lk_buffer_text(out, " stroke-linejoin=\"round\"");
    svg_paint(out, shape);
    close_shape(out, shape, name);
}

static void circle(lk_buffer *out, const lk_shape *shape)
{
    lk_buffer_text(out, "<circle");
    attribute(out, "cx", shape->corners[0].x);
    attribute(out, "cy", shape->corners[0].y);
    attribute(out, "r", shape->radius);
    svg_paint(out, shape);
    close_shape(out, shape, "circle");
}

static void svg_words(lk_buffer *out, const lk_shape *shape)
{
    static const char *const anchors[] = {"start", "middle", "end"};
    lk_buffer_text(out, "<text");
    attribute(out, "x", shape->corners[0].x);
    attribute(out, "y", shape->corners[0].y);
    attribute(out, "font-size", shape->size);
    svg_paint(out, shape);
    lk_buffer_printf(out, " text-anchor=\"%s\"", anchors[shape->anchor]);
    if (shape->bold)
        lk_buffer_text(out, " font-weight=\"bold\"");
    if (shape->upright) {
        lk_buffer_text(out, " transform=\"rotate(-90 ");
        svg_number(out, shape->corners[0].x);
        lk_buffer_text(out, " ");
        svg_number(out, shape->corners[0].y);
        lk_buffer_text(out, ")\"");
    }
    lk_buffer_text(out, ">");
    lk_buffer_escape(out, shape->text);
    lk_buffer_text(out, "</text>\n");
}

static void svg_picture(lk_buffer *out, const lk_shape *shape)
{
    uint8_t *bytes = NULL;
    size_t count = 0;
    if (out->status == LK_OK)
        out->status = shape->cells ? lk_image_encode_png(&bytes, &count, &shape->image)
                                   : lk_image_encode_jpeg(&bytes, &count, &shape->image, 88);
    if (out->status != LK_OK)
        return;
    lk_buffer_text(out, "<image");
    attribute(out, "x", shape->corners[0].x);
    attribute(out, "y", shape->corners[0].y);
    attribute(out, "width", shape->corners[1].x - shape->corners[0].x);
    attribute(out, "height", shape->corners[1].y - shape->corners[0].y);
    lk_buffer_text(out, " preserveAspectRatio=\"none\"");
    if (shape->cells)
        lk_buffer_text(out, " style=\"image-rendering:pixelated\"");
    lk_buffer_printf(out, " href=\"data:image/%s;base64,", shape->cells ? "png" : "jpeg");
    lk_buffer_base64(out, bytes, count);
    lk_buffer_text(out, "\"");
    close_shape(out, shape, "image");
    lk_free(bytes);
}

static void svg_draw(lk_buffer *out, const lk_shape *shape)
{
    switch (shape->kind) {
    case LK_SHAPE_POLYGON:
    case LK_SHAPE_LINE: svg_polygon(out, shape); break;
    case LK_SHAPE_CIRCLE: circle(out, shape); break;
    case LK_SHAPE_TEXT: svg_words(out, shape); break;
    case LK_SHAPE_IMAGE: svg_picture(out, shape); break;
    }
}

lk_status lk_plot_render_svg(uint8_t **out, size_t *out_count, const lk_plot *plot)
{
    lk_buffer svg = {0};
    lk_buffer_printf(&svg,
                     "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" "
                     "width=\"%.0f\" height=\"%.0f\" role=\"img\" "
                     "font-family=\"" LK_TEXT_FAMILY "\" aria-label=\"",
                     plot->width, plot->height, plot->width, plot->height);
    lk_buffer_escape(&svg, plot->title);
    lk_buffer_text(&svg, "\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
    for (size_t i = 0; i < plot->count; i++)
        svg_draw(&svg, &plot->shapes[i]);
    lk_buffer_text(&svg, "</svg>\n");
    lk_status status = svg.status;
    if (status != LK_OK) {
        lk_buffer_clear(&svg);
        return status;
    }
    *out = (uint8_t *)svg.data;
    *out_count = svg.count;
    return LK_OK;
}
