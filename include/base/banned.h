/* Functions that do not compile here, each with what to call instead. Force-included everywhere. */
#ifndef INSULA_BASE_BANNED_H
#define INSULA_BASE_BANNED_H

/* System headers first: their own inline code may use the names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#undef alloca
#undef sprintf /* fortified glibc makes it a macro for clang */
#pragma GCC poison strcpy strcat sprintf vsprintf strncpy strncat /* text_add, snprintf */
#pragma GCC poison strtok gets atoi atol atof                      /* str_to_number */
#pragma GCC poison gmtime localtime ctime asctime                  /* gmtime_r, clock_text */
#pragma GCC poison system popen alloca setlocale                   /* nothing */

#endif
