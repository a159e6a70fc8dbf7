# <filter>: rules for the traffic of a guest's interface; and <filterbinding>, which says that an
# interface has one.  Values may be variables such as $IP, so they are kept as checked text.

type fw_mac "[$] *[a-zA-Z0-9_]+(\[ *@?[0-9]+ *\])? *|([0-9a-fA-F]{1,2}:){5}[0-9a-fA-F]{1,2}"
type fw_ip4 "[$] *[a-zA-Z0-9_]+(\[ *@?[0-9]+ *\])? *|[0-9.]+"
type fw_ip6 "[$] *[a-zA-Z0-9_]+(\[ *@?[0-9]+ *\])? *|[0-9a-fA-F:.]+"
type fw_mask4 "[$] *[a-zA-Z0-9_]+(\[ *@?[0-9]+ *\])? *|[0-9]|[12][0-9]|3[0-2]|[0-9.]{7,15}"
type fw_mask6 "[$] *[a-zA-Z0-9_]+(\[ *@?[0-9]+ *\])? *|[0-9]{1,2}|1[01][0-9]|12[0-8]|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*"
type fw_u6 "[$] *[a-zA-Z0-9_]+(\[ *@?[0-9]+ *\])? *|0*([0-9]|[1-5][0-9]|6[0-3])|0[xX]0*[0-3]?[0-9a-fA-F]"
type fw_u8 "[$] *[a-zA-Z0-9_]+(\[ *@?[0-9]+ *\])? *|0*([0-9]{1,2}|1[0-9]{2}|2[0-4][0-9]|25[0-5])|0[xX]0*[0-9a-fA-F]{1,2}"
type fw_u16 "[$] *[a-zA-Z0-9_]+(\[ *@?[0-9]+ *\])? *|0*([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])|0[xX]0*[0-9a-fA-F]{1,4}"
type fw_u32 "[$] *[a-zA-Z0-9_]+(\[ *@?[0-9]+ *\])? *|[0-9]{1,10}|0[xX]0*[0-9a-fA-F]{1,8}"
type fw_vlan "[$] *[a-zA-Z0-9_]+(\[ *@?[0-9]+ *\])? *|0*([0-9]{1,3}|[1-3][0-9]{3}|40[0-8][0-9]|409[0-5])|0[xX]0*[0-9a-fA-F]{1,3}"
type fw_ethertype
type fw_opcode
type fw_protocol
type fw_state
type fw_tcpflags
type fw_ipset
type fw_ipsetflags "([Ss][Rr][Cc]|[Dd][Ss][Tt])(,([Ss][Rr][Cc]|[Dd][Ss][Tt])){0,5}"
type fw_comment
type fw_match "[Ff][Aa][Ll][Ss][Ee]|0"

enum fw_action      { - drop accept reject continue return }
enum fw_direction   { - in out inout }
enum fw_bool        { - yes no true=yes 1=yes false=no 0=no }
enum fw_kind        { - filterref rule }
enum fw_layer       { - mac vlan stp arp rarp ip ipv6 tcp udp udplite esp ah sctp icmp igmp all
                      tcp-ipv6 udp-ipv6 udplite-ipv6 esp-ipv6 ah-ipv6 sctp-ipv6 icmpv6 all-ipv6 }

struct FwParameter "A value for a variable"
    @name           string          required
    @value          string          required

rows SrcMac {
    @match          fw_bool
    @srcmacaddr     fw_mac
}
rows BothMacs {
    use SrcMac
    @srcmacmask     fw_mac
    @dstmacaddr     fw_mac
    @dstmacmask     fw_mac
}
rows Ip4 {
    @srcipaddr      fw_ip4
    @srcipmask      fw_mask4
    @dstipaddr      fw_ip4
    @dstipmask      fw_mask4
}
rows Ip6 {
    @srcipaddr      fw_ip6          as srcip6addr
    @srcipmask      fw_mask6        as srcip6mask
    @dstipaddr      fw_ip6          as dstip6addr
    @dstipmask      fw_mask6        as dstip6mask
}
rows Ip4Range {
    @srcipfrom      fw_ip4
    @srcipto        fw_ip4
    @dstipfrom      fw_ip4
    @dstipto        fw_ip4
}
rows Ip6Range {
    @srcipfrom      fw_ip6          as srcip6from
    @srcipto        fw_ip6          as srcip6to
    @dstipfrom      fw_ip6          as dstip6from
    @dstipto        fw_ip6          as dstip6to
}
rows Limits {
    @dscp           fw_u6
    @connlimit-above fw_u16
    @state          fw_state
    @ipset          fw_ipset
    @ipsetflags     fw_ipsetflags
}
rows Ports {
    @srcportstart   fw_u16
    @srcportend     fw_u16
    @dstportstart   fw_u16
    @dstportend     fw_u16
}
rows Comment { @comment fw_comment }

