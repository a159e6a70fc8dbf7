# <domainsnapshot>: a guest as it was at one moment.
import domain

enum snapshot_state  { - nostate running blocked paused shutdown shutoff crashed pmsuspended disk-snapshot }
enum snapshot_domain { full uuid }
enum snapshot_memory { - no internal external }

struct SnapshotDisk "What becomes of one disk"
    check               snapshot_disk_check
    var bool auth_in_source
    var bool encryption_in_source
    @name               string          required
    @snapshot           disk_snapshot
    @type               disk_type       when snapshot - external
    driver {
        @type           disk_format     as format
        metadata_cache { max_size bytes as metadata_cache }
    }
    source { use SourceBody }
    snapshotDeleteInProgress flag

struct Snapshot <domainsnapshot> "A guest as it was at one moment"
    check               snapshot_check
    var snapshot_domain domain_form             # very old ones know only the UUID
    name                string
    description         string
    state               snapshot_state
    parent { name string as parent }
    creationTime        ll
    memory { @snapshot snapshot_memory as memory ; @file string as memory_file }
    disks { disk[] SnapshotDisk }
    revertDisks { disk[] SnapshotDisk as revert_disks }
    switch domain_form {
        full { domain Domain }
        uuid { domain { uuid uuid as domain_uuid } }
    }
    inactiveDomain      Domain
    cookie              raw             status
    active              uint opt        status
