#include "needs.h"

#include <stdlib.h>
#include <string.h>

/* The store's things that are not there. */
typedef struct missing {
    const lk_store_entry *entries[16];
    size_t count;
} missing;

static const lk_store_entry *entry_named(const char *name)
{
    for (size_t i = 0; i < lk_store_count(); i++)
        if (strcmp(lk_store_get(i)->name, name) == 0)
            return lk_store_get(i);
    return NULL;
}

static void append(char **text, const char *format, const char *a, const char *b)
{
    char *more = cli_format(format, a, b);
    char *longer = cli_format("%s%s", *text, more);
    free(more);
    free(*text);
    *text = longer;
}

/* Adds what is missing of one kind: `the models "a" and "b"` to `what`, `likeness
 * models pull a b` to `how`. */
static void add_kind(const missing *m, lk_store_kind kind, char **what, char **how)
{
    const char *word = kind == LK_STORE_MODEL ? "model" : "data set";
    size_t count = 0, done = 0;
    for (size_t i = 0; i < m->count; i++)
        count += m->entries[i]->kind == kind;
    if (count == 0)
        return;
    append(what, "%sthe %s", **what ? " and " : "", word);
    append(what, "%s%s", count > 1 ? "s" : "", "");
    append(how, "%slikeness %s pull", **how ? " && " : "",
           kind == LK_STORE_MODEL ? "models" : "data");
    for (size_t i = 0; i < m->count; i++) {
        if (m->entries[i]->kind != kind)
            continue;
        const char *between = done == 0 ? "" : done + 1 == count ? " and" : ",";
        append(what, "%s \"%s\"", between, m->entries[i]->name);
        append(how, " %s%s", m->entries[i]->name, "");
        done++;
    }
}

static void tell_missing(const missing *m)
{
    char *what = cli_strdup(""), *how = cli_strdup("");
    add_kind(m, LK_STORE_MODEL, &what, &how);
    add_kind(m, LK_STORE_DATA, &what, &how);
    cli_error("%s %s not here yet: '%s' gets %s", what, m->count == 1 ? "is" : "are", how,
              m->count == 1 ? "it" : "them");
    free(what);
    free(how);
}

void cli_needs_tell_refused(const char *name)
{
    char *refused = NULL;
    if (lk_store_refused(&refused, name) == LK_OK && refused)
        cli_warn("%s; it is left there and not used", refused);
    lk_string_free(refused);
}

static bool leads_to(const lk_store_entry *entry, const char *path)
{
    char *found = NULL;
    bool same = lk_store_find(&found, entry->name) == LK_OK && strcmp(found, path) == 0;
    lk_string_free(found);
    return same;
}

bool cli_needs_is_unpublished(const char *name)
{
    if (lk_store_get_trust(name) == LK_STORE_UNPUBLISHED)
        return true;
    for (size_t i = 0; i < lk_store_count(); i++) {
        const lk_store_entry *entry = lk_store_get(i);
        if (lk_store_get_trust(entry->name) == LK_STORE_UNPUBLISHED && leads_to(entry, name))
            return true;
    }
    return false;
}

static void warn_of(const char *name)
{
    if (cli_needs_is_unpublished(name))
        cli_warn("the model \"%s\" is %s", name, lk_store_trust_text(LK_STORE_UNPUBLISHED));
}

/* Looks for one; what the store lacks is kept in `m`, everything else is told. */
static int find_one(missing *m, const char *name)
{
    char *path = NULL;
    lk_status status = lk_store_find(&path, name);
    const lk_store_entry *entry = entry_named(name);
    lk_string_free(path);
    if (status == LK_OK) {
        warn_of(name);
        return CLI_OK;
    }
    bool to_pull = status == LK_ERROR_MISSING && entry && *entry->address;
    if (!to_pull || m->count == sizeof m->entries / sizeof *m->entries)
        return cli_fail(status);
    cli_needs_tell_refused(name);
    m->entries[m->count++] = entry;
    return CLI_MISSING;
}

int cli_needs_find(const char *const *names, size_t count)
{
    missing m = {0};
    int status = CLI_OK;
    for (size_t i = 0; i < count; i++)
        if (names[i])
            status = cli_worse(status, find_one(&m, names[i]));
    if (m.count)
        tell_missing(&m);
    return status;
}
