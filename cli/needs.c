#include "needs.h"

#include <stdlib.h>
#include <string.h>

#include "store.h"

/* The store's things that are not there. */
typedef struct missing {
    const lk_store_entry *entries[16];
    size_t count;
    const lk_store_entry *network; /* the one of them whose place another may take, or NULL */
    char *told;                    /* the last failure of another kind */
} missing;

/* Takes `more` over. */
static void needs_append(char **text, char *more)
{
    char *longer = cli_format("%s%s", *text, more);
    free(more);
    free(*text);
    *text = longer;
}

/* Adds what is missing of one kind: `the models "a" and "b"` to `what`, `likeness
 * models pull a b` to `how`. */
static void add_kind(const missing *m, lk_store_kind kind, char **what, char **how)
{
    bool model = kind == LK_STORE_MODEL;
    size_t count = 0, done = 0;
    for (size_t i = 0; i < m->count; i++)
        count += m->entries[i]->kind == kind;
    if (count == 0)
        return;
    needs_append(what, cli_format("%sthe %s%s", **what ? " and " : "", model ? "model" : "data set",
                                  count > 1 ? "s" : ""));
    needs_append(how,
                 cli_format("%slikeness %s pull", **how ? " && " : "", model ? "models" : "data"));
    for (size_t i = 0; i < m->count; i++) {
        if (m->entries[i]->kind != kind)
            continue;
        const char *between = done == 0 ? "" : done + 1 == count ? " and" : ",";
        needs_append(what, cli_format("%s \"%s\"", between, m->entries[i]->name));
        needs_append(how, cli_format(" %s", m->entries[i]->name));
        done++;
    }
}

static bool leads_somewhere(const char *name)
{
    char *path = NULL;
    bool here = lk_store_find(&path, name) == LK_OK;
    lk_free(path);
    return here;
}

/* Whether an entry is a network for photographs of real people: neither a detector nor
 * the one that comes with the program. */
static bool is_network(const lk_store_entry *entry)
{
    const lk_store_package *package = lk_store_package_of(entry->name);
    return entry->kind == LK_STORE_MODEL && (!package || package->network) &&
           lk_store_get_trust(entry->name) != LK_STORE_BUILT_IN;
}

/* The networks that are here: "--weights dlib or --weights vggface2"; empty: none. */
static char *list_networks(void)
{
    char *list = cli_strdup("");
    for (size_t i = 0; i < lk_store_count(); i++) {
        const lk_store_entry *entry = lk_store_get(i);
        if (is_network(entry) && leads_somewhere(entry->name))
            needs_append(&list, cli_format("%s--weights %s", *list ? " or " : "", entry->name));
    }
    return list;
}

/* What does in place of a network: one that is here, else one that comes another way. */
static char *describe_others(const missing *m)
{
    static const char other[] = "dlib";
    if (!m->network)
        return cli_strdup("");
    char *here = list_networks();
    char *text =
        *here ? cli_format("; here already: %s", here)
        : strcmp(m->network->name, other) == 0
            ? cli_strdup("")
            : cli_format("; where GitHub is out of reach, 'likeness models pull %s' gets another "
                         "(--weights %s)",
                         other, other);
    free(here);
    needs_append(&text, cli_strdup("; the built-in synthetic has seen only computer-drawn people "
                                   "and does not recognise real ones"));
    return text;
}

static void tell_missing(const missing *m)
{
    char *what = cli_strdup(""), *how = cli_strdup(""), *others = describe_others(m);
    add_kind(m, LK_STORE_MODEL, &what, &how);
    add_kind(m, LK_STORE_DATA, &what, &how);
    cli_error("%s %s not here yet: '%s' gets %s%s", what, m->count == 1 ? "is" : "are", how,
              m->count == 1 ? "it" : "them", others);
    free(what);
    free(how);
    free(others);
}

void cli_needs_tell_refused(const char *name)
{
    char *refused = NULL;
    if (lk_store_refused(&refused, name) == LK_OK && refused)
        cli_warn("%s; it is left there and not used", refused);
    lk_free(refused);
}

static bool leads_to(const lk_store_entry *entry, const char *path)
{
    char *found = NULL;
    bool here = lk_store_find_weights(&found, entry->name) == LK_OK ||
                lk_store_find(&found, entry->name) == LK_OK; /* a detector is a folder */
    bool same = here && strcmp(found, path) == 0;
    lk_free(found);
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
static int find_one(missing *m, const char *name, bool weights)
{
    char *path = NULL;
    lk_status status = weights ? lk_store_find_weights(&path, name) : LK_OK;
    if (status != LK_ERROR_ARGUMENT) { /* else a detector's name, or that of a data set */
        lk_free(path);
        path = NULL;
        status = lk_store_find(&path, name);
    }
    const lk_store_entry *entry = cli_store_entry(name);
    lk_free(path);
    if (status == LK_OK) {
        warn_of(name);
        return CLI_OK;
    }
    bool to_pull =
        status == LK_ERROR_MISSING && entry && lk_store_get_trust(name) != LK_STORE_BUILT_IN;
    if (!to_pull || m->count == sizeof m->entries / sizeof *m->entries)
        return cli_fail_once(status, &m->told);
    cli_needs_tell_refused(name);
    m->entries[m->count++] = entry;
    return CLI_MISSING;
}

int cli_needs_find(const char *const *names, size_t count, const char *weights)
{
    missing m = {0};
    int status = CLI_OK;
    for (size_t i = 0; i < count; i++)
        if (names[i])
            status = cli_worse(status, find_one(&m, names[i], false));
    size_t before = m.count;
    if (weights)
        status = cli_worse(status, find_one(&m, weights, true));
    m.network = m.count > before ? m.entries[before] : NULL;
    if (m.count)
        tell_missing(&m);
    free(m.told);
    return status;
}

const char *cli_needs_detector(const cli_detect_options *detect)
{
    return detect->box_count ? NULL : detect->detector;
}

int cli_needs_models(const cli_detect_options *detect, lk_align align, const char *weights)
{
    bool aligns = align == LK_ALIGN_DLIB && (!weights || strcmp(weights, CLI_PREDICTOR) != 0);
    const char *names[] = {detect ? cli_needs_detector(detect) : NULL,
                           aligns ? CLI_PREDICTOR : NULL};
    return cli_needs_find(names, sizeof names / sizeof *names, weights);
}
