# Disks.  Row order is output order.
import device

enum disk_type      { - file block dir network volume nvme vhostuser vhostvdpa }
enum disk_device    { disk cdrom floppy lun }
enum disk_bus       { - ide fdc scsi virtio xen usb uml sata sd nvme }
enum disk_model     { - virtio virtio-transitional virtio-non-transitional }
enum disk_cache     { - default none writethrough writeback directsync unsafe }
enum disk_policy    { - stop report ignore enospace }
enum disk_io        { - native threads io_uring }
enum disk_discard   { - unmap ignore }
enum disk_zeroes    { - off on unmap }
enum disk_tray      { closed open }
enum disk_format    { - raw dir bochs cloop dmg iso vpc vdi fat vhd ploop cow qcow qcow2 qed vmdk luks aio=raw }
enum disk_snapshot  { - no internal external manual }
enum disk_sgio      { - filtered unfiltered }
enum disk_trans     { - none auto lba }
enum disk_job       { - copy active-commit commit pull }
enum disk_ready     { - yes abort pivot }
enum startup_policy { - mandatory requisite optional }
enum pool_mode      { - host direct }
enum net_protocol   { - nbd rbd sheepdog gluster iscsi http https ftp ftps tftp ssh vxhs nfs }
enum net_transport  { tcp unix rdma }
enum auth_type      { - chap ceph }
enum disk_secret_type{ - volume ceph iscsi tls vtpm passphrase }
enum enc_format     { default qcow luks luks2 luks-any }
enum enc_engine     { - qemu librbd }

struct SecretRef "A reference to a secret object"
    @type           disk_secret_type
    @uuid           uuid
    @usage          string

struct Auth "Credentials of a network disk"
    @username       string required
    @type           auth_type input
    secret          SecretRef

struct DiskCipher "The cipher of an encrypted volume"
    @name           string
    @size           uint
    @mode           string
    @hash           string

struct DiskIvgen "How initialisation vectors are made"
    @name           string
    @hash           string

struct Encryption "How a volume is encrypted"
    @format         enc_format always
    @engine         enc_engine
    secret[]        SecretRef
    cipher          DiskCipher
    ivgen           DiskIvgen

struct Cookie "An HTTP cookie"
    @name           string
    .               string as value secure

struct FilterRef "A throttle group a disk belongs to"
    @group          string required

struct Queue "A virtqueue"
    @id             uint always

struct IoThreadMap "An iothread and the queues it serves"
    @id             uint
    queue[]         Queue

struct NetHost "One server of a network disk"
    @name           string
    @port           uint opt
    @transport      net_transport
    @socket         string

struct Slice "A window of an image"
    @type           string
    @offset         ull always
    @size           ull always

rows SourceBody {
    switch type {
        - file  { @file string as path ; @fdgroup string }
        block   { @dev string as path }
        dir     { @dir string as path }
        network {
            @protocol net_protocol
            @name string as path
            @query string
            @tls yesno
            @tlsHostname string
            @tlsFromConfig uint opt status
            host[] NetHost
            snapshot { @name string as net_snapshot }
            config { @file string as net_config }
            initiator { iqn { @name string as iqn } }
            ssl { @verify yesno as ssl_verify }
            cookies { cookie[] Cookie }
            readahead { @size ull as readahead }
            timeout { @seconds ull as timeout }
            identity { @user string as id_user ; @group string as id_group ; @username string as id_username ; @keyfile string ; @agentsock string }
            knownHosts { @path string as known_hosts }
            reconnect { @enabled yesno as reconnect_enabled ; @timeout uint as reconnect_timeout ; @delay uint as reconnect_delay }
        }
        volume  { @pool string required ; @volume string required ; @mode pool_mode ; @actualType disk_type status
            switch actual_type {
                file  { @file string as path status }
                block { @dev string as path status }
                dir   { @dir string as path status }
            }
        }
        nvme    {
            @type string as nvme_type ; @managed yesno ; @namespace num64
            address { include PciAddress as nvme_address }
        }
        vhostuser {
            @type string as vhost_type ; @path string ; @mode string as vhost_mode
            reconnect { @enabled yesno as reconnect_enabled ; @timeout uint as reconnect_timeout ; @delay uint as reconnect_delay }
        }
        vhostvdpa { @dev string as path }
    }
    @startupPolicy  startup_policy                  since 0.9.7
    @index          uint        live                since 1.2.8
    slices { slice[] Slice }
    auth            Auth        at auth_in_source
    encryption      Encryption  at encryption_in_source
    seclabel[]      DeviceSecLabel
    reservations    Reservations
    dataStore       Store       as data_store
    privateData     SourcePrivate as source_private status
}

struct NodeName "The name of a block node of a running guest"
    @type           string required
    @name           string required

struct SourceObject "A helper object of a running guest"
    @type           string
    @alias          string as object_alias

struct SourcePrivate "What the QEMU driver notes of an image in use"
    nodenames { nodename[] NodeName }
    reservations { @mgralias string as reservations_manager }
    relPath         string
    objects { secret[] SourceObject as secrets ; TLSx509 SourceObject as tls_x509 ; cookie[] SourceObject as cookies }
    fdsets { fdset[] FdSetRef as fd_sets }
    thresholdEvent { @indexUsed yesno as threshold_index_used }
    nbdkit          NbdkitState

