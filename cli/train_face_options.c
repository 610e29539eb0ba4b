/* The options of --detect: those of `crop`; and those of `embed` that ask for the same. */
#include <stdlib.h>
#include <string.h>

#include "train_faces.h"

static void keep_face_option(train_options *o, char *text)
{
    o->face_options = cli_grow(o->face_options, &o->face_option_capacity, o->face_option_count + 1,
                               sizeof *o->face_options);
    o->face_options[o->face_option_count++] = text;
}

/* Those of `crop`, and what was given of them, so that it can be said again. */
static error_t parse_faces(int key, char *text, struct argp_state *state)
{
    train_options *o = state->input;
    struct argp_state inner = *state; /* for a parser whose input is a part of ours */
    inner.input = &o->detect;
    error_t result = cli_detect_argp.parser(key, text, &inner);
    if (result != 0)
        return result;
    for (const struct argp_option *option = cli_detect_argp.options; option->name; option++)
        if (option->key == key) {
            keep_face_option(o, cli_format("--%s", option->name));
            if (text)
                keep_face_option(o, cli_strdup(text));
        }
    return 0;
}

const struct argp *train_faces_argp(void)
{
    static struct argp argp = {.parser = parse_faces};
    argp.options = cli_detect_argp.options;
    return &argp;
}

void train_faces_check(struct argp_state *state, const train_options *o, size_t size)
{
    if (!o->detect_faces && o->face_option_count)
        cli_usage(state, "%s is of --detect, which was not given", o->face_options[0]);
    if (!o->detect_faces && o->crop_margin_given)
        cli_usage(state, "--crop-margin is of --detect, which was not given");
    if (o->detect_faces && o->resume)
        cli_usage(state, "--resume takes the faces that the run has cut out: leave --detect out");
    if (o->detect.keep_all)
        cli_usage(state, "train takes one face of a photograph, so --keep-all is not for it");
    if (o->crop_margin >= size)
        cli_usage(state, "--crop-margin %zu must be smaller than --size %zu", o->crop_margin, size);
}

/* ---- the same for embed ---- */

static json_t *read_description(const char *folder)
{
    enum { MOST = 1 << 20 };
    char *path = cli_format("%s.json", folder), *text = NULL;
    size_t count;
    json_t *object = NULL;
    if (lk_input_read(&text, &count, path, MOST) == LK_OK)
        object = cli_json_parse(text, count);
    lk_free(text);
    free(path);
    return object;
}

static char *append_word(char *line, const char *text)
{
    char *word = cli_shell_word(text), *longer = cli_format("%s %s", line, word);
    free(word);
    free(line);
    return longer;
}

static char *append_described(char *line, const json_t *how)
{
    json_int_t margin = json_integer_value(json_object_get(how, "margin"));
    const json_t *options = json_object_get(how, "options");
    if (margin > 0) {
        char *longer = cli_format("%s --margin %lld", line, (long long)margin);
        free(line);
        line = longer;
    }
    for (size_t i = 0; i < json_array_size(options); i++) {
        const char *text = json_string_value(json_array_get(options, i));
        line = append_word(line, text ? text : "");
    }
    if (!json_object_get(how, "border") && !json_array_size(json_object_get(how, "boxes_sha256")))
        line = append_word(append_word(line, "--border"), "squeeze"); /* older than the choice */
    return line;
}

char *train_faces_embed_options(const lk_trainer *trainer, const char *folder)
{
    const lk_trainer_options *options = lk_trainer_get_options(trainer);
    char *line = options->augment.resize == LK_PILLOW_12
                     ? cli_format("--size %zu", options->size)
                     : cli_format("--size %zu --resize %s", options->size,
                                  cli_resize_name(options->augment.resize));
    json_t *how = folder ? read_description(folder) : NULL;
    if (how)
        line = append_described(line, how);
    else
        line = append_word(line, "--no-detect");
    json_decref(how);
    return line;
}
