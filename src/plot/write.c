/* Figures into files and memory. */
#include <string.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/locale.h"
#include "plot/render.h"

void lk_plot_get_size(const lk_plot *plot, size_t *width, size_t *height)
{
    if (!plot || !width || !height)
        return;
    *width = (size_t)plot->width;
    *height = (size_t)plot->height;
}

lk_status lk_plot_format_from_path(lk_plot_format *out, const char *path)
{
    LK_REQUIRE(out && path, LK_ERROR_ARGUMENT, "lk_plot_format_from_path: NULL argument");
    const char *dot = strrchr(path, '.');
    bool svg = (dot && lk_strcasecmp(dot, ".svg") == 0) || strcmp(path, "-") == 0;
    LK_REQUIRE(svg || (dot && lk_strcasecmp(dot, ".png") == 0), LK_ERROR_ARGUMENT,
               "%s: found no ending .svg or .png, expected one for a figure", path);
    *out = svg ? LK_PLOT_SVG : LK_PLOT_PNG;
    return LK_OK;
}

lk_status lk_plot_encode(uint8_t **out, size_t *out_count, const lk_plot *plot,
                         lk_plot_format format)
{
    LK_REQUIRE(out && out_count && plot, LK_ERROR_ARGUMENT, "lk_plot_encode: NULL argument");
    LK_REQUIRE(format == LK_PLOT_SVG || format == LK_PLOT_PNG, LK_ERROR_ARGUMENT,
               "lk_plot_encode: found format %d, expected SVG or PNG", (int)format);
    return format == LK_PLOT_SVG ? lk_plot_render_svg(out, out_count, plot)
                                 : lk_plot_render_png(out, out_count, plot);
}

lk_status lk_plot_write(const lk_plot *plot, const char *path)
{
    lk_plot_format format;
    uint8_t *bytes;
    size_t count;
    LK_TRY(lk_plot_format_from_path(&format, path));
    LK_TRY(lk_plot_encode(&bytes, &count, plot, format));
    lk_output *output;
    lk_status status = lk_output_open(&output, path);
    if (status == LK_OK) {
        lk_output_write(output, bytes, count);
        status = lk_output_commit(output);
    }
    lk_free(bytes);
    return status;
}
