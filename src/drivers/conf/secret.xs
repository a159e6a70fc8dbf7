# <secret>: a password or key that other documents refer to.
import common

enum secret_usage   { - volume ceph iscsi tls vtpm }

struct Secret <secret> "A secret; its value is never part of the document"
    check           secret_check
    @ephemeral      yesno           always default no
    @private        yesno           always default no
    uuid            uuid
    description     string
    usage {
        @type       secret_usage    as usage_type
        switch usage_type {
            volume          { volume string required as usage_id }
            ceph tls vtpm   { name   string required as usage_id }
            iscsi           { target string required as usage_id }
        }
    }
