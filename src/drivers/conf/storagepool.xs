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

struct PoolHost "A server of the pool"
    @name           string          required
    @port           int

struct PoolExtent "An unused range of a disk"
    @start          ull             always
    @end            ull             always

struct PoolDevice "A device the pool is made of"
    @path           string          required
    @part_separator yesno
    freeExtent[]    PoolExtent

struct PoolParentAddress "The PCI device a SCSI host belongs to"
    @unique_id      uint            opt
    address required { include PciAddress as pci }

struct PoolAdapter "The SCSI host that provides the volumes"
    check           storage_pool_adapter_check
    @type           adapter_type    always
    @name           string
    @parent         string
    @parent_wwnn    string
    @parent_wwpn    string
    @parent_fabric_wwn string
    @managed        yesno
    @wwnn           string
    @wwpn           string
    parentaddr      PoolParentAddress

struct PoolMountOption "An option of mount(8)"
    @name           string          required

struct PoolRbdOption "A setting of librbd"
    @name           string          required
    @value          string          required

struct StoragePool <pool> "A storage pool"
    check           storage_pool_check
    @type           pool_type       required since 0.4.1 "where the volumes come from"
    name            string since 0.4.1 "unique among the pools of the host"
    uuid            uuid since 0.4.1 "unique in the world; made up where absent"
    capacity        bytes           always since 0.4.1 "all of it; told, not set"
    allocation      bytes           always since 0.4.1 "what volumes take; told, not set"
    available       bytes           always since 0.4.1 "what is left; told, not set"
    features "of the file system" {
        cow { @state yesno as cow }
    }
    source always since 0.4.1 "what the pool is made of" {
        host[]      PoolHost
        device[]    PoolDevice
        dir { @path string as source_dir }
        adapter     PoolAdapter
        name        string          as source_name
        initiator "IQN of the host" { iqn { @name string as initiator_iqn } }
        auth        StorageAuth
        format {
            @type   pool_format as format when type fs netfs disk logical
            vendor since 0.8.4 "of the storage" { @name string as vendor input }
            product since 0.8.4 "of the storage" { @name string as product input }
        }
        protocol since 5.1.0 "version of NFS" { @ver string as protocol_version }
        vendor { @name string as vendor }
        product { @name string as product }
    }
    target always unless type rbd sheepdog gluster iscsi-direct since 0.4.1 "where volumes show on the host" {
        path        string          as target_path
        permissions StoragePermissions
    }
    refresh since 5.2.0 "how volumes are looked at" {
        volume { @allocation volume_allocation as refresh_allocation }
    }
    fs:mount_opts since 5.1.0 "options for mount(8)" { fs:option[] PoolMountOption as mount_options }
    rbd:config_opts since 5.1.0 "settings of librbd" { rbd:option[] PoolRbdOption as rbd_options }
