# <domaincheckpoint>: a moment from which on changes of disks are noted.
import domain

enum checkpoint_kind { - no bitmap }

struct CheckpointDisk "Whether changes of one disk are noted"
    since 5.6.0
    drivers qemu test
    @name               string          required "The disk: its target such as vda, or the path of its source"
    @checkpoint         checkpoint_kind absent "``bitmap`` for a disk that is listed"
        "bitmap: changes are noted, in the image, which must be qcow2; no: they are not"
    @bitmap             string absent "the name of the checkpoint" "Name of the bitmap in the image; only with bitmap"
    @size               ull opt "Bytes that changed since; shown with the SIZE flag, not read"

struct Checkpoint <domaincheckpoint> "A moment from which on changes of disks are noted, for incremental backups"
    since 5.6.0
    errors      VIR_FROM_DOMAIN_CHECKPOINT domain_checkpoint
    check               checkpoint_check
    name                string absent "the time in seconds since 1970" "Name of the checkpoint, unique in the guest"
    description         string absent "none" "Description for people"
    parent {
        "The checkpoint before this one. Read with the REDEFINE flag only"
        name string as parent "Name of that checkpoint"
    }
    creationTime        ll "Seconds since 1970 when it was made. Read with the REDEFINE flag only"
    disks absent "all disks that can take part" {
        "Disks whose changes are noted; those that are not listed are left out"
        disk[] CheckpointDisk
    }
    domain              Domain absent "not known (allowed when redefining since 7.0.0)"
        "Definition of the guest at that moment; not shown with the NO_DOMAIN flag. Read with the REDEFINE flag only"
    active              uint opt        status "Whether the checkpoint is the current one: 1 or 0"
