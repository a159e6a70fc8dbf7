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
    @type           volume_type "told, not set"
    name            string          required since 0.4.1 "unique in the pool"
    key             string since 0.4.1 "unique in the world; told, not set"
    source { device[] VolumeDevice }
    capacity        bytes           always opt since 0.4.1 "what guests see"
    allocation      bytes           always opt since 0.4.1 "what is taken from the pool now"
    physical        bytes           opt since 3.0.0 "size on the host; told, not set"
    target always since 0.4.1 "the image on the host" {
        path        string          as path since 0.4.1 "told, not set"
        format { @type volume_format as format }
        permissions StoragePermissions
        timestamps  VolumeTimes
        encryption  StorageEncryption
        compat      string since 1.1.0 "oldest version that can read a qcow2 image"
        nocow       flag "no copy on write by btrfs"
        clusterSize since 7.4.0 "of a qcow2 image" { @unit string as cluster_unit ; . ull as cluster_size }
        features since 1.1.0 "of a qcow2 image" {
            lazy_refcounts flag
            extended_l2 flag
        }
    }
    backingStore    VolumeBacking since 0.6.0
