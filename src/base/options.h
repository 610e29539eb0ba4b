/* Tables of options: what a room needs to keep one.
 *
 * A room writes the rows of a struct beside its code:
 *
 *   #define LK_STRUCT lk_pca_options
 *   #define LK_PREFIX ""
 *   #define LK_PART
 *   static const lk_option rows[] = {
 *       LK_WHOLE("components", components, .least = 1, .most = 100, .preset = "2"),
 *   };
 *   LK_OPTIONS_TABLE(lk_pca_options, "pca", rows)
 *
 * Rows of a struct that is a part of others stand in a header without a guard, which is
 * included once for each: LK_PREFIX stands before their names, LK_PART before their
 * members. */
#ifndef LK_BASE_OPTIONS_H
#define LK_BASE_OPTIONS_H

#include <likeness/options.h>

/* Where a struct lies in another; it begins with a size of its own. */
typedef struct lk_options_part {
    size_t offset, bytes;
} lk_options_part;

struct lk_options_table {
    const char *name;
    size_t bytes; /* of the struct as this library knows it */
    const lk_option *rows;
    size_t count;
    const lk_options_part *parts; /* in the order of their offsets */
    size_t part_count;
};

#define LK_ROW(type_, name_, member, ...)                                                          \
    {                                                                                              \
        .name = LK_PREFIX name_, .type = type_, .offset = offsetof(LK_STRUCT, LK_PART member),     \
        .bytes = sizeof(((LK_STRUCT *)0)->LK_PART member), __VA_ARGS__                             \
    }
#define LK_FLAG(name, member, ...)   LK_ROW(LK_OPTION_FLAG, name, member, __VA_ARGS__)
#define LK_WHOLE(name, member, ...)  LK_ROW(LK_OPTION_WHOLE, name, member, __VA_ARGS__)
#define LK_REAL(name, member, ...)   LK_ROW(LK_OPTION_REAL, name, member, __VA_ARGS__)
#define LK_CHOICE(name, member, ...) LK_ROW(LK_OPTION_CHOICE, name, member, __VA_ARGS__)
#define LK_TEXT(name, member, ...)   LK_ROW(LK_OPTION_TEXT, name, member, __VA_ARGS__)
#define LK_TEXTS(name, member, ...)  LK_ROW(LK_OPTION_TEXTS, name, member, __VA_ARGS__)

#define LK_OPTIONS_TABLE_WITH_PARTS(type, name, rows, parts, part_count)                           \
    const lk_options_table *type##_table(void)                                                     \
    {                                                                                              \
        static const lk_options_table table = {                                                    \
            name, sizeof(type), rows, sizeof(rows) / sizeof *(rows), parts, part_count};           \
        return &table;                                                                             \
    }
#define LK_OPTIONS_TABLE(type, name, rows) LK_OPTIONS_TABLE_WITH_PARTS(type, name, rows, NULL, 0)

/* Fills out[1], a struct of this library's size, from a caller's, which may be shorter:
 * what it lacks gets its default. `given` NULL: all defaults. Errors: LK_ERROR_ARGUMENT
 * (not initialised, longer than ours, out of range); *out is undefined then. */
lk_status lk_options_take(const lk_options_table *table, void *out, const void *given) LK_MUST_USE;

/* Where a row lies in a caller's struct; NULL: it is too short to have it. The struct's
 * sizes must have been checked, by lk_options_check_size. */
void *lk_option_at(const lk_options_table *table, const void *options, const lk_option *option);
lk_status lk_options_check_size(const lk_options_table *table, const void *options) LK_MUST_USE;

/* The text of an error: NAME takes ..., not 'TEXT'. */
lk_status lk_option_refuse(const lk_option *option, const char *text);

/* Reads `text` into the member at `at`; false where the option does not take it. A TEXT
 * is borrowed. */
bool lk_option_parse(void *at, const lk_option *option, const char *text);
/* Whether the member is within its range. */
bool lk_option_is_valid(const void *at, const lk_option *option);
/* The member as text, *out the caller's. */
lk_status lk_option_print(char **out, const void *at, const lk_option *option) LK_MUST_USE;

#endif
