# The devices of a domain that are neither disks nor network interfaces.
import device
import disk

enum controller_type  { - ide fdc scsi sata virtio-serial ccid usb pci xenbus isa nvme }
enum filesystem_type  { - mount block file template ram bind volume }
enum access_mode      { - passthrough mapped squash }
enum fs_driver        { - path handle loop nbd ploop virtiofs mtp default }
enum fs_wrpolicy      { - immediate }
enum fs_model         { - virtio virtio-transitional virtio-non-transitional }
enum fs_multidevs     { - default remap forbid warn }
enum fs_cache         { - none always }
enum fs_sandbox       { - namespace chroot }
enum smartcard_mode   { - host host-certificates passthrough }
enum input_type       { - mouse tablet keyboard passthrough evdev }
enum input_bus        { - ps2 usb xen parallels none virtio }
enum input_grab       { - all }
enum grab_toggle      { - ctrl-ctrl alt-alt shift-shift meta-meta scrolllock ctrl-scrolllock }
enum tpm_backend      { - passthrough emulator external }
enum tpm_version      { - 1.2 2.0 }
enum tpm_profile      { - check fips-host }
enum graphics_type    { - sdl vnc rdp desktop spice egl-headless dbus }
enum listen_type      { - none address network socket }
enum graphics_connected { - disconnect fail keep }
enum share_policy     { - allow-exclusive force-shared ignore }
enum spice_channel_name  { main display inputs cursor playback record smartcard usbredir }
enum spice_mode       { any secure insecure }
enum spice_compression { - auto_glz auto_lz quic glz lz off }
enum spice_auto       { - auto never always }
enum spice_streaming  { - filter all off }
enum audio_format     { - u8 s8 u16 s16 u32 s32 f32 }
enum audio_type       { - none alsa coreaudio jack oss pulseaudio sdl spice file dbus pipewire }
enum sdl_driver       { - esd alsa arts pulseaudio }
enum video_vga        { - io on off }
enum hostdev_mode     { - subsystem capabilities }
enum hostdev_type     { - usb pci scsi scsi_host mdev storage misc net }
enum hostdev_model    { - vfio-pci vfio-ccw vfio-ap virtio virtio-transitional virtio-non-transitional }
enum guest_reset      { - off uninitialized on }
enum startup          { - mandatory requisite optional }
enum scsi_protocol    { - adapter iscsi vhost }
enum watchdog_action  { - reset shutdown poweroff pause none dump inject-nmi }
enum rng_model        { - random egd builtin }
enum shmem_role       { - master peer }
enum memory_model     { - dimm nvdimm virtio-pmem virtio-mem sgx-epc }
enum iommu_model      { - intel smmuv3 virtio amd }
enum panic_model      { - default isa pseries hyperv s390 pvpanic }

struct Controller "A controller other devices are plugged into"
    check           devices_controller_check
    @type           controller_type required abi
    @index          uint        opt always abi
    @model          string      abi
    @ports          uint        opt abi
    @vectors        uint        opt abi
    @maxGrantFrames uint        opt
    @maxEventChannels uint      opt
    driver {
        @queues     uint        opt
        @cmd_per_lun uint       opt
        @max_sectors uint       opt
        @ioeventfd  onoff
        @iothread   uint
        use VirtioOptions
        iothreads { iothread[] IoThreadMap }
    }
    model { @name   string      as pci_model_name abi }
    target {
        @chassisNr  num         opt abi
        @chassis    num         opt abi
        @port       hex(0)      opt abi
        @busNr      num         opt abi
        @index      num         opt abi as target_index
        @hotplug    onoff       abi
        @memReserve ull         opt
        node        uint        opt abi as numa_node
    }
    pcihole64       kib         opt as pci_hole64
    serial          string
    include         DeviceInfo  as info

struct LockLease "A lock on a resource outside the guest"
    lockspace       string      required
    key             string      required
    target { @path string as path required ; @offset ull }

