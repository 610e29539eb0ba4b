#include "embed_shard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "json.h"

static const char *shard_number(size_t *out, const char *text)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || errno || value == 0 || value > EMBED_MOST_SHARDS)
        return "";
    *out = value;
    return end;
}

bool embed_shard_parse(embed_shard *out, const char *text)
{
    embed_shard shard = {0};
    const char *slash = shard_number(&shard.number, text);
    if (*slash != '/' || *shard_number(&shard.of, slash + 1) || shard.number > shard.of)
        return false;
    *out = shard;
    return shard.of > 0;
}

/* Fifteen hexadecimal digits of the path's SHA-256, from 0 to `of` - 1. */
static size_t shard_of(const char *path, size_t of)
{
    enum { DIGITS = 15 };
    cli_digest *digest = cli_digest_begin();
    cli_digest_add(digest, path, strlen(path));
    char *digits = cli_digest_end(digest);
    digits[DIGITS] = '\0';
    size_t shard = (size_t)(strtoull(digits, NULL, 16) % of);
    free(digits);
    return shard;
}

void embed_shard_keep(cli_inputs *inputs, const embed_shard *shard)
{
    size_t left = 0;
    for (size_t i = 0; i < inputs->count; i++)
        if (shard_of(inputs->files[i].path, shard->of) == shard->number - 1)
            inputs->files[left++] = inputs->files[i];
    inputs->count = left;
}

json_t *embed_shard_json(const embed_shard *shard)
{
    if (!shard->of)
        return json_null();
    json_t *object = json_object();
    cli_json_set(object, "number", json_integer((json_int_t)shard->number));
    cli_json_set(object, "of", json_integer((json_int_t)shard->of));
    return object;
}
