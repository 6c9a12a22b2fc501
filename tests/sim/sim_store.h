/* sim_store.h - the disk of the world's head. */
#pragma once

/* A new disk. */
void sim_store_wipe(void);
