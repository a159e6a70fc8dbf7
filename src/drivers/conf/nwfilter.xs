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
enum fw_truth       { - true false yes=true 1=true no=false 0=false }
enum fw_kind        { - filterref rule }
enum fw_layer       { - mac vlan stp arp rarp ip ipv6 tcp udp udplite esp ah sctp icmp igmp all
                      tcp-ipv6 udp-ipv6 udplite-ipv6 esp-ipv6 ah-ipv6 sctp-ipv6 icmpv6 all-ipv6 }

struct FwParameter "A value for a variable; several of one name make a list (since 0.9.8)"
    since 0.8.0
    @name           string          required "Name of the variable, without ``$``. MAC is known; IP is learned if nobody gives it"
    @value          string          required "Its value, in the form the attribute wants where it is used"

rows SrcMac {
    @match          fw_bool absent "``yes``" "``no``: packets match that are not as the other attributes say, masks apart"
    @srcmacaddr     fw_mac absent "any" "MAC address of the sender"
}
rows BothMacs {
    use SrcMac
    @srcmacmask     fw_mac absent "all bits" "Which bits of it count"
    @dstmacaddr     fw_mac absent "any" "MAC address of the receiver"
    @dstmacmask     fw_mac absent "all bits" "Which bits of it count"
}
rows Ip4 {
    @srcipaddr      fw_ip4 absent "any" "Address of the sender"
    @srcipmask      fw_mask4 absent "all bits" "Its significant bits: 0 to 32, or such as 255.255.0.0"
    @dstipaddr      fw_ip4 absent "any" "Address of the receiver"
    @dstipmask      fw_mask4 absent "all bits" "Its significant bits: 0 to 32, or such as 255.255.0.0"
}
rows Ip6 {
    @srcipaddr      fw_ip6          as srcip6addr absent "any" "Address of the sender"
    @srcipmask      fw_mask6        as srcip6mask absent "all bits" "Its significant bits: 0 to 128, or such as ffff::"
    @dstipaddr      fw_ip6          as dstip6addr absent "any" "Address of the receiver"
    @dstipmask      fw_mask6        as dstip6mask absent "all bits" "Its significant bits: 0 to 128, or such as ffff::"
}
rows Ip4Range {
    @srcipfrom      fw_ip4 absent "any" "First of a range of senders"
    @srcipto        fw_ip4 absent "that first alone" "Last of the range"
    @dstipfrom      fw_ip4 absent "any" "First of a range of receivers"
    @dstipto        fw_ip4 absent "that first alone" "Last of the range"
}
rows Ip6Range {
    @srcipfrom      fw_ip6          as srcip6from absent "any" "First of a range of senders"
    @srcipto        fw_ip6          as srcip6to absent "that first alone" "Last of the range"
    @dstipfrom      fw_ip6          as dstip6from absent "any" "First of a range of receivers"
    @dstipto        fw_ip6          as dstip6to absent "that first alone" "Last of the range"
}
rows Limits {
    @dscp           fw_u6 absent "any" "Differentiated services code point, 0 to 63"
    @connlimit-above fw_u16 absent "no limit" "Matches when more connections than this are open; for rules that drop"
    @state          fw_state since 0.8.5 absent "what ``statematch`` of the rule implies"
                    "Of the connection: NEW, ESTABLISHED, RELATED, INVALID with commas between them, or NONE"
    @ipset          fw_ipset since 0.9.13 absent "any" "Name of a set of addresses that ipset(8) made"
    @ipsetflags     fw_ipsetflags since 0.9.13
        "Which parts of the packet are looked up in it: up to 6 of src and dst, with commas"
}
rows Ports {
    @srcportstart   fw_u16 absent "any" "Port of the sender, or first of a range"
    @srcportend     fw_u16 absent "that first alone" "Last of the range"
    @dstportstart   fw_u16 absent "any" "Port of the receiver, or first of a range"
    @dstportend     fw_u16 absent "that first alone" "Last of the range"
}
rows Comment { @comment fw_comment since 0.8.5 "A note in the rule, up to 256 characters" }

