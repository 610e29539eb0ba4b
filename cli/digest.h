/* SHA-256, as 64 hexadecimal digits. */
#ifndef LK_CLI_DIGEST_H
#define LK_CLI_DIGEST_H

#include "cli.h"

typedef struct cli_digest cli_digest;

cli_digest *cli_digest_begin(void);
void cli_digest_add(cli_digest *digest, const void *bytes, size_t count);
/* The text with its closing zero, so that "a", "b" is not "ab". */
void cli_digest_add_text(cli_digest *digest, const char *text);
/* Ends it; the caller frees the digits. */
char *cli_digest_end(cli_digest *digest);
/* Of a file's bytes, *out the caller's. On failure reports it and returns an exit
 * status. */
int cli_digest_file(char **out, const char *path);
/* The same as 32 bytes. */
int cli_digest_bytes(uint8_t out[32], const char *path);
/* The same, without reading a large file that has not changed since its digest was last
 * computed. */
int cli_digest_file_known(char **out, const char *path);

#endif
