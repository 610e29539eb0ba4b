/* The table of commands, in the order in which help shows them. */
#include <string.h>

#include "cli.h"
#include "nearest.h"

const cli_command cli_commands[] = {
    {"detect", "find faces: boxes, probabilities, landmarks", cmd_detect},
    {"crop", "cut faces out into square images", cmd_crop},
    {"embed", "turn faces into vectors", cmd_embed},
    {"compare", "tell how alike the faces in two photographs are", cmd_compare},
    {"enroll", "remember people by their photographs", cmd_enroll},
    {"verify", "tell whether a face is that of a person enrolled", cmd_verify},
    {"identify", "find out who is in photographs", cmd_identify},
    {"calibrate", "measure what thresholds mean for a gallery", cmd_calibrate},
    {"gallery", "look at who is enrolled, and put it right", cmd_gallery},
    {"cluster", "sort photographs into people nobody has named", cmd_cluster},
    {"pca", "project vectors onto their principal components", cmd_pca},
    {"distances", "compute the distances between all vectors", cmd_distances},
    {"wss", "measure the spread of groups of vectors", cmd_wss},
    {"roc", "measure how well distances tell people apart", cmd_roc},
    {"audit", "compare groups: how often people are mistaken for each other", cmd_audit},
    {"evaluate", "measure a model by LFW's protocol, in a gallery, by clusters", cmd_evaluate},
    {"models", "list, get, inspect and convert weights", cmd_models},
    {"data", "list and get photographs to learn with", cmd_data},
    {"train", "teach a network to tell people apart", cmd_train},
    {"synth", "render photographs of people who do not exist", cmd_synth},
    {"experiment", "train on mixtures of populations, and compare", cmd_experiment},
    {"lesson", "walk through the whole tutorial on one page", cmd_lesson},
    {"help", "show this list, or the help of a command", cmd_help},
};

const size_t cli_command_count = sizeof cli_commands / sizeof *cli_commands;

const cli_command *cli_command_find(const char *name)
{
    for (size_t i = 0; i < cli_command_count; i++)
        if (strcmp(cli_commands[i].name, name) == 0)
            return &cli_commands[i];
    return NULL;
}

const char *cli_command_nearest(const char *name)
{
    cli_nearest nearest = {.name = name};
    for (size_t i = 0; i < cli_command_count; i++)
        cli_nearest_try(&nearest, cli_commands[i].name);
    return nearest.best;
}

void cli_print_overview(FILE *stream)
{
    cli_line(stream, "Usage: likeness COMMAND [PATH...] [OPTION...]");
    cli_end_line(stream);
    cli_line(stream, "Finds, compares and studies faces in photographs.");
    cli_end_line(stream);
    for (size_t i = 0; i < cli_command_count; i++)
        cli_line(stream, "  %-11s%s", cli_commands[i].name, cli_commands[i].summary);
    cli_end_line(stream);
    cli_line(stream, "'likeness COMMAND --help' explains a command and gives an example.");
    cli_line(stream, "Exit status: 0 all good; 1 some inputs failed; 2 wrong usage; 3 a model or");
    cli_line(stream, "data set is missing; 4 the environment failed.");
}
