# The devices of a domain that are neither disks nor network interfaces.
import device
import disk

enum controller_type  { - ide fdc scsi sata virtio-serial ccid usb pci xenbus isa }
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
enum iommu_model      { - intel smmuv3 virtio }
enum panic_model      { - default isa pseries hyperv s390 pvpanic }

struct Controller "A controller that other devices are plugged into. libvirt adds those that are needed"
    check           devices_controller_check
    since           0.7.6
    @type           controller_type default ide always abi
        "The bus it provides; ``xenbus`` since 5.2.0 (Xen)"
    @index          natural     opt always abi absent "the lowest free one of its type (1.3.5)"
        "Number of the controller among those of its type, which addresses refer to as ``controller`` or ``bus``"
    @model          string      abi absent "chosen for the machine; PCI: needed"
        "The device. SCSI: ``auto``, ``virtio-scsi``, ``lsilogic``, ``lsisas1068``, ``lsisas1078``, ``buslogic``, ``ibmvscsi``,"
        "``vmpvscsi``, ``ncr53c90``, ``am53c974``, ``dc390``; USB: ``piix3-uhci``, ``piix4-uhci``, ``ehci``, ``ich9-ehci1``,"
        "``ich9-uhci1`` to ``ich9-uhci3``, ``vt82c686b-uhci``, ``pci-ohci``, ``nec-xhci``, ``qemu-xhci``, for Xen ``qusb1``,"
        "``qusb2``, and ``none`` for no USB at all (0.10.0); IDE with VirtualBox (3.10.0): ``piix3``, ``piix4``, ``ich6``;"
        "PCI: ``pci-root``, ``pci-bridge`` (1.0.5), ``pcie-root``, ``dmi-to-pci-bridge`` (1.1.2), ``pcie-root-port``,"
        "``pcie-switch-upstream-port``, ``pcie-switch-downstream-port`` (1.2.19), ``pci-expander-bus``,"
        "``pcie-expander-bus`` (1.3.4), ``pcie-to-pci-bridge`` (4.3.0); virtio ones (5.2.0): ``virtio``,"
        "``virtio-transitional``, ``virtio-non-transitional``"
    @ports          natural     opt abi since 0.7.7 absent "chosen by the hypervisor"
        "How many devices can be connected: ``virtio-serial``, and USB since 1.3.5"
    @vectors        natural     opt abi since 0.7.7 drivers qemu absent "chosen by QEMU"
        "Interrupt vectors of a ``virtio-serial`` controller"
    @maxGrantFrames uint        opt since 5.2.0 drivers xen absent "chosen by Xen"
        "Pages of grants for the devices of a ``xenbus``"
    @maxEventChannels uint      opt since 6.3.0 drivers xen absent "chosen by Xen" "Event channels the guest may use"
    driver since 1.0.5 drivers qemu {
        "Fine tuning, for ``virtio-scsi`` unless said otherwise"
        @queues     uint        opt absent "chosen by QEMU" "Queues, best one per vCPU"
        @cmd_per_lun uint       opt since 1.2.7 absent "chosen by QEMU" "Commands that may wait at one unit"
        @max_sectors uint       opt since 1.2.7 absent "chosen by QEMU" "Largest transfer of one command, in sectors of 512 bytes"
        @ioeventfd  onoff       since 1.2.18 absent "chosen by QEMU"
            "A thread of its own takes the guest's notifications, so that the vCPU goes on"
        @iothread   uint        since 1.3.5 absent "QEMU's main thread"
            "The I/O thread that serves the controller: 1 to ``iothreads`` of the domain. PCI and CCW addresses only"
        use VirtioOptions
        iothreads since 11.2.0 {
            "Several I/O threads instead of ``iothread``; queues are spread over them, or mapped to them one by one"
            iothread[] IoThreadMap
        }
    }
    model since 1.2.19 drivers qemu {
        "The very device behind a PCI controller; best left to libvirt"
        @name   string      as pci_model_name abi absent "chosen by model and machine"
            "Device such as ``pcie-root-port``, ``ioh3420``, ``pci-bridge``, ``pxb``; it must suit ``model``"
    }
    target since 1.2.19 drivers qemu {
        "What the guest sees of a PCI controller; chosen by libvirt and kept, best left alone"
        @chassisNr  num         opt abi absent "the ``index``" "``pci-bridge``: number of the chassis, 1 to 255"
        @chassis    num         opt abi absent "the ``index``"
            "``pcie-root-port`` and ``pcie-switch-downstream-port``: number of the chassis, 0 to 255"
        @port       hex(0)      opt abi absent "from the address"
            "``pcie-root-port`` and ``pcie-switch-downstream-port``: number of the port, 0 to 255"
        @busNr      num         opt abi since 1.3.4 absent "2 less than the lowest in use, at first 254"
            "Expander buses: number of the new bus, 1 to 254. It must leave room up to the next one for the buses behind it"
        @index      num         opt abi as target_index since 3.6.0 absent "the next one"
            "``pci-root`` of pseries: place among the host bridges"
        @hotplug    onoff       abi since 6.3.0 absent "on"
            "``off``: nothing can be plugged in or out here while the guest runs. Root and downstream ports; ``pci-root``"
            "since 7.9.0"
        @memReserve ull         opt since 10.3.0 absent "chosen by the firmware"
            "KiB of memory to reserve for devices that are plugged in later and have a large memory BAR"
        node        uint        opt abi as numa_node since 1.3.4 absent "no node"
            "The guest's NUMA node that devices on this bus belong to. Expander buses; ``pci-root`` of pseries since 3.6.0"
    }
    pcihole64       kib         opt as pci_hole64 since 1.1.2 drivers qemu absent "chosen by QEMU"
        "Root controllers: size of the hole for 64-bit devices; 0 switches it off, for old guests that crash on it"
    include         DeviceInfo  as info

struct LockLease "A lock outside the guest that is taken before the guest starts; needs a lock manager such as sanlock"
    since           0.9.2
    drivers         qemu
    lockspace       string      required "Where the key is held; its form is up to the lock manager"
    key             string      required "What is locked; its form is up to the lock manager"
    target {
        "Where the lease is stored"
        @path       string      as path required "File or device: an absolute path"
        @offset     ull         absent "0" "Where it starts in there, in bytes"
    }

