/* Opens changed copies of ONNX files: bytes set, flipped, counted up, cut out
 * and put in. Each must be a named error or a network that
 * loads. For a build with sanitizers, but any will do.
 * usage: onnx_changed COUNT SEED FILE... */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "onnx/onnx.h"

enum { MOST_CHANGES = 4, ROOM = 4096 };

static unsigned char *bytes; /* the copy */
static size_t size;

static size_t below(lk_random *random, size_t most)
{
    return (size_t)(lk_random_unit(random) * (double)most);
}

static void change(lk_random *random)
{
    size_t at = below(random, size), length = 1 + below(random, 16), to = below(random, size);
    if (length > size - at)
        length = size - at;
    switch (below(random, 12)) {
    case 0: bytes[at] = (unsigned char)below(random, 256); break;
    case 1: bytes[at] ^= (unsigned char)(1u << below(random, 8)); break;
    case 2: memset(bytes + at, below(random, 2) ? 0xff : 0, length); break;
    case 3: /* cut out */
        memmove(bytes + at, bytes + at + length, size - at - length);
        size -= length;
        break;
    case 4: /* put in, from elsewhere */
        memmove(bytes + at + length, bytes + at, size - at);
        size += length;
        memmove(bytes + at, bytes + to % (size - length), length);
        break;
    case 5: size = at + 1; break;
    default: bytes[at] = (unsigned char)(bytes[at] + below(random, 7) - 3); break;
    }
}

/* 1: refused with a text that names it; 0: loaded; -1: neither. */
static int open_copy(void)
{
    lk_onnx *onnx;
    lk_onnx_network network;
    unsigned char *copy = malloc(size); /* exact, for the sanitizer */
    if (!copy)
        return -1;
    memcpy(copy, bytes, size);
    lk_status status = lk_onnx_open_bytes(&onnx, copy, size, "f");
    if (status == LK_OK) {
        status = lk_onnx_network_create(&network, onnx, 0, 0);
        if (status == LK_OK)
            lk_nn_model_destroy(network.model);
        lk_onnx_close(onnx);
    }
    free(copy);
    if (status == LK_OK)
        return 0;
    return strncmp(lk_error_text(), "f: ", 3) == 0 && lk_error_text()[3] ? 1 : -1;
}

static long read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return -1;
    fseek(file, 0, SEEK_END);
    long length = ftell(file);
    rewind(file);
    bytes = malloc((size_t)length + ROOM);
    size = bytes ? fread(bytes, 1, (size_t)length, file) : 0;
    fclose(file);
    return length;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    long count = strtol(argv[1], NULL, 10), refused = 0;
    lk_random random;
    lk_random_init(&random, strtoull(argv[2], NULL, 10), 0);
    for (long i = 0; i < count; i++) {
        if (read_file(argv[3 + i % (argc - 3)]) < 0)
            return 2;
        size_t changes = 1 + below(&random, MOST_CHANGES);
        for (size_t k = 0; k < changes && size > 1; k++)
            change(&random);
        int result = open_copy();
        free(bytes);
        if (result < 0) {
            fprintf(stderr, "copy %ld of %s: no error that names it\n", i,
                    argv[3 + i % (argc - 3)]);
            return 1;
        }
        refused += result;
    }
    printf("%ld copies, %ld refused, %ld loaded\n", count, refused, count - refused);
    return 0;
}
