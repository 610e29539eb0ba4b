/* Photographs and groups in the making: pairs in any order, each perhaps twice. */
#ifndef LK_CLI_AUDIT_MEMBERS_H
#define LK_CLI_AUDIT_MEMBERS_H

#include "audit.h"
#include "csv.h"

typedef struct audit_pairs {
    struct audit_pair {
        size_t photo, group;
    } * items;
    size_t count, capacity;
} audit_pairs;

void audit_pairs_add(audit_pairs *pairs, size_t photo, size_t group);
/* Fills in start and group for `count` photographs and clears the pairs. */
void audit_pairs_finish(audit_members *out, audit_pairs *pairs, size_t count);

/* The name of the group that a line of a table is in: its columns' values, joined. NULL where
 * one of them is empty; the caller frees it. */
char *audit_group_of_line(const cli_csv *csv, size_t line, const size_t *columns, size_t count);
/* The columns by their names; those that are not there are reported. An exit status. */
int audit_group_columns(size_t *columns, const cli_csv *csv, const char *path,
                        const char *const *names, size_t count);
/* A number, NaN for none. */
double audit_number(const char *text);

#endif
