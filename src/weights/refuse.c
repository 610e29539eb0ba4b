/* Files that are often taken for weights: what they are, and what to do. */
#include <string.h>

#include "base/error.h"
#include "base/locale.h"
#include "weights/onnx.h"
#include "weights/tensors.h"

/* The text without a mark of its encoding and without space in front. */
static lk_cursor refuse_text(const lk_mapping *mapping)
{
    lk_cursor text = {.bytes = mapping->bytes, .size = mapping->size};
    if (text.size >= 3 && memcmp(text.bytes, "\xef\xbb\xbf", 3) == 0)
        text.at = 3;
    while (text.at < text.size && lk_is_space((char)text.bytes[text.at]))
        text.at++;
    return text;
}

static bool refuse_starts(const lk_cursor *text, const char *start)
{
    size_t length = strlen(start);
    return text->size - text->at >= length &&
           lk_strncasecmp((const char *)text->bytes + text->at, start, length) == 0;
}

/* torch.jit.save writes the same kind of archive, and programs into it. */
static bool refuse_is_script(const lk_mapping *mapping)
{
    return mapping->size >= 4 && memcmp(mapping->bytes, "PK\3\4", 4) == 0 &&
           (memmem(mapping->bytes, mapping->size, "/constants.pkl", 14) ||
            memmem(mapping->bytes, mapping->size, "/code/__torch__", 15));
}

lk_status lk_weights_refuse_known(const lk_mapping *mapping)
{
    lk_cursor text = refuse_text(mapping);
    if (refuse_starts(&text, "version https://git-lfs"))
        return lk_fail(LK_ERROR_FORMAT, "is a pointer of Git LFS, not the file that it stands "
                                        "for; fetch that one: git lfs pull");
    if (refuse_starts(&text, "<!doctype html") || refuse_starts(&text, "<html"))
        return lk_fail(LK_ERROR_FORMAT, "is an HTML page, as a server sends in place of a file "
                                        "(an error, a login); download the file itself");
    if (refuse_starts(&text, "<?xml") || refuse_starts(&text, "<error"))
        return lk_fail(LK_ERROR_FORMAT, "is an XML page, as a server sends in place of a file; "
                                        "download the file itself");
    if (refuse_starts(&text, "{") || refuse_starts(&text, "["))
        return lk_fail(LK_ERROR_FORMAT, "is JSON, as a server sends with an error in place of a "
                                        "file; download the file itself");
    if (refuse_is_script(mapping))
        return lk_fail(LK_ERROR_UNSUPPORTED,
                       "is a TorchScript archive, a program with its weights; save the weights "
                       "alone: torch.save(torch.jit.load(FILE).state_dict(), NEW_FILE)");
    return LK_OK;
}

lk_status lk_weights_refuse(const lk_mapping *mapping)
{
    LK_TRY(lk_weights_refuse_known(mapping));
    if (lk_onnx_detect(mapping))
        return lk_fail(LK_ERROR_UNSUPPORTED, "is an ONNX file, a network with its weights, where "
                                             "weights alone are read");
    return lk_fail(LK_ERROR_FORMAT, "is neither a PyTorch .pt nor a safetensors file");
}
