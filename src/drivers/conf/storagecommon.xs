# What storage pools, volumes and disks share: credentials, encryption, file modes.
import common

enum storage_auth_type   { - chap ceph }
enum storage_secret_type { - iscsi ceph volume passphrase }
enum encryption_format   { default qcow luks luks2 luks-any }
enum encryption_engine   { default qemu librbd }

struct StorageSecret "Which secret object holds the password: its UUID or its usage, one of the two"
    since 0.7.1
    check storage_secret_check
    @type           storage_secret_type absent "in pools: what the credentials are for says it"
                    "``passphrase`` (``volume`` in old documents) for encryption; ``iscsi`` and ``ceph`` for credentials"
    @uuid           string absent "``usage`` says which" "The secret by its UUID"
    @usage          string since 0.9.7 absent "``uuid`` says which" "The secret by what its own ``<usage>`` says"

struct StorageAuth "Credentials of a server; the password is in a secret object, never in this document"
    since 0.9.7
    check storage_auth_check
    @type           storage_auth_type   as auth_type "``ceph`` for pools of type rbd, ``chap`` (1.1.1) for iscsi and iscsi-direct"
    @username       string          required "Who logs in"
    secret          StorageSecret

struct EncryptionCipher "How blocks are encrypted; asked for when a volume is created"
    since 2.1.0
    @name           string          required "Such as ``aes``, ``serpent``, ``twofish``; which there are depends on qemu-img"
    @size           uint            required "Length of the key in bits, such as 256"
    @mode           string absent "chosen by qemu-img" "How blocks are chained, such as ``cbc``, ``xts``"
    @hash           string absent "chosen by qemu-img" "Digest for the master key, such as ``sha256``"

struct EncryptionIvgen "How initialisation vectors are made; needs a cipher beside it"
    since 2.1.0
    @name           string          required "Such as ``plain64``, ``essiv``"
    @hash           string absent "chosen by qemu-img" "Digest, for methods that use one"

struct StorageEncryption "How an image is encrypted"
    since 0.7.1
    check storage_encryption_check
    @format         encryption_format   required always
                    "``luks`` (2.1.0) for new volumes, raw or (6.10.0) qcow2; ``qcow`` and ``default`` cannot be created since"
                    "4.5.0;"
                    "``luks2`` (7.9.0) and ``luks-any`` (9.3.0) are for RBD disks of guests"
    @engine         encryption_engine since 7.9.0 absent "``qemu``" "Who encrypts; storage pools do not look at it"
    secret[]        StorageSecret "The passphrase"
    cipher          EncryptionCipher absent "``aes`` of 256 bits, ``cbc``, ``sha256``"
    ivgen           EncryptionIvgen absent "``essiv`` with ``sha256``"

struct StoragePermissions "Mode, owner and label of a file; an owner or group of -1 is left as it is"
    since 0.4.1
    check           storage_permissions_check
    mode            octal   opt absent "0711 for new pools, 0600 for new volumes" "Permission bits"
    owner           ll      opt absent "the user of the daemon" "Number of the user"
    group           ll      opt absent "the group of the daemon" "Number of the group"
    label           string absent "as the host labels new files" "Security label, such as that of SELinux"
