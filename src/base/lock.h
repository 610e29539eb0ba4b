/* What locks are made of, and what the end of a process asks of those that it holds. */
#ifndef LK_BASE_LOCK_H
#define LK_BASE_LOCK_H

#include <likeness/files.h>

/* Removes the files of all locks; the locks themselves go with the process. */
void lk_lock_abandon_all(void);

/* One attempt at the lock for which the file `path` stands, which is made if need be; what
 * it is a lock of, messages call `what`. *fd: the caller's to close, with which it lets go;
 * -1 where the file lost its name meanwhile: try again. *reason: why there is no lock in
 * spite of it, as on a file system that has none; else 0.
 * Errors: LK_ERROR_BUSY where another has it, LK_ERROR_IO. */
lk_status lk_lock_try(int *fd, int *reason, const char *path, const char *what) LK_MUST_USE;

/* Before the lock is let go: the file, unless another's has taken its place. */
void lk_lock_remove_file(int fd, const char *path);

#endif
