#include "digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "inputs.h"

struct cli_digest {
    EVP_MD_CTX *context;
};

static void digest_require(bool good)
{
    if (good)
        return;
    cli_error("SHA-256 cannot be computed: the library of digests failed");
    exit(CLI_ENVIRONMENT);
}

cli_digest *cli_digest_begin(void)
{
    cli_digest *digest = cli_alloc(1, sizeof *digest);
    digest->context = EVP_MD_CTX_new();
    digest_require(digest->context && EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL));
    return digest;
}

void cli_digest_add(cli_digest *digest, const void *bytes, size_t count)
{
    digest_require(EVP_DigestUpdate(digest->context, bytes, count));
}

void cli_digest_add_text(cli_digest *digest, const char *text)
{
    cli_digest_add(digest, text, strlen(text) + 1);
}

char *cli_digest_end(cli_digest *digest)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned count = 0;
    digest_require(EVP_DigestFinal_ex(digest->context, bytes, &count));
    EVP_MD_CTX_free(digest->context);
    free(digest);
    char *text = cli_alloc(2 * count + 1, 1);
    for (unsigned i = 0; i < count; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    return text;
}

int cli_digest_file(char **out, const char *path)
{
    enum { BLOCK = 1 << 18 };
    lk_input *file;
    lk_status opened = lk_input_open(&file, path);
    if (opened != LK_OK)
        return cli_fail_input(opened);
    char *block = cli_alloc(BLOCK, 1);
    cli_digest *digest = cli_digest_begin();
    size_t count = 0;
    lk_status status;
    while ((status = lk_input_take(file, block, BLOCK, &count)) == LK_OK && count)
        cli_digest_add(digest, block, count);
    lk_input_close(file);
    free(block);
    char *digits = cli_digest_end(digest);
    if (status != LK_OK) {
        free(digits);
        return cli_fail_input(status);
    }
    *out = digits;
    return CLI_OK;
}

int cli_digest_bytes(uint8_t out[32], const char *path)
{
    char *hex = NULL;
    int status = cli_digest_file(&hex, path);
    for (size_t i = 0; i < 32 && status == CLI_OK; i++) {
        const char pair[] = {hex[2 * i], hex[2 * i + 1], '\0'};
        out[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    free(hex);
    return status;
}
