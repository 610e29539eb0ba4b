/* A database of whichever kind a path or an address means. */
#ifndef LK_GALLERY_OPEN_H
#define LK_GALLERY_OPEN_H

#include "gallery/database.h"

/* Opens a gallery's database: the file of that path, which must be there unless `create`.
 * Or the database on a server, where lk_gallery_is_address says so. A new one gets what a
 * gallery has, an older one is brought up to date. Errors: LK_ERROR_MISSING, LK_ERROR_IO
 * (also for what is no plain file), LK_ERROR_DATABASE, LK_ERROR_NETWORK, LK_ERROR_MEMORY. */
lk_status lk_database_open(lk_database *out, const char *path,
                           const lk_database_how *how) LK_MUST_USE;

#endif
