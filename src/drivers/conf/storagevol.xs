# <volume>: one image, block device or folder of a pool.
import common
import storagecommon

enum volume_type    { - file block dir network netdir }
enum volume_format  { - none unknown raw dir bochs cloop dmg iso vpc vdi fat vhd ploop luks cow qcow qcow2 qed vmdk
                      auto ext2 ext3 ext4 ufs iso9660 udf gfs gfs2 vfat hfs+ xfs ocfs2 vmfs
                      linux fat16 fat32 linux-swap linux-lvm linux-raid extended }

struct VolumeExtent "A range of a device that belongs to the volume"
    since 0.4.1
    @start          ull             always "Where it begins, in bytes"
    @end            ull             always "Where it ends, in bytes"

struct VolumeDevice "A device the volume lies on"
    since 0.4.1
    @path           string          required "Its path"
    extent[]        VolumeExtent

struct VolumeTimes "Seconds since 1970, with nanoseconds behind a point; told, not set"
    since 0.10.0
    atime           string absent "not known" "When it was last read"
    mtime           string absent "not known" "When the content last changed"
    ctime           string absent "not known" "When anything of the file last changed"
    btime           string absent "not known" "When it was made"

struct VolumeBacking "The image this one is laid over; it must not change"
    since 0.6.0
    path            string "Absolute path of the image"
    format "Format of that image" { @type volume_format as format "qcow2 takes any; most formats want their own" }
    permissions     StoragePermissions "Mode, owner and label of that image; told, not set"
    timestamps      VolumeTimes since 0.10.0

struct StorageVolume <volume> "A storage volume"
    errors      VIR_FROM_STORAGE storage_volume_definition
    since 0.4.1
    check           storage_volume_check
    @type           volume_type since 1.2.0 "What the volume is; ``netdir``: a folder of a network pool. Told, not set"
    name            string          required since 0.4.1 "Unique in the pool; in disk pools that of the next partition (``sdb1``)"
    key             string since 0.4.1 "Unique in the world; told, not set"
    source since 0.4.1 "Where the volume lies, for partitions and logical volumes; told, not set" { device[] VolumeDevice }
    capacity        bytes           always opt since 0.4.1
        "What guests see; a new volume must say it, unless its backing image does"
    allocation      bytes           always opt since 0.4.1 absent "all of the capacity, for new volumes"
                    "What is taken from the pool now; less than the capacity asks for a sparse volume"
    physical        bytes           opt since 3.0.0 "Size on the host; told, not set"
    target always since 0.4.1 "The image on the host" {
        path        string          as path since 0.4.1 "Absolute path on the host; told, not set"
        format "Format of the image" {
            @type volume_format as format absent "that of the pool; ``raw`` in folders"
                "dir, fs, netfs: file format; disk: kind of partition (``extended`` makes an extended one)"
        }
        permissions StoragePermissions
        timestamps  VolumeTimes
        encryption  StorageEncryption
        compat      string since 1.1.0 absent "0.10, or 1.1 with features"
            "Oldest version that can read a qcow2 image: 0.10 or 1.1"
        nocow       flag since 1.2.7 "No copy on write by btrfs"
        clusterSize since 7.4.0 absent "chosen by qemu-img" "Size of the clusters of a qcow2 image" {
            @unit string as cluster_unit absent "bytes" "Unit of the number"
            . ull as cluster_size "The size"
        }
        features as features since 1.1.0 "Features of a qcow2 image" {
            lazy_refcounts flag "Reference counts are written late: faster, a crash needs a repair"
            extended_l2 flag since 8.0.0 "Clusters have 32 parts: small writes copy less; use larger clusters"
        }
    }
    backingStore    VolumeBacking since 0.6.0 absent "the volume stands by itself"
