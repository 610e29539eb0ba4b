/* Several vectors by one statement. */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "gallery/postgres_server.h"

/* PostgreSQL's binary form of bigint[]: one dimension, no NULL, the type of an element, how many,
 * the first one's number; each with its length. */
static lk_status pgexact_array(uint8_t **out, size_t *bytes, const int64_t *numbers, size_t count)
{
    enum { INT8 = 20 };
    uint32_t head[5] = {htobe32(1), 0, htobe32(INT8), htobe32((uint32_t)count), htobe32(1)};
    const uint32_t length = htobe32(sizeof(int64_t));
    *bytes = sizeof head + count * (sizeof length + sizeof *numbers);
    LK_TRY(lk_alloc(out, *bytes, 1));
    uint8_t *to = *out;
    memcpy(to, head, sizeof head);
    to += sizeof head;
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = htobe64((uint64_t)numbers[i]);
        memcpy(to, &length, sizeof length);
        memcpy(to + sizeof length, &bits, sizeof bits);
        to += sizeof length + sizeof bits;
    }
    return LK_OK;
}

lk_status lk_server_exact_rows(lk_database *db, lk_rows **out, const int64_t *faces, size_t count,
                               bool owners)
{
    uint8_t *bytes;
    size_t length;
    LK_TRY(pgexact_array(&bytes, &length, faces, count));
    lk_status status =
        owners
            ? lk_query(db, out,
                       "SELECT exact.face, vector, person, name FROM exact JOIN face ON face.id = "
                       "exact.face JOIN person ON person.id = person WHERE exact.face = ANY(?)",
                       "v", (const void *)bytes, length)
            : lk_query(db, out,
                       "SELECT face, vector, 0::bigint, NULL FROM exact WHERE face = ANY(?)", "v",
                       (const void *)bytes, length);
    free(bytes); /* it was sent */
    return status;
}
