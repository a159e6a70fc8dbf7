# <domstatus>: what virtqemud keeps of a running guest, in upstream's shape, so that a host
# can change over while guests run.
import backup

enum domain_state     { nostate running blocked paused shutdown shutoff crashed pmsuspended }
enum monitor_type     { - unix pty }
enum blockjob_type    { - pull copy commit active-commit backup create broken none }

struct DomainTaint "Something done to the guest that support should know of"
    since 0.6.0
    @flag               string required "What it was, such as custom-argv or host-cpu; virDomainGetMessages() tells it in words"

struct VcpuThread "The thread of one vCPU"
    since 0.6.0
    @id                 uint required always "Number of the vCPU"
    @pid                uint required always "Its thread on the host; 0 of an emulator without such threads"

struct CapsFlag "Something the emulator of the guest can do"
    since 0.6.0
    @name               string required "Name of the capability, as in the cache of capabilities"

struct StatusDevice "A device that exists in the guest"
    since 0.6.0
    @alias              string as device_alias required "Its alias"

struct MigrationSource "Where a disk is being copied to"
    since 0.6.0
    var bool auth_in_source
    var bool encryption_in_source
    @type               disk_type "Kind of storage"
    @format             disk_format "Format of the image"
    source {
        "The storage, in the words of a disk's source"
        use SourceBody
    }
    @protocol           net_protocol input "Protocol of network storage"    # older files had all of <source> here
    @name               string as path input "Name of the image on the server"
    @tlsFromConfig      uint opt status input "Whether the setting of TLS came from qemu.conf"
    host[]              NetHost input "The server"
    privateData         SourcePrivate as source_private status input

struct MigrationDisk "A disk of a guest that is being migrated"
    since 0.6.0
    @dev                string required "Its target, such as vda"
    @migrating          yesno absent "``no``" "Whether it is copied along"
    migrationSource     MigrationSource

struct DirtyBitmap "A bitmap made for a migration only"
    since 0.6.0
    @name               string required "Name of the bitmap"
    @nodename           string required "Block node that has it"

struct MigrationParam "A migration parameter of QEMU that is put back when the migration is over"
    since 0.6.0
    @name               string required "Name of the parameter"
    @value              string required "Its value before"

struct MigrationParams <migParams> "Migration parameters that are put back when the migration is over"
    since 0.6.0
    param[]             MigrationParam

struct JobNode "A block node of a job"
    since 0.6.0
    @node               string required "Name of the node"

struct JobStore "An image of a block job that is no part of a disk"
    since 0.6.0
    var bool auth_in_source
    var bool encryption_in_source
    @type               disk_type "Kind of storage"
    @format             disk_format "Format of the image"
    source {
        "The storage, in the words of a disk's source"
        use SourceBody
    }
    backingStore        Store as backing_store "What the image stands on"

struct BlockJob "A job of QEMU on a disk, which goes on while no daemon runs"
    since 0.6.0
    @name               string required "Name of the job in QEMU"
    @type               blockjob_type required
        "What it does; broken is one that cannot be understood any more, and is only waited for"
    @state              string required "State: new, running, ready, completed, failed, cancelled, concluded, aborting, pivoting"
    @newstate           string absent "none" "State that QEMU told, which is not dealt with yet"
    @brokentype         blockjob_type "What a broken job was"
    @errmsg             string "Why it failed, as QEMU says"
    @jobflags           hex64(0) opt absent "0" "Flags of the API call that began it"
    @shallownew         yesno absent "``no``" "Whether a copy stands on an image that was there before"
    disk {
        "The disk it works on"
        @dst string as disk "Its target, such as vda"
        @mirror yesno as mirror absent "``no``" "Whether its copy is the mirror of the disk"
    }
    chains {
        "Images of a disk that is no part of the guest any more"
        disk JobStore as chain "Images of the disk"
        mirror JobStore as chain_mirror "Images of its copy"
    }
    base {
        "Lowest image of pull or commit"
        @node string as base "Block node of the image"
    }
    top {
        "Highest image of commit"
        @node string as top "Block node of the image"
    }
    topparent {
        "Image that stands on top"
        @node string as top_parent "Block node of the image"
    }
    deleteCommittedImages flag "Images that were merged into another are deleted at the end"
    create {
        "Job that makes an image"
        @mode string as create_mode "Step: storage the file, format what is in it"
    }
    src                 JobStore "What the image is a copy of"
    store               JobStore "The image that is made, or the target of a backup"
    bitmap {
        "Temporary bitmap of a backup"
        @name string as bitmap "Name of the bitmap"
    }

