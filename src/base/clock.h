/* Time that passes. */
#ifndef LK_BASE_CLOCK_H
#define LK_BASE_CLOCK_H

#include <likeness-program/clock.h>

#endif
