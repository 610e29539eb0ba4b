/* Addresses of galleries on servers, and what of them may be told. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "gallery/postgres_server.h"

static const char *pgaddress_value(const PQconninfoOption *parts, const char *keyword)
{
    for (; parts->keyword; parts++)
        if (strcmp(parts->keyword, keyword) == 0)
            return parts->val && *parts->val ? parts->val : NULL;
    return NULL;
}

static lk_status pgaddress_write(char **out, const PQconninfoOption *parts)
{
    const char *user = pgaddress_value(parts, "user"), *host = pgaddress_value(parts, "host");
    const char *port = pgaddress_value(parts, "port"), *name = pgaddress_value(parts, "dbname");
    bool socket = host && *host == '/'; /* a folder; it stands behind, as libpq has it */
    return lk_format(out, "postgres://%s%s%s%s%s/%s%s%s", user ? user : "", user ? "@" : "",
                     host && !socket ? host : "", port ? ":" : "", port ? port : "",
                     name ? name : "", socket ? "?host=" : "", socket ? host : "");
}

/* Written from its parts, of which the passwords are left out: a text from which they were cut
 * might keep one that was written in another way. What libpq says of an address that is none may
 * hold the address. */
lk_status lk_server_name(char **out, const char *address)
{
    char *message = NULL;
    PQconninfoOption *parts = PQconninfoParse(address, &message);
    if (message)
        PQfreemem(message);
    LK_REQUIRE(parts, LK_ERROR_ARGUMENT,
               "the gallery's address is none that PostgreSQL knows, such as "
               "postgres://USER@HOST:5432/DATABASE (signs with a meaning, such as @ or / in a "
               "password, are written as %%40 or %%2F)");
    lk_status status = pgaddress_write(out, parts);
    PQconninfoFree(parts);
    return status;
}
