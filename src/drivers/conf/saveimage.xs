# <cookie>: what was in force when the memory of a guest was saved, in save images and in snapshots.
import cpu

struct SaveCookie <cookie> "What was in force when the memory of a guest was saved"
    cpu             Cpu
    slirpHelper     flag
