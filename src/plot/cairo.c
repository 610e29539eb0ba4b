/* A figure as pixels. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cairo.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "plot/render.h"
#include "plot/text.h"

/* Pixels of the PNG per pixel of the figure. */
enum { SCALE = 2 };

static void use_color(cairo_t *cairo, int color, double opacity)
{
    cairo_set_source_rgba(cairo, (color >> 16 & 255) / 255.0, (color >> 8 & 255) / 255.0,
                          (color & 255) / 255.0, opacity);
}

static void surface_paint(cairo_t *cairo, const lk_shape *shape)
{
    if (shape->fill != LK_COLOR_NONE) {
        use_color(cairo, shape->fill, shape->opacity);
        cairo_fill_preserve(cairo);
    }
    if (shape->stroke != LK_COLOR_NONE) {
        use_color(cairo, shape->stroke, shape->opacity);
        cairo_set_dash(cairo, lk_dashes[shape->dash].parts, lk_dashes[shape->dash].count, 0);
        cairo_set_line_width(cairo, shape->thickness);
        cairo_stroke_preserve(cairo);
    }
    cairo_new_path(cairo);
}

static void surface_polygon(cairo_t *cairo, const lk_shape *shape)
{
    const lk_point *corners = lk_shape_corners(shape);
    for (size_t i = 0; i < shape->corner_count; i++)
        cairo_line_to(cairo, corners[i].x, corners[i].y);
    if (shape->kind == LK_SHAPE_POLYGON)
        cairo_close_path(cairo);
    cairo_set_line_join(cairo, shape->kind == LK_SHAPE_LINE ? CAIRO_LINE_JOIN_ROUND
                                                            : CAIRO_LINE_JOIN_MITER);
    surface_paint(cairo, shape);
}

static void surface_words(cairo_t *cairo, const lk_shape *shape)
{
    cairo_save(cairo);
    cairo_translate(cairo, shape->corners[0].x, shape->corners[0].y);
    if (shape->upright)
        cairo_rotate(cairo, -M_PI / 2);
    use_color(cairo, shape->fill, 1);
    lk_text_draw(cairo, shape);
    cairo_new_path(cairo); /* or the next line starts at the end of the text */
    cairo_restore(cairo);
}

/* The image in cairo's order of bytes: native-endian 0x00RRGGBB. */
static cairo_surface_t *surface_of(const lk_image *image)
{
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)image->width, (int)image->height);
    if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS)
        return surface;
    unsigned char *data = cairo_image_surface_get_data(surface);
    size_t stride = (size_t)cairo_image_surface_get_stride(surface);
    for (size_t y = 0; y < image->height; y++)
        for (size_t x = 0; x < image->width; x++) {
            const uint8_t *rgb = image->rgb + (y * image->width + x) * 3;
            uint32_t pixel = (uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | rgb[2];
            memcpy(data + y * stride + x * 4, &pixel, 4);
        }
    cairo_surface_mark_dirty(surface);
    return surface;
}

static void surface_picture(cairo_t *cairo, const lk_shape *shape)
{
    const lk_point *at = shape->corners;
    cairo_surface_t *surface = surface_of(&shape->image);
    cairo_save(cairo);
    cairo_translate(cairo, at[0].x, at[0].y);
    cairo_scale(cairo, (at[1].x - at[0].x) / (double)shape->image.width,
                (at[1].y - at[0].y) / (double)shape->image.height);
    cairo_set_source_surface(cairo, surface, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cairo),
                             shape->cells ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_GOOD);
    cairo_pattern_set_extend(cairo_get_source(cairo), CAIRO_EXTEND_PAD);
    cairo_rectangle(cairo, 0, 0, (double)shape->image.width, (double)shape->image.height);
    cairo_fill(cairo);
    cairo_restore(cairo);
    cairo_surface_destroy(surface);
}

static void surface_draw(cairo_t *cairo, const lk_shape *shape)
{
    switch (shape->kind) {
    case LK_SHAPE_POLYGON:
    case LK_SHAPE_LINE: surface_polygon(cairo, shape); break;
    case LK_SHAPE_CIRCLE:
        cairo_arc(cairo, shape->corners[0].x, shape->corners[0].y, shape->radius, 0, 2 * M_PI);
        surface_paint(cairo, shape);
        break;
    case LK_SHAPE_TEXT: surface_words(cairo, shape); break;
    case LK_SHAPE_IMAGE: surface_picture(cairo, shape); break;
    }
}

static cairo_status_t surface_collect(void *closure, const unsigned char *bytes, unsigned int count)
{
    lk_buffer *buffer = closure;
    lk_buffer_add(buffer, (const char *)bytes, count);
    return buffer->status == LK_OK ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_NO_MEMORY;
}

static lk_status surface_render(lk_buffer *png, cairo_surface_t *surface, const lk_plot *plot)
{
    cairo_t *cairo = cairo_create(surface);
    cairo_scale(cairo, SCALE, SCALE);
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_paint(cairo);
    for (size_t i = 0; i < plot->count; i++)
        surface_draw(cairo, &plot->shapes[i]);
    cairo_status_t status = cairo_status(cairo);
    cairo_destroy(cairo);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_write_to_png_stream(surface, surface_collect, png);
    if (png->status != LK_OK)
        return png->status;
    LK_REQUIRE(status != CAIRO_STATUS_NO_MEMORY, LK_ERROR_MEMORY, "no memory for a figure");
    LK_REQUIRE(status == CAIRO_STATUS_SUCCESS, LK_ERROR_INTERNAL, "cairo: %s",
               cairo_status_to_string(status));
    return LK_OK;
}

lk_status lk_plot_render_png(uint8_t **out, size_t *out_count, const lk_plot *plot)
{
    enum { LARGEST = 32767 }; /* cairo's own limit on a side */
    LK_REQUIRE(plot->width * SCALE <= LARGEST && plot->height * SCALE <= LARGEST, LK_ERROR_LIMIT,
               "a figure of %.0f x %.0f pixels is too large for PNG, expected at most %d a side",
               plot->width, plot->height, LARGEST / SCALE);
    lk_buffer png = {0};
    cairo_surface_t *surface = cairo_image_surface_create(
        CAIRO_FORMAT_RGB24, (int)plot->width * SCALE, (int)plot->height * SCALE);
    lk_status status = surface_render(&png, surface, plot);
    cairo_surface_destroy(surface);
    if (status != LK_OK) {
        lk_buffer_clear(&png);
        return status;
    }
    *out = (uint8_t *)png.data;
    *out_count = png.count;
    return LK_OK;
}