struct Filesystem "A folder of the host or an image, given to the guest"
    check           devices_filesystem_check
    @type           filesystem_type always
    @model          fs_model
    @accessmode     access_mode
    @fmode          octal
    @dmode          octal
    @multidevs      fs_multidevs
    driver {
        @type       fs_driver   as driver_type
        @format     disk_format
        @name       string      as driver_name
        @wrpolicy   fs_wrpolicy
        @queue      ull
        use VirtioOptions
    }
    binary {
        @path       string      as binary
        @xattr      onoff
        cache { @mode fs_cache as cache }
        sandbox { @mode fs_sandbox as sandbox }
        lock { @posix onoff as lock_posix ; @flock onoff as lock_flock }
        thread_pool { @size int opt as thread_pool_size }
        openfiles { @max ull as open_files }
    }
    idmap { uid[] IdMap ; gid[] IdMap }
    source {
        @dir        string      as source_dir
        @dev        string      as source_dev
        @file       string      as source_file
        @name       string      as source_name
        @usage      ull
        @units      string
        @pool       string
        @volume     string
        @socket     string
    }
    target { @dir   string      as target abi }
    readonly        flag
    space_hard_limit bytes
    space_soft_limit bytes
    include         DeviceInfo  as info

struct IdMap "A range of ids and what stands for it on the host"
    @start          uint        always
    @target         uint        always
    @count          uint        always

struct Smartcard "A smartcard reader"
    check           devices_smartcard_check
    @mode           smartcard_mode required abi
    switch mode {
        host-certificates { certificate[] string ; database string }
        passthrough { include CharSource as source ; target raw as old_target input }
    }
    include         DeviceInfo  as info

struct Serial "A serial port"
    check           devices_serial_check
    @tty            string      input
    include         CharSource  as source
    target {
        @type       string      as target_type abi
        @port       int         default -1 abi
        model { @name string    as model abi }
    }
    include         DeviceInfo  as info

struct Parallel "A parallel port"
    check           devices_parallel_check
    @tty            string      input
    include         CharSource  as source
    target {
        @type       string      as target_type
        @port       int         default -1 abi
        model { @name string    as model input }
    }
    include         DeviceInfo  as info

struct Console "A console"
    @tty            string      live
    include         CharSource  as source
    target {
        @type       string      as target_type abi
        @port       int         default -1 abi
        model { @name string    as model input }
    }
    include         DeviceInfo  as info

enum channel_state { - connected disconnected }

struct Channel "A channel between host and guest"
    include         CharSource  as source
    target {
        @type       string      as target_type abi
        @name       string      as target_name abi
        @address    string      as target_address
        @port       int         opt as target_port
        @state      channel_state live
    }
    include         DeviceInfo  as info

struct Input "A keyboard, mouse or tablet"
    check           devices_input_check
    @type           input_type  required abi
    @bus            input_bus   abi
    @model          string      abi
    driver { use VirtioOptions }
    source {
        @evdev      string
        @dev        string
        @grab       input_grab
        @repeat     onoff
        @grabToggle grab_toggle
    }
    include         DeviceInfo  as info

struct PcrBanks "Which PCR banks are on"
    sha1            flag
    sha256          flag
    sha384          flag
    sha512          flag

struct TpmEncryption "The secret that encrypts the state of an emulated TPM"
    @secret         uuid        required

struct Tpm "A trusted platform module"
    check           devices_tpm_check
    @model          string      abi
    backend {
        @type       tpm_backend as type abi
        @version    tpm_version abi
        @persistent_state yesno
        @debug      num         opt
        switch type {
            passthrough { device { @path string as device_path } }
            emulator {
                encryption TpmEncryption
                active_pcr_banks PcrBanks
                source { @type string as source_type ; @path string as source_path }
                profile { @source string as profile_source ; @name string as profile_name ; @removeDisabled tpm_profile as remove_disabled }
            }
            external { include TpmSocket as socket }
        }
    }
    include         DeviceInfo  as info

struct TpmSocket "The socket of a TPM emulator that runs elsewhere"
    source { @type string ; @mode char_mode ; @path string }

struct ListenAddress "Where a display listens"
    @type           listen_type required
    @address        string
    @network        string
    @socket         string
    @fromConfig     uint        status
    @autoGenerated  yesno       status

struct SpiceChannel "Security of one SPICE channel"
    @name           spice_channel_name required always
    @mode           spice_mode  always

