# Disks.  Row order is output order.
import device

enum disk_type      { - file block dir network volume nvme vhostuser vhostvdpa }
enum disk_device    { disk cdrom floppy lun }
enum disk_bus       { - ide fdc scsi virtio xen usb uml sata sd }
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

struct SecretRef "A reference to a secret object: its UUID or its usage, one of the two"
    since 0.7.1
    @type           disk_secret_type
        "What the secret is for: ``ceph`` or ``iscsi`` in credentials, ``passphrase`` (``volume`` in old"
                    "documents) in encryption, ``tls`` and ``vtpm`` where those are configured"
    @uuid           uuid "The secret by its UUID" absent "``usage`` says which"
    @usage          string "The secret by what its own ``<usage>`` says" absent "``uuid`` says which"

struct Auth "Credentials of a network disk; the password itself is in a secret object, never in this document"
    since 0.9.7
    @username       string required "Who logs in at the server"
    @type           auth_type input "As storage pools write it; in disks the type of the secret says it"
    secret          SecretRef required

struct DiskCipher "The cipher of an encrypted volume; asked for when the volume is created"
    since 2.1.0
    @name           string "Such as ``aes``, ``serpent``, ``twofish``; which there are depends on qemu-img"
    @size           uint "Length of the key in bits, such as 256"
    @mode           string "How blocks are chained, such as ``cbc``, ``xts``, ``ecb``" absent "chosen by qemu-img"
    @hash           string "Digest for the master key, such as ``sha256``" absent "chosen by qemu-img"

struct DiskIvgen "How initialisation vectors are made; needs a cipher beside it"
    since 2.1.0
    @name           string "Such as ``plain``, ``plain64``, ``essiv``"
    @hash           string "Digest, for methods that use one, such as ``sha256``" absent "chosen by qemu-img"

struct Encryption "How a volume is encrypted"
    check disk_encryption_check
    since 0.7.1
    @format         enc_format required always
        "``luks`` for images and volumes (2.1.0); ``luks2`` (7.9.0) and ``luks-any`` (9.3.0, whichever of"
                    "the two it is) only for RBD with ``librbd``; ``qcow`` and ``default`` are refused since 4.5.0"
    @engine         enc_engine since 7.9.0 drivers qemu absent "``qemu``"
                    "Who encrypts: QEMU, or the client library of Ceph (RBD disks only, QEMU 6.1, librbd 16.1)"
    secret[]        SecretRef "The passphrase; for layered RBD images (9.3.0) one of each layer, the top one first"
    cipher          DiskCipher absent "``aes`` of 256 bits, ``cbc``, ``sha256`` for new volumes"
    ivgen           DiskIvgen absent "``essiv`` with ``sha256`` for new volumes"

struct Cookie "An HTTP cookie sent with every request"
    since 6.2.0
    @name           string required "Name of the cookie"
    .               string as value secure "Its value, as HTTP allows it"

struct FilterRef "A throttle group of the domain whose limits apply to this disk"
    since 11.2.0
    @group          string required "``<group_name>`` of one of the domain's ``<throttlegroups>``"

struct Queue "A virtqueue"
    since 10.0.0
    @id             uint required always "Number of the queue, from 0 to ``queues`` - 1; each queue may be given to one iothread only"

struct IoThreadMap "An iothread and the queues it serves"
    since 10.0.0
    @id             positive required "Number of an iothread of the domain"
    queue[]         Queue absent "queues are dealt out to the iothreads in turn; if one iothread lists queues, all must"

struct NetHost "One server of a network disk; ``rbd`` and ``gluster`` may have several, ``sheepdog`` none, the others have one"
    since 0.8.7
    @name           string "Host name or address; needed unless the transport is ``unix``"
    @port           uint opt absent "that of the protocol: nbd 10809, iscsi 3260, sheepdog 7000, gluster 24007, vxhs 9999"
        "TCP port"
    @transport      net_transport absent "``tcp``"
                    "``unix`` for nbd and gluster, ``rdma`` for gluster; the others know ``tcp`` only"
    @socket         string "Path of the Unix socket; with transport ``unix`` only"

