# <qemu-migration>: what the two sides of a migration tell each other.
import domain

enum cookie_feature_name { - graphics lockstate persistent network nbd statistics memory-hotplug cpu-hotplug cpu
                           allowReboot capabilities block-dirty-bitmaps }

struct CookieFeature "What the other side must understand, or refuse the migration"
    since 0.9.2
    @name               cookie_feature_name required "Part of the cookie"

struct CookieCert "A part of the certificate of the display's server"
    since 0.9.2
    @info               string      required "Which part: subject"
    @value              string "Its content"

struct CookieGraphics "Where clients of the display go when the guest has moved"
    since 0.9.2
    @type               string      required "Protocol: vnc or spice"
    @port               int         required always "TCP port"
    @listen             string absent "the host" "Address"
    @tlsPort            int         required always "TCP port for TLS, -1 for none"
    cert[]              CookieCert

struct CookieInterface "What the virtual port of an interface takes along"
    since 0.9.2
    @index              uint        required always "Place of the interface in the definition, from 0"
    @vporttype          string      required "Kind of virtual port, such as openvswitch"
    portdata            string "What its switch keeps of it"

struct CookieDisk "A disk whose content is copied"
    since 0.9.2
    @target             string      required "Its target, such as vda"
    @capacity           ull         required always "Its size in bytes, for an image that must be made first"

struct CookieStatistics "How the migration went, as virDomainGetJobStats() tells it on both sides"
    since 0.9.2
    started                 ull opt "When it began, in milliseconds since 1970"
    stopped                 ull opt "When the guest was paused, in milliseconds since 1970"
    sent                    ull opt "When this was written, in milliseconds since 1970"
    delta                   ll opt "Milliseconds by which the other host's clock differs"
    time_elapsed            ull opt "Milliseconds it took"
    time_remaining          ull opt "Milliseconds it would have taken"
    downtime                ull opt "Milliseconds in which the guest did not run"
    setup_time              ull opt "Milliseconds before the first byte"
    memory_total            ull opt "Bytes of memory"
    memory_processed        ull opt "Bytes of memory sent"
    memory_remaining        ull opt "Bytes of memory not sent yet"
    memory_bps              ull opt "Bytes of memory a second"
    memory_constant         ull opt "Pages all of whose bytes are the same"
    memory_normal           ull opt "Other pages that were sent"
    memory_normal_bytes     ull opt "Bytes of such pages"
    memory_dirty_rate       ull opt "Pages a second that the guest wrote to"
    memory_iteration        ull opt "Rounds through memory"
    memory_postcopy_requests ull opt "Pages that the guest asked for after it had moved"
    memory_page_size        ull opt "Bytes of a page"
    disk_total              ull opt "Bytes of disks"
    disk_processed          ull opt "Bytes of disks sent"
    disk_remaining          ull opt "Bytes of disks not sent yet"
    disk_bps                ull opt "Bytes of disks a second"
    compression_cache       ull opt "Bytes of the cache for compression (XBZRLE)"
    compression_bytes       ull opt "Bytes that were sent compressed"
    compression_pages       ull opt "Pages that were sent compressed"
    compression_cache_misses ull opt "Pages that were not in the cache"
    compression_overflow    ull opt "Pages that grew by compression"
    auto_converge_throttle  int opt "Per cent by which vCPUs were slowed down"

struct CookieCapability "A capability of migration that the source supports"
    since 0.9.2
    @name               string      required "Name that QEMU gives it"
    @auto               yesno       required as automatic "Whether it is used without being asked for"

struct CookieBitmap "A dirty bitmap that goes along"
    since 0.9.2
    @name               string      required "Name of the bitmap"
    @alias              string      required "Name it has on the wire"
    var bool persistent

struct CookieBitmaps "Dirty bitmaps of one disk"
    since 0.9.2
    @target             string      required "Target of the disk, such as vda"
    bitmap[]            CookieBitmap
    var bool skip

struct MigrationCookie <qemu-migration> "What one side of a migration tells the other with each of its steps"
    since 0.9.2
    drivers qemu
    name                string      required "Name of the guest"
    uuid                uuid        required "UUID of the guest"
    hostname            string      required "Name of the host that wrote this"
    hostuuid            uuid        required "UUID of that host; a guest cannot migrate to the same"
    feature[]           CookieFeature
    graphics            CookieGraphics
    lockstate as has_lockstate {
        "State of the locks on disks"
        @driver string as lock_driver required "Lock manager, which both sides must have"
        leases string as lock_state "What it keeps"
    }
    domain              Domain      as persistent "Persistent definition, for the other host to keep"
    network as has_network {
        "Virtual ports of interfaces"
        interface[] CookieInterface
    }
    nbd as has_nbd {
        "Copying of disks that are not shared"
        @port uint as nbd_port absent "none is open yet" "TCP port of the server on the other host"
        disk[] CookieDisk
    }
    statistics          CookieStatistics
    cpu                 Cpu since 3.5.0 "The CPU as defined, where the definition sent has what it became at start"
    allowReboot input {
        "Whether QEMU may restart the guest itself; from older libvirt"
        @value yesno as allow_reboot input "``no`` of a guest whose reboot needs a new process"
    }
    capabilities always {
        "Capabilities of migration that the source supports"
        cap[] CookieCapability as capabilities
    }
    blockDirtyBitmaps {
        "Dirty bitmaps that go along"
        disk[] CookieBitmaps as bitmaps
    }