struct FwMatch "Packets of one protocol; all attributes must match"
    since 0.8.0
    var fw_layer layer
    choice layer {
        mac  {
            use BothMacs
            @protocolid fw_ethertype absent "any" "What the frame carries: 0x600 to 0xffff, or arp, rarp, ipv4, ipv6"
            use Comment
        }
        vlan {
            use BothMacs
            @vlanid fw_vlan since 0.9.8 absent "any" "Number of the VLAN, 0 to 4095"
            @encap-protocol fw_ethertype since 0.9.8 absent "any" "What the frame carries: 0x3c to 0xffff, or arp, ipv4, ipv6"
            use Comment
        }
        stp  {
            use SrcMac
            @srcmacmask fw_mac absent "all bits" "Which bits of it count"
            @type fw_u8 since 0.9.8 absent "any" "Type of the message"
            @flags fw_u8 as stp_flags since 0.9.8 absent "any" "Its flags"
            @root-priority fw_u16 since 0.9.8 absent "any" "Priority of the root, or lowest of a range"
            @root-priority-hi fw_u16 since 0.9.8 absent "that lowest alone" "Highest of the range"
            @root-address fw_mac since 0.9.8 absent "any" "MAC address of the root"
            @root-address-mask fw_mac since 0.9.8 absent "all bits" "Which bits of it count"
            @root-cost fw_u32 since 0.9.8 absent "any" "Cost of the path to the root, or lowest of a range"
            @root-cost-hi fw_u32 since 0.9.8 absent "that lowest alone" "Highest of the range"
            @sender-priority fw_u16 since 0.9.8 absent "any" "Priority of the sender, or lowest of a range"
            @sender-priority-hi fw_u16 since 0.9.8 absent "that lowest alone" "Highest of the range"
            @sender-address fw_mac since 0.9.8 absent "any" "MAC address of the sending bridge"
            @sender-address-mask fw_mac since 0.9.8 absent "all bits" "Which bits of it count"
            @port fw_u16 since 0.9.8 absent "any" "Port of the bridge, or lowest of a range"
            @port-hi fw_u16 since 0.9.8 absent "that lowest alone" "Highest of the range"
            @age fw_u16 since 0.9.8 absent "any" "Age of the message, or lowest of a range"
            @age-hi fw_u16 since 0.9.8 absent "that lowest alone" "Highest of the range"
            @max-age fw_u16 since 0.9.8 absent "any" "Age at which it is void, or lowest of a range"
            @max-age-hi fw_u16 since 0.9.8 absent "that lowest alone" "Highest of the range"
            @hello-time fw_u16 since 0.9.8 absent "any" "Time between two messages, or lowest of a range"
            @hello-time-hi fw_u16 since 0.9.8 absent "that lowest alone" "Highest of the range"
            @forward-delay fw_u16 since 0.9.8 absent "any" "Time before a port forwards, or lowest of a range"
            @forward-delay-hi fw_u16 since 0.9.8 absent "that lowest alone" "Highest of the range"
            use Comment
        }
        arp rarp {
            use BothMacs
            @hwtype fw_u16 absent "any" "Kind of hardware address"
            @protocoltype fw_u16 absent "any" "Kind of protocol address"
            @opcode fw_opcode absent "any"
                "0 to 65535, or Request, Reply, Request_Reverse, Reply_Reverse, DRARP_Request, DRARP_Reply,"
                "DRARP_Error, InARP_Request, ARP_NAK"
            @arpsrcmacaddr fw_mac absent "any" "MAC address of the sender inside the message"
            @arpdstmacaddr fw_mac absent "any" "MAC address of the target inside the message"
            @arpsrcipaddr fw_ip4 absent "any" "IP address of the sender inside the message"
            @arpsrcipmask fw_mask4 since 1.2.3 absent "all bits" "Its significant bits"
            @arpdstipaddr fw_ip4 absent "any" "IP address of the target inside the message"
            @arpdstipmask fw_mask4 since 1.2.3 absent "all bits" "Its significant bits"
            @gratuitous fw_truth since 0.9.2 absent "any" "``true``: a message nobody asked for"
            use Comment
        }
        ip   {
            use BothMacs
            use Ip4
            @protocol fw_protocol absent "any" "0 to 255, or tcp, udp, udplite, esp, ah, icmp, igmp, sctp; needed for ports"
            use Ports
            @dscp fw_u6 absent "any" "Differentiated services code point, 0 to 63"
            use Comment
        }
        ipv6 {
            use BothMacs
            use Ip6
            @protocol fw_protocol absent "any" "0 to 255, or tcp, udp, udplite, esp, ah, icmpv6, sctp; needed for ports and types"
            use Ports
            @type fw_u8 since 1.2.12 absent "any" "Type of the ICMPv6 message, or lowest of a range"
            @typeend fw_u8 since 1.2.12 absent "that lowest alone" "Highest of the range"
            @code fw_u8 since 1.2.12 absent "any" "Code of the ICMPv6 message, or lowest of a range"
            @codeend fw_u8 since 1.2.12 absent "that lowest alone" "Highest of the range"
            use Comment
        }
        tcp  {
            use SrcMac
            use Ip4
            use Ip4Range
            use Limits
            use Ports
            @flags fw_tcpflags as tcp_flags since 0.9.1 absent "any"
                "mask/flags, both of SYN, ACK, URG, PSH, FIN, RST with commas, or NONE or ALL"
            use Comment
        }
        udp sctp { use SrcMac ; use Ip4 ; use Ip4Range ; use Limits ; use Ports ; use Comment }
        udplite esp ah igmp all { use SrcMac ; use Ip4 ; use Ip4Range ; use Limits ; use Comment }
        icmp {
            use SrcMac
            use Ip4
            use Ip4Range
            use Limits
            @type fw_u8 absent "any" "Type of the message"
            @code fw_u8 absent "any" "Its code; needs a type"
            use Comment
        }
        tcp-ipv6 {
            use SrcMac
            use Ip6
            use Ip6Range
            use Limits
            use Ports
            @flags fw_tcpflags as tcp_flags since 0.9.1 absent "any"
                "mask/flags, both of SYN, ACK, URG, PSH, FIN, RST with commas, or NONE or ALL"
            use Comment
        }
        udp-ipv6 sctp-ipv6 { use SrcMac ; use Ip6 ; use Ip6Range ; use Limits ; use Ports ; use Comment }
        udplite-ipv6 esp-ipv6 ah-ipv6 all-ipv6 { use SrcMac ; use Ip6 ; use Ip6Range ; use Limits ; use Comment }
        icmpv6 {
            use SrcMac
            use Ip6
            use Ip6Range
            use Limits
            @type fw_u8 absent "any" "Type of the message"
            @code fw_u8 absent "any" "Its code; needs a type"
            use Comment
        }
    }