struct Filesystem "A folder of the host or an image, given to the guest"
    check           devices_filesystem_check
    since           0.3.3
    @type           filesystem_type always absent "``mount``"
        "What is given: ``mount``: a folder (OpenVZ 0.6.2, QEMU 0.8.5); ``block``: a block device (LXC, 0.9.5); ``file``: an"
        "image"
        "(LXC); ``template``: a template (OpenVZ); ``ram``: memory (LXC, 0.9.13); ``bind``: another folder of the container"
        "(LXC, 0.9.13); ``volume``: a volume of a storage pool"
    @model          fs_model    since 5.2.0 drivers qemu absent "``virtio``" "Which virtio device carries it"
    @accessmode     access_mode since 0.8.5 drivers qemu absent "``passthrough``"
        "``passthrough``: with the rights of the guest's user; ``mapped``: with those of QEMU, and the guest's owners and modes"
        "kept beside; ``squash``: like ``passthrough``, but errors of chown are swallowed. virtiofs has ``passthrough`` only"
    @fmode          octal       since 6.10.0 drivers qemu absent "600" "Mode of new files with ``mapped``"
    @dmode          octal       since 6.10.0 drivers qemu absent "700" "Mode of new folders with ``mapped``"
    @multidevs      fs_multidevs since 6.3.0 drivers qemu absent "``default``"
        "9pfs: what to do where other file systems are mounted below, whose file numbers may clash: ``remap``: renumber,"
        "``forbid``: refuse access to them, ``warn`` or ``default``: let it happen and say so once"
    driver since 0.9.7 {
        "How it is served"
        @type       fs_driver   as driver_type absent "``path`` for QEMU"
            "``path``: 9pfs; ``handle``: 9pfs by file handles, gone from QEMU; ``virtiofs`` (6.2.0): faster, needs shared memory;"
            "``mtp`` (10.2.0): a media player on USB; ``loop`` and ``nbd``: an image for LXC; ``ploop``: for Virtuozzo"
        @format     disk_format since 1.0.6 drivers lxc vz absent "found out by looking"
            "Format of the image: ``raw`` with ``loop``, any with ``nbd``, ``ploop`` with ``ploop``"
        @name       string      as driver_name "Name of a back end, where a hypervisor has several"
        @wrpolicy   fs_wrpolicy since 0.9.10 drivers qemu absent "left to the host's page cache"
            "``immediate``: what the guest writes goes to the disk at once"
        @queue      ull         since 6.2.0 drivers qemu absent "chosen by QEMU" "virtiofs: how many requests the queue holds"
        use VirtioOptions
    }
    binary since 6.2.0 drivers qemu {
        "How virtiofsd is started"
        @path       string      as binary absent "the installed one" "The program: an absolute path"
        @xattr      onoff       absent "chosen by virtiofsd" "Whether the guest has extended attributes"
        cache {
            "What the guest may remember"
            @mode   fs_cache    as cache absent "chosen by virtiofsd"
                "``none``: nothing, changes on the host are seen at once; ``always``: names and contents, if nobody else"
                "changes them"
        }
        sandbox since 7.2.0 {
            "How virtiofsd is locked in"
            @mode   fs_sandbox  as sandbox absent "``namespace``"
                "``namespace``: in namespaces of its own; ``chroot``: in the folder"
        }
        lock {
            "Locks that reach the host and other guests"
            @posix  onoff       as lock_posix absent "chosen by virtiofsd" "Locks of ``fcntl``"
            @flock  onoff       as lock_flock absent "chosen by virtiofsd" "Locks of ``flock``"
        }
        thread_pool since 8.5.0 {
            "Threads for requests: good for slow storage, a burden for fast"
            @size   int         opt as thread_pool_size absent "chosen by virtiofsd" "At most so many; 0 is no pool"
        }
        openfiles since 10.6.0 {
            "Files that virtiofsd has open"
            @max    ull         as open_files absent "chosen by virtiofsd" "At most so many, more than 0"
        }
    }
    idmap since 10.0.0 drivers qemu {
        "virtiofs: users and groups in the folder and what they are on the host, when libvirt runs unprivileged"
        uid[]       IdMap
        gid[]       IdMap
    }
    source {
        "What is given; which attribute, says ``type``"
        @dir        string      as source_dir "For ``mount`` and ``bind``: the folder"
        @dev        string      as source_dev since 0.9.5 drivers lxc "For ``block``: the device"
        @file       string      as source_file drivers lxc vz "For ``file``: the image"
        @name       string      as source_name drivers openvz "For ``template``: its name"
        @usage      ull         since 0.9.13 drivers lxc "For ``ram``: how much memory it may take, in ``units``"
        @units      string      since 0.9.13 drivers lxc absent "KiB" "Unit of ``usage``; kept in KiB"
        @pool       string      "For ``volume``: the storage pool"
        @volume     string      "For ``volume``: the volume in it"
        @socket     string      since 7.3.0 drivers qemu
            "virtiofs: socket of a virtiofsd that runs already; it decides, so most other settings are refused"
    }
    target {
        "Where it appears"
        @dir        string      as target abi "LXC and the like: where it is mounted; QEMU: a tag by which the guest mounts it"
    }
    readonly        flag        absent "no" "The guest cannot change anything; virtiofs since 11.0.0"
    space_hard_limit bytes      since 0.9.13 drivers openvz absent "no limit" "Space that the guest never gets more of"
    space_soft_limit bytes      since 0.9.13 drivers openvz absent "no limit" "Space that the guest may exceed for a while"
    include         DeviceInfo  as info

struct IdMap "A range of ids and what stands for it on the host"
    since           1.1.1
    drivers         lxc qemu
    @start          uint        required always "First id inside; the first range of a container starts at 0"
    @target         uint        required always "The id on the host that stands for it"
    @count          uint        required always "How many ids"

struct Smartcard "A smartcard reader, which the guest sees on USB"
    check           devices_smartcard_check
    since           0.8.8
    drivers         qemu
    @mode           smartcard_mode required abi
        "``host``: cards of the host, by way of NSS; ``host-certificates``: a card made of three certificates; ``passthrough``:"
        "a client with a card, over SPICE or another channel. QEMU has one reader at most"
    switch mode {
        host-certificates {
            certificate[] string "Name of a certificate in the database; exactly three"
            database string absent "/etc/pki/nssdb" "Folder of the NSS database: an absolute path"
        }
        passthrough {
            include CharSource as source
            target raw as old_target input "Read from old documents and dropped"
        }
    }
    include         DeviceInfo  as info

struct Serial "A serial port"
    check           devices_serial_check
    since           0.4.3
    @tty            string      input "Terminal of the host, as old documents have it; see ``source``"
    include         CharSource  as source
    target {
        "The port in the guest"
        @type       string      as target_type abi since 1.0.2 absent "what the machine has"
            "Kind of port: ``isa-serial``, ``usb-serial``, ``pci-serial``; since 3.10.0 ``spapr-vio-serial`` (pseries),"
            "``system-serial`` (ARM, RISC-V), ``sclp-serial`` (s390); since 8.1.0 ``isa-debug``: messages of the firmware"
        @port       int         default -1 abi "Number of the port, from 0; chosen by libvirt where it is -1"
        model since 3.10.0 {
            "The very device"
            @name   string      as model abi absent "what fits the type"
                "``isa-serial``, ``usb-serial``, ``pci-serial``, ``spapr-vty``, ``pl011``, ``16550a`` (4.7.0), ``sclpconsole``,"
                "``sclplmconsole``, ``isa-debugcon`` (8.1.0)"
        }
    }
    include         DeviceInfo  as info

struct Parallel "A parallel port"
    check           devices_parallel_check
    since           0.4.3
    @tty            string      input "Terminal of the host, as old documents have it; see ``source``"
    include         CharSource  as source
    target {
        "The port in the guest"
        @type       string      as target_type "Without meaning for a parallel port"
        @port       int         default -1 abi "Number of the port, from 0; chosen by libvirt where it is -1"
        model {
            "Read from old documents"
            @name   string      as model input "Without meaning for a parallel port"
        }
    }
    include         DeviceInfo  as info

struct Console "A console to work with. The first one of type serial is the same device as the first serial port"
    since           0.1.4
    @tty            string      live "Terminal of the host that was allocated"
    include         CharSource  as source
    target {
        "The console in the guest"
        @type       string      as target_type abi absent "``serial``; ``lxc``, ``xen`` or ``openvz`` there"
            "``serial``: the serial port, also for boot messages; ``virtio`` (0.8.3): ``/dev/hvc0`` and so on; ``xen``, ``lxc``,"
            "``openvz``; ``sclp`` and ``sclplm`` of s390, better made by ``serial``"
        @port       int         default -1 abi "Number of the console, from 0; chosen by libvirt where it is -1"
        model {
            "Read from old documents"
            @name   string      as model input "Without meaning for a console; see ``serial``"
        }
    }
    include         DeviceInfo  as info

