# <domaincheckpoint>: a moment from which on changes of disks are noted.
import domain

enum checkpoint_kind { - no bitmap }

struct CheckpointDisk "Whether changes of one disk are noted"
    @name               string          required
    @checkpoint         checkpoint_kind
    @bitmap             string
    @size               ull opt

struct Checkpoint <domaincheckpoint> "A moment from which on changes of disks are noted"
    check               checkpoint_check
    name                string
    description         string
    parent { name string as parent }
    creationTime        ll
    disks { disk[] CheckpointDisk }
    domain              Domain
    active              uint opt        status
