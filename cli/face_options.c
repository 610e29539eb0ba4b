#include "face_options.h"

#include <string.h>

#include "rows.h"

static error_t face_take_row(struct argp_state *state, int key, const char *text,
                             cli_face_options *o)
{
    const lk_option *row = cli_row_of(key, NULL);
    error_t result = cli_rows_take(state, key, text, lk_extract_options_table(), &o->crop);
    if (result != 0)
        return result;
    o->size_given |= strcmp(row->name, "image_size") == 0;
    o->margin_given |= strcmp(row->name, "margin") == 0;
    o->resize_given |= strcmp(row->name, "resize") == 0;
    o->align_given |= strcmp(row->name, "align") == 0;
    return 0;
}

static error_t face_parse(int key, char *text, struct argp_state *state)
{
    cli_face_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: lk_extract_options_init(&o->crop); break;
    case ARGP_KEY_END:
        if (o->size_given && o->crop.image_size < LK_EMBEDDER_MIN_INPUT &&
            o->crop.margin < o->crop.image_size)
            cli_usage(state, "--size must be at least %d for the network", LK_EMBEDDER_MIN_INPUT);
        if (o->size_given && o->crop.margin >= o->crop.image_size)
            cli_usage(state, "--margin %zu must be smaller than --size %zu", o->crop.margin,
                      o->crop.image_size);
        if (o->align_given && o->crop.align != LK_ALIGN_NONE && o->crop.margin)
            cli_usage(state, "--margin is of faces that are cut out by their boxes: with --align "
                             "the template says what is around a face");
        break;
    default: return face_take_row(state, key, text, o);
    }
    return 0;
}

static struct argp_option face_rows[] = {
    CLI_ROW_IN_GROUP("size", 10), CLI_ROW("margin"), CLI_ROW("resize"), CLI_ROW("align"), {0},
};

const struct argp cli_face_argp = {.options = face_rows, .parser = face_parse};

static size_t margin_of(const lk_model_traits *traits, const lk_extract_options *crop)
{
    if (crop->align != LK_ALIGN_NONE)
        return 0;
    return (traits->margin * crop->image_size + traits->size / 2) / traits->size;
}

int cli_face_settle(cli_face_options *options, const lk_model_traits *traits, bool whole)
{
    lk_extract_options *o = &options->crop;
    if (!options->resize_given)
        o->resize = traits->resize;
    if (!options->align_given)
        o->align = traits->align;
    if (whole)
        o->align = LK_ALIGN_NONE;
    if (!options->size_given)
        o->image_size = o->align == LK_ALIGN_DLIB ? LK_ALIGN_DLIB_SIZE : traits->size;
    if (o->align == LK_ALIGN_DLIB && options->align_given && o->image_size != LK_ALIGN_DLIB_SIZE) {
        cli_error("--size %zu: --align dlib gives faces of %d pixels", o->image_size,
                  LK_ALIGN_DLIB_SIZE);
        return CLI_USAGE;
    }
    if (!options->margin_given)
        o->margin = whole ? 0 : margin_of(traits, o);
    if (o->align != LK_ALIGN_NONE && o->margin) {
        cli_error("--margin %zu: this model's faces are aligned, by the template %s, and have no "
                  "margin; --align none cuts them out by their boxes",
                  o->margin, cli_align_name(o->align));
        return CLI_USAGE;
    }
    if (o->margin >= o->image_size) {
        cli_error("--margin %zu must be smaller than the model's size, %zu", o->margin,
                  o->image_size);
        return CLI_USAGE;
    }
    return CLI_OK;
}
