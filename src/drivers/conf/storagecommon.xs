# What storage pools, volumes and disks share: credentials, encryption, file modes.
import common

enum storage_auth_type   { - chap ceph }
enum storage_secret_type { - iscsi ceph volume passphrase }
enum encryption_format   { default qcow luks luks2 luks-any }
enum encryption_engine   { default qemu librbd }

struct StorageSecret "Which secret object holds the password"
    @type           storage_secret_type
    @uuid           string
    @usage          string

struct StorageAuth "Credentials of a server"
    @type           storage_auth_type   as auth_type
    @username       string          required
    secret          StorageSecret

struct EncryptionCipher "How blocks are encrypted"
    @name           string          required
    @size           uint            required
    @mode           string
    @hash           string

struct EncryptionIvgen "How initialisation vectors are made"
    @name           string          required
    @hash           string

struct StorageEncryption "How an image is encrypted"
    @format         encryption_format   required always
    @engine         encryption_engine
    secret[]        StorageSecret
    cipher          EncryptionCipher
    ivgen           EncryptionIvgen

struct StoragePermissions "Mode, owner and label of a file; an owner or group of -1 is left as it is"
    check           storage_permissions_check
    mode            octal   opt
    owner           ll      opt
    group           ll      opt
    label           string
