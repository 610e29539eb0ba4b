#include "report/frame/script.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/error.h"
#include "report/frame/template.h"

void lk_script_add(lk_buffer *html)
{
    static const char *const files[] = {"frame/base#script", "frame/answers#script",
                                        "frame/parts#script"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        lk_template_add(html, files[i]);
}

/* Returns how many bytes; 0: none, which the buffer has been told. */
static size_t script_digest(unsigned char digest[EVP_MAX_MD_SIZE], lk_buffer *out,
                            const char *bytes, size_t count)
{
    size_t length = 0;
    if (EVP_Q_digest(NULL, "SHA256", NULL, bytes, count, digest, &length) == 1)
        return length;
    if (out->status == LK_OK)
        out->status = lk_fail(LK_ERROR_INTERNAL, "page: no SHA-256 can be computed");
    return 0;
}

void lk_script_hash(lk_buffer *out, const lk_buffer *script)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    lk_buffer_base64(out, digest, script_digest(digest, out, script->data, script->count));
}

void lk_digest_add(lk_buffer *out, const char *bytes, size_t count)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    size_t length = script_digest(digest, out, bytes, count);
    for (size_t i = 0; i < length; i++)
        lk_buffer_printf(out, "%02x", digest[i]);
}

/* Within a script element only a < matters; & and > are escaped for whoever reads the page
 * as XML. */
static void script_add_json(lk_buffer *html, const char *json)
{
    for (const char *at = json; *at;) {
        size_t plain = strcspn(at, "<>&");
        lk_buffer_add(html, at, plain);
        at += plain;
        if (*at)
            lk_buffer_printf(html, "\\u%04x", (unsigned)(unsigned char)*at++);
    }
}

void lk_script_data(lk_buffer *html, const char *id, json_t *data)
{
    char *json =
        data ? json_dumps(data, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_PRESERVE_ORDER) : NULL;
    lk_buffer escaped = {0};
    json_decref(data);
    if (json)
        script_add_json(&escaped, json);
    else
        escaped.status = lk_fail(LK_ERROR_MEMORY, "page: no memory for %s", id);
    LK_FILL(html, "frame/parts#data", lk_text("id", id), lk_markup("json", &escaped));
    lk_buffer_clear(&escaped);
    free(json);
}
