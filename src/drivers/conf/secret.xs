# <secret>: a password or key that other documents refer to.
import common

enum secret_usage   { - volume ceph iscsi tls vtpm }

struct Secret <secret> "A secret; its value is never part of the document"
    errors      VIR_FROM_SECRET definition_of_secret
    since 0.7.1
    check           secret_check
    @ephemeral      yesno           always default no "Kept in memory only; it is gone when the daemon ends"
    @private        yesno           always default no "Nobody can ask for the value, who uses it gets it inside the host"
    uuid            uuid absent "made up" "Unique in the world; documents may refer to it"
    description     string "A note for people"
    usage absent "documents can refer to the UUID only" {
        "what the secret is for; no two secrets may say the same"
        @type       secret_usage    as usage_type
                    "``ceph`` since 0.9.7, ``iscsi`` 1.0.4, ``tls`` (passphrase of a private key) 2.3.0, ``vtpm`` 5.6.0"
        switch usage_type {
            volume          { volume string required as usage_id "Path of the encrypted volume" }
            ceph tls vtpm   { name   string required as usage_id "Any name; documents may refer to it" }
            iscsi           { target string required as usage_id "Any name; documents may refer to it" }
        }
    }
