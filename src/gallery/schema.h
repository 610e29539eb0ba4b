/* What is in a gallery's SQLite database, and how an older one becomes a newer one. */
#ifndef LK_GALLERY_SCHEMA_H
#define LK_GALLERY_SCHEMA_H

#include "gallery/database.h"

enum {
    LK_GALLERY_APPLICATION = 0x4c4b4761, /* "LKGa", SQLite's application_id */
    LK_GALLERY_VERSION = 3               /* its user_version */
};

/* Makes a gallery of an empty database, brings an older one up to date, and makes sure
 * that it holds what a gallery holds and nothing else: no table, trigger or view of
 * somebody else's. Errors: LK_ERROR_DATABASE, and those of reading and writing. */
lk_status lk_schema_prepare(lk_database *database, bool read_only) LK_MUST_USE;

#endif
