# <storagepoolCapabilities>: which types of pools there are; <sources>: what could become one.
import common
import storagepool

struct PoolOptions "The default format, and those there are"
    since 5.2.0
    defaultFormat "The one that is taken where none is given" { @type string as default_format required "Its name" }
    enum[]          CapsEnum "``sourceFormatType`` of pools, ``targetFormatType`` of volumes"

struct PoolTypeCaps "One type of pool"
    since 5.2.0
    @type           pool_type       required "As that of ``<pool>``"
    @supported      yesno           required "Whether this host has it"
    poolOptions     PoolOptions "Formats its source can have"
    volOptions      PoolOptions "Formats its volumes can have"

struct StoragePoolCaps <storagepoolCapabilities> "Types of storage pools"
    since 5.2.0
    pool[]          PoolTypeCaps

struct FoundSource "Something that could be the source of a pool; its rows are those of ``<source>`` of a ``<pool>``"
    since 0.4.5
    host[]          PoolHost
    device[]        PoolDevice
    dir "The folder that is exported" { @path string as dir "Its path" }
    adapter         PoolAdapter
    name            string "Volume group, pool or volume"
    initiator since 4.7.0 "iscsi-direct: who connects" {
        iqn "Name of the initiator" { @name string as initiator_iqn "The IQN" }
    }
    format "What is there" { @type pool_format as format "File system, protocol, or kind of partition table" }
    vendor since 0.8.4 "Who made the storage" { @name string as vendor "Name of the maker" }
    product since 0.8.4 "What the storage is" { @name string as product "Name of the model" }

struct PoolSources <sources> "Sources of pools that were found"
    since 0.4.5
    source[]        FoundSource

struct SourceSpec <source> "Where to look for sources"
    errors      VIR_FROM_STORAGE storage_source_specification
    since 0.4.5
    include         FoundSource     as spec

struct GlusterVolume "A volume of a server, as gluster describes it"
    since 1.2.0
    name            string          required "Its name"

struct GlusterAnswer <cliOutput> "What 'gluster --xml volume info' prints; read, never written"
    since 1.2.0
    opRet           int opt "0 if all went well"
    opErrstr        string "What went wrong"
    volInfo "The answer" { volumes "All volumes" { volume[] GlusterVolume } }
