# Network interfaces of a domain.  What hosts configure (netcf) is hostinterface.xs.
import device
import netcommon
import networkport

enum interface_type { - user ethernet vhostuser server client mcast network bridge internal direct hostdev udp vdpa null vds }
enum link_state     { - up down }
enum net_backend    { - default passt }
enum net_vhost      { - qemu vhost }
enum net_txmode     { - iothread timer }
enum interface_address_type { - pci usb }
enum forward_proto  { - tcp udp }

struct GuestIp "An IP address of the guest's side of an interface (inside ``source``: of the host's side)."
    "Many hypervisors and kinds of interface use only the first, or none"
    since           1.2.12
    drivers         lxc qemu
    @address        ip          required "The address; for ``user`` with SLIRP only its network part counts"
    @family         ip_family   absent "``ipv4``" "IPv4 or IPv6"
    @prefix         uint        opt absent "class A, B or C of an IPv4 address; 64 for IPv6"
        "How many leading bits are the network: up to 32, for IPv6 up to 128"
    @peer           ip          since 2.1.0 drivers lxc absent "no peer" "The address at the other end of a point-to-point link"

struct NicFeatures "Offloads that QEMU switches on if it can, and that may be switched off one by one"
    since           1.2.9
    drivers         qemu
    @csum           onoff       absent "on, if supported" "Checksums are left to the receiving side"
    @gso            onoff       absent "on, if supported" "Generic segmentation of large packets; host side only"
    @tso4           onoff       absent "on, if supported" "TCP segmentation for IPv4"
    @tso6           onoff       absent "on, if supported" "TCP segmentation for IPv6"
    @ecn            onoff       absent "on, if supported" "TCP segmentation with explicit congestion notification"
    @ufo            onoff       absent "on, if supported" "UDP fragmentation"
    @mrg_rxbuf      onoff       absent "``on``" since 1.2.13
        "A large packet may span several receive buffers; host side only"

struct FilterParameter "A variable of a network filter"
    since           0.8.0
    @name           string      required
        "Name of the variable, as the filter uses it: ``IP``, ``MAC``, ``DHCPSERVER`` or your own"
    @value          string      required "Its value. Several elements of one name make a list"

struct PortRange "Ports of the host sent to the guest"
    since           9.0.0
    drivers         qemu
    @start          uint        always "First port on the host"
    @end            uint        absent "only the first port" "Last port on the host"
    @to             uint        absent "the same ports" "Port in the guest that the first one becomes; the others follow"
    @exclude        yesno       absent "no" "These ports are left out: a gap in another range of the same element"

struct PortForward "Connections to the host that passt hands on to the guest"
    since           9.0.0
    drivers         qemu
    @proto          forward_proto   required "Protocol"
    @address        ip          absent "all addresses of the host" "Only connections to this address of the host"
    @dev            string      absent "all interfaces" "Only connections that arrive on this interface of the host"
    range[]         PortRange   absent "all ports"

struct HostdevAddress "The host device behind an interface"
    since           0.9.11
    drivers         qemu xen
    @type           interface_address_type  required always "Bus of the device; nearly always ``pci``"
    switch type {
        pci         { include PciAddress as pci }
        usb         {
            @bus    num         always "Number of the bus on the host"
            @device num         always "Number of the device on its bus, new with every plugging in"
        }
    }

# What a running guest's interface tells of the network that it got its bridge or device from.
rows LiveNetwork {
    @network        string      live "The network that the guest's definition names" since 0.9.4
    @portgroup      string      live "The port group used of that network" since 0.9.4
    @portid         uuid        as port_id live since 5.1.0 "UUID of the network's port, made at start and gone at shutdown"
}

