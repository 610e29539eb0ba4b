/* What the end of a process asks of the locks that it holds. */
#ifndef LK_BASE_LOCK_H
#define LK_BASE_LOCK_H

#include <likeness/files.h>

/* Removes the files of all locks; the locks themselves go with the process. */
void lk_lock_abandon_all(void);

#endif
