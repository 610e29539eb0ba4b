/* Size and SHA-256 of the published files, as far as they are known; those of files
 * that come in packages stand in packages.c. None is known for casia-webface and for
 * the archives of photographs. */
#include <stdlib.h>
#include <string.h>

#include "weights/store.h"

static const struct {
    const char *key;
    lk_store_pin pin;
} PINS[] = {
    {"20180402-114759-vggface2.pt",
     {111898327, "281cebca8662831adb987a874bdcb36e73f5b1c6dc5ee5878f305e985625d99b"}},
};

/* Of the member FILE of MODEL, which the key MODEL/FILE names. */
static const lk_store_pin *pin_of_member(const char *key)
{
    const char *slash = strrchr(key, '/');
    char model[64] = "";
    if (!slash || (size_t)(slash - key) >= sizeof model)
        return NULL;
    memcpy(model, key, (size_t)(slash - key));
    const lk_store_package *package = lk_store_package_of(model);
    for (size_t i = 0; package && i < package->count; i++)
        if (strcmp(package->members[i].file, slash + 1) == 0)
            return &package->members[i].pin;
    return NULL;
}

const lk_store_pin *lk_pin_of(const char *key)
{
    for (size_t i = 0; i < sizeof PINS / sizeof *PINS; i++)
        if (strcmp(PINS[i].key, key) == 0)
            return &PINS[i].pin;
    return pin_of_member(key);
}

bool lk_unpinned_allowed(void)
{
    const char *value = getenv("LIKENESS_MIRROR_UNPINNED");
    return value && strcmp(value, "1") == 0;
}
