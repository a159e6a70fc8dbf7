# <domainsnapshot>: a guest as it was at one moment.
import domain

enum snapshot_state  { - nostate running blocked paused shutdown shutoff crashed pmsuspended disk-snapshot }
enum snapshot_domain { full uuid }
enum snapshot_memory { - no internal external }

struct SnapshotDisk "What becomes of one disk"
    since 0.9.5
    check               snapshot_disk_check
    var bool auth_in_source
    var bool encryption_in_source
    @name               string          required "The disk: its target such as vda, or the path of its source"
    @snapshot           disk_snapshot absent "as snapshot of the disk in the guest, else as the kind of snapshot asks for"
        "How it takes part. no: not at all; internal: in the same image (qcow2); external: changes go to a new image from now on;"
        "manual (since 8.2.0, QEMU): the guest is paused and you copy the storage"
    @type               disk_type       when snapshot - external since 1.2.2 drivers qemu absent "``file``"
        "Kind of storage of the new image: file, block or network"
    driver {
        "Format of the new image"
        @type           disk_format     as format absent "``qcow2``" "Format, one that can stand on another image"
        metadata_cache since 7.0.0 drivers qemu {
            "Cache for the tables of the new image"
            max_size bytes as metadata_cache absent "chosen by QEMU" "Largest size of the cache"
        }
    }
    source absent "beside the image, with the name of the snapshot as ending" {
        "The new image of an external snapshot; the old one is not written to any more"
        use SourceBody
    }
    snapshotDeleteInProgress flag since 9.0.0 drivers qemu "The image is being merged, as the snapshot is being deleted"

struct Snapshot <domainsnapshot> "A guest as it was at one moment: disks, memory or both, and its definition"
    since 0.8.0
    errors      VIR_FROM_DOMAIN_SNAPSHOT domain_snapshot
    check               snapshot_check
    var snapshot_domain domain_form             # very old ones know only the UUID
    name                string absent "the time in seconds since 1970" "Name of the snapshot, unique in the guest"
    description         string absent "none" "Description for people"
    state               snapshot_state
        "State of the guest at that moment, which reverting brings back; disk-snapshot (since 0.9.5) is one without memory, after"
        "which the guest is off. Read with the REDEFINE flag only"
    parent {
        "The snapshot that was current when this one was taken. Read with the REDEFINE flag only"
        name string as parent "Name of that snapshot"
    }
    creationTime        ll "Seconds since 1970 when it was taken. Read with the REDEFINE flag only"
    memory since 1.0.1 {
        "What becomes of the guest's memory"
        @snapshot snapshot_memory as memory absent "``internal`` of a running guest, unless only disks are taken"
            "no: it is not kept; internal: in the image of a disk; external: in a file"
        @file string as memory_file "Absolute path of that file; required for external"
    }
    disks since 0.9.5 absent "all disks take part" {
        "What becomes of each disk; those that are not listed are as the kind of snapshot asks for"
        disk[] SnapshotDisk
    }
    revertDisks since 9.9.0 drivers qemu {
        "Images that are written to since the guest was reverted to this external snapshot"
        disk[] SnapshotDisk as revert_disks
    }
    switch domain_form {
        full { domain Domain since 0.9.5 "Definition of the guest at that moment. Read with the REDEFINE flag only" }
        uuid {
            domain {
                "The guest, in very old snapshots; reverting to one needs the FORCE flag"
                uuid uuid as domain_uuid "UUID of the guest"
            }
        }
    }
    inactiveDomain      Domain drivers qemu absent "as domain"
        "Persistent definition at that moment, where it was not the one the guest ran with"
    cookie              raw             status drivers qemu "What the hypervisor driver needs to know to revert"
    active              uint opt        status "Whether the snapshot is the current one: 1 or 0"
