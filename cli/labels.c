#include "labels.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "rows.h"

const char *cli_label_rule_name(lk_label_rule rule)
{
    return lk_option_find(lk_file_list_options_table(), "label")->choices[rule];
}

static error_t take_rule(struct argp_state *state, int key, const char *text, cli_label_options *o)
{
    lk_file_list_options files;
    lk_file_list_options_init(&files);
    error_t result = cli_rows_take(state, key, text, lk_file_list_options_table(), &files);
    if (result == 0)
        *o = (cli_label_options){files.label, true};
    return result;
}

static error_t labels_parse(int key, char *text, struct argp_state *state)
{
    cli_label_options *o = state->input;
    if (key != ARGP_KEY_INIT)
        return take_rule(state, key, text, o);
    *o = (cli_label_options){.rule = LK_LABEL_FIRST};
    return 0;
}

static struct argp_option options[] = {
    CLI_ROW_IN_GROUP("label-from", 5),
    {0},
};

const struct argp cli_labels_argp = {.options = options, .parser = labels_parse};

/* ---- what the rule did ---- */

/* A folder that gave a label. */
typedef struct source {
    const lk_file *file;
    size_t length; /* of the folder's path, the beginning of the file's */
    dev_t device;
    ino_t inode;
} source;

typedef struct sources {
    source *items;
    size_t count, capacity;
} sources;

/* The folder that names the person: of the file's path all but the name and, by the
 * first rule, the folders below the first one. */
static size_t source_length(const lk_file *file, lk_label_rule rule)
{
    size_t parts = rule == LK_LABEL_FIRST && file->depth > 1 ? file->depth : 1;
    size_t length = strlen(file->path);
    while (parts > 0 && length > 0)
        parts -= file->path[--length] == '/';
    return parts ? 0 : length;
}

static bool is_same_source(const source *last, const lk_file *file, size_t length)
{
    return last->length == length && strncmp(last->file->path, file->path, length) == 0 &&
           strcmp(last->file->label, file->label) == 0;
}

/* The caller frees it. */
static char *folder_of(const lk_file *file, size_t length)
{
    return length ? cli_format("%.*s", (int)length, file->path) : cli_strdup(".");
}

static void add_source(sources *all, const lk_file *file, lk_label_rule rule)
{
    struct stat info = {0};
    size_t length = source_length(file, rule);
    if (all->count && is_same_source(&all->items[all->count - 1], file, length))
        return;
    char *folder = folder_of(file, length);
    all->items = cli_grow(all->items, &all->capacity, all->count + 1, sizeof *all->items);
    if (stat(folder, &info) == 0)
        all->items[all->count++] = (source){file, length, info.st_dev, info.st_ino};
    free(folder);
}

static bool is_one_place(const source *a, const source *b)
{
    return a->device == b->device && a->inode == b->inode;
}

static int labels_by_label(const void *a, const void *b)
{
    const source *x = a, *y = b;
    int order = strcmp(x->file->label, y->file->label);
    if (order == 0 && x->device != y->device)
        order = x->device < y->device ? -1 : 1;
    if (order == 0 && x->inode != y->inode)
        order = x->inode < y->inode ? -1 : 1;
    return order ? order : strcmp(x->file->path, y->file->path);
}

/* The first two places of the first label that has two; returns how many labels do. */
static size_t find_clashes(sources *all, const source *two[2])
{
    size_t clashes = 0;
    const char *counted = NULL;
    if (all->count)
        qsort(all->items, all->count, sizeof *all->items, labels_by_label);
    for (size_t i = 1; i < all->count; i++) {
        const source *a = &all->items[i - 1], *b = &all->items[i];
        const char *label = b->file->label;
        if (strcmp(a->file->label, label) != 0 || is_one_place(a, b) ||
            (counted && strcmp(counted, label) == 0))
            continue;
        counted = label;
        if (clashes++ == 0) {
            bool in_order = strcmp(a->file->path, b->file->path) <= 0;
            two[0] = in_order ? a : b;
            two[1] = in_order ? b : a;
        }
    }
    return clashes;
}

/* "first: bruce, last: 2019, path: bruce/2019". The caller frees it. */
static char *describe_rules(const lk_file *file)
{
    size_t end = source_length(file, LK_LABEL_LAST), start = end;
    for (size_t parts = file->depth; parts > 0 && start > 0; start--)
        if (file->path[start - 1] == '/' && --parts == 0)
            break;
    const char *way = file->path + start, *last = file->path + end;
    if (file->depth == 0)
        return cli_format("first, last and path: %s", file->label);
    while (last > way && last[-1] != '/')
        last--;
    return cli_format("first: %.*s, last: %.*s, path: %.*s", (int)strcspn(way, "/"), way,
                      (int)(file->path + end - last), last, (int)(end - start), way);
}

static void tell_clash(const source *a, const source *b, size_t clashes, lk_label_rule rule)
{
    char *given = describe_rules(b->file);
    char *first = folder_of(a->file, a->length), *second = folder_of(b->file, b->length);
    char *others = clashes == 1 ? cli_strdup("")
                                : cli_format(", as of %zu more %s", clashes - 1,
                                             cli_word(clashes - 1, "name", "names"));
    cli_warn("the photographs of two folders, %s and %s, count as one person's, '%s' "
             "(--label-from %s)%s; the rules give %s: %s",
             first, second, b->file->label, cli_label_rule_name(rule), others, b->file->path,
             given);
    free(others);
    free(second);
    free(first);
    free(given);
}

static void tell_depth(const lk_file *file, lk_label_rule rule)
{
    static const char *const words[] = {
        [LK_LABEL_FIRST] = "the folder directly under the argument",
        [LK_LABEL_LAST] = "the innermost folder",
        [LK_LABEL_PATH] = "all folders below the argument",
    };
    char *given = describe_rules(file);
    cli_warn("photographs lie deeper than one folder; a person is %s (--label-from %s); the rules "
             "give %s: %s",
             words[rule], cli_label_rule_name(rule), file->path, given);
    free(given);
}

void cli_labels_tell(lk_file_list *const *lists, size_t count, lk_label_rule rule)
{
    sources all = {0};
    const lk_file *deep = NULL;
    const source *two[2] = {NULL, NULL};
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < lk_file_list_count(lists[i]); j++) {
            const lk_file *file = lk_file_list_get(lists[i], j);
            add_source(&all, file, rule);
            deep = deep || file->depth < 2 ? deep : file;
        }
    size_t clashes = find_clashes(&all, two);
    if (two[0])
        tell_clash(two[0], two[1], clashes, rule);
    else if (deep)
        tell_depth(deep, rule);
    free(all.items);
}