enum channel_state { - connected disconnected }

struct Channel "A channel between programs of host and guest"
    since           0.7.3
    drivers         qemu xen
    include         CharSource  as source
    target {
        "The channel in the guest"
        @type       string      as target_type abi absent "an error"
            "``virtio`` (0.7.7): a port below ``/dev/virtio-ports``; ``guestfwd``: TCP to an address and port of your choice;"
            "``xen`` (2.3.0): a Xen console"
        @name       string      as target_name abi since 0.7.7 absent "com.redhat.spice.0 for SPICE and vdagent; else none"
            "Name by which the guest finds it; ``org.qemu.guest_agent.0`` is the guest agent that libvirt talks to (0.9.10)"
        @address    string      as target_address drivers qemu absent "an error for ``guestfwd``"
            "For ``guestfwd``: IPv4 address the guest connects to"
        @port       int         opt as target_port drivers qemu absent "an error for ``guestfwd``"
            "For ``guestfwd``: port the guest connects to"
        @state      channel_state live since 1.2.11 drivers qemu "For ``virtio``: whether a program of the guest has it open"
    }
    include         DeviceInfo  as info

struct Input "A keyboard, mouse or tablet. A guest with a display gets a mouse and a keyboard by itself"
    check           devices_input_check
    since           0.3.1
    @type           input_type  required abi
        "``mouse``: relative movement; ``tablet``: positions, so that the pointer follows the client's; ``keyboard`` (1.2.2);"
        "``passthrough`` (1.3.0): a device of the host by virtio; ``evdev`` (7.4.0): a device of the host that is switched"
        "between host and guest by keys"
    @bus            input_bus   abi absent "``ps2`` for mouse and keyboard of PCs, else ``usb``; ``xen`` for its guests"
        "``ps2``, ``usb``, ``xen``, ``virtio`` (1.3.0), or ``parallels`` of Virtuozzo"
    @model          string      abi since 5.2.0 drivers qemu absent "``virtio``"
        "For bus ``virtio``: ``virtio``, ``virtio-transitional`` or ``virtio-non-transitional``"
    driver since 3.5.0 drivers qemu {
        "Options of bus ``virtio``"
        use VirtioOptions
    }
    source since 1.3.0 drivers qemu {
        "The device of the host"
        @evdev      string      absent "an error for ``passthrough``"
            "For ``passthrough``: the device, such as ``/dev/input/event3``"
        @dev        string      since 7.4.0 absent "an error for ``evdev``"
            "For ``evdev``: the device, such as ``/dev/input/event3``"
        @grab       input_grab  since 7.4.0 absent "only this one" "For ``evdev``: switching takes all devices along"
        @repeat     onoff       since 7.4.0 absent "off" "For ``evdev``: whether keys that are held repeat"
        @grabToggle grab_toggle since 7.6.0 absent "``ctrl-ctrl``" "For ``evdev``: the keys that switch between host and guest"
    }
    include         DeviceInfo  as info

struct PcrBanks "Which PCR banks of a TPM 2.0 are on; set before every start. Without the element they are left as they are"
    since           7.10.0
    drivers         qemu
    sha1            flag        absent "off" "The bank with SHA-1 digests"
    sha256          flag        absent "off" "The bank with SHA-256 digests"
    sha384          flag        absent "off" "The bank with SHA-384 digests"
    sha512          flag        absent "off" "The bank with SHA-512 digests"

struct TpmEncryption "The secret that encrypts the state of an emulated TPM"
    since           5.6.0
    drivers         qemu
    @secret         uuid        required "UUID of a secret of usage ``vtpm``, which holds the passphrase"

struct Tpm "A trusted platform module"
    check           devices_tpm_check
    since           1.0.5
    drivers         qemu
    @model          string      abi absent "``tpm-tis``; ``tpm-spapr`` for pseries"
        "``tpm-tis``; ``tpm-crb`` (4.4.0): for 2.0; ``tpm-spapr`` (6.1.0) and ``spapr-tpm-proxy`` (6.5.0, passthrough only, for"
        "secure guests): for pseries"
    backend {
        "What is behind it"
        @type       tpm_backend as type abi absent "an error"
            "``passthrough``: the host's TPM, for this guest alone; ``emulator`` (4.5.0): swtpm, which libvirt starts;"
            "``external`` (9.0.0): swtpm that runs already"
        @version    tpm_version abi since 4.5.0 absent "1.2 for ``tpm-tis`` of a PC if swtpm has it, else 2.0"
            "Version of an emulated TPM"
        @persistent_state yesno since 7.0.0 absent "no"
            "For ``emulator``: keep the TPM's state when a transient guest ends or a guest is undefined"
        @debug      num         opt since 10.6.0 absent "no log" "For ``emulator``: how much swtpm logs, more than 0"
        switch type {
            passthrough {
                device {
                    "The TPM of the host"
                    @path string as device_path absent "``/dev/tpm0``"
                        "The device; for ``spapr-tpm-proxy`` a resource manager such as ``/dev/tpmrm0``"
                }
            }
            emulator {
                encryption TpmEncryption since 5.6.0 absent "not encrypted"
                active_pcr_banks PcrBanks since 7.10.0 absent "left as they are"
                source since 10.10.0 {
                    "Where the TPM's state is kept. Nobody else may use it"
                    @type string as source_type "``file``: one file or block device; ``dir``: a folder"
                    @path string as source_path absent "a folder that libvirt makes"
                        "The file, device or folder: an absolute path"
                }
                profile since 10.10.0 {
                    "Which algorithms a TPM 2.0 has; fixed when it is made"
                    @source string as profile_source absent "the latest of swtpm, or that of swtpm_setup.conf"
                        "Profile: ``local:`` or ``distro:`` and a file's name without ``.json``, or one built into swtpm,"
                        "such as ``null``"
                    @name string as profile_name "Name the profile gives itself; filled in when the TPM was made"
                    @removeDisabled tpm_profile as remove_disabled absent "nothing is removed"
                        "For profile ``custom``: leave out algorithms that the host does not allow now (``check``), or"
                        "that no host in FIPS mode allows (``fips-host``)"
                }
            }
            external { include TpmSocket as socket }
        }
    }
    include         DeviceInfo  as info

struct TpmSocket "The socket of a TPM emulator that runs elsewhere"
    since           9.0.0
    drivers         qemu
    source {
        "Where it listens"
        @type string absent "``unix``" "Only ``unix``"
        @mode char_mode absent "``connect``" "Only ``connect``"
        @path string absent "an error" "The socket"
    }

struct ListenAddress "Where a display listens: the first one counts for QEMU. For VNC, SPICE and RDP"
    check           devices_listen_check
    since           0.9.4
    @type           listen_type required
        "``address``; ``network``: the address of a virtual network; ``socket`` (2.0.0): a UNIX socket; ``none`` (2.0.0):"
        "nowhere,"
        "clients come by a file descriptor of the API"
    @address        string      absent "``vnc_listen`` or ``spice_listen`` of qemu.conf"
        "For ``address``: IP address or host name; shown for ``network`` while the guest runs"
    @network        string      absent "an error for ``network``"
        "For ``network``: a virtual network; its first IPv4 address, or that of its bridge or interface"
    @socket         string      since 2.0.0 drivers qemu absent "a path made by libvirt" "For ``socket``: path of the socket"
    @fromConfig     uint        status "1: the address came from qemu.conf"
    @autoGenerated  yesno       status "The socket's path was made by libvirt"

