/* Tables of options: structs of any age, defaults, checks. */
#include "base/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

const char *lk_options_name(const lk_options_table *table)
{
    if (!table)
        return NULL;
    return table->name;
}

size_t lk_options_count(const lk_options_table *table)
{
    if (!table)
        return 0;
    return table->count;
}

const lk_option *lk_options_row(const lk_options_table *table, size_t index)
{
    if (!table)
        return NULL;
    return index < table->count ? &table->rows[index] : NULL;
}

const lk_option *lk_option_find(const lk_options_table *table, const char *name)
{
    for (size_t i = 0; name && i < table->count; i++)
        if (strcmp(table->rows[i].name, name) == 0)
            return &table->rows[i];
    return NULL;
}

/* ---- structs that are shorter than ours ---- */

static size_t options_size_at(const void *options, size_t offset)
{
    size_t size;
    memcpy(&size, (const char *)options + offset, sizeof size);
    return size;
}

/* Where the byte `offset` of our struct lies in a caller's, in which every part may be
 * shorter, so that what follows it lies further to the front; SIZE_MAX: nowhere. */
static size_t options_locate(const lk_options_table *table, const void *options, size_t offset)
{
    size_t missing = 0, total = options_size_at(options, 0);
    for (size_t i = 0; i < table->part_count; i++) {
        const lk_options_part *part = &table->parts[i];
        size_t start = part->offset - missing;
        if (offset < part->offset || start + sizeof total > total)
            break;
        size_t size = options_size_at(options, start);
        if (offset < part->offset + part->bytes)
            return offset - part->offset < size ? offset - missing : SIZE_MAX;
        missing += part->bytes - size;
    }
    return offset - missing < total ? offset - missing : SIZE_MAX;
}

/* One struct has at least a member behind its size, and is aligned as a size. */
static lk_status check_one(const lk_options_table *table, size_t size, size_t most)
{
    LK_REQUIRE(size >= 2 * sizeof size && size % sizeof size == 0, LK_ERROR_ARGUMENT,
               "%s options were not initialised: their init function comes first", table->name);
    LK_REQUIRE(size <= most, LK_ERROR_ARGUMENT,
               "%s options of %zu bytes, expected at most %zu: the program was compiled for a "
               "newer library, or did not initialise them",
               table->name, size, most);
    return LK_OK;
}

lk_status lk_options_check_size(const lk_options_table *table, const void *options)
{
    size_t missing = 0, total = options_size_at(options, 0);
    LK_TRY(check_one(table, total, table->bytes));
    for (size_t i = 0; i < table->part_count; i++) {
        size_t start = table->parts[i].offset - missing;
        if (start + sizeof total > total)
            break;
        size_t size = options_size_at(options, start);
        LK_TRY(check_one(table, size, table->parts[i].bytes));
        LK_TRY(check_one(table, start + size, total));
        missing += table->parts[i].bytes - size;
    }
    return LK_OK;
}

void *lk_option_at(const lk_options_table *table, const void *options, const lk_option *option)
{
    size_t place = options_locate(table, options, option->offset);
    return place == SIZE_MAX ? NULL : (char *)(uintptr_t)options + place;
}

/* ---- defaults ---- */

/* What a preset says is a row's own business: a test reads them all. */
static void set_default(void *at, const lk_option *option)
{
    memset(at, 0, option->bytes);
    if (option->preset)
        (void)lk_option_parse(at, option, option->preset);
}

void lk_options_defaults(const lk_options_table *table, void *options)
{
    if (!table || !options)
        return;
    for (size_t i = 0; i < table->count; i++) {
        void *at = lk_option_at(table, options, &table->rows[i]);
        if (at)
            set_default(at, &table->rows[i]);
    }
}

static void set_sizes(const lk_options_table *table, void *options)
{
    memcpy(options, &table->bytes, sizeof table->bytes);
    for (size_t i = 0; i < table->part_count; i++)
        memcpy((char *)options + table->parts[i].offset, &table->parts[i].bytes,
               sizeof table->parts[i].bytes);
}

static void copy(const lk_options_table *table, char *out, const char *given)
{
    for (size_t i = 0; i < table->bytes; i++) {
        size_t place = options_locate(table, given, i);
        out[i] = place == SIZE_MAX ? 0 : given[place];
    }
    set_sizes(table, out);
    for (size_t i = 0; i < table->count; i++)
        if (!lk_option_at(table, given, &table->rows[i]))
            set_default(out + table->rows[i].offset, &table->rows[i]);
}

lk_status lk_options_take(const lk_options_table *table, void *out, const void *given)
{
    if (!given) {
        memset(out, 0, table->bytes);
        set_sizes(table, out);
        lk_options_defaults(table, out);
        return LK_OK;
    }
    LK_TRY(lk_options_check(table, given));
    copy(table, out, given);
    return LK_OK;
}

/* ---- one option, and all ---- */

static lk_status options_find(const lk_option **out, void **at, const lk_options_table *table,
                              const void *options, const char *name)
{
    LK_REQUIRE(table && options && name, LK_ERROR_ARGUMENT, "an option: NULL argument");
    LK_TRY(lk_options_check_size(table, options));
    *out = lk_option_find(table, name);
    *at = *out ? lk_option_at(table, options, *out) : NULL;
    LK_REQUIRE(*at, LK_ERROR_ARGUMENT, "%s: there is no such option of %s", name, table->name);
    return LK_OK;
}

lk_status lk_option_set(const lk_options_table *table, void *options, const char *name,
                        const char *text)
{
    const lk_option *option;
    void *at;
    LK_TRY(options_find(&option, &at, table, options, name));
    if (!lk_option_parse(at, option, text))
        return lk_option_refuse(option, text);
    return LK_OK;
}

lk_status lk_option_get(char **out, const lk_options_table *table, const void *options,
                        const char *name)
{
    const lk_option *option;
    void *at;
    LK_REQUIRE(out, LK_ERROR_ARGUMENT, "an option: NULL argument");
    LK_TRY(options_find(&option, &at, table, options, name));
    return lk_option_print(out, at, option);
}

lk_status lk_options_check(const lk_options_table *table, const void *options)
{
    LK_REQUIRE(table && options, LK_ERROR_ARGUMENT, "options: NULL argument");
    LK_TRY(lk_options_check_size(table, options));
    for (size_t i = 0; i < table->count; i++) {
        const void *at = lk_option_at(table, options, &table->rows[i]);
        if (!at || lk_option_is_valid(at, &table->rows[i]))
            continue;
        char *text;
        LK_TRY(lk_option_print(&text, at, &table->rows[i]));
        lk_status status = lk_option_refuse(&table->rows[i], text);
        free(text);
        return status;
    }
    return LK_OK;
}