struct DiskPrivate "What the QEMU driver notes of a disk in use"
    qom { @name string as qom_name }
    nodenames { nodename[] NodeName }

struct FdSetRef "Descriptors an image was opened with"
    @type           string
    @id             uint opt

struct NbdkitState "The nbdkit process that serves an image"
    pidfile         string
    socketfile      string

struct Reservations "Persistent reservations of a SCSI disk"
    @managed        yesno
    source { @type string ; @path string ; @mode string ; reconnect Reconnect }

struct Store "One layer of an image chain"
    var bool auth_in_source
    var bool encryption_in_source
    var string ssh_user                     # of a backing file string, which says no more than that
    var bool ssh_any_host_key
    @type           disk_type
    @index          uint        live as chain_index
    format {
        @type       disk_format as format
        metadata_cache { max_size bytes as metadata_cache }
    }
    source { use SourceBody }
    backingStore    Store       as backing_store

struct Mirror "The other end of a block job"
    var bool auth_in_source
    var bool encryption_in_source
    @type           disk_type
    @file           string      as old_file
    @format         disk_format as old_format
    @job            disk_job
    @ready          disk_ready
    format {
        @type       disk_format as format
        metadata_cache { max_size bytes as metadata_cache }
    }
    source { use SourceBody }
    backingStore    Store       as backing_store

struct IoTune "Throttling limits; zero is unlimited"
    total_bytes_sec     ull opt
    read_bytes_sec      ull opt
    write_bytes_sec     ull opt
    total_iops_sec      ull opt
    read_iops_sec       ull opt
    write_iops_sec      ull opt
    total_bytes_sec_max ull opt
    read_bytes_sec_max  ull opt
    write_bytes_sec_max ull opt
    total_iops_sec_max  ull opt
    read_iops_sec_max   ull opt
    write_iops_sec_max  ull opt
    size_iops_sec       ull opt
    group_name          string
    total_bytes_sec_max_length ull opt
    read_bytes_sec_max_length  ull opt
    write_bytes_sec_max_length ull opt
    total_iops_sec_max_length  ull opt
    read_iops_sec_max_length   ull opt
    write_iops_sec_max_length  ull opt

struct Disk <disk> "A disk, CD-ROM drive, floppy drive or LUN"
    check           disk_check
    var bool auth_in_source
    var bool encryption_in_source
    @type           disk_type       always              since 0.0.3
    @device         disk_device     always abi          since 0.1.4
    @model          disk_model      abi                 since 5.2.0
    @rawio          yesno                               since 0.9.10
    @sgio           disk_sgio                           since 1.0.2
    @snapshot       disk_snapshot                       since 0.9.5
    driver {
        @name           string      as driver_name
        @type           disk_format as format
        @cache          disk_cache                      since 0.6.0
        @error_policy   disk_policy                     since 0.8.0
        @rerror_policy  disk_policy                     since 0.9.7
        @io             disk_io                         since 0.8.8
        @ioeventfd      onoff                           since 0.9.3
        @event_idx      onoff                           since 0.9.5
        @copy_on_read   onoff                           since 0.9.10
        @discard        disk_discard                    since 1.0.6
        @iothread       uint                            since 1.2.8
        @detect_zeroes  disk_zeroes                     since 2.0.0
        @discard_no_unref onoff                         since 9.5.0
        @queues         uint        abi                 since 3.9.0
        @queue_size     uint        abi                 since 7.8.0
        use VirtioOptions
        iothreads { iothread[] IoThreadMap }
        metadata_cache {
            max_size    bytes       as metadata_cache   since 7.0.0
        }
    }
    auth            Auth            at !auth_in_source
    source {
        use SourceBody
    }
    backingStore    Store   as backing_store
    backenddomain {
        @name       string          as backend_domain
    }
    mirror          Mirror          live
    geometry { @cyls uint ; @heads uint ; @secs uint ; @trans disk_trans }
    blockio { @logical_block_size uint ; @physical_block_size uint ; @discard_granularity uint opt }
    target required {
        @dev            string      as target           required abi
        @bus            disk_bus    abi
        @tray           disk_tray   when device cdrom floppy    since 0.9.11
        @removable      onoff                           since 1.1.3
        @rotation_rate  uint        abi                 since 7.3.0
        @dpofua         onoff
    }
    iotune          IoTune                              since 0.9.8
    throttlefilters { throttlefilter[] FilterRef }
    readonly        flag            abi
    shareable       flag
    transient as transient { @shareBacking yesno }
    serial          string          abi                 since 0.7.1
    wwn             string          abi                 since 0.10.1
    vendor          string                              since 1.0.1
    product         string                              since 1.0.1
    encryption      Encryption      at !encryption_in_source
    include         DeviceInfo      as info
    privateData     DiskPrivate     as disk_private status
    diskSecretsPlacement { @auth string status as auth_placement ; @enc string status as enc_placement }
