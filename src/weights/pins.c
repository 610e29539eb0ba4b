/* Size and SHA-256 of the published files, as far as they are known. None is known
 * for casia-webface and for the archives of photographs. */
#include <stdlib.h>
#include <string.h>

#include "weights/store.h"

static const lk_pin PINS[] = {
    {"20180402-114759-vggface2.pt", 111898327,
     "281cebca8662831adb987a874bdcb36e73f5b1c6dc5ee5878f305e985625d99b"},
    {"mtcnn/pnet.pt", 28570, "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f"},
    {"mtcnn/rnet.pt", 403147, "bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86"},
    {"mtcnn/onet.pt", 1559269, "165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d"},
};

const lk_pin *lk_pin_of(const char *key)
{
    for (size_t i = 0; i < sizeof PINS / sizeof *PINS; i++)
        if (strcmp(PINS[i].key, key) == 0)
            return &PINS[i];
    return NULL;
}

bool lk_unpinned_allowed(void)
{
    const char *value = getenv("LIKENESS_MIRROR_UNPINNED");
    return value && strcmp(value, "1") == 0;
}
