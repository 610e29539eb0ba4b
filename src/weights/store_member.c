/* One file of a model that is a folder in the store. */
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "weights/store.h"

/* Of the folder that `name` leads to; takes nothing else for one. */
static lk_status find_member(char **out, const char *name, const lk_store_member *member)
{
    char *folder;
    LK_TRY(lk_store_find(&folder, name));
    lk_status status = lk_format(out, "%s/%s", folder, member->file);
    free(folder);
    return status;
}

lk_status lk_store_find_weights(char **out, const char *name)
{
    LK_REQUIRE(out && name && *name, LK_ERROR_ARGUMENT, "lk_store_find_weights: empty name");
    const lk_store_package *package = lk_store_package_of(name);
    const lk_store_entry *entry = lk_store_entry_named(name);
    LK_REQUIRE(!entry || entry->kind == LK_STORE_MODEL, LK_ERROR_ARGUMENT,
               "%s: is a data set, expected a network that turns faces into numbers", name);
    LK_REQUIRE(!package || package->network, LK_ERROR_ARGUMENT,
               "%s: is a face detector, expected a network that turns faces into numbers", name);
    return package ? find_member(out, name, package->network) : lk_store_find(out, name);
}

lk_status lk_store_find_predictor(char **out, const char *name)
{
    LK_REQUIRE(out && name && *name, LK_ERROR_ARGUMENT, "lk_store_find_predictor: empty name");
    const lk_store_package *package = lk_store_package_of(name);
    LK_REQUIRE(package && package->predictor, LK_ERROR_ARGUMENT,
               "%s: brings no predictor of landmarks", name);
    return find_member(out, name, package->predictor);
}