struct Slice "A window of an image: the image begins at an offset of the file, device or export and has a fixed size"
    since 6.1.0
    @type           string "``storage``, the only kind there is"
    @offset         ull required always "Where it begins, in bytes"
    @size           ull required always "How long it is, in bytes"

rows SourceBody {
    switch type {
        - file  {
            @file string as path "Absolute path of the image" absent "an empty drive, for CD-ROM and floppy drives"
            @fdgroup string since 9.0.0 drivers qemu "Name of descriptors that virDomainFDAssociate() has handed in; the image is"
                "used through them and never opened by path"
        }
        block   { @dev string as path "Absolute path of the block device of the host" }
        dir     {
            @dir string as path since 0.7.5 "Absolute path of a directory whose content the guest sees as a FAT file system; it"
                "should be read-only and not change meanwhile"
        }
        network {
            @protocol net_protocol since 0.8.7
                "How the image is reached. ``iscsi`` since 1.0.4, ``vxhs`` 3.8.0, ``nfs`` 7.0.0, ``ssh`` 9.8.0"
            @name string as path since 0.8.7
                "Which image: export (nbd, where it may be absent), pool/image (rbd), volume/path (gluster),"
                "IQN/LUN (iscsi; LUN 0 if none is given), path of the URL (http, ftp, ssh), UUID (vxhs)"
            @query string since 6.2.0 "Query string of the URL; http and https only"
            @tls yesno since 4.5.0 drivers qemu absent "as qemu.conf says (``nbd_tls``, ``vxhs_tls``)"
                "Encrypt the connection with TLS; nbd and vxhs only"
            @tlsHostname string since 8.2.0 drivers qemu absent "that of the host"
                "Name the certificate of the NBD server must be for"
            @tlsFromConfig uint opt status "1 where qemu.conf decided on TLS and not this document"
            host[] NetHost
            snapshot since 1.2.11 drivers qemu {
                "Read an internal snapshot instead of the image; rbd only"
                @name string as net_snapshot "Name of the snapshot"
            }
            config since 1.2.11 drivers qemu {
                "A configuration file for the client; rbd only"
                @file string as net_config "Absolute path of the file"
            }
            initiator since 4.7.0 {
                "Who connects to an iSCSI target"
                iqn {
                    "Name of the initiator"
                    @name string as iqn "iSCSI qualified name"
                }
            }
            ssl since 6.2.0 {
                "Settings of TLS for https and ftps"
                @verify yesno as ssl_verify "Whether the certificate of the server must be valid" absent "``yes``"
            }
            cookies secure since 6.2.0 "Cookies for http and https" { cookie[] Cookie }
            readahead since 6.2.0 {
                "Buffer for reading ahead; http, https, ftp and ftps"
                @size ull as readahead "Bytes; 0 is as if it were absent" absent "chosen by the hypervisor"
            }
            timeout since 6.2.0 {
                "How long to wait for the server; http, https, ftp and ftps"
                @seconds ull as timeout "0 is as if it were absent" absent "chosen by the hypervisor"
            }
            identity since 7.0.0 {
                "Who asks for the image: ``user`` and ``group`` for nfs, the rest for ssh"
                @user string as id_user "Name, or number after a ``+``; nfs" absent "that of the hypervisor's process"
                @group string as id_group "Name, or number after a ``+``; nfs" absent "that of the hypervisor's process"
                @username string as id_username since 9.8.0 "User on the server; ssh needs it for keys"
                @keyfile string since 9.8.0 "Path of a private key without passphrase; ssh"
                @agentsock string since 9.8.0 "Path of the socket of an ssh-agent that has the key; ssh"
            }
            knownHosts since 9.8.0 {
                "Keys of servers that are trusted; ssh"
                @path string as known_hosts "Path of the file; the connection fails if the key of the server is not in it"
            }
            reconnect since 9.1.0 drivers qemu {
                "What happens when an NBD server goes away"
                @enabled yesno as reconnect_enabled "Not for nbd, which only has ``delay``"
                @timeout uint as reconnect_timeout "Not for nbd, which only has ``delay``"
                @delay uint as reconnect_delay absent "0"
                    "Seconds for which requests wait for the server to come back; then they fail"
            }
        }
        volume  {
            @pool string required since 1.0.5 "Name of a storage pool"
            @volume string required since 1.0.5 "Name of a volume of that pool"
            @mode pool_mode since 1.1.1 absent "``host``"
                "For iSCSI pools: use the device of the ``host``, or let the hypervisor log in (``direct``)"
            @actualType disk_type status "What the volume turned out to be"
            switch actual_type {
                file  { @file string as path status "Path of the volume" }
                block { @dev string as path status "Path of the volume" }
                dir   { @dir string as path status "Path of the volume" }
            }
        }
        nvme    {
            @type string as nvme_type since 6.0.0 "``pci``, the only kind of address there is"
            @managed yesno since 6.0.0 absent "``no``"
                "Take the controller from its host driver when the guest starts, and give it back; ``no``: the administrator"
                "did that"
            @namespace num64 since 6.0.0 "Which namespace of the controller, from 1"
            address since 6.0.0 "PCI address of the NVMe controller of the host" { include PciAddress as nvme_address }
        }
        vhostuser {
            @type string as vhost_type since 7.1.0 "``unix``, the only kind of socket there is"
            @path string since 7.1.0 "Path of the socket of the process that serves the disk; guest memory must be shared"
            @mode string as vhost_mode since 7.1.0 "``client``: the hypervisor connects, the server listens"
            reconnect since 7.1.0 {
                "What happens when the server goes away"
                @enabled yesno as reconnect_enabled "Whether to connect again" absent "``no``"
                @timeout uint as reconnect_timeout "Seconds between two attempts"
                @delay uint as reconnect_delay "Not for vhost-user; see nbd"
            }
        }
        vhostvdpa {
            @dev string as path since 9.8.0 drivers qemu "Path of the vhost-vdpa character device; guest memory must be shared"
        }
    }
    @startupPolicy  startup_policy                  since 0.9.7 absent "``mandatory``"
                    "If the image is missing: do not start (``mandatory``), start without it except on a cold boot"
                    "(``requisite``),"
                    "or always start without it (``optional``). Hard disks since 1.1.2"
    @index          uint        unread              since 1.2.8
        "Number of the image in its chain; ``vda[2]`` names it in block jobs"
    slices since 6.1.0 "The part of the file or device that is the image" { slice[] Slice }
    auth            Auth        at auth_in_source since 3.9.0
    encryption      Encryption  at encryption_in_source since 3.9.0
    seclabel[]      DeviceSecLabel since 0.9.9 "A label for this image alone; type file, block and volume"
    reservations    Reservations
    dataStore       Store       as data_store since 10.10.0 drivers qemu "Where a qcow2 image with external data keeps the data"
    privateData     SourcePrivate as source_private status
}