struct FwRule "What to do with some packets; without a protocol inside with all packets"
    since 0.8.0
    check           nwfilter_rule_check
    @action         fw_action       required
                    "``drop`` silently, ``accept``, ``reject`` with an ICMP message (0.9.0), go back to the filter that refers"
                    "to this"
                    "one (``return``, 0.9.7), or on to the next rule (``continue``, 0.9.7)"
    @direction      fw_direction    required "Seen from the guest"
    @priority       int             default 500 always "Lower ones come first, -1000 to 1000 (0 to 1000 before 0.9.8)"
    @statematch     fw_match absent "connections are tracked" "``false``: look at each packet by itself, without its connection"
    items[]         FwMatch         as matches

struct FwReference "Another filter, with values for its variables"
    since 0.8.0
    check           nwfilter_reference_check
    @filter         string          required "Name of the filter; it must exist when a guest starts. No circles"
    parameter[]     FwParameter

struct FwEntry "One line of a filter"
    since 0.8.0
    var fw_kind kind
    choice kind {
        filterref   { include FwReference as reference }
        rule        { include FwRule as rule }
    }

struct NwFilter <filter> "A filter for network traffic"
    errors      VIR_FROM_NWFILTER nwfilter_definition
    since 0.8.0
    check           nwfilter_check
    @name           string          required "Unique among the filters of the host"
    @chain          string absent "``root``"
                    "Only packets of this protocol come here: ``root`` (all), ``mac``, ``stp``, ``vlan`` (these 0.9.8), ``arp``,"
                    "``rarp``, ``ipv4``, ``ipv6``, or a name that begins so (0.9.8)"
    @priority       int             opt since 0.9.8 absent "that of its protocol: stp -810, mac -800, vlan -750"
                    "Order among the chains, lower ones first, -1000 to 1000; ipv4 has -700, ipv6 -600, arp -500, rarp -400"
    uuid            uuid absent "made up" "Unique in the world"
    items[]         FwEntry         as entries

struct NwFilterBinding <filterbinding> "A filter that is in force on an interface"
    errors      VIR_FROM_NWFILTER nwfilterbinding_definition
    since 4.5.0
    owner required {
        "The guest whose interface it is"
        name        string          required as owner_name "Its name"
        uuid        uuid            required as owner_uuid "Its UUID"
    }
    portdev required "The interface of the host the guest is connected by" {
        @name string required as port_dev "Its name, such as ``vnet0``"
    }
    linkdev absent "not a macvtap interface" "The interface of the host below it" { @name string as link_dev "Its name" }
    mac required "The interface of the guest" { @address mac required as mac "MAC address the guest sees" }
    filterref       FwReference     required