struct DomainJob "What was going on when the state was saved; a new daemon finishes it or takes it back"
    since 0.6.0
    check               domstatus_job_check
    @type               string "Job that kept others out: none, query, destroy, suspend, modify, abort, migration operation"
    @async              string "Long job: none, migration out, migration in, save, dump, snapshot, start, backup"
    @phase              string "How far the long job was"
    @flags              hex64(0) opt always "Jobs that were allowed beside it, a bit for each"
    @apiFlags           hex64(0) opt "Flags of the API call that began it"
    @asyncStarted       ull opt "When it began, in milliseconds since 1970"
    @asyncOwner         string "API call that began it"
    disk[]              MigrationDisk
    tempBlockDirtyBitmaps {
        "Bitmaps that are deleted when the migration is over"
        bitmap[] DirtyBitmap as temp_bitmaps
    }
    migParams           MigrationParams as mig_params

struct SlirpState "Helpers of user networking"
    since 5.8.0
    helper              raw "A process that serves one interface"

struct Pinning "Where the guest may run, as numad advised when it started"
    since 0.6.0
    @nodeset            bitmap "NUMA nodes of the host"
    @cpuset             bitmap "CPUs of the host"

struct DomainStatus <domstatus> "A running guest, as its daemon keeps it in /run/libvirt/qemu over restarts"
    since 0.6.0
    drivers qemu
    @state              domain_state required always "State of the guest"
    @reason             string required "Why it is in this state"
    @pid                ll required always "Process of the hypervisor"
    taint[]             DomainTaint
    deprecation[]       string "Something the guest has that will not be supported for long"
    monitor {
        "Connection to the hypervisor"
        @path string as monitor_path required "Socket"
        @type monitor_type as monitor_type "Kind of connection: always unix"
    }
    namespaces {
        "Namespaces that the hypervisor has for itself"
        mount flag as mount_namespace "It has its own mounts: /dev with what the guest may use"
    }
    vcpus {
        "Threads of the vCPUs"
        vcpu[] VcpuThread as vcpu_threads
    }
    qemuCaps {
        "What the emulator can do; it may have been replaced since"
        flag[] CapsFlag as qemu_caps
    }
    job                 DomainJob
    lockstate           string "What the lock manager keeps of a paused guest"
    devices {
        "Devices that exist in the guest, to notice those that were unplugged meanwhile"
        device[] StatusDevice as device_aliases
    }
    numad               Pinning
    libDir {
        "Folder for sockets and secrets of this guest"
        @path string as lib_dir "Absolute path"
    }
    channelTargetDir {
        "Folder for sockets of channels"
        @path string as channel_target_dir "Absolute path"
    }
    memoryBackingDir since 10.8.0 {
        "Folder for memory that is a file"
        @path string as memory_backing_dir "Absolute path"
    }
    cpu                 Cpu as origin_cpu absent "as in domain" "The CPU as defined, where it was changed at start"
    chardevStdioLogd    flag "virtlogd writes what consoles and the hypervisor print"
    prManager as pr_manager absent "none runs" {
        "Helper for persistent reservations"
        @alias string as pr_manager_alias "Its alias"
    }
    rememberOwner       flag "Owners of files are remembered and put back when the guest ends"
    allowReboot {
        "Whether QEMU may restart the guest itself"
        @value yesno as allow_reboot "``no`` of a guest whose reboot needs a new process"
    }
    nodename always {
        "Numbering of block nodes"
        @index ull as nodename_index always "Counter, so that no name is used twice"
    }
    fdset always {
        "Numbering of sets of file descriptors"
        @index ull as fdset_index always "Counter, so that no number is used twice"
    }
    blockjobs {
        "Jobs on disks"
        @active yesno as blockjobs_active "Whether any runs"
        blockjob[] BlockJob
    }
    backups since 6.0.0 {
        "Backups that run: one at most"
        domainbackup    Backup as backup
    }
    dbusDaemon          flag "A D-Bus daemon of its own runs for the guest"
    dbusVMState         flag "Helpers save their state by D-Bus when the guest migrates"
    slirp               SlirpState
    agentTimeout        int default -2 always
        "Seconds to wait for the guest's agent; -2: as long as it takes, -1: five, 0: not at all"
    cookies             raw "Cookies of a migration that goes on"
    migrationPinned     flag "Memory is locked as the guest is migrated by RDMA"
    domain              Domain required "The guest as it runs"
