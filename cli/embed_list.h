/* What became of a photograph, in the three forms in which `embed` writes it down: lines
 * of E.csv, JSON for other programs, and a record that a later run goes on from. */
#ifndef LK_CLI_EMBED_LIST_H
#define LK_CLI_EMBED_LIST_H

#include <jansson.h>

#include "digest.h"
#include "embed.h"

typedef struct embed_photo {
    const lk_file *file;
    size_t width, height;
    size_t found;   /* faces in it */
    size_t count;   /* of them that have a row, numbers 0 to count - 1 */
    lk_face *faces; /* [count]; NULL where the photograph was taken whole */
    char *error;    /* why it could not be used, or NULL */
} embed_photo;

/* Takes the faces and the error out of `photo`. */
embed_photo embed_photo_take(cli_photo *photo);
void embed_photo_clear(embed_photo *photo);

void embed_list_header(lk_output *output, const embed_options *options);
/* Its lines of E.csv, and its rows towards their digest. `row`: that of its first face. */
void embed_list_write(lk_output *output, cli_digest *rows, const embed_photo *photo, size_t row,
                      const embed_options *options);
/* One object per face, or one for a photograph without; values[count, width]. */
void embed_list_print(FILE *stream, const embed_photo *photo, size_t row, const float *values,
                      size_t width, const embed_options *options);

/* One line, by which the photograph is known again: its path, size, time and inode. */
void embed_record_write(FILE *stream, const embed_photo *photo);
/* Makes *out of a line that embed_record_write wrote for `file`; false when it is no such
 * line. */
bool embed_record_read(embed_photo *out, const char *line, const lk_file *file);
/* Whether the file is still the one of which the line was written. */
bool embed_record_holds(const char *line, const lk_file *file);

#endif
