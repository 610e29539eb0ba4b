#include <signal.h>
#include <string.h>

#include <likeness/files.h>

#include "signals.h"

static volatile sig_atomic_t noted;

static void note(int number)
{
    noted = number;
    lk_interrupt();
}

static void catch_one(int number, int flags)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = note;
    action.sa_flags = flags;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

void cli_signals_catch(void)
{
    catch_one(SIGINT, (int)(SA_RESETHAND | SA_RESTART));
    catch_one(SIGTERM, (int)(SA_RESETHAND | SA_RESTART));
    catch_one(SIGPIPE, SA_RESTART);
}

bool cli_interrupted(void)
{
    return noted != 0;
}

void cli_signals_finish(void)
{
    if (!noted)
        return;
    signal(noted, SIG_DFL);
    raise(noted);
}
