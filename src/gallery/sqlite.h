/* SQLite, as a kind of database. */
#ifndef LK_GALLERY_SQLITE_H
#define LK_GALLERY_SQLITE_H

#include "gallery/database.h"

/* Opens the file; lk_database_open does the rest. */
lk_status lk_sqlite_open(lk_database *out, const char *path,
                         const lk_database_how *how) LK_MUST_USE;

/* Runs statements that give nothing and take nothing; several with a ; between. */
lk_status lk_sqlite_run(lk_database *database, const char *text) LK_MUST_USE;

/* Files of more bytes are not copied in memory when they are written anew (0: of more than half
 * of the memory there is). Threads: any. */
void lk_sqlite_set_most_in_memory(uint64_t bytes);

#endif