struct SpiceChannel "Security of one SPICE channel"
    since           0.8.6
    drivers         qemu
    @name           spice_channel_name required always
        "The channel; ``smartcard`` since 0.8.8, ``usbredir`` since 0.9.12"
    @mode           spice_mode  required always
        "``secure``: only by TLS; ``insecure``: only without; ``any``: as ``defaultMode``, which drops the row"

struct Graphics "A display, on the host's screen or for remote clients"
    check           devices_graphics_check
    since           0.1.5
    @type           graphics_type required
        "``sdl``: a window on the host; ``vnc``, ``spice`` (0.8.6), ``rdp`` (0.6.4): a server; ``desktop`` (0.6.4): a window of"
        "VirtualBox; ``egl-headless`` (4.6.0): OpenGL for VNC and SPICE beside it; ``dbus`` (8.4.0): a display on D-Bus"
    switch type {
        vnc {
            @port           int default 0 since 0.1.6 "TCP port, 5900 for display 0; -1 or 0: a free one at start"
            @autoport       yesno absent "yes, unless a port is given" "Choose a free port at every start"
            @websocket      int since 1.0.6 drivers qemu absent "no WebSocket"
                "TCP port for WebSocket clients; -1: a free one at start"
            @websocketGenerated yesno status since 1.0.6 drivers qemu "The WebSocket port was chosen by libvirt"
            @socket         string since 0.8.8 drivers qemu absent "ports" "UNIX socket, instead of ports; see ``listen``"
            @listen         string since 0.1.10 absent "``vnc_listen`` of qemu.conf: this host only"
                "Address to listen on; the same as that of the first ``listen``"
            @keymap         string since 0.2.1 absent "keys as the client sends them"
                "Layout of the keyboard, such as ``en-us`` or ``de``"
            @sharePolicy    share_policy since 1.0.6 drivers qemu absent "``allow-exclusive``"
                "``allow-exclusive``: a client may have the others dropped; ``force-shared``: clients must ask to share;"
                "``ignore``: everybody may connect beside the others"
            @powerControl   yesno since 7.1.0 drivers qemu absent "no" "Clients may shut the guest down, reboot and reset it"
            @passwd         string secure since 0.3.3 absent "``vnc_password`` of qemu.conf; else none"
                "Password, at most 8 characters; an empty one lets nobody in"
            @passwdValidTo  string since 0.8.8 drivers qemu absent "for ever"
                "When the password ends, in UTC: 2030-04-09T15:51:00"
            @connected      graphics_connected since 0.9.3 drivers qemu absent "they stay"
                "What becomes of clients when the password is changed; VNC knows only ``keep``"
        }
        sdl {
            @display        string since 0.5.0 absent "that of the daemon" "X display, such as ``:0.0``"
            @xauth          string since 0.5.0 absent "that of the daemon" "File with the authority for the display"
            @fullscreen     yesno since 0.5.0 absent "no" "Whether the window takes the whole screen"
        }
        rdp {
            @port           int always since 0.6.4 "TCP port; -1 or 0: a free one at start, from 3389 on"
            @autoport       yesno since 0.6.4 absent "no" "Choose a free port at every start"
            @replaceUser    yesno since 0.6.4 drivers vbox absent "no" "A new client throws out the one who is connected"
            @multiUser      yesno since 0.6.4 drivers vbox absent "no" "Several clients at once"
            @username       string since 11.1.0 drivers qemu absent "nobody" "User who may connect"
            @listen         string since 0.6.4 absent "all addresses"
                "Address to listen on; the same as that of the first ``listen``"
            @passwd         string secure since 11.1.0 drivers qemu "Password of that user"
        }
        desktop {
            @display        string since 0.6.4 drivers vbox absent "chosen by VirtualBox" "X display, such as ``:0.0``"
            @fullscreen     yesno since 0.6.4 drivers vbox absent "no" "Whether the window takes the whole screen"
        }
        spice {
            @port           int since 0.8.6 drivers qemu absent "none" "TCP port; -1: a free one at start"
            @tlsPort        int since 0.8.6 drivers qemu absent "none" "TCP port with TLS; -1: a free one at start"
            @autoport       yesno since 0.8.6 drivers qemu absent "no" "Choose free ports at every start"
            @listen         string since 0.8.6 drivers qemu absent "``spice_listen`` of qemu.conf: this host only"
                "Address to listen on; the same as that of the first ``listen``"
            @keymap         string since 0.8.6 drivers qemu absent "keys as the client sends them"
                "Layout of the keyboard, such as ``en-us`` or ``de``"
            @defaultMode    spice_mode since 0.9.12 drivers qemu absent "``any``"
                "Security of channels without one of their own: ``secure``: only by TLS; ``insecure``: only without; ``any``:"
                "TLS if"
                "there is a TLS port"
            @passwd         string secure since 0.8.6 drivers qemu absent "``spice_password`` of qemu.conf; else none"
                "Password; an empty one lets nobody in"
            @passwdValidTo  string since 0.8.8 drivers qemu absent "for ever"
                "When the password ends, in UTC: 2030-04-09T15:51:00"
            @connected      graphics_connected since 0.9.3 drivers qemu absent "they stay"
                "When the password is changed, clients are thrown out (``disconnect``), stay (``keep``), or it is not changed"
                "(``fail``)"
        }
        dbus {
            @p2p            yesno since 8.4.0 drivers qemu absent "no"
                "Clients connect by file descriptors of the API, without a bus"
            @address        string as dbus_address since 8.4.0 drivers qemu absent "a bus of the guest's own"
                "Address of the bus to use"
            @fromConfig     yesno status since 8.4.0 drivers qemu "The address was made by libvirt"
        }
    }
    listen[]        ListenAddress since 0.9.4 absent "as the attributes say" "Where it listens"
    channel[]       SpiceChannel since 0.8.6 drivers qemu absent "as ``defaultMode`` says"
        "SPICE: channels with a security of their own"
    image since 0.9.1 drivers qemu {
        "SPICE: pictures"
        @compression spice_compression as image_compression required "How pictures are compressed"
    }
    jpeg since 0.9.1 drivers qemu {
        "SPICE: pictures over slow lines"
        @compression spice_auto as jpeg_compression required "Whether JPEG is used"
    }
    zlib since 0.9.1 drivers qemu {
        "SPICE: pictures over slow lines"
        @compression spice_auto as zlib_compression required "Whether they are compressed once more"
    }
    playback since 0.9.1 drivers qemu {
        "SPICE: sound"
        @compression onoff as playback_compression required "Whether it is compressed"
    }
    streaming since 0.9.2 drivers qemu {
        "SPICE: videos in the guest"
        @mode spice_streaming as streaming required
            "Regions that change often are sent as a stream: none (``off``), those likely to be videos (``filter``), ``all``"
    }
    mouse since 0.9.11 drivers qemu {
        "SPICE: the pointer"
        @mode mouse_mode as mouse_mode required
            "``client``: the client's pointer, by agent or tablet; ``server``: a mouse of the guest that the client captures"
    }
    clipboard since 0.9.3 drivers qemu {
        "SPICE: the clipboard, by the agent in the guest"
        @copypaste yesno as copypaste required "Whether client and guest share it"
    }
    filetransfer since 1.2.2 drivers qemu {
        "SPICE: files, by the agent in the guest"
        @enable yesno as file_transfer required "Whether clients may send files"
    }
    gl since 1.3.3 drivers qemu {
        "OpenGL on the host"
        @enable yesno as gl absent "no" "Whether it is used. SPICE: needs a ``listen`` of ``socket`` or ``none``"
        @rendernode string since 3.1.0 absent "the first one found"
            "The GPU's device, such as ``/dev/dri/renderD128``: SPICE, ``egl-headless`` (5.0.0), ``dbus``"
    }
    audio since 7.2.0 drivers qemu {
        "VNC and D-Bus: the sound"
        @id positive as audio_id required "The ``audio`` whose sound is sent along"
    }