struct NodeName "The name of a block node of a running guest"
    since 3.9.0
    drivers qemu
    @type           string required "``format``, ``storage`` and the like: which layer of the image it is"
    @name           string required "Name of the node in QEMU"

struct SourceObject "A helper object of a running guest"
    since 3.9.0
    drivers qemu
    @type           string "What the object is for: ``auth``, ``encryption``, ``tlskey``, ``httpcookie``"
    @alias          string as object_alias "Its id in QEMU"

struct SourcePrivate "What the QEMU driver notes of an image in use"
    since 3.9.0
    drivers qemu
    nodenames "Block nodes of the image" { nodename[] NodeName }
    reservations since 4.4.0 {
        "The helper for persistent reservations"
        @mgralias string as reservations_manager "Id of its object in QEMU"
    }
    relPath         string "Path as the image above names it, kept by block jobs that shall write relative names"
    objects {
        "Objects in QEMU that go when the image goes"
        secret[] SourceObject as secrets
        TLSx509 SourceObject as tls_x509
        cookie[] SourceObject as cookies
    }
    fdsets since 9.0.0 "Sets of descriptors in QEMU that go when the image goes" { fdset[] FdSetRef as fd_sets }
    thresholdEvent {
        "How the write threshold was set"
        @indexUsed yesno as threshold_index_used "Whether events name the image with its index, as the caller did"
    }
    nbdkit          NbdkitState

