/* The argument of --augment: the rows of lk_augment_options, each by its name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"
#include "train.h"

/* NULL: no step of --augment; how faces are resized has an option of its own. */
static const lk_option *train_augment_find(const char *name)
{
    const lk_option *row =
        lk_option_find(lk_augment_options_table(), strcmp(name, "color") == 0 ? "colour" : name);
    return row && !row->word ? row : NULL;
}

/* What turns a step off. */
static const char *off(const lk_option *row)
{
    return row->type == LK_OPTION_FLAG ? "off" : "0";
}

/* Sets one step: to `value`, or where that is NULL to its default or to nothing. */
static void set_step(struct argp_state *state, lk_augment_options *a, const char *name,
                     const char *value, bool on)
{
    const lk_option *row = train_augment_find(name);
    if (!row || (value && row->type == LK_OPTION_FLAG))
        cli_usage(state,
                  "--augment takes none, or a list of flip, shift=S, scale=S, colour=C, blur=B, "
                  "jpeg=Q, erase=E, or of no-flip, no-shift and so on, not '%s'",
                  name);
    char *option = cli_format("--augment: %s", row->name);
    cli_row_set(state, option, lk_augment_options_table(), a, row->name,
                value ? value
                : on  ? row->preset
                      : off(row));
    free(option);
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
        set_step(state, a, on ? item : item + 3, on ? value : NULL, on);
    }
    free(copy);
}

void train_augment_describe(char *out, size_t size)
{
    const lk_options_table *table = lk_augment_options_table();
    size_t length = (size_t)snprintf(out, size, "none; or these changes only: ");
    for (size_t i = 0; i < lk_options_count(table) && length < size; i++) {
        const lk_option *row = lk_options_row(table, i);
        bool flag = row->type == LK_OPTION_FLAG;
        if (!train_augment_find(row->name))
            continue;
        length += (size_t)snprintf(out + length, size - length, "%s%s%s%s", i ? "," : "", row->name,
                                   flag ? "" : "=", flag ? "" : row->preset);
    }
    if (length < size)
        snprintf(out + length, size - length,
                 " (the default, all of them); or all but these: no-flip,no-erase");
}
