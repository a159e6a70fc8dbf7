# <domstatus>: what virtqemud keeps of a running guest, in upstream's shape, so that a host
# can change over while guests run.
import domain

enum domain_state     { nostate running blocked paused shutdown shutoff crashed pmsuspended }
enum monitor_type     { - unix pty }
enum blockjob_type    { - pull copy commit active-commit backup create broken none }

struct DomainTaint "Something done to the guest that support should know of"
    @flag               string required

struct VcpuThread "The thread of one vCPU"
    @id                 uint required always
    @pid                uint required always

struct CapsFlag "Something the emulator of the guest can do"
    @name               string required

struct StatusDevice "The alias of a device that exists in the guest"
    @alias              string as device_alias required

struct MigrationSource "Where a disk is being copied to"
    var bool auth_in_source
    var bool encryption_in_source
    @type               disk_type
    @format             disk_format
    source { use SourceBody }
    @protocol           net_protocol input          # older files had all of <source> here
    @name               string as path input
    @tlsFromConfig      uint opt status input
    host[]              NetHost input
    privateData         SourcePrivate as source_private status input

struct MigrationDisk "A disk that is being migrated"
    @dev                string required
    @migrating          yesno
    migrationSource     MigrationSource

struct DirtyBitmap "A bitmap made for a migration only"
    @name               string required
    @nodename           string required

struct MigrationParam "A migration parameter to be put back"
    @name               string required
    @value              string required

struct MigrationParams <migParams> "Migration parameters to be put back"
    param[]             MigrationParam

struct JobNode "A block node of a job"
    @node               string required

struct JobStore "One end of a block job"
    var bool auth_in_source
    var bool encryption_in_source
    @type               disk_type
    @format             disk_format
    source { use SourceBody }
    backingStore        Store as backing_store

struct BlockJob "A block job"
    @name               string required
    @type               blockjob_type required
    @state              string required
    @newstate           string
    @brokentype         blockjob_type
    @errmsg             string
    @jobflags           hex64(0) opt
    @shallownew         yesno
    disk { @dst string as disk ; @mirror yesno as mirror }
    chains { disk JobStore as chain ; mirror JobStore as chain_mirror }
    base { @node string as base }
    top { @node string as top }
    topparent { @node string as top_parent }
    deleteCommittedImages flag
    create { @mode string as create_mode }
    src                 JobStore
    store               JobStore
    bitmap { @name string as bitmap }

struct DomainJob "What was going on when the state was saved"
    check               domstatus_job_check
    @type               string
    @async              string
    @phase              string
    @flags              hex64(0) opt always
    @apiFlags           hex64(0) opt
    @asyncStarted       ull opt
    @asyncOwner         string
    disk[]              MigrationDisk
    tempBlockDirtyBitmaps { bitmap[] DirtyBitmap as temp_bitmaps }
    migParams           MigrationParams as mig_params

struct SlirpState "Helpers of user networking"
    helper              raw

struct Pinning "Where the guest may run, as numad advised"
    @nodeset            bitmap
    @cpuset             bitmap

struct DomainStatus <domstatus> "A running guest, over a restart of the daemon"
    @state              domain_state required always
    @reason             string required
    @pid                ll required always
    taint[]             DomainTaint
    deprecation[]       string
    monitor { @path string as monitor_path required ; @type monitor_type as monitor_type }
    namespaces { mount flag as mount_namespace }
    vcpus { vcpu[] VcpuThread as vcpu_threads }
    qemuCaps { flag[] CapsFlag as qemu_caps }
    job                 DomainJob
    lockstate           string
    devices { device[] StatusDevice as device_aliases }
    numad               Pinning
    libDir { @path string as lib_dir }
    channelTargetDir { @path string as channel_target_dir }
    memoryBackingDir { @path string as memory_backing_dir }
    cpu                 Cpu as origin_cpu
    chardevStdioLogd    flag
    prManager as pr_manager { @alias string as pr_manager_alias }
    rememberOwner       flag
    allowReboot { @value yesno as allow_reboot }
    nodename always { @index ull as nodename_index always }
    fdset always { @index ull as fdset_index always }
    blockjobs { @active yesno as blockjobs_active ; blockjob[] BlockJob }
    dbusDaemon          flag
    dbusVMState         flag
    slirp               SlirpState
    agentTimeout        int default -2 always
    cookies             raw
    migrationPinned     flag
    domain              Domain required
