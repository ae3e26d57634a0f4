/* stay: keeps the library's code in memory from its first thread on. Where libkoopmon is part of a
 * plugin that the trainer unloads, a thread that was not stopped, or was abandoned, would otherwise
 * find its instructions gone, and fork its handlers. */
#ifndef KOOP_STAY_H
#define KOOP_STAY_H

/* Without effect in a program that is linked with the library. Where it fails nothing is worse. */
void koop_stay_loaded(void);

#endif
