# <storagepoolCapabilities>: which types of pools there are; <sources>: what could become one.
import common
import storagepool

struct PoolOptions "The default format, and those there are"
    defaultFormat { @type string as default_format required }
    enum[]          CapsEnum

struct PoolTypeCaps "One type of pool"
    @type           pool_type       required
    @supported      yesno           required
    poolOptions     PoolOptions
    volOptions      PoolOptions

struct StoragePoolCaps <storagepoolCapabilities> "Types of storage pools"
    pool[]          PoolTypeCaps

struct FoundSource "Something that could be the source of a pool"
    host[]          PoolHost
    device[]        PoolDevice
    dir { @path string as dir }
    adapter         PoolAdapter
    name            string
    initiator { iqn { @name string as initiator_iqn } }
    format { @type pool_format as format }
    vendor { @name string as vendor }
    product { @name string as product }

struct PoolSources <sources> "Sources of pools that were found"
    source[]        FoundSource

struct SourceSpec <source> "Where to look for sources"
    include         FoundSource     as spec

struct GlusterVolume "A volume of a server, as gluster describes it"
    name            string          required

struct GlusterAnswer <cliOutput> "What 'gluster --xml volume info' prints"
    opRet           int opt
    opErrstr        string
    volInfo { volumes { volume[] GlusterVolume } }
