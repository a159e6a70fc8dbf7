# <cookie>: what was in force when the memory of a guest was saved, in save images and in snapshots.
import cpu

struct SaveCookie <cookie> "What was in force when the memory of a guest was saved"
    since 3.5.0
    drivers qemu
    cpu             Cpu absent "as in the definition saved"
        "The CPU as it was at start, where the definition says it in other words"
    slirpHelper     flag since 5.8.0 "Helpers of user networking had state that was saved"
