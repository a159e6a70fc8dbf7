/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-xml.c - the XML engine on a document that has every kind of row
 * (tests/xmlgen/engine.xs), on content nobody knows and on hostile input. */
#define ERROR_FROM VIR_FROM_NONE
#include "engine_gen.h"
#include "util/error.h"

#include <string.h>

bool
engine_check(void *obj, unsigned flags, GError **error)
{
    const Engine *engine = obj;

    if (engine->has_exact && engine->exact == 13) {
        error_set(error, VIR_ERR_XML_ERROR, "13 is not exact");
        return false;
    }
    return true;
}

#define MUST "<must value='1'/>"

static Engine *
parse_ok(const char *text, unsigned flags)
{
    g_autoptr(GError) error = NULL;
    Engine *engine = xml_parse_text(&engine_xml, text, flags, &error);

    g_assert_no_error(error);
    g_assert_nonnull(engine);
    return engine;
}

static void
assert_format(const Engine *engine, unsigned flags, const char *expected)
{
    g_autofree char *text = xml_format_text(&engine_xml, engine, flags);

    g_assert_cmpstr(text, ==, expected);
}

/* Parse @text and expect @message, whole. */
static void
assert_refused(const char *text, unsigned flags, int code, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Engine) engine = xml_parse_text(&engine_xml, text, flags, &error);

    g_assert_null(engine);
    g_assert_nonnull(error);
    g_assert_cmpstr(error->message, ==, message);
    g_assert_true(error_is(error, code));
}

static const char full[] =
    "<engine name='a&lt;b' colour='red' size='large' level='7' exact='0' xmlns:t='http://example.org/t'>\n"
    "  <uuid>01234567-89ab-cdef-0123-456789abcdef</uuid>\n"
    "  <title>Gr&quot;ün</title>\n"
    "  <memory unit='KiB'>1024</memory>\n"
    "  <disk unit='bytes' kind='x'>512</disk>\n"
    "  <flag/>\n"
    "  <group on='large'>\n"
    "    <inner deep='d'/>\n"
    "  </group>\n"
    "  <must value='-3'/>\n"
    "  <shape type='circle' radius='0'>\n"
    "    <label>ring</label>\n"
    "    <after>wards</after>\n"
    "  </shape>\n"
    "  <extra id='9'/>\n"
    "  <item id='0'>zero</item>\n"
    "  <item id='1' note='n'/>\n"
    "  <word>one</word>\n"
    "  <word>two</word>\n"
    "  <parts>\n"
    "    <square side='2'/>\n"
    "    <circle r='1'>\n"
    "      <label>c</label>\n"
    "    </circle>\n"
    "    <none/>\n"
    "  </parts>\n"
    "  <metadata><a:b xmlns:a=\"urn:a\" c=\"d\">e</a:b></metadata>\n"
    "  <secret>hush</secret>\n"
    "  <state>on</state>\n"
    "  <private>mine</private>\n"
    "  <tint>pale</tint>\n"
    "  <inside>\n"
    "    <where id='4'/>\n"
    "  </inside>\n"
    "  <mac address='52:54:00:00:00:0a'/>\n"
    "  <address>fe80::1</address>\n"
    "  <cpus>0-3,8</cpus>\n"
    "  <port hex='0x001f' wide='0xffffffffffffffff' mode='0644' ratio='0.5' signed='-1' time='-9223372036854775808'/>\n"
    "  <cache size='3' unit='MiB'/>\n"
    "  <t:own value='v'>\n"
    "    <t:arg id='1'/>\n"
    "  </t:own>\n"
    "</engine>\n";