struct Codec "A codec of a sound card of model ``ich6`` or ``ich9``"
    since           0.9.13
    drivers         qemu
    @type           string      required
        "``duplex``: line in and line out; ``micro``: speaker and microphone; ``output`` (4.4.0): line out"

struct Sound "A sound card"
    since           0.4.3
    @model          string      required abi
        "``sb16``, ``es1370``, ``pcspk``, ``ac97`` (0.6.0), ``ich6`` (0.8.8), ``ich9`` (1.1.3), ``usb`` (1.2.8), ``ich7``"
        "(6.7.0, bhyve), ``virtio`` (10.4.0)"
    @multichannel   yesno       since 9.4.0 drivers qemu absent "no" "For ``usb``: 5.1 and 7.1 sound, not only stereo"
    @streams        num         since 10.4.0 drivers qemu absent "2" "For ``virtio``: number of streams"
    codec[]         Codec       since 0.9.13 drivers qemu absent "``duplex``"
    audio since 6.7.0 drivers bhyve qemu {
        "Where the sound goes"
        @id         positive as audio_id required "The ``audio`` with this id; QEMU since 7.2.0"
    }
    include         DeviceInfo  as info
    driver since 10.4.0 drivers qemu {
        "Options of model ``virtio``"
        use VirtioOptions
    }

struct AudioSettings "Format of sound, where it is fixed"
    since           7.2.0
    drivers         qemu
    @frequency      num         absent "44100" "Samples a second"
    @channels       num         absent "2" "Number of channels"
    @format         audio_format absent "chosen by QEMU" "Samples: signed, unsigned or floating, and their bits"

struct AudioStream "One direction of an audio back end: what the guest records or what it plays"
    check           devices_audio_stream_check
    since           7.2.0
    drivers         qemu
    @mixingEngine   yesno       absent "chosen by QEMU; an error with ``fixedSettings``"
        "QEMU converts and mixes; without, the guest's format is what the host gets, as for 5.1 and 7.1"
    @fixedSettings  yesno       absent "chosen by QEMU"
        "The host's format is that of ``settings``, whatever the guest plays. Needs the mixing engine"
    @voices         num         absent "1" "Voices on the host"
    @bufferLength   num         absent "chosen by the back end" "Microseconds of sound to buffer"
    @dev            string      absent "the default one" "``alsa`` and ``oss``: the device, such as ``/dev/dsp0``"
    @tryPoll        yesno       absent "chosen by QEMU"
        "``alsa`` and ``oss``: be woken by the device instead of by a timer, if possible"
    @bufferCount    num         absent "chosen by QEMU"
        "``coreaudio``, ``oss`` and ``sdl``: number of buffers; best set with ``bufferLength``"
    @name           string      absent "the default one" "``pulseaudio`` and ``pipewire``: name of the sink or source"
    @serverName     string      absent "the default one" "``jack``: server to connect to"
    @clientName     string      absent "chosen by QEMU" "``jack``: name of this client, which the server may change"
    @connectPorts   string      absent "chosen by QEMU" "``jack``: regular expression for the ports to connect to"
    @exactName      yesno       absent "chosen by QEMU" "``jack``: take ``clientName`` as it is or fail"
    @streamName     string      absent "chosen by QEMU" "``pulseaudio`` and ``pipewire``: name of the stream"
    @latency        num         absent "chosen by QEMU" "``pulseaudio`` and ``pipewire``: microseconds of delay to aim at"
    settings        AudioSettings absent "follows the guest"

struct Audio "Where the sound of guests goes. Without one, the display's, and else nowhere"
    since           6.7.0
    drivers         bhyve qemu
    @id             num         required always "Number that sound cards and displays refer to, more than 0"
    @type           audio_type  required
        "``none``: nowhere, but VNC clients hear it; ``spice`` and ``dbus`` (8.4.0): to clients of the display; ``alsa``, ``oss``"
        "(6.7.0, bhyve too), ``jack``, ``pulseaudio``, ``pipewire`` (9.10.0), ``sdl``, ``coreaudio``: to the host's sound;"
        "``file``: recorded. QEMU since 7.2.0"
    @timerPeriod    positive    since 7.2.0 drivers qemu absent "as short as possible"
        "Microseconds between two looks at the sound, more than 0"
    @serverName     string      since 7.2.0 drivers qemu absent "this host's" "``pulseaudio``: host of the server"
    @driver         sdl_driver  since 7.2.0 drivers qemu absent "chosen by SDL" "``sdl``: what SDL uses"
    @path           string      since 7.2.0 drivers qemu absent "chosen by QEMU" "``file``: the file to write, as WAV"
    @runtimeDir     string      since 9.10.0 drivers qemu absent "that of the daemon"
        "``pipewire``: folder of the server's socket, such as ``/run/user/1000``"
    @tryMMap        yesno       since 7.2.0 drivers qemu absent "chosen by QEMU"
        "``oss``: hand sound over in shared memory, if possible"
    @exclusive      yesno       since 7.2.0 drivers qemu absent "chosen by QEMU" "``oss``: nobody else may use the device"
    @dspPolicy      int         opt since 7.2.0 drivers qemu absent "chosen by QEMU"
        "``oss``: from 0, little delay and much work, to 10; a negative number asks for fragments instead"
    input           AudioStream absent "chosen by QEMU" "What the guest records"
    output          AudioStream absent "chosen by QEMU" "What the guest plays"

