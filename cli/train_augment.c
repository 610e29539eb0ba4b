/* The argument of --augment. */
#include <stdlib.h>
#include <string.h>

#include "train.h"

static void set_augment(struct argp_state *state, lk_augment_options *a, const char *name,
                        const char *value, bool on)
{
    static const char option[] = "--augment";
    lk_augment_options usual;
    lk_augment_options_init(&usual);
    const struct {
        const char *name;
        double *place, usual, most;
    } steps[] = {{"shift", &a->shift, usual.shift, 0.5},  {"scale", &a->scale, usual.scale, 4},
                 {"colour", &a->colour, usual.colour, 1}, {"color", &a->colour, usual.colour, 1},
                 {"blur", &a->blur, usual.blur, 20},      {"erase", &a->erase, usual.erase, 0.9}};
    if (strcmp(name, "flip") == 0 && !value) {
        a->flip = on;
        return;
    }
    if (strcmp(name, "jpeg") == 0) {
        a->jpeg = on ? usual.jpeg : 0;
        if (value)
            a->jpeg = (int)cli_parse_whole(state, option, value, 1, 95);
        return;
    }
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (strcmp(name, steps[i].name) == 0) {
            *steps[i].place = !on     ? 0
                              : value ? cli_parse_number(state, option, value, 0, steps[i].most)
                                      : steps[i].usual;
            return;
        }
    cli_usage(state,
              "%s takes none, or a list of flip, shift=S, scale=S, colour=C, blur=B, jpeg=Q, "
              "erase=E, or of no-flip, no-shift and so on, not '%s'",
              option, name);
}

/* "none", "flip,shift=0.1" (these only) or "no-flip,no-blur" (all but these). */
void train_take_augment(struct argp_state *state, lk_augment_options *a, const char *text)
{
    char *copy = cli_strdup(text), *rest = copy, *item;
    lk_pillow resize = a->resize; /* --resize, wherever it stands */
    if (strncmp(text, "no-", 3) == 0)
        lk_augment_options_init(a);
    else
        lk_augment_options_none(a);
    a->resize = resize;
    while (strcmp(text, "none") != 0 && (item = strsep(&rest, ","))) {
        bool on = strncmp(item, "no-", 3) != 0;
        char *value = strchr(item, '=');
        if (value && on)
            *value++ = '\0';
        set_augment(state, a, on ? item : item + 3, on ? value : NULL, on);
    }
    free(copy);
}