rows InterfaceSource {
    switch type {
        network {
            source since 0.2.0 {
                "A virtual network, which also decides between bridge, macvtap and assigned device"
                @network        string  absent "an error" "Name of the network"
                @portgroup      string  since 0.9.4 absent "the network's default group, if it has one"
                    "Port group of the network: settings for one class of guests"
                @portid         uuid    as port_id live since 5.1.0
                    "UUID of the network's port, made at start and gone at shutdown"
                @bridge         string  live since 1.2.11 "The bridge in use"
                @macTableManager mac_manager live as mac_manager since 1.2.11
                    "Who keeps the bridge's table of MAC addresses: the kernel by learning, or libvirt"
            }
        }
        bridge      {
            source {
                "A bridge of the host, of the kernel or of Open vSwitch"
                use LiveNetwork
                @bridge string          absent "an error" "Name of the bridge"
                @macTableManager mac_manager live as mac_manager since 1.2.11
                    "Who keeps the bridge's table of MAC addresses: the kernel by learning, or libvirt"
            }
        }
        direct      {
            source since 0.7.7 drivers qemu lxc {
                "A physical interface of the host, shared by macvtap. Guest and host do not reach one another this way"
                use LiveNetwork
                @dev    string          absent "an error" "Name of the interface"
                @mode   direct_mode absent "``vepa``"
                    "How guests on one interface see each other: ``vepa``: by way of an outer switch that sends packets back;"
                    "``bridge``: directly; ``private``: not at all; ``passthrough`` (since 0.9.2): the interface serves one"
                    "guest alone"
            }
        }
        hostdev     {
            source since 0.9.11 drivers qemu xen {
                "A network card of the host, given to the guest whole: in practice a virtual function of an SR-IOV card"
                @missing yesno live "``yes``: the device was not found at start and was left out"
                vendor {
                    "Vendor of a USB card"
                    @id hex(4) as host_vendor required "Its number, such as 0x1234"
                }
                product {
                    "Product of a USB card"
                    @id hex(4) as host_product required "Its number, such as 0xbeef"
                }
                address HostdevAddress as hostdev_address
            }
            driver HostdevDriver as hostdev_driver since 1.0.5
        }
        server client mcast udp {
            source since 0.2.0 drivers qemu {
                "A tunnel of Ethernet frames between guests: TCP with one ``server`` and its ``client`` guests, a multicast group"
                "(``mcast``), or UDP between two. There is no DHCP and no way out in it"
                @address string         absent "for a ``server`` all addresses; else an error"
                    "Address to listen on (``server``), to connect to (``client``), of the group (``mcast``) or to send to"
                    "(``udp``)"
                @port   uint            absent "an error" "Port that belongs to the address"
                local since 1.2.20 {
                    "Where packets are sent from; needed for ``udp``, meaningless otherwise"
                    @address string as local_address required "Address on the host"
                    @port   uint as local_port required "Port on the host"
                }
            }
        }
        internal    {
            source since 0.6.4 drivers vbox {
                "A network inside the hypervisor, which the host has no part in"
                @name   string as internal_name absent "an error" "Name of that network"
            }
        }
        vhostuser   {
            source since 1.2.7 drivers qemu ch {
                "The socket of a switch that runs as a process of its own, such as DPDK's. Needs shared memory. With the back end"
                "``passt`` only ``dev`` may be given"
                @type   string as vhost_type absent "``unix``" "Kind of socket; only ``unix``"
                @path   string          absent "an error without passt" "The socket"
                @mode   string as vhost_mode absent "``client``"
                    "``client``: QEMU connects; ``server``: QEMU listens, and starting the guest waits for a connection"
                @dev    string since 11.1.0 drivers qemu absent "that of the default route"
                    "Interface of the host whose routes and addresses passt takes over"
                reconnect Reconnect since 4.1.0
            }
        }
        vdpa user   {
            source since 6.9.0 drivers qemu {
                "The device behind the interface"
                @dev    string  absent "an error for ``vdpa``; that of the default route"
                    "For ``vdpa`` (since 6.9.0) the character device, such as ``/dev/vhost-vdpa-0``;"
                    "for ``user`` with passt (since 9.0.0) the interface whose routes and addresses passt takes over"
            }
        }
        vds         {
            source since 8.7.0 drivers esx vmware {
                "A port of a VMware distributed switch, as the hypervisor reports it"
                @switchid   string  "UUID of the switch"
                @portgroupid string "Group of the port"
                @portid     string as vds_port_id "The port"
                @connectionid uint  "The connection"
            }
        }
        ethernet    {
            source since 2.1.0 drivers lxc qemu {
                "What the host's side of the device is set up with"
                ip[]        GuestIp as host_ips absent "none"
                route[]     Route as host_routes absent "none"
            }
        }
    }
}