struct Graphics "A display"
    check           devices_graphics_check
    @type           graphics_type required
    switch type {
        vnc {
            @port           int default 0
            @autoport       yesno
            @websocket      int
            @websocketGenerated yesno status
            @socket         string
            @listen         string
            @keymap         string
            @sharePolicy    share_policy
            @powerControl   yesno
            @passwd         string secure
            @passwdValidTo  string secure
            @connected      graphics_connected secure
        }
        sdl { @display string ; @xauth string ; @fullscreen yesno }
        rdp {
            @port int always ; @autoport yesno ; @replaceUser yesno ; @multiUser yesno ; @username string ; @listen string
            @passwd string secure
        }
        desktop { @display string ; @fullscreen yesno }
        spice {
            @port           int
            @tlsPort        int
            @autoport       yesno
            @listen         string
            @keymap         string
            @defaultMode    spice_mode
            @passwd         string secure
            @passwdValidTo  string secure
            @connected      graphics_connected secure
        }
        dbus { @p2p yesno ; @address string as dbus_address ; @fromConfig yesno status }
    }
    listen[]        ListenAddress
    channel[]       SpiceChannel
    image { @compression spice_compression as image_compression }
    jpeg { @compression spice_auto as jpeg_compression }
    zlib { @compression spice_auto as zlib_compression }
    playback { @compression onoff as playback_compression }
    streaming { @mode spice_streaming as streaming }
    clipboard { @copypaste yesno as copypaste }
    mouse { @mode mouse_mode as mouse_mode }
    filetransfer { @enable yesno as file_transfer }
    gl { @enable yesno as gl ; @rendernode string }
    audio { @id num as audio_id }

struct Codec "A codec of a sound card"
    @type           string      required

struct Sound "A sound card"
    @model          string      required abi
    @multichannel   yesno
    @streams        num 
    codec[]         Codec
    audio { @id num as audio_id }
    include         DeviceInfo  as info
    driver { use VirtioOptions }

struct AudioSettings "Format of sound"
    @frequency      num 
    @channels       num 
    @format         audio_format

struct AudioStream "One direction of an audio back end"
    @mixingEngine   yesno
    @fixedSettings  yesno
    @voices         num 
    @bufferLength   num 
    @dev            string
    @tryPoll        yesno
    @bufferCount    num 
    @name           string
    @serverName     string
    @clientName     string
    @connectPorts   string
    @exactName      yesno
    @streamName     string
    @latency        num 
    settings        AudioSettings

struct Audio "Where the sound of guests goes"
    @id             num         required always
    @type           audio_type  required
    @timerPeriod    num 
    @serverName     string
    @driver         sdl_driver
    @path           string
    @runtimeDir     string
    @tryMMap        yesno
    @exclusive      yesno
    @dspPolicy      int         opt
    input           AudioStream
    output          AudioStream

struct Video "A graphics card"
    driver {
        @name       string      as driver_name
        @vgaconf    video_vga
        use VirtioOptions
    }
    model {
        @type       string      as model abi
        @ram        uint        opt
        @vram       uint        opt
        @vram64     uint        opt
        @vgamem     uint        opt
        @heads      uint        opt
        @primary    yesno
        @blob       onoff
        @edid       onoff
        acceleration { @accel3d yesno ; @accel2d yesno ; @rendernode string }
        resolution { @x uint as res_x ; @y uint as res_y }
    }
    include         DeviceInfo  as info

struct IscsiHost "A server of an iSCSI device"
    @name           string
    @port           uint opt
    @transport      net_transport
    @socket         string

# The long form of an adapter, as pools have it: kept, not used.
rows LongAdapter {
    @type           string      as adapter_type
    @parent         string      as adapter_parent
    @parent_wwnn    string      as adapter_parent_wwnn
    @parent_wwpn    string      as adapter_parent_wwpn
    @parent_fabric_wwn string   as adapter_fabric
    @managed        yesno       as adapter_managed
    @wwnn           string      as adapter_wwnn
    @wwpn           string      as adapter_wwpn
    parentaddr      raw         as adapter_parentaddr
}

struct Hostdev "A device of the host, given to the guest"
    check           devices_hostdev_check
    @mode           hostdev_mode always
    @type           hostdev_type required
    @managed        yesno
    @sgio           disk_sgio
    @rawio          yesno
    @model          hostdev_model
    @display        onoff
    @ramfb          onoff
    driver          HostdevDriver
    source {
        @startupPolicy startup
        @guestReset guest_reset
        @missing    yesno       live
        @writeFiltering yesno
        switch type {
            usb {
                @protocol string as usb_protocol
                vendor { @id hex(4) as vendor required }
                product { @id hex(4) as product required }
                address { @bus num opt ; @device num opt ; @port string as usb_port }
            }
            pci {
                address { @type string input as pci_type ; include PciAddress as pci }
                origstates status { unbind flag ; removeslot flag ; reprobe flag }
            }
            scsi {
                @protocol scsi_protocol
                @name string as iscsi_name
                adapter { @name string as adapter ; use LongAdapter }
                address { @type string input as pci_type ; @bus num opt ; @target uint opt ; @unit ull opt }
                host[] IscsiHost
                initiator { iqn { @name string as initiator_iqn } }
                privateData SourcePrivate as source_private status
                auth Auth
            }
            scsi_host { @protocol scsi_protocol ; @wwpn string }
            mdev { address { @uuid uuid as mdev_uuid required } }
            storage { block string }
            misc { char string as char_path }
            net { interface string }
        }
    }
    switch type { net { ip[] HostIp ; route[] HostRoute } }
    teaming { @type teaming_type as teaming ; @persistent string as teaming_persistent }
    readonly        flag
    shareable       flag
    include         DeviceInfo  as info