struct FwMatch "Packets of one protocol"
    var fw_layer layer
    choice layer {
        mac  { use BothMacs ; @protocolid fw_ethertype ; use Comment }
        vlan { use BothMacs ; @vlanid fw_vlan ; @encap-protocol fw_ethertype ; use Comment }
        stp  {
            use SrcMac ; @srcmacmask fw_mac ; @type fw_u8 ; @flags fw_u8 as stp_flags
            @root-priority fw_u16 ; @root-priority-hi fw_u16
            @root-address fw_mac ; @root-address-mask fw_mac ; @root-cost fw_u32 ; @root-cost-hi fw_u32
            @sender-priority fw_u16 ; @sender-priority-hi fw_u16 ; @sender-address fw_mac ; @sender-address-mask fw_mac
            @port fw_u16 ; @port-hi fw_u16 ; @age fw_u16 ; @age-hi fw_u16 ; @max-age fw_u16 ; @max-age-hi fw_u16
            @hello-time fw_u16 ; @hello-time-hi fw_u16 ; @forward-delay fw_u16 ; @forward-delay-hi fw_u16
            use Comment
        }
        arp rarp {
            use BothMacs ; @hwtype fw_u16 ; @protocoltype fw_u16 ; @opcode fw_opcode
            @arpsrcmacaddr fw_mac ; @arpdstmacaddr fw_mac ; @arpsrcipaddr fw_ip4 ; @arpsrcipmask fw_mask4
            @arpdstipaddr fw_ip4 ; @arpdstipmask fw_mask4 ; @gratuitous fw_bool ; use Comment
        }
        ip   { use BothMacs ; use Ip4 ; @protocol fw_protocol ; use Ports ; @dscp fw_u6 ; use Comment }
        ipv6 {
            use BothMacs ; use Ip6 ; @protocol fw_protocol ; use Ports
            @type fw_u8 ; @typeend fw_u8 ; @code fw_u8 ; @codeend fw_u8 ; use Comment
        }
        tcp  { use SrcMac ; use Ip4 ; use Ip4Range ; use Limits ; use Ports ; @flags fw_tcpflags as tcp_flags ; use Comment }
        udp sctp { use SrcMac ; use Ip4 ; use Ip4Range ; use Limits ; use Ports ; use Comment }
        udplite esp ah igmp all { use SrcMac ; use Ip4 ; use Ip4Range ; use Limits ; use Comment }
        icmp { use SrcMac ; use Ip4 ; use Ip4Range ; use Limits ; @type fw_u8 ; @code fw_u8 ; use Comment }
        tcp-ipv6 { use SrcMac ; use Ip6 ; use Ip6Range ; use Limits ; use Ports ; @flags fw_tcpflags as tcp_flags ; use Comment }
        udp-ipv6 sctp-ipv6 { use SrcMac ; use Ip6 ; use Ip6Range ; use Limits ; use Ports ; use Comment }
        udplite-ipv6 esp-ipv6 ah-ipv6 all-ipv6 { use SrcMac ; use Ip6 ; use Ip6Range ; use Limits ; use Comment }
        icmpv6 { use SrcMac ; use Ip6 ; use Ip6Range ; use Limits ; @type fw_u8 ; @code fw_u8 ; use Comment }
    }

struct FwRule "What to do with some packets"
    check           nwfilter_rule_check
    @action         fw_action       required
    @direction      fw_direction    required
    @priority       int             default 500 always
    @statematch     fw_match
    items[]         FwMatch         as matches

struct FwReference "Another filter, with values for its variables"
    check           nwfilter_reference_check
    @filter         string          required
    parameter[]     FwParameter

struct FwEntry "One line of a filter"
    var fw_kind kind
    choice kind {
        filterref   { include FwReference as reference }
        rule        { include FwRule as rule }
    }

struct NwFilter <filter> "A filter for network traffic"
    check           nwfilter_check
    @name           string          required
    @chain          string
    @priority       int             opt
    uuid            uuid
    items[]         FwEntry         as entries

struct NwFilterBinding <filterbinding> "A filter that is in force on an interface"
    owner required {
        name        string          required as owner_name
        uuid        uuid            required as owner_uuid
    }
    portdev required { @name string required as port_dev }
    linkdev { @name string as link_dev }
    mac required { @address mac required as mac }
    filterref       FwReference     required
