# Every kind of row once, for tests/util/test-xml.c and the golden output of xmlgen.py.
namespace t http://example.org/t

enum colour     { - red green blue rot=red }
enum size       { small large }
enum shape      { - circle square none }

rows Shared {
    @shared     string
}

struct Circle "A mixin"
    @radius     uint        always
    label       string

struct Item "An item of a list"
    @id         uint        required always abi
    @note       string
    .           string      as text

struct Part "Something named by its element"
    choice kind {
        circle          { @r uint ; label string }
        square none     { @side uint }
    }
    var shape kind

struct Engine <engine> "Every kind of row,"
    "and of text for the page"
    since 1.0.0
    drivers qemu test
    check       engine_check
    errors      VIR_FROM_NODEDEV engine_text
    var bool item_inside
    @name       string      required abi
    @colour     colour      abi             since 1.0.1 absent "as it comes" "What it is painted in."
        "A line; in two { parts."
    @size       size        always
    @count      natural
    @level      uint        default 5
    @exact      uint        opt abi
    @old        uint        as level input
    uuid        uuid
    title       string
    memory      kib         abi
    disk since 1.2.0 drivers qemu {
        "Where it is kept"
        . bytes as disk_bytes
        @kind string
    }
    flag        flag        abi
    sole        flag        once
    group as group {
        @on         size
        inner { @deep string }
    }
    must required { @value int as must_value required }
    lamp { @glow colour as glow bare green }
    shape {
        @type       shape   as shape abi
        switch shape {
            circle  { include Circle as circle }
            square  { @side uint ; use Shared }
        }
        after       string
    }
    extra       Item        as spare abi
    item[]      Item        abi
    word[]      string
    parts { items[] Part as parts }
    metadata    raw
    secret      string      secure
    state       string      live
    private     string      as private_note status
    tint        string      when colour red green
    plain       string      unless colour red
    where       Item        at !item_inside as place
    inside { where Item at item_inside as place }
    mac { @address mac as mac }
    address     ip
    cpus        bitmap
    port { @hex hex(4) as port_hex ; @wide hex64(0) ; @mode octal ; @ratio double ; @signed int as number ; @time ll }
    cache { @size pretty as cache_size }
    t:own { @value string as own ; t:arg[] Item as own_args }
