/* What `cluster` knows of faces, and what it makes of it. */
#ifndef LK_CLI_CLUSTER_H
#define LK_CLI_CLUSTER_H

#include "known.h"

/* A face that is in the folder's gallery. */
typedef struct cluster_face {
    int64_t id, person;
    char *source;
    lk_box box;
    size_t number; /* among the faces of its photograph */
    char *name;    /* of the person that it is found to be */
} cluster_face;

/* A correction about a photograph that is not known by now. */
typedef struct cluster_idle {
    char *word, *a, *b;
} cluster_idle;

/* What somebody who looked at the photographs has said; zero-initialise. */
typedef struct cluster_links {
    lk_cluster_link *items;
    size_t count, capacity;
    size_t earlier; /* the first so many were said before: what is said now overrides them */
    cluster_idle *idle;
    size_t idle_count, idle_capacity;
} cluster_links;

void cluster_links_clear(cluster_links *links);

/* DIR/corrections.csv; the caller frees it. */
char *cluster_links_path(const char *directory);
/* Whether a file is that one: it is read anyway. */
bool cluster_links_is_own(const char *path, const char *directory);
/* What was said in earlier runs, where there is that file. Before all others. */
int cluster_links_take_earlier(cluster_links *links, const cluster_face *faces, size_t count,
                               const char *directory);
/* Whether two faces are said to be one person, by whatever way round, and two: then this says
 * which, and returns CLI_USAGE. */
int cluster_links_check(const cluster_links *links, const cluster_face *faces, size_t count,
                        const char *directory);
/* Writes all of them into that file, for the next run. */
int cluster_links_keep(const cluster_links *links, const cluster_face *faces,
                       const char *directory);

/* Adds that two faces, PATH or PATH#NUMBER each, are of one person or of two. On failure
 * reports it and returns an exit status. */
int cluster_links_add(cluster_links *links, const cluster_face *faces, size_t count, const char *a,
                      const char *b, bool same);
/* The same for each line "same,A,B" or "different,A,B" of a file. */
int cluster_links_read(cluster_links *links, const cluster_face *faces, size_t count,
                       const char *path);

/* DIR/clusters.csv. */
int cluster_write_list(const char *directory, const cluster_face *faces, size_t count);
/* DIR/PERSON/ID-NAME, links to the photographs, in place of those of an earlier run. */
int cluster_write_folders(const char *directory, const cluster_face *faces, size_t count);

#endif
