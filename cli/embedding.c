#include "embedding.h"

#include "needs.h"

enum { KEY_NO_DETECT = CLI_KEY_PHOTOS + 0x70 };

static error_t embedding_parse(int key, char *text, struct argp_state *state)
{
    cli_embedding_options *o = state->input;
    (void)text;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->faces;
        state->child_inputs[1] = &o->network;
        state->child_inputs[2] = &o->detect;
        state->child_inputs[3] = &o->common;
        state->child_inputs[4] = &o->paths;
        break;
    case KEY_NO_DETECT: o->no_detect = true; break;
    case ARGP_KEY_SUCCESS:
        if (o->no_detect && o->faces.crop.align != LK_ALIGN_NONE)
            cli_usage(state,
                      "--no-detect takes photographs whole: nothing says where to --align them");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"no-detect", KEY_NO_DETECT, NULL, 0,
     "The photographs are faces already: use them whole, resized to --size", 1},
    {0},
};

static const struct argp_child children[] = {
    {&cli_face_argp, 0, NULL, 0},   {&cli_network_argp, 0, NULL, 0}, {&cli_detect_argp, 0, NULL, 0},
    {&cli_common_argp, 0, NULL, 0}, {&cli_paths_argp, 0, NULL, 0},   {0}};

const struct argp cli_embedding_argp = {
    .options = options, .parser = embedding_parse, .children = children};

int cli_embedding_needs(const cli_embedding_options *o)
{
    return cli_needs_models(o->no_detect ? NULL : &o->detect, o->faces.crop.align,
                            o->network.weights);
}

void cli_embedding_read(cli_outputs *outputs, const cli_embedding_options *o,
                        const cli_inputs *inputs)
{
    cli_outputs_read_photos(outputs, inputs, &o->paths);
    cli_outputs_read_model(outputs, o->network.weights);
    if (!o->no_detect)
        cli_outputs_read_finder(outputs, &o->detect);
    cli_outputs_read_predictor(outputs, o->no_detect ? LK_ALIGN_NONE : LK_ALIGN_DLIB);
}

int cli_embedding_load(cli_finder *finder, lk_embedder **network, lk_extract_options *crop,
                       const cli_embedding_options *o)
{
    cli_face_options faces = o->faces;
    int status = o->no_detect ? CLI_OK : cli_finder_load(finder, &o->detect);
    if (status == CLI_OK)
        status = cli_network_load(network, &o->network);
    if (status == CLI_OK)
        status = cli_face_settle(&faces, lk_embedder_traits(*network), o->no_detect);
    if (status == CLI_OK && !cli_network_takes(*network, &o->network, faces.crop.image_size))
        status = CLI_USAGE;
    if (status == CLI_OK)
        status = cli_finder_align(finder, faces.crop.align);
    *crop = faces.crop;
    return status;
}