struct Video "A graphics card. A guest with a display gets one by itself"
    check           devices_video_check
    since           0.7.0
    driver since 3.5.0 {
        "How the card is made"
        @name       string      as driver_name since 5.8.0 drivers qemu absent "``qemu``"
            "``qemu``, or ``vhostuser``: a process of its own draws, for model ``virtio``"
        @vgaconf    video_vga   drivers bhyve absent "``io``"
            "For ``gop``: whether VGA is there: ``on``, ``off``, or its I/O ports only (``io``)"
        use VirtioOptions
    }
    model {
        "The card"
        @type       string      as model abi absent "chosen by hypervisor and machine"
            "``vga``, ``cirrus``, ``vmvga``, ``xen``, ``vbox``, ``parallels``, ``qxl`` (0.8.6), ``virtio`` (1.3.0), ``gop``"
            "(3.2.0), ``none`` (4.6.0):"
            "no card at all, ``bochs`` (5.6.0), ``ramfb`` (5.9.0). Further cards must be ``qxl`` or ``virtio``"
        @ram        uint        opt since 1.0.2 drivers qemu absent "65536 for ``qxl``"
            "``qxl``: KiB of the first bar; a power of two"
        @vram       uint        opt absent "chosen for the card"
            "KiB of video memory, for ``qxl`` of the second bar; rounded to a power of two"
        @vram64     uint        opt since 1.3.3 drivers qemu absent "none"
            "``qxl``: KiB of the second bar that lie above 4 GiB; a power of two"
        @vgamem     uint        opt since 1.2.11 drivers qemu absent "16384 for ``qxl``"
            "``qxl``: KiB of the frame buffer without its driver; a power of two"
        @heads      uint        opt absent "1" "Number of screens"
        @primary    yesno       since 1.0.2 absent "yes for the first card" "The card of boot messages. One at most"
        @blob       onoff       since 9.2.0 drivers qemu absent "off"
            "``virtio``: guest and host share pictures, instead of copying them"
        acceleration since 0.7.1 {
            "Work left to the host's card"
            @accel3d yesno      drivers vbox qemu absent "no" "3D; QEMU since 1.3.0, for ``virtio``; needs a display with OpenGL"
            @accel2d yesno      drivers vbox absent "no" "2D"
            @rendernode string  since 5.8.0 drivers qemu absent "one that libvirt finds"
                "For ``vhostuser``: the GPU's device: an absolute path"
        }
        resolution since 5.9.0 {
            "Smallest resolution; ``vga``, ``qxl``, ``bochs``, ``gop``, ``virtio``"
            @x      positive as res_x required "Columns"
            @y      positive as res_y required "Lines"
        }
    }
    include         DeviceInfo  as info

struct IscsiHost "A server of an iSCSI device"
    since           1.2.8
    drivers         qemu
    @name           string      "Host name or address"
    @port           uint opt    absent "3260" "TCP port"
    @transport      net_transport absent "``tcp``" "How it is reached"
    @socket         string      absent "by network" "Path of a UNIX socket, for transport ``unix``"

# The long form of an adapter, as pools have it: kept, not used.
rows LongAdapter {
    @type           string      as adapter_type "As of a storage pool's adapter; kept, not used"
    @parent         string      as adapter_parent "As of a storage pool's adapter; kept, not used"
    @parent_wwnn    string      as adapter_parent_wwnn "As of a storage pool's adapter; kept, not used"
    @parent_wwpn    string      as adapter_parent_wwpn "As of a storage pool's adapter; kept, not used"
    @parent_fabric_wwn string   as adapter_fabric "As of a storage pool's adapter; kept, not used"
    @managed        yesno       as adapter_managed "As of a storage pool's adapter; kept, not used"
    @wwnn           string      as adapter_wwnn "As of a storage pool's adapter; kept, not used"
    @wwpn           string      as adapter_wwpn "As of a storage pool's adapter; kept, not used"
    parentaddr      raw         as adapter_parentaddr "As of a storage pool's adapter; kept, not used"
}

struct Hostdev "A device of the host, given to the guest"
    check           devices_hostdev_check
    since           0.4.4
    @mode           hostdev_mode always absent "``subsystem``"
        "``subsystem``: hardware for a virtual machine; ``capabilities`` (1.0.1): a device or interface for a container"
    @type           hostdev_type required
        "``usb``; ``pci`` (0.6.0); ``scsi`` (1.0.6): one disk or the like; ``scsi_host`` (2.5.0): all of an adapter, by vhost;"
        "``mdev`` (3.2.0): a mediated device, such as a virtual GPU; for containers ``storage``: a block device, ``misc``: a"
        "character device, ``net``: an interface"
    @managed        yesno       since 0.6.0 absent "no: you detach it, as with ``virsh nodedev-detach``"
        "For ``pci``: libvirt takes the device from its driver on the host before the guest starts and gives it back after"
    @sgio           disk_sgio   since 1.0.6 absent "``filtered``"
        "For ``scsi``: which commands are let through; no hypervisor does it any more"
    @rawio          yesno       since 1.2.9 drivers qemu absent "no" "For ``scsi``: QEMU gets the capability for raw commands"
    @model          hostdev_model since 3.2.0 drivers qemu absent "an error for ``mdev``; else ``virtio``"
        "For ``mdev``: how the guest sees it: ``vfio-pci``, ``vfio-ccw`` (4.4.0), ``vfio-ap`` (4.9.0); for ``scsi_host`` (5.2.0):"
        "``virtio``, ``virtio-transitional``, ``virtio-non-transitional``"
    @display        onoff       since 4.6.0 drivers qemu absent "off"
        "The virtual GPU draws the guest's display, on VNC, SPICE or ``egl-headless``; ``vfio-pci`` and PCI devices (10.3.0) only"
    @ramfb          onoff       since 5.10.0 drivers qemu absent "off"
        "A frame buffer for boot, before the virtual GPU's driver; needs ``display``. PCI devices (10.3.0): virtual"
        "functions of GPUs"
    driver          HostdevDriver since 1.0.5
    source required {
        "The device on the host"
        @startupPolicy startup  since 1.0.0 drivers qemu absent "``mandatory``"
            "For ``usb``, if it is not there: ``mandatory``: do not start; ``requisite``: start without after a migration or"
            "restore;"
            "``optional``: start without"
        @guestReset guest_reset since 8.6.0 drivers qemu absent "chosen by QEMU: on"
            "For ``usb``, what becomes of resets by the guest: ignored (``off``), ignored once it runs (``uninitialized``),"
            "done (``on``)."
            "For devices that crash on it"
        @missing    yesno       live since 1.0.0 "``yes``: it was not there and was left out"
        @writeFiltering yesno   since 6.8.0 drivers xen absent "yes"
            "For ``pci``: ``no``: the guest may write to all of the configuration space"
        switch type {
            usb {
                @protocol string as usb_protocol "Kept, not used"
                vendor {
                    "Together with ``product``, instead of ``address``"
                    @id hex(4) as vendor required "Its number, such as 0x1234"
                }
                product {
                    "Together with ``vendor``, instead of ``address``"
                    @id hex(4) as product required "Its number, such as 0xbeef"
                }
                address {
                    "Where it is plugged in; filled in at start"
                    @bus num opt absent "that of the device found by vendor and product" "Bus on the host"
                    @device num opt absent "that of the device found by vendor and product"
                        "Number on the bus, new with every plugging in"
                    @port string as usb_port "Port on the host, which stays the same, as in 1.2.5; may stand for ``device``"
                }
            }
            pci {
                address since 0.6.0 {
                    "Where it is on the host, as ``lspci`` shows it"
                    @type string input as pci_type "Only ``pci``; dropped"
                    include PciAddress as pci
                }
                origstates status since 0.6.0 {
                    "What was found on the host and is to be put back"
                    unbind flag "It had no driver"
                    removeslot flag "Its slot must be taken from the driver again"
                    reprobe flag "Its driver must be looked for again"
                }
            }
            scsi {
                @protocol scsi_protocol since 1.2.8 drivers qemu absent "``adapter``"
                    "``adapter``: a device of the host; ``iscsi``: of a server"
                @name string as iscsi_name since 1.2.8 drivers qemu absent "an error for ``iscsi``"
                    "For ``iscsi``: name of the target, and the unit behind a slash"
                adapter since 1.0.6 drivers qemu {
                    "The adapter it is plugged into"
                    @name string as adapter "Such as ``scsi_host0``"
                    use LongAdapter
                }
                address since 1.0.6 drivers qemu {
                    "Where it is at the adapter"
                    @type string input as pci_type "Dropped"
                    @bus num opt absent "an error, but for ``iscsi``" "Bus of the adapter, mostly 0"
                    @target uint opt "Target on the bus"
                    @unit ull opt "Unit (LUN) of the target"
                }
                host[] IscsiHost since 1.2.8 drivers qemu absent "an error for ``iscsi``"
                initiator since 6.7.0 drivers qemu {
                    "For ``iscsi``: who connects"
                    iqn {
                        "The name"
                        @name string as initiator_iqn absent "made up by QEMU" "IQN the server knows this guest by"
                    }
                }
                privateData SourcePrivate as source_private status since 3.9.0 drivers qemu
                auth Auth since 1.2.8 drivers qemu absent "none"
            }
            scsi_host {
                @protocol scsi_protocol since 2.5.0 drivers qemu absent "an error" "Only ``vhost``"
                @wwpn string since 2.5.0 drivers qemu absent "an error"
                    "Name that the host's vhost target has: ``naa.`` and 16 hexadecimal digits"
            }
            mdev {
                address since 3.2.0 drivers qemu {
                    "The mediated device"
                    @uuid uuid as mdev_uuid "Its UUID on the host"
                }
            }
            storage { block string required since 1.0.1 drivers lxc "The block device: an absolute path" }
            misc { char string as char_path required since 1.0.1 drivers lxc "The character device: an absolute path" }
            net { interface string required since 1.0.1 drivers lxc "Name of the interface, which is moved into the container" }
        }
    }
    switch type {
        net {
            ip[] HostIp since 1.2.12 drivers lxc absent "none"
            route[] HostRoute since 1.2.12 drivers lxc absent "none"
        }
    }
    teaming since 7.1.0 drivers qemu {
        "Joins a network card and a ``virtio`` interface to one bond in the guest, so that it can be migrated all the same"
        @type teaming_type as teaming "``transient`` for a host device: it is taken away for a migration"
        @persistent string as teaming_persistent "Alias of the ``virtio`` interface, ``ua-`` and something"
    }
    readonly        flag        since 1.0.6 drivers qemu absent "no" "For ``scsi``: the guest cannot write"
    shareable       flag        since 1.0.6 drivers qemu absent "no" "For ``scsi``: several guests may have it at once"
    include         DeviceInfo  as info