struct DiskPrivate "What the QEMU driver notes of a disk in use"
    since 3.9.0
    drivers qemu
    qom {
        "The disk among the objects of QEMU"
        @name       string as qom_name "Its path there"
    }
    nodenames "Block nodes that are the disk's own: copy-on-read, throttling" { nodename[] NodeName }

struct FdSetRef "Descriptors an image was opened with"
    since 9.0.0
    drivers qemu
    @type           string "Whether the image itself (``storage``) or something beside it"
    @id             uint opt "Number of the set in QEMU"

struct NbdkitState "The nbdkit process that serves an image"
    since 9.8.0
    drivers qemu
    pidfile         string "File with its process id"
    socketfile      string "Unix socket QEMU reaches it by"

struct Reservations "Persistent reservations of a SCSI disk: the guest may reserve the LUN against other hosts"
    since 4.4.0
    drivers qemu
    @managed        yesno required "``yes``: a qemu-pr-helper is started for the guest; ``no``: one listens at ``<source>``"
    source {
        "The helper, where it is not managed"
        @type       string "``unix``, the only kind there is"
        @path       string "Path of its socket"
        @mode       string "``client``: QEMU connects, the helper listens"
        reconnect   Reconnect
    }

struct Store "One layer of an image chain. An empty element ends the chain; without one it is read from the images"
    since 1.2.4
    var bool auth_in_source
    var bool encryption_in_source
    var string ssh_user                     # of a backing file string, which says no more than that
    var bool ssh_any_host_key
    @type           disk_type "As that of ``<disk>``"
    @index          uint        unread as chain_index "Number of the image in its chain; ``vda[2]`` names it in block jobs"
    format {
        "The format of this layer"
        @type       disk_format as format "``raw``, ``qcow2`` ..."
        metadata_cache since 7.0.0 drivers qemu {
            "Cache for tables of a qcow2 image"
            max_size bytes as metadata_cache "Its largest size" absent "chosen by QEMU"
        }
    }
    source "Where this layer is; as in ``<disk>``" { use SourceBody }
    backingStore    Store       as backing_store "The next layer"

struct Mirror "The other end of a block job; shown, never read"
    since 0.9.12
    var bool auth_in_source
    var bool encryption_in_source
    @type           disk_type since 1.2.6 "As that of ``<disk>``"
    @file           string      as old_file "Path, once more, for old clients; copy to a file only"
    @format         disk_format as old_format "Format, once more, for old clients"
    @job            disk_job since 1.2.7 "Which job: ``copy``, ``active-commit``, ``commit`` or ``pull``"
    @ready          disk_ready absent "still copying"
        "``yes``: both ends are the same, the job may be pivoted; ``abort`` and ``pivot`` (1.2.7): it is ending"
    format {
        "The format of the other end"
        @type       disk_format as format "``raw``, ``qcow2`` ..."
        metadata_cache since 7.0.0 drivers qemu {
            "Cache for tables of a qcow2 image"
            max_size bytes as metadata_cache "Its largest size" absent "chosen by QEMU"
        }
    }
    source since 1.2.6 "Where the other end is; as in ``<disk>``" { use SourceBody }
    backingStore    Store       as backing_store

