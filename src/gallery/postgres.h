/* PostgreSQL, as a kind of database. */
#ifndef LK_GALLERY_POSTGRES_H
#define LK_GALLERY_POSTGRES_H

#include "gallery/database.h"

/* Connects to the server of that address. It is there where LK_WITH_POSTGRES says so. Errors
 * beside those of lk_database_open: LK_ERROR_ARGUMENT, the address is none. */
lk_status lk_postgres_open(lk_database *out, const char *address,
                           const lk_database_how *how) LK_MUST_USE;

#endif
