/* Are two photographs of the same person?
 *
 *   compare DETECTOR_DIR WEIGHTS A.jpg B.jpg
 *
 * prints the Euclidean distance of their faces' embeddings, 0 to 2. */
#include <math.h>
#include <stdio.h>

#include <likeness/likeness.h>

/* Reads a photograph and cuts its largest face out, 160 x 160 pixels. */
static lk_status read_face(lk_image *face, const lk_detector *detector, const char *path)
{
    lk_image photo = {0};
    lk_faces faces = {0};
    size_t chosen;
    lk_status status = lk_image_read(&photo, path, NULL);
    if (status == LK_OK)
        status = lk_detector_detect(detector, &faces, &photo);
    if (status == LK_OK)
        status = lk_detector_select(detector, &chosen, &faces, &photo);
    if (status == LK_OK)
        status = lk_face_crop(face, &photo, &faces.faces[chosen].box, 160, 0);
    lk_faces_clear(&faces);
    lk_image_clear(&photo);
    return status;
}

int main(int argc, char **argv)
{
    static float vectors[2][LK_EMBEDDING_SIZE];
    lk_detector *detector = NULL;
    lk_embedder *network = NULL;
    lk_image faces[2] = {0};
    if (argc != 5)
        return fputs("usage: compare DETECTOR_DIR WEIGHTS A.jpg B.jpg\n", stderr), 2;
    lk_status status = lk_detector_create(&detector, argv[1], NULL);
    if (status == LK_OK)
        status = lk_embedder_create(&network, argv[2], NULL);
    for (int i = 0; i < 2 && status == LK_OK; i++)
        status = read_face(&faces[i], detector, argv[3 + i]);
    if (status == LK_OK)
        status = lk_embedder_run(network, vectors[0], faces, 2);
    double sum = 0;
    for (int i = 0; i < LK_EMBEDDING_SIZE; i++)
        sum += pow((double)vectors[0][i] - (double)vectors[1][i], 2);
    if (status == LK_OK)
        printf("distance %.4f\n", sqrt(sum));
    else
        fprintf(stderr, "%s\n", lk_error_text());
    lk_image_clear(&faces[0]);
    lk_image_clear(&faces[1]);
    lk_embedder_destroy(network);
    lk_detector_destroy(detector);
    return status == LK_OK ? 0 : 1;
}