struct HostIp "An address in a container"
    @address        ip required
    @family         string
    @prefix         uint opt
    @peer           ip

struct HostRoute "A route in a container"
    @family         string
    @address        ip required
    @netmask        ip
    @prefix         uint opt
    @gateway        ip
    @metric         uint opt

struct RedirDev "A USB device redirected over the network"
    check           devices_redirdev_check
    @bus            string      always
    include         CharSource  as source
    include         DeviceInfo  as info

struct UsbFilter "Which USB devices may be redirected"
    @class          string      as device_class
    @vendor         string
    @product        string
    @version        string
    @allow          yesno       required

struct RedirFilter "Filter for redirected devices"
    usbdev[]        UsbFilter

struct Hub "A hub"
    @type           string      required
    include         DeviceInfo  as info

struct Watchdog "A watchdog"
    @model          string      required abi
    @action         watchdog_action always
    include         DeviceInfo  as info

struct Memballoon "A memory balloon"
    @model          string      required abi
    @autodeflate    onoff
    @freePageReporting onoff
    stats { @period uint as stats_period }
    include         DeviceInfo  as info
    driver { use VirtioOptions }

struct Rng "A source of random numbers"
    check           devices_rng_check
    @model          string      required abi
    rate { @bytes uint as rate_bytes ; @period uint as rate_period }
    backend required {
        @model      rng_model   as backend required
        switch backend {
            random  { . string as path }
            egd     { include CharSource as source }
        }
    }
    driver { use VirtioOptions }
    include         DeviceInfo  as info

struct Nvram "NVRAM of a pseries guest"
    include         DeviceInfo  as info

struct Panic "A panic device"
    @model          panic_model
    include         DeviceInfo  as info

struct Shmem "Memory shared between guests"
    check           devices_shmem_check
    @name           string      required abi
    @role           shmem_role
    model { @type string as model abi }
    size            megs        abi
    server as server { @path string as server_path }
    msi as msi { @enabled onoff as msi_enabled ; @vectors uint opt as msi_vectors ; @ioeventfd onoff as msi_ioeventfd }
    include         DeviceInfo  as info

struct MemoryDevice "Memory that can be plugged"
    @model          memory_model required abi
    @access         string
    @discard        yesno
    uuid            uuid
    source {
        path        string
        nodemask    bitmap
        pagesize    kib
        alignsize   kib
        pmem        flag
    }
    target {
        @dynamicMemslots yesno
        size        kib         abi required always
        node        uint        opt abi
        label { size kib as label_size abi }
        readonly    flag
        block       kib         as block_size abi
        requested   kib         opt
        current     kib         opt live
        address { @base hex64(0) as base opt abi }
    }
    include         DeviceInfo  as info

struct Iommu "An IOMMU"
    @model          iommu_model required abi
    driver {
        @intremap   onoff
        @caching_mode onoff
        @eim        onoff
        @iotlb      onoff
        @aw_bits    num
        @dma_translation onoff
        @xtsup      onoff
        @passthrough onoff
    }
    include         DeviceInfo  as info

struct Vsock "A socket to the host"
    @model          string
    cid {
        @auto       yesno       as cid_auto
        @address    uint        as cid_address
    }
    include         DeviceInfo  as info
    driver { use VirtioOptions }

struct Crypto "A cryptography device"
    @model          string      required
    @type           string      required
    backend { @model string as backend ; @queues uint as backend_queues }
    driver { use VirtioOptions }
    include         DeviceInfo  as info

struct Pstore "A store for crash records"
    @backend        string      required
    path            string
    size            kib         opt
    include         DeviceInfo  as info
