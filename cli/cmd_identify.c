/* likeness identify: who are these? */
#include <string.h>

#include "photo_command.h"
#include "recognise.h"
#include "signals.h"

enum { KEY_TOP = CLI_KEY_OWN, KEY_SEARCH };

typedef struct identify_options {
    cli_known_options known;
    cli_judge_options judge;
    size_t top;
    lk_gallery_search search;
} identify_options;

static lk_gallery_search identify_take_search(struct argp_state *state, const char *text)
{
    if (strcmp(text, "exact") == 0)
        return LK_GALLERY_EXACT;
    if (strcmp(text, "approximate") != 0)
        cli_usage(state, "--search takes exact or approximate, not '%s'", text);
    return LK_GALLERY_APPROXIMATE;
}

static error_t identify_parse(int key, char *text, struct argp_state *state)
{
    identify_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: o->top = 1; break;
    case KEY_SEARCH: o->search = identify_take_search(state, text); break;
    case KEY_TOP: o->top = cli_parse_whole(state, "--top", text, 1, 1000); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"top", KEY_TOP, "K", 0, "Name the K nearest people of each face (default: 1)", 1},
    {"search", KEY_SEARCH, "HOW", 0,
     "exact, or approximate: by the index that 'likeness gallery index' makes, which may miss "
     "somebody (default: exact; approximate where there is that index and more than 1,000,000 "
     "faces)",
     0},
    {0},
};

static const char doc[] =
    "Finds the people of the gallery who are nearest to each face in photographs, and calls a face "
    "unknown whose nearest person lies beyond the threshold. The search is exact, but for "
    "large galleries with an index (--search): it finds what comparing with every face would "
    "find. The more people a gallery has, the more often a "
    "stranger is near one of them by chance."
    "\vExample:\n"
    "  likeness identify party/ --top 3\n";

static int identify_all(void *identify, const cli_inputs *inputs)
{
    const identify_options *o = identify;
    cli_recognise run = {
        .options = &o->known, .judge = &o->judge, .top = o->top, .search = o->search};
    int status = cli_recognise_begin(&run);
    if (status == CLI_OK) {
        status = cli_recognise_photos(&run, inputs->files, inputs->count, "looking");
        if (status < CLI_USAGE && !o->known.json && !cli_interrupted())
            cli_recognise_tell_result(&run);
    }
    cli_recognise_clear(&run);
    return status;
}

static int identify_check_files(void *identify, const cli_inputs *inputs)
{
    const identify_options *o = identify;
    return cli_known_check(&o->known, inputs, false);
}

int cmd_identify(int argc, char **argv)
{
    identify_options o = {0};
    static const cli_part parts[] = {
        {&cli_known_argp, offsetof(identify_options, known)},
        {&cli_judge_argp, offsetof(identify_options, judge)},
        {&cli_photographs_argp, offsetof(identify_options, known.how.paths)},
        {0}};
    const struct argp argp = {
        .options = options, .parser = identify_parse, .args_doc = "PATH...", .doc = doc};
    cli_parse(&argp, parts, argc, argv, &o);
    cli_signals_catch();
    const cli_photo_command command = {.paths = &o.known.how.paths,
                                       .json = o.known.json,
                                       .check = identify_check_files,
                                       .run = identify_all};
    return cli_photo_command_run(&command, &o);
}
