#include "gallery/open.h"

#include <string.h>

#include <likeness/gallery.h>

#include "base/error.h"
#include "gallery/postgres.h"
#include "gallery/schema.h"
#include "gallery/sqlite.h"

bool lk_gallery_is_address(const char *path)
{
    return path &&
           (strncmp(path, "postgres://", 11) == 0 || strncmp(path, "postgresql://", 13) == 0);
}

static lk_status open_file(lk_database *out, const char *path, const lk_database_how *how)
{
    LK_TRY(lk_sqlite_open(out, path, how));
    lk_status status = lk_schema_prepare(out, how->read_only);
    if (status != LK_OK)
        lk_database_close(out);
    return status;
}

lk_status lk_database_open(lk_database *out, const char *path, const lk_database_how *how)
{
    if (!lk_gallery_is_address(path))
        return open_file(out, path, how);
#ifdef LK_WITH_POSTGRES
    return lk_postgres_open(out, path, how);
#else
    /* The address may hold a password. */
    return lk_fail(LK_ERROR_ARGUMENT,
                   "this likeness was built without PostgreSQL (libpq): a gallery is a file here");
#endif
}