struct HostIp "An address that an interface gets in a container"
    since           1.2.12
    drivers         lxc
    @address        ip required "The address"
    @family         string      absent "``ipv4``" "``ipv4`` or ``ipv6``"
    @prefix         uint opt    absent "class A, B or C of an IPv4 address; 64 for IPv6" "How many leading bits are the network's"
    @peer           ip          since 2.1.0 absent "no peer" "The address at the other end of a point-to-point link"

struct HostRoute "A route that a container gets"
    since           1.2.12
    drivers         lxc
    @family         string      absent "``ipv4``" "``ipv4`` or ``ipv6``"
    @address        ip required "Network that can be reached; 0.0.0.0 or :: is the default route"
    @netmask        ip          absent "see ``prefix``" "IPv4: which bits of the address are the network's"
    @prefix         uint opt    absent "class A, B or C of an IPv4 address; 64 for IPv6" "How many leading bits are the network's"
    @gateway        ip          absent "reached directly" "Where packets for that network are sent"
    @metric         uint opt    absent "1" "Of two routes to one network the one with the smaller number is used"

struct RedirDev "A USB device redirected to the guest from a client, mostly by SPICE"
    check           devices_redirdev_check
    since           0.9.5
    drivers         qemu
    @bus            string      always "Only ``usb``"
    include         CharSource  as source
    include         DeviceInfo  as info

struct UsbFilter "Which USB devices may be redirected: the first row that fits counts"
    since           0.10.2
    drivers         qemu
    @class          string      as device_class absent "any" "USB class such as 0x08 for storage; -1 is any"
    @vendor         string      absent "any" "USB vendor; -1 is any"
    @product        string      absent "any" "USB product; -1 is any"
    @version        string      absent "any" "Revision of the device, as in 2.56; -1 is any"
    @allow          yesno       required "Whether such a device may be redirected"

struct RedirFilter "Filter for redirected devices"
    since           0.10.2
    drivers         qemu
    usbdev[]        UsbFilter   absent "all are allowed"

struct Hub "A hub: more ports for devices"
    since           0.9.5
    drivers         qemu
    @type           string      required "Only ``usb``"
    include         DeviceInfo  as info

struct Watchdog "A watchdog, which acts when the guest no longer feeds it. The guest needs a program for that"
    since           0.7.3
    drivers         qemu
    @model          string      required abi
        "``i6300esb``: on PCI, the one to take; ``ib700``: on ISA; ``diag288`` (1.2.17): of s390; ``itco`` (9.1.0): part of q35"
    @action         watchdog_action always absent "``reset``"
        "What happens: ``reset``; ``shutdown``: ask the guest, which is of little use then; ``poweroff``; ``pause``; ``none``;"
        "``dump`` (0.8.7): write its memory below ``auto_dump_path`` of qemu.conf and go on; ``inject-nmi`` (1.2.17)"
    include         DeviceInfo  as info

struct Memballoon "A memory balloon, by which the guest gives memory back. Added by itself"
    since           0.8.3
    drivers         qemu xen
    @model          string      required abi
        "``virtio``, ``virtio-transitional`` and ``virtio-non-transitional`` (5.2.0), ``xen``; ``none`` (0.8.4): no balloon"
    @autodeflate    onoff       since 1.3.1 drivers qemu absent "off"
        "The balloon lets memory go before the guest kills a process for want of it"
    @freePageReporting onoff    since 6.9.0 drivers qemu absent "off" "Pages the guest does not use go back to the host"
    stats since 1.1.1 drivers qemu {
        "Statistics of the guest's memory, as in ``virsh dommemstat``"
        @period     uint as stats_period absent "0: none" "Seconds between two looks"
    }
    include         DeviceInfo  as info
    driver since 3.5.0 drivers qemu {
        "Options of model ``virtio``"
        use VirtioOptions
    }

struct Rng "A source of random numbers"
    check           devices_rng_check
    since           1.0.3
    drivers         qemu bhyve
    @model          string      required abi "``virtio``, ``virtio-transitional`` or ``virtio-non-transitional`` (5.2.0)"
    rate since 1.0.4 drivers qemu {
        "How much the guest may take"
        @bytes      uint as rate_bytes absent "an error" "Bytes in a period"
        @period     uint as rate_period absent "1000" "Length of the period in milliseconds"
    }
    backend required {
        "Where the numbers come from"
        @model      rng_model   as backend required
            "``random``: a device; ``egd``: a daemon with the EGD protocol; ``builtin`` (6.1.0): QEMU itself, by getrandom"
        switch backend {
            random  {
                . string as path absent "``/dev/random``" "The device, best ``/dev/urandom``; any since 1.3.4"
            }
            egd     { include CharSource as source }
        }
    }
    driver since 3.5.0 drivers qemu {
        "Options of the virtio device"
        use VirtioOptions
    }
    include         DeviceInfo  as info

struct Nvram "NVRAM of a pseries guest: always there, the element only tells its address"
    since           1.0.5
    drivers         qemu
    include         DeviceInfo  as info