struct IoTune "Throttling limits; zero is unlimited. Totals exclude the read and write values of the same kind"
    since 0.9.8
    drivers qemu
    total_bytes_sec     ull opt "Bytes a second, reads and writes together" absent "no limit"
    read_bytes_sec      ull opt "Bytes read a second" absent "no limit"
    write_bytes_sec     ull opt "Bytes written a second" absent "no limit"
    total_iops_sec      ull opt "Requests a second, reads and writes together" absent "no limit"
    read_iops_sec       ull opt "Read requests a second" absent "no limit"
    write_iops_sec      ull opt "Write requests a second" absent "no limit"
    total_bytes_sec_max ull opt since 1.2.11 "Bytes a second in a burst, reads and writes together" absent "no burst"
    read_bytes_sec_max  ull opt since 1.2.11 "Bytes read a second in a burst" absent "no burst"
    write_bytes_sec_max ull opt since 1.2.11 "Bytes written a second in a burst" absent "no burst"
    total_iops_sec_max  ull opt since 1.2.11 "Requests a second in a burst, reads and writes together" absent "no burst"
    read_iops_sec_max   ull opt since 1.2.11 "Read requests a second in a burst" absent "no burst"
    write_iops_sec_max  ull opt since 1.2.11 "Write requests a second in a burst" absent "no burst"
    size_iops_sec       ull opt since 1.2.11 absent "every request counts as one"
        "A request larger than this many bytes counts as several"
    group_name          string  since 3.0.0 "Disks of one group share the limits; any name" absent "limits are the disk's own"
    total_bytes_sec_max_length ull opt since 2.4.0 "Seconds such a burst may last; needs the value itself" absent "1"
    read_bytes_sec_max_length  ull opt since 2.4.0 "Seconds such a burst may last; needs the value itself" absent "1"
    write_bytes_sec_max_length ull opt since 2.4.0 "Seconds such a burst may last; needs the value itself" absent "1"
    total_iops_sec_max_length  ull opt since 2.4.0 "Seconds such a burst may last; needs the value itself" absent "1"
    read_iops_sec_max_length   ull opt since 2.4.0 "Seconds such a burst may last; needs the value itself" absent "1"
    write_iops_sec_max_length  ull opt since 2.4.0 "Seconds such a burst may last; needs the value itself" absent "1"

