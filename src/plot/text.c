/* Words: Pango joins the letters of Arabic, orders those of Hebrew, builds the
 * syllables of Hindi and finds a font that has Chinese. What it measures is what it
 * draws, and near to what a browser makes of the same words in SVG. */
#include "plot/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pango/pangocairo.h>
#include <utf8proc.h>

#include "base/error.h"
#include "base/memory.h"

const lk_text_style lk_style_title = {15, LK_ANCHOR_MIDDLE, true, false},
                    lk_style_across = {13, LK_ANCHOR_MIDDLE, false, false},
                    lk_style_upright = {13, LK_ANCHOR_MIDDLE, false, true},
                    lk_style_tick = {12, LK_ANCHOR_MIDDLE, false, false},
                    lk_style_tick_before = {12, LK_ANCHOR_END, false, false},
                    lk_style_legend = {13, LK_ANCHOR_START, false, false};

static const char ellipsis[] = "\xe2\x80\xa6";
static const char right_to_left_mark[] = "\xe2\x80\x8f";
static const char left_to_right_mark[] = "\xe2\x80\x8e";

/* A line of text in a thread's own map of fonts. SVG's base direction is left to
 * right, so it is here, whatever the text begins with. */
static PangoLayout *make_layout(const char *text, double size, bool bold)
{
    PangoContext *context = pango_font_map_create_context(pango_cairo_font_map_get_default());
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    pango_cairo_context_set_font_options(context, options);
    pango_context_set_base_dir(context, PANGO_DIRECTION_LTR);
    pango_context_set_round_glyph_positions(context, FALSE);
    PangoLayout *layout = pango_layout_new(context);
    PangoFontDescription *font = pango_font_description_from_string(LK_TEXT_FAMILY);
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    pango_font_description_set_weight(font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(layout, font);
    pango_layout_set_auto_dir(layout, FALSE);
    pango_layout_set_single_paragraph_mode(layout, TRUE);
    pango_layout_set_text(layout, text, -1);
    pango_font_description_free(font);
    cairo_font_options_destroy(options);
    g_object_unref(context);
    return layout;
}

static double width_of(PangoLayout *layout)
{
    int width;
    pango_layout_get_size(layout, &width, NULL);
    return (double)width / PANGO_SCALE;
}

double lk_text_width(const char *text, double size, bool bold)
{
    PangoLayout *layout = make_layout(text, size, bold);
    double width = width_of(layout);
    g_object_unref(layout);
    return width;
}

void lk_text_draw(cairo_t *cairo, const lk_shape *shape)
{
    static const double shares[] = {0, 0.5, 1};
    PangoLayout *layout = make_layout(shape->text, shape->size, shape->bold);
    double x = -shares[shape->anchor] * width_of(layout);
    cairo_move_to(cairo, x, -(double)pango_layout_get_baseline(layout) / PANGO_SCALE);
    pango_cairo_show_layout(cairo, layout);
    g_object_unref(layout);
}

typedef enum writing { WRITING_NONE, WRITING_RIGHT, WRITING_LEFT } writing;

/* Which way a character is written; WRITING_NONE: as those around it. */
static writing way_of(gunichar code)
{
    switch (utf8proc_get_property((utf8proc_int32_t)code)->bidi_class) {
    case UTF8PROC_BIDI_CLASS_L: return WRITING_RIGHT;
    case UTF8PROC_BIDI_CLASS_R:
    case UTF8PROC_BIDI_CLASS_AL: return WRITING_LEFT;
    default: return WRITING_NONE;
    }
}

/* An ellipsis behind words from right to left stands at their left end. */
static void add_ellipsis(char *text, size_t length)
{
    writing last = WRITING_NONE;
    text[length] = '\0';
    for (const char *at = text; *at; at = g_utf8_next_char(at)) {
        writing way = way_of(g_utf8_get_char(at));
        last = way == WRITING_NONE ? last : way;
    }
    sprintf(text + length, "%s%s", ellipsis, last == WRITING_LEFT ? right_to_left_mark : "");
}

/* The text's first `count` characters that can stand by themselves: an accent goes
 * with its letter. Returns its length in bytes. */
static size_t take_clusters(const char *text, const PangoLogAttr *attributes, int count)
{
    while (count > 0 && !attributes[count].is_cursor_position)
        count--;
    return (size_t)(g_utf8_offset_to_pointer(text, count) - text);
}

/* The longest beginning that fits with an ellipsis behind it, by halving. */
static void text_cut(char *out, const char *text, double width, lk_text_style style)
{
    PangoLayout *layout = make_layout(text, style.size, style.bold);
    int count, low = 0;
    const PangoLogAttr *attributes = pango_layout_get_log_attrs_readonly(layout, &count);
    int high = width_of(layout) <= width ? 0 : count - 1;
    strcpy(out, text);
    if (high > 0)
        add_ellipsis(out, 0); /* where nothing else fits */
    while (low + 1 < high) {
        int middle = (low + high) / 2;
        size_t length = take_clusters(text, attributes, middle);
        char *trial = out + strlen(text) + 8; /* the second half of the room */
        memcpy(trial, text, length);
        add_ellipsis(trial, length);
        if (lk_text_width(trial, style.size, style.bold) <= width) {
            low = middle;
            strcpy(out, trial);
        } else {
            high = middle;
        }
    }
    g_object_unref(layout);
}

lk_status lk_text_fit(char **out, const char *text, double width, lk_text_style style)
{
    enum { LONGEST = 512 }; /* bytes worth measuring */
    lk_buffer clean = {0};
    char *room = NULL;
    lk_buffer_text(&clean, "");
    lk_buffer_clean(&clean, text);
    lk_status status = clean.status;
    if (status == LK_OK && clean.count > LONGEST) {
        size_t length = LONGEST;
        while (length > 0 && ((unsigned char)clean.data[length] & 0xc0) == 0x80)
            length--;
        clean.data[length] = '\0';
    }
    if (status == LK_OK)
        status = lk_alloc(&room, 2 * (strlen(clean.data) + 8), 1);
    if (status == LK_OK)
        text_cut(room, clean.data, width, style);
    lk_buffer_clear(&clean);
    *out = room;
    return status;
}

void lk_text_add_name(lk_buffer *out, const char *name)
{
    lk_buffer clean = {0};
    bool turned = false;
    lk_buffer_text(&clean, "");
    lk_buffer_clean(&clean, name);
    if (clean.status != LK_OK) {
        out->status = out->status == LK_OK ? clean.status : out->status;
        return;
    }
    for (const char *at = clean.data; *at; at = g_utf8_next_char(at))
        turned = turned || way_of(g_utf8_get_char(at)) == WRITING_LEFT;
    lk_buffer_printf(out, "%s%s", clean.data, turned ? left_to_right_mark : "");
    lk_buffer_clear(&clean);
}
