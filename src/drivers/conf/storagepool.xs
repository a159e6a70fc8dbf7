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
    @type           pool_type       required
    name            string
    uuid            uuid
    capacity        bytes           always
    allocation      bytes           always
    available       bytes           always
    features {
        cow { @state yesno as cow }
    }
    source always {
        host[]      PoolHost
        device[]    PoolDevice
        dir { @path string as source_dir }
        adapter     PoolAdapter
        name        string          as source_name
        initiator { iqn { @name string as initiator_iqn } }
        auth        StorageAuth
        format {
            @type   pool_format as format when type fs netfs disk logical
            vendor { @name string as vendor input }
            product { @name string as product input }
        }
        protocol { @ver string as protocol_version }
        vendor { @name string as vendor }
        product { @name string as product }
    }
    target always unless type rbd sheepdog gluster iscsi-direct {
        path        string          as target_path
        permissions StoragePermissions
    }
    refresh {
        volume { @allocation volume_allocation as refresh_allocation }
    }
    fs:mount_opts { fs:option[] PoolMountOption as mount_options }
    rbd:config_opts { rbd:option[] PoolRbdOption as rbd_options }
