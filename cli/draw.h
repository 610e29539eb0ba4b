#ifndef LK_CLI_DRAW_H
#define LK_CLI_DRAW_H

#include <likeness/likeness.h>

/* Draws boxes and landmarks of faces onto an image. */
void cli_draw_faces(lk_image *image, const lk_faces *faces);

#endif
