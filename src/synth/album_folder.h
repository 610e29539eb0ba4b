/* The folder of an album: whether it may be written into, and what goes from it. */
#ifndef LK_SYNTH_ALBUM_FOLDER_H
#define LK_SYNTH_ALBUM_FOLDER_H

#include <likeness/base.h>

/* Makes the folder, or empties it of the album that it holds, and marks it as
 * unfinished. Errors: LK_ERROR_ARGUMENT (something of an album's name that no album
 * left there), LK_ERROR_IO, LK_ERROR_MEMORY. */
lk_status lk_album_folder_begin(const char *directory) LK_MUST_USE;
/* Takes the mark away: the album is whole. */
lk_status lk_album_folder_end(const char *directory) LK_MUST_USE;

#endif
