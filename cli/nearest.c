#include "nearest.h"

#include <string.h>
#include <strings.h>

#include "cli.h"

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edits (insert, delete, change, swap of neighbours) from a to b, both at most
 * LONGEST letters; a longer name is far from everything. */
enum { LONGEST = 24 };

static size_t count_edits(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b), table[LONGEST + 1][LONGEST + 1];
    if (n > LONGEST || m > LONGEST)
        return LONGEST;
    for (size_t i = 0; i <= n; i++)
        for (size_t j = 0; j <= m; j++) {
            if (i == 0 || j == 0) {
                table[i][j] = i + j;
                continue;
            }
            size_t change = table[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            table[i][j] = least(change, least(table[i - 1][j], table[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                table[i][j] = least(table[i][j], table[i - 2][j - 2] + 1);
        }
    return table[n][m];
}

void cli_nearest_try(cli_nearest *nearest, const char *candidate)
{
    const char *name = nearest->name;
    size_t edits = count_edits(name, candidate), most = strlen(name) < 5 ? 2 : 3;
    if (strlen(name) >= 3 && strncasecmp(candidate, name, strlen(name)) == 0)
        edits = 1; /* the beginning of it, as "dist" */
    if (edits > most || (nearest->best && edits >= nearest->edits))
        return;
    nearest->best = candidate;
    nearest->edits = edits;
}

char *cli_did_you_mean(const char *nearest, const char *otherwise)
{
    return nearest ? cli_format("; did you mean '%s'?", nearest) : cli_strdup(otherwise);
}
