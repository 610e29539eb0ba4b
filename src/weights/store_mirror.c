/* LIKENESS_MIRROR, which replaces every source: an address, or a folder. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/locale.h"
#include "base/memory.h"
#include "weights/store.h"

const char *lk_mirror(void)
{
    const char *mirror = getenv("LIKENESS_MIRROR");
    return mirror && *mirror ? mirror : NULL;
}

/* The address of a folder on this machine, with a slash at its end. */
static lk_status address_of_folder(char **out, const char *folder)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "/-._~";
    char *address;
    LK_TRY(lk_alloc(&address, strlen("file://") + 3 * strlen(folder) + 2, 1));
    char *to = address + sprintf(address, "file://");
    for (; *folder; folder++)
        if (strchr(plain, *folder))
            *to++ = *folder;
        else
            to += sprintf(to, "%%%02X", (unsigned char)*folder);
    if (to[-1] != '/')
        *to++ = '/';
    *to = '\0';
    *out = address;
    return LK_OK;
}

/* The mirror's address, with a slash at its end. */
static lk_status address_of_mirror(char **out, const char *mirror)
{
    if (mirror[0] == '/')
        return address_of_folder(out, mirror);
    LK_REQUIRE(strstr(mirror, "://") || lk_strncasecmp(mirror, "file:/", 6) == 0, LK_ERROR_ARGUMENT,
               "LIKENESS_MIRROR=%s is no address: expected one such as https://example.org/faces, "
               "or the whole path of a folder",
               mirror);
    return lk_format(out, "%s%s", mirror, mirror[strlen(mirror) - 1] == '/' ? "" : "/");
}

lk_status lk_mirror_source(char **out, const char *address, const char *file)
{
    char *folder;
    if (!lk_mirror())
        return lk_strdup(out, address);
    LK_TRY(address_of_mirror(&folder, lk_mirror()));
    lk_status status = lk_format(out, "%s%s", folder, file);
    free(folder);
    return status;
}
