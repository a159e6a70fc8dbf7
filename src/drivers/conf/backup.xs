# <domainbackup>: a copy of a guest's disks being made.
import domain

enum backup_mode      { push pull }
enum backup_wanted    { - yes no }
enum backup_disk_mode { - full incremental }
enum backup_state     { - running complete failed cancelling cancelled }
enum backup_store     { - target scratch }
enum backup_transport { tcp unix fd }

struct BackupDisk "What becomes of one disk"
    var bool auth_in_source
    var bool encryption_in_source
    var backup_store store
    @name               string          required
    @backup             backup_wanted
    @state              backup_state    status
    @type               disk_type       default file always unless backup no
    @backupmode         backup_disk_mode
    @incremental        string
    @exportname         string
    @exportbitmap       string
    driver { @type disk_format as format }
    choice store {                              # of a push or of a pull backup
        target { use SourceBody }
        scratch { use SourceBody }
    }

struct Backup <domainbackup> "A copy of a guest's disks"
    check               backup_check
    @mode               backup_mode     always
    @id                 uint opt        live
    incremental         string
    server as has_server {
        @transport      backup_transport as transport always
        @tls            yesno
        @name           string          as server_name
        @port           uint            as server_port
        @socket         string
        @fdgroup        string          as server_fdgroup
    }
    disks { disk[] BackupDisk }
    privateData status {
        objects { secret[] SourceObject as secrets ; TLSx509 SourceObject as tls_x509 }
    }