static void
test_every_row(void)
{
    g_autoptr(Engine) engine = parse_ok(full, XML_PARSE_STATUS | XML_PARSE_STRICT);
    g_autoptr(Engine) copy = xml_copy(&engine_xml, engine);
    g_autoptr(GError) error = NULL;

    assert_format(engine, XML_FORMAT_STATUS | XML_FORMAT_SECURE, full);
    assert_format(copy, XML_FORMAT_STATUS | XML_FORMAT_SECURE, full);
    g_assert_true(xml_abi_equal(&engine_xml, engine, copy, &error));
    g_assert_no_error(error);

    g_assert_cmpstr(engine->name, ==, "a<b");
    g_assert_cmpint(engine->colour, ==, COLOUR_RED);
    g_assert_true(engine->has_exact);
    g_assert_cmpuint(engine->exact, ==, 0);
    g_assert_cmpint(engine->must_value, ==, -3);
    g_assert_cmpuint(engine->uuid[0], ==, 0x01);
    g_assert_true(engine->flag);
    g_assert_true(engine->group);
    g_assert_cmpstr(engine->circle.label, ==, "ring");
    g_assert_cmpuint(engine->items->len, ==, 2);
    g_assert_cmpstr(engine->words->pdata[1], ==, "two");
    g_assert_cmpint(((Part *)engine->parts->pdata[1])->kind, ==, SHAPE_CIRCLE);
    g_assert_true(engine->item_inside);
    g_assert_cmpuint(engine->place->id, ==, 4);
    g_assert_cmpuint(engine->cache_size, ==, 3 << 20);
    g_assert_cmpuint(bitmap_count(engine->cpus), ==, 5);
}

static void
test_flags(void)
{
    g_autoptr(Engine) engine = parse_ok(full, XML_PARSE_STATUS);
    g_autofree char *open = xml_format_text(&engine_xml, engine, 0);
    g_autofree char *inactive = xml_format_text(&engine_xml, engine, XML_FORMAT_INACTIVE);
    g_autoptr(Engine) definition = parse_ok(full, XML_PARSE_INACTIVE);

    g_assert_null(strstr(open, "<secret>"));
    g_assert_null(strstr(open, "<private>"));
    g_assert_nonnull(strstr(open, "<state>on</state>"));
    g_assert_null(strstr(inactive, "<state>"));
    g_assert_null(definition->state);
    g_assert_null(definition->private_note);
    g_assert_cmpstr(definition->secret, ==, "hush");
}

static void
test_defaults(void)
{
    g_autoptr(Engine) engine = parse_ok("<engine name='x'>" MUST "</engine>", XML_PARSE_STRICT);
    g_autoptr(Engine) fresh = xml_new(&engine_xml);

    g_assert_cmpuint(engine->level, ==, 5);
    g_assert_cmpuint(fresh->level, ==, 5);
    g_assert_false(engine->has_exact);
    assert_format(engine, 0, "<engine name='x' size='small'>\n  <must value='1'/>\n</engine>\n");
}

/* Old names, old words and either place are read; only the first form is written. */
static void
test_input_forms(void)
{
    g_autoptr(Engine) engine = parse_ok("<engine name='x' colour='rot' old='8'>" MUST "<where id='2'/></engine>",
                                        XML_PARSE_STRICT);
    g_autoptr(Engine) both = parse_ok("<engine name='x' level='9' old='8'>" MUST "</engine>", XML_PARSE_STRICT);

    g_assert_cmpint(engine->colour, ==, COLOUR_RED);
    g_assert_cmpuint(engine->level, ==, 8);
    g_assert_cmpuint(both->level, ==, 9);
    g_assert_false(engine->item_inside);
    assert_format(engine, 0, "<engine name='x' colour='red' size='small' level='8'>\n  <must value='1'/>\n"
                             "  <where id='2'/>\n</engine>\n");
}

/* What nobody knows comes back where it was, in its own form. */
static void
test_unknown_is_kept(void)
{
    static const char text[] =
        "<engine name='x' size='small' novel='a&apos;b'>\n"
        "  <first a=\"1\"/>\n"
        "  <memory unit='KiB' odd='1'>4</memory>\n"
        "  <next><b>c</b><!-- no --></next>\n"
        "  <flag why='not'/>\n"
        "  <must value='1' more='2'>\n"
        "    <stuff/>\n"
        "  </must>\n"
        "  <item id='1' extra='e'>\n"
        "    <sub/>\n"
        "  </item>\n"
        "  <f:foreign xmlns:f=\"urn:f\" f:a=\"1\"/>\n"
        "</engine>\n";
    static const char leaf_first[] = "<engine name='x' size='small'>\n  <must value='1'/>\n  <spare/>\n  <inside>\n"
                                     "    <where id='1'>\n      <odd/>\n    </where>\n  </inside>\n</engine>\n";
    g_autoptr(Engine) engine = parse_ok(text, 0), other = parse_ok(leaf_first, 0);
    g_autoptr(Engine) copy = xml_copy(&engine_xml, engine);

    assert_format(engine, 0, text);
    assert_format(copy, 0, text);
    assert_format(other, 0, leaf_first);
}

