# <domainbackup>: a copy of a guest's disks being made.
import domain

enum backup_mode      { push pull }
enum backup_wanted    { - yes no }
enum backup_disk_mode { - full incremental }
enum backup_state     { - running complete failed cancelling cancelled }
enum backup_store     { - target scratch }
enum backup_transport { tcp unix fd }

struct BackupDisk "What becomes of one disk"
    since 6.0.0
    drivers qemu
    var bool auth_in_source
    var bool encryption_in_source
    var backup_store store
    @name               string          required "The disk: its target such as vda"
    @backup             backup_wanted absent "``yes`` for a disk that is listed, or if none is"
        "Whether the disk takes part"
    @state              backup_state    status "How far it is"
    @type               disk_type       default file always unless backup no
        "Kind of storage of target or scratch: file or block"
    @backupmode         backup_disk_mode absent "``incremental`` where a checkpoint is named, else ``full``"
        "Whether all of the disk is copied or what changed since a checkpoint"
    @incremental        string absent "that of the backup" "Checkpoint since which changes are copied; not with full"
    @exportname         string absent "``name``" "Name of the disk on the NBD server; only for pull"
    @exportbitmap       string absent "chosen by the hypervisor" "Name of the dirty bitmap on the NBD server; only for pull"
    driver {
        "Format of target or scratch"
        @type disk_format as format absent "``qcow2``" "Format; a scratch must be qcow2"
    }
    choice store {                              # of a push or of a pull backup
        target { use SourceBody }
        scratch { use SourceBody }
    }

struct Backup <domainbackup> "A copy of a guest's disks as they are when it begins, while the guest runs on"
    since 6.0.0
    drivers qemu
    errors      VIR_FROM_DOMAIN domain_backup
    check               backup_check
    @mode               backup_mode     always absent "``push``"
        "push: the hypervisor writes copies to target; pull: a client of yours reads from an NBD server, and scratch keeps what"
        "the guest overwrites meanwhile"
    @id                 uint opt        live "Number of the job"
    incremental         string absent "a full backup" "Checkpoint since which changes are copied"
    server as has_server {
        "The NBD server of a pull backup, which then is required; not for push"
        @transport      backup_transport as transport always absent "``tcp``"
            "How clients come: tcp, unix, or fd (a listening socket passed in by virDomainFDAssociate())"
        @tls            yesno absent "``no``" "Whether clients must use TLS; only for tcp, set up by backup_tls of qemu.conf"
        @name           string          as server_name "Host name or address to listen on; required for tcp"
        @port           uint            as server_port absent "a free one" "TCP port"
        @socket         string "Absolute path of the socket; required for unix"
        @fdgroup        string          as server_fdgroup since 9.0.0 "Name under which the socket was passed in; required for fd"
    }
    disks absent "all disks take part" {
        "What becomes of each disk; those that are not listed are left out"
        disk[] BackupDisk
    }
    privateData status {
        "What the daemon needs to know about the running job"
        objects {
            "Objects of the hypervisor that are taken away at the end"
            secret[] SourceObject as secrets
            TLSx509 SourceObject as tls_x509
        }
    }