struct Panic "A panic device, by which a guest tells that its system crashed"
    since           1.2.1
    drivers         qemu
    @model          panic_model absent "what the machine has"
        "``isa``: pvpanic on ISA; ``pvpanic`` (9.1.0): on PCI; ``hyperv`` (1.3.0): by registers of Hyper-V; ``pseries`` and"
        "``s390``"
        "(1.3.5): always there. Only ``isa`` and ``pvpanic`` have an address, ``isa`` 0x505 by default"
    include         DeviceInfo  as info

struct Shmem "Memory shared between guests and the host"
    check           devices_shmem_check
    since           1.2.10
    drivers         qemu
    @name           string      required abi "Name of the memory, the same for all who share it; no slash in it, and not . or .."
    @role           shmem_role  since 6.6.0 absent "chosen by QEMU"
        "``master``: the memory goes along in a migration, one guest only; ``peer``: it must be unplugged before a migration"
    model {
        "The device"
        @type string as model abi absent "``ivshmem``"
            "``ivshmem-plain``: without a server; ``ivshmem-doorbell``: with one; ``ivshmem``: both, for old versions of QEMU"
    }
    size            megs        abi absent "4 MiB for ``ivshmem-plain``" "Size: a power of two, at least 1 MiB"
    server as server {
        "A server that has the memory and passes interrupts on"
        @path string as server_path absent "``/var/lib/libvirt/shmem-NAME-sock``" "Its socket: an absolute path"
    }
    msi as msi {
        "Interrupts between guests; needs a server"
        @enabled onoff as msi_enabled absent "on" "Whether there are any"
        @vectors uint opt as msi_vectors absent "chosen by QEMU" "How many vectors"
        @ioeventfd onoff as msi_ioeventfd absent "on for ``ivshmem-doorbell``" "A thread of its own takes the notifications"
    }
    include         DeviceInfo  as info

struct MemoryDevice "Memory in a slot of its own, which may be plugged while the guest runs. Needs ``maxMemory``"
    since           1.2.14
    drivers         qemu
    @model          memory_model required abi
        "``dimm``: memory; ``nvdimm`` (3.2.0): memory that lasts; ``virtio-pmem`` (7.1.0): the same, for guests with virtio;"
        "``virtio-mem`` (7.9.0): memory whose size can be changed; ``sgx-epc`` (8.10.0): memory for SGX enclaves"
    @access         string      since 3.2.0 absent "that of ``memoryBacking``"
        "``shared`` or ``private``, as of ``memoryBacking``; ``shared`` for ``virtio-pmem`` and real NVDIMMs"
    @discard        yesno       since 4.4.0 absent "that of ``memoryBacking``"
        "For ``dimm``: the host need not write the contents back to the file when the guest ends"
    uuid            uuid        since 6.2.0 absent "a random one" "For ``nvdimm`` of pseries: what identifies it"
    source {
        "Where the memory comes from on the host"
        path        string      since 3.2.0 absent "an error for ``nvdimm`` and ``virtio-pmem``"
            "For ``nvdimm`` and ``virtio-pmem``: the file or device: an absolute path"
        nodemask    bitmap      absent "as ``numatune`` says" "NUMA nodes of the host to take it from"
        pagesize    kib         absent "that of the domain" "Size of the host's pages to use, which the host must have"
        alignsize   kib         since 5.0.0 absent "the host's page size"
            "For ``nvdimm``: alignment, such as 2 MiB for a real NVDIMM"
        pmem        flag        since 5.0.0 absent "no" "For ``nvdimm``: see to it that writes reach a real NVDIMM"
    }
    target required {
        "The memory in the guest"
        @dynamicMemslots yesno  since 10.1.0 absent "chosen by QEMU: no"
            "For ``virtio-mem``: slots are taken as memory is used, which saves memory; old virtiofsd and the like cannot do it"
        size        kib         abi required always "Size; for ``virtio-mem`` the largest possible"
        node        uint        opt abi absent "only right for a guest without NUMA" "The guest's NUMA node it belongs to"
        label since 3.2.0 {
            "For ``nvdimm``: room for labels; needed for pseries"
            size kib as label_size abi absent "an error for pseries" "Size, at least 128 KiB; for pseries 256 MiB must be left"
        }
        readonly    flag        since 5.0.0 absent "no" "For ``nvdimm``: the guest cannot write; for what is no real NVDIMM"
        block       kib         as block_size abi since 7.9.0 absent "chosen by the hypervisor"
            "For ``virtio-mem``: steps in which it grows: a power of two, at least the size of a huge page"
        requested   kib         opt since 7.9.0 absent "0"
            "For ``virtio-mem``: how much the guest shall have now, in steps of ``block``"
        current     kib         opt live since 7.9.0 "For ``virtio-mem``: how much the guest has now"
        address since 9.4.0 {
            "For ``virtio-mem`` and ``virtio-pmem``"
            @base hex64(0) as base opt abi absent "chosen by QEMU, then kept" "Address in the guest's memory"
        }
    }
    include         DeviceInfo  as info

struct Iommu "An IOMMU for the guest's devices"
    since           2.1.0
    drivers         qemu
    @model          iommu_model required abi
        "``intel``: q35; ``smmuv3`` (5.5.0): ARM; ``virtio`` (8.3.0): q35 and ARM"
    driver since 3.4.0 {
        "What it can do"
        @intremap   onoff       since 3.4.0 absent "off" "Interrupts are remapped; needs ``ioapic`` with driver ``qemu``"
        @caching_mode onoff     since 3.4.0 absent "off" "``intel``: needed for devices of the host"
        @eim        onoff       since 3.4.0 absent "off; on for more than 255 vCPUs"
            "``intel``: interrupts for more than 255 vCPUs; needs ``intremap``"
        @iotlb      onoff       since 3.5.0 absent "off" "Devices may cache what the IOMMU says; see ``ats``"
        @aw_bits    num         since 6.5.0 absent "chosen by QEMU" "``intel``: bits of an address, such as 39 or 48"
        @dma_translation onoff  since 10.7.0 absent "on" "``intel``: ``off``: only interrupts are remapped, which costs less"
    }
    include         DeviceInfo  as info

struct Vsock "A socket between guest and host, without a network"
    since           4.4.0
    drivers         qemu
    @model          string      absent "``virtio``" "``virtio``, ``virtio-transitional`` or ``virtio-non-transitional`` (5.2.0)"
    cid {
        "The guest's address"
        @auto       yesno       as cid_auto absent "no, if an address is given" "A free one is chosen at every start"
        @address    positive    as cid_address absent "a free one" "The address, 3 or more, not that of another guest"
    }
    include         DeviceInfo  as info
    driver since 7.1.0 {
        "Options of the virtio device"
        use VirtioOptions
    }

struct Crypto "A device that encrypts for the guest"
    since           9.0.0
    drivers         qemu
    @model          string      required "Only ``virtio``"
    @type           string      required "Only ``qemu``"
    backend {
        "Who does the work on the host"
        @model string as backend absent "an error" "``builtin``: QEMU; ``lkcf``: the host's kernel"
        @queues uint as backend_queues absent "chosen by QEMU" "Queues of the virtio device"
    }
    driver {
        "Options of the virtio device"
        use VirtioOptions
    }
    include         DeviceInfo  as info

struct Pstore "A store for the last messages of a guest that crashed"
    since           10.6.0
    drivers         qemu
    @backend        string      required "Only ``acpi-erst``"
    path            string      absent "a path made by libvirt" "File on the host: an absolute path"
    size            kib         opt absent "an error" "Size of the store"
    include         DeviceInfo  as info
