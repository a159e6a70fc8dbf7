# <pool>: where volumes come from.
import common
import storagecommon
namespace fs http://libvirt.org/schemas/storagepool/fs/1.0
namespace rbd http://libvirt.org/schemas/storagepool/rbd/1.0

enum pool_type      { - dir fs netfs logical disk iscsi iscsi-direct scsi mpath rbd sheepdog gluster zfs vstorage }
enum pool_format    { - unknown auto ext2 ext3 ext4 ufs iso9660 udf gfs gfs2 vfat hfs+ xfs ocfs2 vmfs
                      nfs glusterfs cifs dos dvh gpt mac bsd pc98 sun lvm2 }
enum adapter_type   { - scsi_host fc_host }
enum volume_allocation { default capacity }

struct PoolHost "A server of the pool; netfs, iscsi, iscsi-direct, rbd, sheepdog and gluster"
    since 0.4.1
    @name           string          required "Host name or address"
    @port           int absent "that of the protocol" "Its port"

struct PoolExtent "An unused range of a disk; told, not set. A partition must fit into one"
    since 0.4.1
    @start          ull             always "Where it begins, in bytes"
    @end            ull             always "Where it ends, in bytes"

struct PoolDevice "A device the pool is made of; fs, logical, disk, iscsi, iscsi-direct, zfs and vstorage"
    since 0.4.1
    @path           string          required "Absolute path of the block device; IQN of the target for iscsi and iscsi-direct"
    @part_separator yesno since 1.3.1 absent "``yes`` if the path ends with a digit"
                    "Disk pools on multipath devices: whether partitions have a ``p`` before their number"
    freeExtent[]    PoolExtent

struct PoolParentAddress "The PCI device a SCSI host belongs to; unlike its number it outlives a reboot"
    since 1.2.7
    @unique_id      uint            opt "Content of ``unique_id`` of the SCSI host, which tells hosts of one device apart"
    address required "PCI address of the device" { include PciAddress as pci }

struct PoolAdapter "The SCSI host that provides the volumes; scsi"
    since 0.6.2
    check           storage_pool_adapter_check
    @type           adapter_type    always since 1.0.5 absent "``scsi_host``"
        "A host adapter, or a virtual one of Fibre Channel (NPIV)"
    @name           string absent "``<parentaddr>`` says which" "scsi_host: its name, such as ``scsi_host1``"
    @parent         string since 1.0.4 absent "one that can have virtual adapters" "fc_host: name of the adapter it belongs to"
    @parent_wwnn    string since 3.0.0 "fc_host: the parent by its node name; together with ``parent_wwpn``"
    @parent_wwpn    string since 3.0.0 "fc_host: the parent by its port name; together with ``parent_wwnn``"
    @parent_fabric_wwn string since 3.0.0 "fc_host: any parent on this fabric"
    @managed        yesno since 1.2.11 absent "``yes`` if starting the pool made the adapter, else ``no``"
                    "fc_host: remove the virtual adapter when the pool stops"
    @wwnn           string since 1.0.4 "fc_host: node name of the virtual adapter; it is made if it does not exist"
    @wwpn           string since 1.0.4 "fc_host: port name of the virtual adapter"
    parentaddr      PoolParentAddress

struct PoolMountOption "An option of mount(8)"
    since 5.1.0
    @name           string          required "The option, unchecked, such as ``sync``"

struct PoolRbdOption "A setting of librbd"
    since 5.1.0
    @name           string          required "Name of the setting, unchecked"
    @value          string          required "Its value, unchecked"

struct StoragePool <pool> "A storage pool"
    errors      VIR_FROM_STORAGE storage_pool_definition
    since 0.4.1
    check           storage_pool_check
    @type           pool_type       required since 0.4.1
                    "Where the volumes come from. ``mpath`` since 0.7.1, ``rbd`` 0.9.13, ``gluster`` 1.2.0, ``zfs`` 1.2.8,"
                    "``vstorage`` 3.1.0, ``iscsi-direct`` 4.7.0; ``sheepdog`` from 0.10.0 to 8.7.0"
    name            string since 0.4.1 absent "the name of the source, if it has one" "Unique among the pools of the host"
    uuid            uuid since 0.4.1 absent "made up" "Unique in the world"
    capacity        bytes           always since 0.4.1 "All of it; told, not set"
    allocation      bytes           always since 0.4.1 "What volumes take; told, not set"
    available       bytes           always since 0.4.1 "What is left; told, not set"
    features since 6.6.0 "Settings of the file system" {
        cow absent "switched off on btrfs" {
            "Copy on write for images; dir and fs pools on btrfs"
            @state yesno as cow "Whether files are copied on write"
        }
    }
    source always since 0.4.1 "What the pool is made of; which of it depends on the type" {
        host[]      PoolHost
        device[]    PoolDevice
        dir "netfs, gluster: the folder that is exported" {
            @path string as source_dir "Its path; for cifs without slash in front"
        }
        adapter     PoolAdapter
        name        string          as source_name since 0.4.5 "logical: volume group; rbd: pool; gluster: volume"
        initiator since 4.7.0 "iscsi-direct: who connects to the target" {
            iqn "Name of the initiator" { @name string as initiator_iqn "iSCSI qualified name" }
        }
        auth        StorageAuth
        format "What is on the device" {
            @type   pool_format as format when type fs netfs disk logical absent "``auto``; logical ``lvm2``, disk ``unknown``"
                    "fs: file system; netfs: protocol; disk: kind of partition table; logical: ``lvm2``"
            vendor since 0.8.4 "Who made the storage; an old place" { @name string as vendor input "Name of the maker" }
            product since 0.8.4 "What the storage is; an old place" { @name string as product input "Name of the model" }
        }
        protocol since 5.1.0 "netfs: version of NFS" {
            @ver string as protocol_version absent "mount(8) asks the server" "Such as 4.2"
        }
        vendor since 0.8.4 "Who made the storage; a note only" { @name string as vendor "Name of the maker" }
        product since 0.8.4 "What the storage is; a note only" { @name string as product "Name of the model" }
    }
    target always unless type rbd sheepdog gluster iscsi-direct since 0.4.1 "Where volumes show on the host" {
        path        string          as target_path
            "Absolute path; where the file system is mounted, or where devices are found, best"
                    "below /dev/disk. Logical, zfs and mpath have paths of their own"
        permissions StoragePermissions
    }
    refresh since 5.2.0 "rbd: how volumes are looked at" {
        volume "How each volume is looked at" {
            @allocation volume_allocation as refresh_allocation absent "``default``"
                "What it takes: counted, or taken to be its capacity, which is quick"
        }
    }
    fs:mount_opts since 5.1.0 "fs and netfs: options for mount(8)" { fs:option[] PoolMountOption as mount_options }
    rbd:config_opts since 5.1.0 "rbd: settings of librbd" { rbd:option[] PoolRbdOption as rbd_options }