/* Another case of a switch may be chosen after parsing; nothing kept is lost. */
static void
test_unknown_survives_change(void)
{
    g_autoptr(Engine) engine =
        parse_ok("<engine name='x'>" MUST "<shape type='circle' radius='1'><label>l</label><odd/></shape></engine>", 0);

    engine->shape = SHAPE_SQUARE;
    engine->side = 3;
    assert_format(engine, 0, "<engine name='x' size='small'>\n  <must value='1'/>\n  <shape type='square' side='3'>\n"
                             "    <odd/>\n  </shape>\n</engine>\n");
}

static void
test_parent_namespace(void)
{
    g_autoptr(Engine) engine = parse_ok("<engine name='x' xmlns:f='urn:f'>" MUST "<f:foreign/></engine>", 0);

    assert_format(engine, 0, "<engine name='x' size='small'>\n  <must value='1'/>\n"
                             "  <f:foreign xmlns:f=\"urn:f\"/>\n</engine>\n");
}

/* A second copy of what may be there once counts for nothing, but is not lost; nor are attributes of others. */
static void
test_second_and_foreign(void)
{
    static const char out[] = "<engine name='x' size='small' xmlns:f='urn:f' f:a='1'>\n"
                              "  <memory unit='KiB'>1</memory>\n"
                              "  <memory>2</memory>\n"
                              "  <must value='1' xmlns:g='urn:g' g:b='&lt;'/>\n"
                              "</engine>\n";
    g_autoptr(Engine) engine =
        parse_ok("<engine name='x' xmlns:f='urn:f' f:a='1' xmlns:g='urn:g'><memory>1</memory><memory>2</memory>"
                 "<must value='1' g:b='&lt;'/></engine>", 0);
    g_autoptr(Engine) again = parse_ok(out, 0);

    g_assert_cmpuint(engine->memory, ==, 1);
    assert_format(engine, 0, out);
    assert_format(again, 0, out);
}

/* The first of two may show nothing, and the texts of a list have elements, too: what nobody knows of them comes back where
 * it was, and as often as it was there; a text that is gone takes it along. */
static void
test_kept_in_place(void)
{
    static const char out[] = "<engine name='x' size='small'>\n"
                              "  <title/>\n"
                              "  <title a=\"1\">late</title>\n"
                              "  <must value='1'/>\n"
                              "  <word novel='1'>a</word>\n"
                              "  <word>b</word>\n"
                              "  <word novel='2'>a\n"
                              "    <n/>\n"
                              "  </word>\n"
                              "</engine>\n";
    g_autoptr(Engine) engine = parse_ok("<engine name='x'><title/><title a='1'>late</title><must value='1'/>"
                                        "<word novel='1'>a</word><word>b</word><word novel='2'>a<n/></word></engine>", 0);
    g_autoptr(Engine) again = parse_ok(out, 0), copy = xml_copy(&engine_xml, engine);

    g_assert_null(engine->title);
    assert_format(engine, 0, out);
    assert_format(again, 0, out);
    assert_format(copy, 0, out);
    g_free(copy->words->pdata[2]);
    copy->words->pdata[2] = g_strdup("c");
    g_autofree char *changed = xml_format_text(&engine_xml, copy, 0);
    g_assert_nonnull(strstr(changed, "<word novel='1'>a</word>"));
    g_assert_nonnull(strstr(changed, "<word>c</word>"));
}

