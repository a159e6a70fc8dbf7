# <volume>: one image, block device or folder of a pool.
import common
import storagecommon

enum volume_type    { - file block dir network netdir }
enum volume_format  { - none unknown raw dir bochs cloop dmg iso vpc vdi fat vhd ploop luks cow qcow qcow2 qed vmdk
                      auto ext2 ext3 ext4 ufs iso9660 udf gfs gfs2 vfat hfs+ xfs ocfs2 vmfs
                      linux fat16 fat32 linux-swap linux-lvm linux-raid extended }

struct VolumeExtent "A range of a device that belongs to the volume"
    @start          ull             always
    @end            ull             always

struct VolumeDevice "A device the volume lies on"
    @path           string          required
    extent[]        VolumeExtent

struct VolumeTimes "Seconds since 1970, with nanoseconds behind a point"
    atime           string
    mtime           string
    ctime           string
    btime           string

struct VolumeBacking "The image this one is laid over"
    path            string
    format { @type volume_format as format }
    permissions     StoragePermissions
    timestamps      VolumeTimes

struct StorageVolume <volume> "A storage volume"
    check           storage_volume_check
    @type           volume_type
    name            string          required
    key             string
    source { device[] VolumeDevice }
    capacity        bytes           always opt
    allocation      bytes           always opt
    physical        bytes           opt
    target always {
        path        string          as path
        format { @type volume_format as format }
        permissions StoragePermissions
        timestamps  VolumeTimes
        encryption  StorageEncryption
        compat      string
        nocow       flag
        clusterSize { @unit string as cluster_unit ; . ull as cluster_size }
        features {
            lazy_refcounts flag
            extended_l2 flag
        }
    }
    backingStore    VolumeBacking
