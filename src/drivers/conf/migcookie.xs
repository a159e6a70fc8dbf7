# <qemu-migration>: what the two sides of a migration tell each other.
import domain

enum cookie_feature_name { - graphics lockstate persistent network nbd statistics memory-hotplug cpu-hotplug cpu
                           allowReboot capabilities block-dirty-bitmaps }

struct CookieFeature "What the other side must understand"
    @name               cookie_feature_name required

struct CookieCert "A part of the certificate of the display"
    @info               string      required
    @value              string

struct CookieGraphics "Where clients of the display go"
    @type               string      required
    @port               int         required always
    @listen             string
    @tlsPort            int         required always
    cert[]              CookieCert

struct CookieInterface "What a virtual port takes along"
    @index              uint        required always
    @vporttype          string      required
    portdata            string

struct CookieDisk "A disk that is copied"
    @target             string      required
    @capacity           ull         required always

struct CookieStatistics "How the migration went"
    started                 ull opt
    stopped                 ull opt
    sent                    ull opt
    delta                   ll opt
    time_elapsed            ull opt
    time_remaining          ull opt
    downtime                ull opt
    setup_time              ull opt
    memory_total            ull opt
    memory_processed        ull opt
    memory_remaining        ull opt
    memory_bps              ull opt
    memory_constant         ull opt
    memory_normal           ull opt
    memory_normal_bytes     ull opt
    memory_dirty_rate       ull opt
    memory_iteration        ull opt
    memory_postcopy_requests ull opt
    memory_page_size        ull opt
    disk_total              ull opt
    disk_processed          ull opt
    disk_remaining          ull opt
    disk_bps                ull opt
    compression_cache       ull opt
    compression_bytes       ull opt
    compression_pages       ull opt
    compression_cache_misses ull opt
    compression_overflow    ull opt
    auto_converge_throttle  int opt

struct CookieCapability "A capability of migration"
    @name               string      required
    @auto               yesno       required as automatic

struct CookieBitmap "A dirty bitmap that goes along"
    @name               string      required
    @alias              string      required
    var bool persistent

struct CookieBitmaps "Dirty bitmaps of one disk"
    @target             string      required
    bitmap[]            CookieBitmap
    var bool skip

struct MigrationCookie <qemu-migration> "What one side of a migration tells the other"
    name                string      required
    uuid                uuid        required
    hostname            string      required
    hostuuid            uuid        required
    feature[]           CookieFeature
    graphics            CookieGraphics
    lockstate as has_lockstate { @driver string as lock_driver required ; leases string as lock_state }
    domain              Domain      as persistent
    network as has_network { interface[] CookieInterface }
    nbd as has_nbd { @port uint as nbd_port ; disk[] CookieDisk }
    statistics          CookieStatistics
    cpu                 Cpu
    allowReboot input { @value yesno as allow_reboot input }
    capabilities always { cap[] CookieCapability as capabilities }
    blockDirtyBitmaps { disk[] CookieBitmaps as bitmaps }