static void
test_strict(void)
{
    static const struct { const char *text, *message; } cases[] = {
        { "<engine name='x' exatc='1'>" MUST "</engine>",
          "unknown attribute 'exatc' of <engine> (line 1); did you mean 'exact'?" },
        { "<engine name='x'>\n" MUST "\n<memroy>1</memroy></engine>",
          "unknown element <memroy> in <engine> (line 3); did you mean <memory>?" },
        { "<engine name='x'>" MUST "<zzzzzz/></engine>", "unknown element <zzzzzz> in <engine> (line 1)" },
        { "<engine name='x'>" MUST "<memory>1</memory><memory>2</memory></engine>",
          "element <memory> is given twice in <engine> (line 1)" },
        { "<engine name='x'>" MUST "<shape type='square' radius='1'/></engine>",
          "unknown attribute 'radius' of <shape> (line 1)" },
        { "<engine name='x'>" MUST "<title lang='de'>t</title></engine>",
          "unknown attribute 'lang' of <title> (line 1)" },
        { "<engine name='x'>" MUST "<parts><cirlce/></parts></engine>",
          "unknown element <cirlce> in <parts> (line 1); did you mean <circle>?" },
        { "<engine name='x' xmlns:f='urn:f'>" MUST "<f:own/></engine>", "unknown element <own> in <engine> (line 1)" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_refused(cases[i].text, XML_PARSE_STRICT, VIR_ERR_XML_INVALID_SCHEMA, cases[i].message);
}

static void
test_errors(void)
{
    static const struct { const char *text, *message; } cases[] = {
        { "<motor/>", "expecting root element of 'engine', not 'motor'" },
        { "<engine>" MUST "</engine>", "Missing required attribute 'name' in element 'engine'" },
        { "<engine nmae='x'>" MUST "</engine>",
          "Missing required attribute 'name' in element 'engine' (line 1); is it the one called 'nmae'?" },
        { "<engine name='x'/>", "missing element <must> in <engine> (line 1)" },
        { "<engine name='x'><must/></engine>", "Missing required attribute 'value' in element 'must'" },
        { "<engine name='x' colour='gren'>" MUST "</engine>",
          "Invalid value for attribute 'colour' in element 'engine': 'gren'. Did you mean 'green' (line 1)?" },
        { "<engine name='x' colour='brown'>" MUST "</engine>",
          "Invalid value for attribute 'colour' in element 'engine': 'brown'." },
        { "<engine name='x'>" MUST "<item id='-1'/></engine>",
          "Invalid value for attribute 'id' in element 'item': '-1'. Expected non-negative integer value" },
        { "<engine name='x' count='-1'>" MUST "</engine>",
          "Invalid value for attribute 'count' in element 'engine': '-1'. Expected non-negative value" },
        { "<engine name='x' count='a'>" MUST "</engine>",
          "Invalid value for attribute 'count' in element 'engine': 'a'. Expected integer value" },
        { "<engine name='x' exact='13'>" MUST "</engine>", "13 is not exact" },
        { "<engine name='x'>" MUST "<sole/>\n<sole/></engine>",
          "only a single <sole> is supported in <engine>: there is another one (line 2)" },
        { "<engine name='x'>" MUST "\n<memory unit='furlong'>1</memory></engine>",
          "invalid value '1' with unit 'furlong' for <memory> (line 2): expected a size that fits 64 bits, with a unit "
          "such as 'KiB'" },
        { "<engine name='x'>" MUST "<item/></engine>", "Missing required attribute 'id' in element 'item'" },
        { "<engine name='x'>" MUST "<mac address='52:54:00:00:00'/></engine>",
          "invalid value '52:54:00:00:00' for attribute 'address' of <mac> (line 1): expected a MAC address such as "
          "'52:54:00:12:34:56'" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_refused(cases[i].text, 0, VIR_ERR_XML_ERROR, cases[i].message);
    /* VALIDATE says more. */
    assert_refused("<engine name='x' colour='gren'>" MUST "</engine>", XML_PARSE_STRICT, VIR_ERR_XML_ERROR,
                   "Invalid value for attribute 'colour' in element 'engine': 'gren'. Expected one of red, green, blue "
                   "(line 1); did you mean 'green'?");
    assert_refused("<engine name='x'>" MUST "<item id='x'/></engine>", XML_PARSE_STRICT, VIR_ERR_XML_ERROR,
                   "Invalid value for attribute 'id' in element 'item': 'x'. Expected non-negative integer value (line 1)");
    assert_refused("<engine/>", XML_PARSE_STRICT, VIR_ERR_XML_ERROR,
                   "Missing required attribute 'name' in element 'engine' (line 1)");
}

/* What is no XML comes from the driver of the document, the rest from XML. */
static void
test_error_domains(void)
{
    g_autoptr(GError) text = NULL, value = NULL;

    g_assert_null(xml_parse_text(&engine_xml, "<engine", 0, &text));
    g_assert_true(error_is(text, VIR_ERR_XML_DETAIL));
    g_assert_cmpint(error_from(text), ==, VIR_FROM_NODEDEV);
    g_assert_true(g_str_has_prefix(text->message, "(engine_text):1: "));
    g_assert_null(xml_parse_text(&engine_xml, "<motor/>", 0, &value));
    g_assert_true(error_is(value, VIR_ERR_XML_ERROR));
    g_assert_cmpint(error_from(value), ==, VIR_FROM_XML);
}

/* Numbers that do not fit, or only nearly are numbers. */
static void
test_bad_values(void)
{
    static const char *const bodies[] = {
        "<item id='4294967296'/>", "<item id='-1'/>", "<item id='1x'/>", "<item id=''/>",
        "<item id='0x1'/>", "<port hex='0x100000000'/>", "<port hex='0x'/>", "<port wide='0x10000000000000000'/>",
        "<port mode='8'/>", "<port mode='17777'/>", "<port ratio='nan'/>", "<port ratio='1e999'/>", "<port ratio='1.5.'/>",
        "<port signed='2147483648'/>", "<port time='9223372036854775808'/>", "<memory>18446744073709551616</memory>",
        "<memory unit='EiB'>18446744073709551615</memory>", "<memory unit='KiBs'>1</memory>", "<memory>-1</memory>",
        "<uuid>0123</uuid>", "<uuid>01234567-89ab-cdef-0123-456789abcdefff</uuid>", "<uuid>0-1234567-89ab-cdef-0123-456789abcde</uuid>",
        "<address>1.2.3</address>", "<address>::g</address>", "<cpus>3-1</cpus>", "<cpus>1,,2</cpus>", "<cpus>99999999</cpus>",
        "<cpus>^1-2</cpus>", "<cpus>1-</cpus>", "<mac address='gg:00:00:00:00:00'/>", "<mac address='520:4:00:00:00:00'/>",
        "<cache size='1' unit='XiB'/>",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
        g_autofree char *text = g_strdup_printf("<engine name='x'>" MUST "%s</engine>", bodies[i]);
        g_autoptr(GError) error = NULL;
        g_autoptr(Engine) engine = xml_parse_text(&engine_xml, text, 0, &error);

        if (engine)
            g_test_message("accepted: %s", bodies[i]);
        g_assert_null(engine);
        g_assert_true(error_is(error, VIR_ERR_XML_ERROR));
        g_assert_nonnull(strstr(error->message, "xpected "));
    }
}

static void
test_scales(void)
{
    static const struct { const char *memory; uint64_t kib; } cases[] = {
        { "<memory>7</memory>", 7 }, { "<memory unit='b'>1025</memory>", 2 }, { "<memory unit='KB'>1</memory>", 1 },
        { "<memory unit='k'>3</memory>", 3 }, { "<memory unit='MiB'>1</memory>", 1024 },
        { "<memory unit='MB'>1</memory>", 977 }, { "<memory unit='T'>1</memory>", UINT64_C(1) << 30 },
        { "<memory> 9 </memory>", 9 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strdup_printf("<engine name='x'>" MUST "%s</engine>", cases[i].memory);
        g_autoptr(Engine) engine = parse_ok(text, XML_PARSE_STRICT);
        g_assert_cmpuint(engine->memory, ==, cases[i].kib);
    }
}

static void
test_abi(void)
{
    static const struct { const char *a, *b, *message; } cases[] = {
        { "<engine name='x' exact='1'>" MUST "</engine>", "<engine name='x' exact='2'>" MUST "</engine>",
          "engine/@exact: target '2' does not match source '1'" },
        { "<engine name='x' exact='0'>" MUST "</engine>", "<engine name='x'>" MUST "</engine>",
          "engine/@exact: target '' does not match source '0'" },
        { "<engine name='x'>" MUST "<flag/></engine>", "<engine name='x'>" MUST "</engine>",
          "engine/flag: target 'absent' does not match source 'present'" },
        { "<engine name='x'>" MUST "<extra id='1'/></engine>", "<engine name='x'>" MUST "</engine>",
          "engine/extra: target 'absent' does not match source 'present'" },
        { "<engine name='x'>" MUST "<item id='1'/></engine>", "<engine name='x'>" MUST "<item id='1'/><item id='2'/></engine>",
          "engine/item: target '2 of them' does not match source '1 of them'" },
        { "<engine name='x'>" MUST "<item id='1'/><item id='2'/></engine>",
          "<engine name='x'>" MUST "<item id='1'/><item id='3'/></engine>",
          "engine/item[2]/@id: target '3' does not match source '2'" },
        { "<engine name='x'>" MUST "<memory>1</memory></engine>", "<engine name='x'>" MUST "<memory>2</memory></engine>",
          "engine/memory: target '2' does not match source '1'" },
    };
    g_autoptr(Engine) one = parse_ok("<engine name='x'>" MUST "<title>a</title><item id='1' note='a'/></engine>", 0);
    g_autoptr(Engine) two = parse_ok("<engine name='x'><must value='2'/><title>b</title><item id='1' note='b'/></engine>", 0);
    g_autoptr(GError) none = NULL;

    g_assert_true(xml_abi_equal(&engine_xml, one, two, &none));
    g_assert_no_error(none);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Engine) a = parse_ok(cases[i].a, 0), b = parse_ok(cases[i].b, 0);
        g_autoptr(GError) error = NULL;

        g_assert_false(xml_abi_equal(&engine_xml, a, b, &error));
        g_assert_cmpstr(error->message, ==, cases[i].message);
        g_assert_true(error_is(error, VIR_ERR_CONFIG_UNSUPPORTED));
    }
}

static void
test_near_miss(void)
{
    static const char *const words[] = { "cache", "copy_on_read", "io", "name", NULL };

    g_assert_cmpstr(xml_near_miss("cahce", words), ==, "cache");
    g_assert_cmpstr(xml_near_miss("copyonread", words), ==, "copy_on_read");
    g_assert_cmpstr(xml_near_miss("nmae", words), ==, "name");
    g_assert_null(xml_near_miss("zebra", words));
    g_assert_null(xml_near_miss("", words));
}

/* ---- hostile input ------------------------------------------------------- */

static void
assert_hostile(const char *text, const char *part)
{
    g_autoptr(GError) error = NULL;
    gint64 start = g_get_monotonic_time();
    g_autoptr(Engine) engine = xml_parse_text(&engine_xml, text, 0, &error);

    g_assert_null(engine);
    g_assert_nonnull(error);
    if (!strstr(error->message, part))
        g_test_message("message: %.300s", error->message);
    g_assert_nonnull(strstr(error->message, part));
    g_assert_cmpuint(strlen(error->message), <, 1000);
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
    /* Generous for a loaded machine with sanitizers; quadratic work takes minutes. */
    g_assert_cmpint(g_get_monotonic_time() - start, <, 20 * G_USEC_PER_SEC);
}

static char *
repeat(const char *head, const char *unit, size_t count, const char *tail)
{
    GString *out = g_string_sized_new(strlen(head) + count * strlen(unit) + strlen(tail) + 1);

    g_string_append(out, head);
    for (size_t i = 0; i < count; i++)
        g_string_append(out, unit);
    g_string_append(out, tail);
    return g_string_free(out, false);
}

static void
test_hostile_size(void)
{
    g_autofree char *huge = repeat("<engine name='", "0123456789abcdef", XML_MAX_SIZE / 16, "'>" MUST "</engine>");

    assert_hostile(huge, "larger than the limit of 67108864");
}

static void
test_hostile_elements(void)
{
    g_autofree char *many = repeat("<engine name='x'>" MUST, "<a/>", 1100000, "</engine>");

    assert_hostile(many, "more than 1000000 elements and attributes");
}

static void
test_hostile_depth(void)
{
    g_autofree char *open = repeat("<engine name='x'>" MUST, "<a>", 100000, "");

    assert_hostile(open, "depth");
}

static void
test_hostile_attributes(void)
{
    GString *text = g_string_new("<engine name='x'><!-- ' -->" MUST "<a");

    for (int i = 0; i < 200000; i++)
        g_string_append_printf(text, " a%d=''", i);
    g_string_append(text, "/></engine>");
    assert_hostile(text->str, "more than 4096 attributes");
    g_string_free(text, true);
}

static void
test_hostile_entities(void)
{
    GString *text = g_string_new("<!DOCTYPE engine [<!ENTITY a0 'ha'>");

    for (int i = 1; i < 40; i++)
        g_string_append_printf(text, "<!ENTITY a%d '&a%d;&a%d;'>", i, i - 1, i - 1);
    g_string_append(text, "]><engine name='&a39;'>" MUST "</engine>");
    assert_hostile(text->str, "document type declarations are not accepted");
    g_string_free(text, true);
    assert_hostile("<!DOCTYPE engine SYSTEM 'file:///etc/passwd'><engine name='x'>" MUST "</engine>",
                   "document type declarations are not accepted");
    assert_hostile("<engine name='&undefined;'>" MUST "</engine>", "Entity 'undefined' not defined");
}

static void
test_hostile_bytes(void)
{
    g_autofree char *word = repeat("<engine name='x' colour='", "\xc3\xbc", 100000, "'>" MUST "</engine>");

    assert_hostile("", "Document is empty");
    assert_hostile("   ", "Start tag expected");
    assert_hostile("<engine name='\xff\xfe'>" MUST "</engine>", "not proper UTF-8");
    assert_hostile("<engine name='&#0;'>" MUST "</engine>", "xmlParseCharRef: invalid xmlChar value 0");
    assert_hostile("<engine name='\x01'>" MUST "</engine>", "invalid character");
    assert_hostile("<engine name='x'>" MUST, "(engine_text):1: ");
    assert_hostile("<engine name='x' name='y'>" MUST "</engine>", "Attribute name redefined");
    assert_hostile("garbage", "Start tag expected");
    assert_hostile("<engine name='x' xmlns:f='a&lt;b'>" MUST "<f:g/></engine>", "a namespace is not a URI");
    assert_hostile(word, "...'.");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/xml/every-row", test_every_row);
    g_test_add_func("/xml/flags", test_flags);
    g_test_add_func("/xml/defaults", test_defaults);
    g_test_add_func("/xml/input-forms", test_input_forms);
    g_test_add_func("/xml/unknown/kept", test_unknown_is_kept);
    g_test_add_func("/xml/unknown/survives-change", test_unknown_survives_change);
    g_test_add_func("/xml/unknown/parent-namespace", test_parent_namespace);
    g_test_add_func("/xml/unknown/second-and-foreign", test_second_and_foreign);
    g_test_add_func("/xml/kept-in-place", test_kept_in_place);
    g_test_add_func("/xml/strict", test_strict);
    g_test_add_func("/xml/errors", test_errors);
    g_test_add_func("/xml/error-domains", test_error_domains);
    g_test_add_func("/xml/bad-values", test_bad_values);
    g_test_add_func("/xml/scales", test_scales);
    g_test_add_func("/xml/abi", test_abi);
    g_test_add_func("/xml/near-miss", test_near_miss);
    g_test_add_func("/xml/hostile/size", test_hostile_size);
    g_test_add_func("/xml/hostile/elements", test_hostile_elements);
    g_test_add_func("/xml/hostile/depth", test_hostile_depth);
    g_test_add_func("/xml/hostile/attributes", test_hostile_attributes);
    g_test_add_func("/xml/hostile/entities", test_hostile_entities);
    g_test_add_func("/xml/hostile/bytes", test_hostile_bytes);
    return g_test_run();
}
