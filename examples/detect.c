/* Where are the faces in a photograph?
 *
 *   detect DETECTOR_DIR PHOTO
 *
 * prints a line for each: probability, box, and where the eyes are. */
#include <stdio.h>

#include <likeness/likeness.h>

static void print_face(const lk_face *face)
{
    printf("probability %.4f, box %.1f %.1f %.1f %.1f, eyes %.1f %.1f and %.1f %.1f\n",
           (double)face->probability, (double)face->box.x1, (double)face->box.y1,
           (double)face->box.x2, (double)face->box.y2, (double)face->landmarks[0][0],
           (double)face->landmarks[0][1], (double)face->landmarks[1][0],
           (double)face->landmarks[1][1]);
}

int main(int argc, char **argv)
{
    lk_detector *detector = NULL;
    lk_image photo = {0};
    lk_faces faces = {0};
    if (argc != 3)
        return fputs("usage: detect DETECTOR_DIR PHOTO\n", stderr), 2;
    lk_status status = lk_detector_create(&detector, argv[1], NULL);
    if (status == LK_OK)
        status = lk_image_read(&photo, argv[2], NULL);
    if (status == LK_OK)
        status = lk_detector_detect(detector, &faces, &photo);
    if (status != LK_OK)
        fprintf(stderr, "%s\n", lk_error_text());
    for (size_t i = 0; i < faces.count; i++)
        print_face(&faces.faces[i]);
    lk_faces_clear(&faces);
    lk_image_clear(&photo);
    lk_detector_destroy(detector);
    return status == LK_OK ? 0 : 1;
}