struct Disk <disk> "A disk, CD-ROM drive, floppy drive or LUN"
    errors      VIR_FROM_DOMAIN device_definition
    since 0.0.3
    check           disk_check
    var bool auth_in_source
    var bool encryption_in_source
    @type           disk_type       always              since 0.0.3 absent "``file``"
                    "What the image is. ``dir`` since 0.7.5, ``network`` 0.8.7, ``volume`` 1.0.5, ``nvme`` 6.0.0, ``vhostuser``"
                    "7.1.0,"
                    "``vhostvdpa`` 9.8.0"
    @device         disk_device     always abi          since 0.1.4 absent "``disk``"
                    "What the guest sees. ``lun`` (0.9.10) passes SCSI commands through to a real LUN: type block, iSCSI, or a"
                    "volume of"
                    "an iSCSI or Fibre Channel pool"
    @model          disk_model      abi                 since 5.2.0 absent "``virtio``, for that bus"
                    "Which virtio standard the device follows; bus virtio only"
    @rawio          yesno                               since 0.9.10 drivers qemu absent "``no``"
                    "The process may send any SCSI command (CAP_SYS_RAWIO); holds for all disks of the guest. ``lun`` only"
    @sgio           disk_sgio                           since 1.0.2 drivers qemu absent "``filtered``"
                    "Whether the kernel filters SCSI commands of unprivileged processes. ``lun`` only"
    @snapshot       disk_snapshot                       since 0.9.5 absent "``no`` if read-only, else chosen by the hypervisor"
                    "Part in snapshots where the snapshot does not say: none (``no``), inside the image, in a new overlay"
                    "(``external``),"
                    "or by means of whoever manages the storage (``manual``)"
    driver since 0.1.8 {
        "How the hypervisor serves the disk"
        @name           string      as driver_name absent "``qemu`` for QEMU; else chosen by the hypervisor"
                        "Back end: ``qemu``; for Xen ``qemu``, ``phy``, ``file``, ``tap``, ``tap2``"
        @type           disk_format as format absent "``raw``"
                        "Format of the image. The guest could make a raw image look like another format, so it is never guessed"
        @cache          disk_cache                      since 0.6.0 absent "``default``: chosen by the hypervisor"
                        "The page cache of the host: not used (``none``; ``directsync``, 0.9.5, flushes each write too), used"
                        "and flushed"
                        "at each write (``writethrough``), when the guest asks (``writeback``), or never (``unsafe``, 0.9.7)"
        @error_policy   disk_policy                     since 0.8.0 absent "chosen by the hypervisor"
                        "On an error stop the guest, ``report`` (0.9.7) it to the guest, ignore it, or stop if the disk is full"
                        "(``enospace``)"
        @rerror_policy  disk_policy                     since 0.9.7 absent "as ``error_policy``"
                        "The same for errors of reading alone; not ``enospace``"
        @io             disk_io                         since 0.8.8 drivers qemu absent "chosen by QEMU"
                        "How requests reach the host kernel; ``native`` needs a cache mode without page cache, ``io_uring``"
                        "since 6.3.0"
        @ioeventfd      onoff                           since 0.9.3 drivers qemu absent "chosen by QEMU"
                        "Serve requests in another thread while the guest runs on; virtio only. Rarely worth changing"
        @event_idx      onoff                           since 0.9.5 drivers qemu absent "chosen by QEMU, mostly on"
                        "Fewer interrupts and exits; virtio only. Rarely worth changing"
        @copy_on_read   onoff                           since 0.9.10 drivers qemu absent "``off``"
                        "What is read from the backing image is copied to the image, so that it is fetched once only"
        @discard        disk_discard                    since 1.0.6 drivers qemu absent "chosen by QEMU"
                        "Whether blocks the guest trims are given back to the host"
        @iothread       positive                        since 1.2.8 drivers qemu absent "the main thread serves the disk"
                        "Number of the iothread that serves it; virtio disks on PCI or ccw, disks of SCSI get theirs from the"
                        "controller"
        @detect_zeroes  disk_zeroes                     since 2.0.0 drivers qemu absent "``off``"
                        "Look for writes of zeroes, and make them holes (``unmap``, which needs discard='unmap'). Costs"
                        "processor time"
        @discard_no_unref onoff                         since 9.5.0 drivers qemu absent "``off``"
                        "Trimmed clusters of a qcow2 image stay allocated in it, against fragments; the layer below is trimmed"
                        "(QEMU 8.1)"
        @queues         uint        abi                 since 3.9.0 drivers qemu absent "chosen by QEMU"
                        "Number of virtqueues; virtio, and vhost-user since 7.1.0"
        @queue_size     uint        abi                 since 7.8.0 drivers qemu absent "chosen by QEMU"
                        "Entries of each virtqueue; virtio and vhost-user"
        use VirtioOptions
        iothreads since 10.0.0 drivers qemu {
            "Several iothreads serve the disk; virtio only (QEMU 9.0), not together with ``iothread``"
            iothread[] IoThreadMap
        }
        metadata_cache since 7.0.0 drivers qemu {
            "Cache for tables of a qcow2 image; of the top layer, see ``<backingStore>`` for the others"
            max_size    bytes       as metadata_cache   since 7.0.0 "Its largest size" absent "chosen by QEMU"
        }
    }
    auth            Auth            at !auth_in_source "Better inside ``<source>``; not in both"
    source {
        "Where the image is; what it says depends on ``type``"
        use SourceBody
    }
    backingStore    Store   as backing_store since 1.2.4 absent "as the image says"
    backenddomain since 1.2.13 drivers xen {
        "The domain that serves the disk, where it is not domain 0"
        @name       string          as backend_domain "Its name"
    }
    mirror          Mirror          live since 0.9.12
    geometry since 0.10.0 {
        "What the guest is told of cylinders and heads; for old systems and DASDs of s390"
        @cyls       uint "Cylinders"
        @heads      uint "Heads of the disk"
        @secs       uint "Sectors of a track"
        @trans      disk_trans "How the BIOS translates them" absent "chosen by the hypervisor"
    }
    blockio since 0.10.2 drivers qemu {
        "Block sizes the guest sees"
        @logical_block_size uint "Smallest unit of a request, in bytes" absent "512"
        @physical_block_size uint "Size of a sector of the medium, in bytes; the guest aligns to it" absent "512"
        @discard_granularity uint opt since 9.8.0 absent "chosen by QEMU"
            "Smallest amount that can be trimmed, in bytes; a multiple of the logical block size"
    }
    target required {
        "Where the guest sees it"
        @dev            string      as target           required abi
                        "Name in the manner of Linux (``vda``, ``sdb``), unique in the guest; it orders the disks, the guest"
                        "may use other names"
        @bus            disk_bus    abi since 0.4.3 absent "guessed from the name: ``hda`` ide, ``sda`` scsi, ``vda`` virtio"
                        "Which kind of disk is emulated. ``sata`` since 0.9.7, ``sd`` 1.1.2"
        @tray           disk_tray   when device cdrom floppy    since 0.9.11 absent "``closed``"
                        "Whether the drive stands open; may be changed while the guest runs"
        @removable      onoff       when bus usb        since 1.1.3 absent "``off``"
                        "Tell the guest the medium can be taken out; USB and SCSI"
        @rotation_rate  uint        abi                 since 7.3.0 absent "not told"
                        "Revolutions a minute the guest is told, 1025 to 65534, or 1 for a disk without; SCSI, IDE and SATA"
    }
    iotune          IoTune                              since 0.9.8
    throttlefilters since 11.2.0 drivers qemu {
        "Limits shared with other disks, in any order; not together with ``<iotune>``"
        throttlefilter[] FilterRef
    }
    readonly        flag            abi "The guest cannot write" absent "writable, except a CD-ROM"
    shareable       flag "Other guests may use the image at the same time; turn caching off"
    transient as transient since 0.9.5 drivers qemu vmware esx {
        "What the guest writes is forgotten when it ends; QEMU since 6.9.0. Mostly excludes migration, snapshots and block jobs"
        @shareBacking yesno since 7.4.0 drivers qemu "Several guests use the image so at a time; needs hot plug" absent "``no``"
    }
    serial          string          abi                 since 0.7.1 absent "chosen by the hypervisor"
                    "Serial number the guest sees; IDE and SATA take 20 characters, SCSI 20, 36 or 247 by version. Not for"
                    "``lun`` on SCSI"
    wwn             string          abi                 since 0.10.1
        "World wide name the guest sees, 16 hexadecimal digits; IDE, SATA, SCSI"
    vendor          string                              since 1.0.1 "Vendor the guest sees, at most 8 printable characters; SCSI"
    product         string                              since 1.0.1
        "Product the guest sees; at most 16 printable characters for SCSI, 40 for SATA and IDE (11.1.0)"
    encryption      Encryption      at !encryption_in_source "Better inside ``<source>``"
    include         DeviceInfo      as info
    privateData     DiskPrivate     as disk_private status
    diskSecretsPlacement {
        "Where credentials and encryption of a disk without source stood, for a restart of the daemon"
        @auth       string status as auth_placement "``disk`` or ``source``"
        @enc        string status as enc_placement "``disk`` or ``source``"
    }