struct ActualInterface "What an interface of type network turned into while it runs"
    since           0.9.4
    @type           interface_type      "What the network made of it: ``bridge``, ``direct``, ``hostdev`` or ``network``"
    @managed        yesno       since 0.10.0 "Whether the host's driver was detached from the device, to be given back at the end"
    @trustGuestRxFilters yesno  since 1.2.10 "Whether what the guest says of addresses it receives is believed"
    use InterfaceSource
    vlan            Vlan        since 0.10.0
    virtualport     VirtualPort
    bandwidth       Bandwidth
    port since 6.1.0 {
        "Settings of the port on the bridge"
        @isolated   yesno       "Whether isolated ports do not reach one another"
    }

struct Interface <interface> "A network interface of a guest"
    check           interface_check
    since           0.0.1
    @type           interface_type  default user always
        "What is on the host's side: a virtual ``network`` (0.2.0); a ``bridge``; ``user``: a userspace network that needs no"
        "privileges (0.2.0); ``ethernet``: a tap device and your script (0.1.9); ``direct``: macvtap (0.7.7); ``hostdev``: a"
        "device of the host (0.9.11); ``vhostuser``: another process (1.2.7); ``server``, ``client``, ``mcast`` (0.2.0) and"
        "``udp`` (1.2.20): tunnels; ``vdpa`` (6.9.0); ``internal`` (0.6.4, VirtualBox); ``vds`` (8.7.0, VMware); ``null``"
        "(8.7.0): nothing. See ``source``"
    @managed        yesno       since 0.9.11 drivers qemu xen absent "no"
        "For ``hostdev``: libvirt detaches the device from its driver on the host before the guest starts and gives it back after"
    @trustGuestRxFilters yesno  since 1.2.10 drivers qemu absent "no"
        "The guest may change its MAC address, multicast and VLAN filters; the macvtap device follows. Model ``virtio`` only"
    mac {
        "Address of the guest's card"
        @address    mac         as mac abi absent "a random one, kept in the definition"
            "MAC address; must not be a multicast one"
        @type       string      as mac_type since 6.6.0 drivers esx vmware absent "found out from the address"
            "``static``: an address in VMware's own range is kept as it is; ``generated``: VMware may replace it"
        @check      yesno       as mac_check since 6.6.0 drivers esx vmware absent "yes"
            "Whether VMware checks that the address is one it may use"
        @currentAddress mac     as mac_current live since 11.2.0 drivers qemu
            "The address the guest uses now, if it changed it; needs ``trustGuestRxFilters``"
    }
    use InterfaceSource
    actual          ActualInterface status since 0.9.4
    vlan            Vlan        since 0.10.0 absent "that of the network"
    virtualport     VirtualPort since 0.8.2 absent "that of the network"
    bandwidth       Bandwidth   since 0.9.4 absent "that of the port group; else no limit"
    port since 6.1.0 drivers qemu lxc {
        "Settings of the port on the bridge"
        @isolated   yesno       as isolated absent "that of the network; else no"
            "Guests with isolated ports reach the host and others, but not one another. Tap devices on a Linux bridge only"
    }
    ip[]            GuestIp     since 1.2.12 drivers lxc qemu absent "the guest finds its own; passt: those of the host"
    route[]         Route       since 1.2.12 drivers lxc
    script since 0.2.1 drivers qemu xen {
        "A program that sets up the tap device, with its name as argument"
        @path       string      as script absent "none" "The program, run before the guest starts"
    }
    downscript since 6.4.0 drivers qemu {
        "A program that cleans up after the tap device"
        @path       string      as down_script absent "none" "The program, run when the device was closed"
    }
    backenddomain since 1.2.13 drivers xen {
        "The domain that has the other end, instead of the host"
        @name       string      as backend_domain absent "the host" "Name of that driver domain"
    }
    target {
        "The host's end of the connection"
        @dev        string      as target absent "made up: ``vnet0`` and so on, not kept in the definition"
            "Name of the tap, macvtap or veth device. Names that start with ``vnet``, ``vif``, ``macvtap`` or ``macvlan`` are"
            "ignored"
        @managed    yesno       as target_managed since 5.7.0 drivers qemu absent "yes"
            "``no``, for ``ethernet``: the tap device exists already and is used without being set up; needs no privileges"
    }
    guest since 1.2.7 drivers lxc {
        "The guest's end of the connection"
        @dev        string      as guest_dev absent "``eth0`` and so on" "Name of the interface inside the container"
        @actual     string      as guest_actual live "Its name in the running container"
    }
    model since 0.4.3 {
        "The card the guest sees"
        @type       string      as model abi absent "chosen by hypervisor and machine type"
            "Model, such as ``virtio``, ``virtio-transitional`` and ``virtio-non-transitional`` (5.2.0), ``e1000``, ``e1000e``,"
            "``igb`` (9.3.0), ``rtl8139``, ``usb-net`` (10.3.0), ``netfront`` for Xen, ``vmxnet3`` for VMware. Other names are"
            "handed to the hypervisor as they are"
    }
    switch type {
        hostdev { }
        * {
            driver since 0.8.8 drivers qemu {
                "Fine tuning of a ``virtio`` card; best left alone unless measurements say otherwise"
                @name       net_vhost       as driver_name absent "``vhost`` if the host has it"
                    "``vhost``: packets are handled in the host's kernel; ``qemu``: in QEMU"
                @txmode     net_txmode      absent "chosen by QEMU"
                    "What happens when the send buffer is full: an ``iothread`` goes on at once (less delay), or a ``timer``"
                    "retries"
                @ioeventfd  onoff           since 0.9.3 absent "chosen by QEMU"
                    "A thread of its own takes the guest's notifications, so that the vCPU goes on"
                @event_idx  onoff           since 0.9.5 absent "on, if supported" "Fewer interrupts and exits"
                @queues     uint            since 1.0.6 absent "1"
                    "Pairs of queues, best one per vCPU; for ``vhostuser`` since 1.2.17. Needs model ``virtio``"
                @rx_queue_size uint         since 2.3.0 absent "chosen by QEMU"
                    "Entries of a receive ring: a power of two, 256 to 1024"
                @tx_queue_size uint         since 3.7.0 absent "chosen by QEMU"
                    "Entries of a send ring: a power of two, 256 to 1024; for ``vhostuser`` and the like only"
                @rss        onoff           since 8.3.0 absent "off" "QEMU spreads received packets over the queues by a hash"
                @rss_hash_report onoff      since 8.3.0 absent "off" "The guest is told the hash of each received packet"
                use VirtioOptions
                host        NicFeatures since 1.2.9 "Offloads of the host's side, on packets the guest sends"
                guest       NicFeatures since 1.2.9 "Offloads of the guest's side, on packets it receives"
            }
        }
    }
    backend since 1.2.9 drivers qemu {
        "What serves the host's end"
        @type       net_backend     as backend_type since 9.0.0 absent "SLIRP inside QEMU for ``user``"
            "``passt``: a process that speaks for the guest with the host's own addresses; for ``user``, and ``vhostuser``"
            "since 11.1.0"
        @tap        string          as backend_tap absent "``/dev/net/tun``" "Device that makes tap devices; not in session mode"
        @vhost      string          as backend_vhost absent "``/dev/vhost-net``" "Device of vhost; not in session mode"
        @logFile    string          as backend_log since 9.0.0 absent "no log"
            "File for passt's log; for debugging. With SELinux best below ``/run/user/UID``"
    }
    portForward[]   PortForward since 9.0.0 drivers qemu absent "nothing is forwarded"
    filterref since 0.8.0 drivers qemu lxc ch {
        "A network filter for the guest's traffic"
        @filter     string          required "Name of the filter, such as ``clean-traffic``"
        parameter[] FilterParameter as filter_parameters
    }
    tune since 0.8.8 drivers qemu {
        "Settings of the tap device"
        sndbuf      ull opt         absent "no limit" "Send buffer on the host, in bytes; 0 is no limit"
    }
    link since 0.9.5 {
        "The plug"
        @state      link_state as link_state absent "``up``" "``down``: the guest sees a card without a cable"
    }
    mtu since 3.1.0 drivers qemu lxc xen {
        "Size of packets"
        @size       uint as mtu     absent "that of the network or bridge" "Largest packet in bytes; a ``virtio`` guest is told"
    }
    coalesce since 3.3.0 drivers qemu {
        "Fewer interrupts on the host's tap device; for ``network`` and ``bridge``"
        rx {
            "On receipt"
            frames {
                "Counted in packets"
                @max uint as rx_frames absent "one by one" "How many packets may wait before an interrupt"
            }
        }
    }
    teaming since 6.1.0 drivers qemu {
        "Joins a ``virtio`` card and an assigned device to one bond in the guest, so that it can be migrated all the same"
        @type       teaming_type as teaming
            "``persistent``: the card that stays; ``transient``: the device taken away for a migration"
        @persistent string as teaming_persistent "For ``transient``: alias of the card that stays, ``ua-`` and something"
    }
    include         DeviceInfo      as info
