/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-wire.c - every record of every call and event, filled at random from its own table
 *
 * Round trips, every truncation, every count over its limit, and a few encodings that were
 * worked out by hand from the protocol's rules.
 */
#define ERROR_FROM VIR_FROM_RPC

#include <glib.h>
#include <libvirt/libvirt.h>
#include <string.h>

#include "rpc/method.h"
#include "rpc/wire.h"
#include "util/error.h"

#define AT(rec, offset) ((void *)((char *)(rec) + (offset)))

static GRand *rnd;

static char *
random_text(void)
{
    gsize length = g_rand_int_range(rnd, 0, 9);
    char *text = g_malloc0(length + 1);

    for (gsize i = 0; i < length; i++)
        text[i] = (char)g_rand_int_range(rnd, 1, 256);
    return text;
}

static void fill(const WireType *t, void *rec);

static void
fill_value(WireKind kind, void *p)
{
    switch (kind) {
    case WIRE_CHAR:
        *(int32_t *)p = g_rand_int_range(rnd, -128, 128);
        break;
    case WIRE_UCHAR:
        *(int32_t *)p = g_rand_int_range(rnd, 0, 256);
        break;
    case WIRE_USHORT:
        *(int32_t *)p = g_rand_int_range(rnd, 0, 65536);
        break;
    case WIRE_HYPER:
    case WIRE_UHYPER:
        *(uint64_t *)p = (uint64_t)g_rand_int(rnd) << 32 | g_rand_int(rnd);
        break;
    case WIRE_DOUBLE:
        *(double *)p = g_rand_double_range(rnd, -1e9, 1e9);
        break;
    default:
        *(uint32_t *)p = g_rand_int(rnd);
        break;
    }
}

static void
fill_sequence(const WireField *f, void *rec)
{
    uint32_t n = g_rand_int_range(rnd, 0, (int)MIN(f->max, 3) + 1);
    void **items = AT(rec, f->offset);

    *(uint32_t *)AT(rec, f->count) = n;
    if (n == 0)
        return;
    *items = g_malloc0_n(n, f->sub ? f->sub->size : sizeof(uint64_t));
    for (uint32_t i = 0; i < n; i++) {
        switch ((WireKind)f->elem) {
        case WIRE_BYTES:
        case WIRE_CHAR:
            ((uint8_t *)*items)[i] = (uint8_t)g_rand_int(rnd);
            break;
        case WIRE_STRING:
            ((char **)*items)[i] = random_text();
            break;
        case WIRE_STRUCT:
            fill(f->sub, AT(*items, (size_t)i * f->sub->size));
            break;
        case WIRE_UHYPER:
            fill_value(WIRE_UHYPER, &((uint64_t *)*items)[i]);
            break;
        default:
            fill_value(WIRE_UINT, &((uint32_t *)*items)[i]);
            break;
        }
    }
}

static void
fill_field(const WireField *f, void *rec)
{
    void *p = AT(rec, f->offset);

    switch ((WireKind)f->kind) {
    case WIRE_STRING:
        *(char **)p = random_text();
        break;
    case WIRE_OPTSTRING:
        *(char **)p = g_rand_boolean(rnd) ? random_text() : NULL;
        break;
    case WIRE_UUID:
        for (int i = 0; i < 16; i++)
            ((uint8_t *)p)[i] = (uint8_t)g_rand_int(rnd);
        break;
    case WIRE_CHARS:
        for (uint32_t i = 0; i < f->max; i++)
            ((char *)p)[i] = (char)g_rand_int(rnd);
        break;
    case WIRE_STRUCT:
        fill(f->sub, p);
        break;
    case WIRE_OPTSTRUCT:
        if (g_rand_boolean(rnd)) {
            *(void **)p = wire_new(f->sub);
            fill(f->sub, *(void **)p);
        }
        break;
    case WIRE_UNION: {
        int cases = 0, chosen;

        while (f->sub->fields[cases].kind)
            cases++;
        chosen = g_rand_int_range(rnd, 0, cases);
        *(int32_t *)p = f->sub->fields[chosen].tag;
        fill_field(&f->sub->fields[chosen], rec);
        break;
    }
    case WIRE_SEQ:
        fill_sequence(f, rec);
        break;
    default:
        fill_value(f->kind, p);
        break;
    }
}

static void
fill(const WireType *t, void *rec)
{
    for (const WireField *f = t->fields; f->kind; f++)
        fill_field(f, rec);
}

/* Call @check for the type of every record that travels. */
static unsigned
each_type(void (*check)(const WireType *t))
{
    unsigned seen = 0;

    for (const MethodTable *m = method_tables; m->methods; m++) {
        for (size_t i = 0; i < m->count; i++) {
            const WireType *types[] = { m->methods[i].args, m->methods[i].ret };

            for (size_t j = 0; j < G_N_ELEMENTS(types); j++) {
                if (types[j]) {
                    check(types[j]);
                    seen++;
                }
            }
        }
    }
    for (const EventDesc *e = event_table; e->proc; e++) {
        check(e->msg);
        seen++;
        if (e->legacy) {
            check(e->legacy);
            seen++;
        }
    }
    return seen;
}

static void
check_round_trip(const WireType *t)
{
    for (int round = 0; round < 8; round++) {
        void *rec = wire_new(t), *copy = wire_new(t), *back = wire_new(t);
        g_autoptr(GByteArray) first = g_byte_array_new();
        g_autoptr(GByteArray) second = g_byte_array_new();
        g_autoptr(GByteArray) third = g_byte_array_new();
        g_autoptr(GString) text = g_string_new(NULL);
        g_autoptr(GString) copied = g_string_new(NULL);
        g_autoptr(GError) error = NULL;
        size_t used = 0;

        fill(t, rec);
        g_assert_true(wire_encode(t, rec, first, &error));
        g_assert_no_error(error);
        g_assert_cmpuint(first->len % 4, ==, 0);
        g_assert_cmpuint(first->len, >=, t->least);

        wire_copy(t, rec, copy);
        g_assert_true(wire_encode(t, copy, third, &error));
        g_assert_cmpmem(first->data, first->len, third->data, third->len);
        wire_print(t, rec, text);
        wire_print(t, copy, copied);
        g_assert_cmpstr(text->str, ==, copied->str);

        /* Bytes that follow the payload are left alone. */
        g_byte_array_append(first, (const guint8 *)"tail", 4);
        g_assert_true(wire_decode(t, first->data, first->len, &used, back, &error));
        g_assert_no_error(error);
        g_assert_cmpuint(used, ==, first->len - 4);
        g_byte_array_set_size(first, used);
        g_assert_true(wire_encode(t, back, second, &error));
        g_assert_cmpmem(first->data, first->len, second->data, second->len);

        wire_free(t, rec);
        for (uint32_t i = 0; i < t->size; i++)
            g_assert_cmpuint(((uint8_t *)rec)[i], ==, 0);
        wire_free(t, rec);
        wire_delete(t, rec);
        wire_delete(t, copy);
        wire_delete(t, back);
    }
}

static void
test_round_trip(void)
{
    g_assert_cmpuint(each_type(check_round_trip), >, 600);
}

static void
check_truncation(const WireType *t)
{
    void *rec = wire_new(t), *back = wire_new(t);
    g_autoptr(GByteArray) bytes = g_byte_array_new();

    fill(t, rec);
    g_assert_true(wire_encode(t, rec, bytes, NULL));
    for (size_t length = 0; length < bytes->len; length++) {
        g_autoptr(GError) error = NULL;
        /* A block of exactly that size, so that reading past its end shows. */
        g_autofree uint8_t *part = g_memdup2(bytes->data, length);

        g_assert_false(wire_decode(t, part, length, NULL, back, &error));
        g_assert_true(error_is(error, VIR_ERR_RPC));
        for (uint32_t i = 0; i < t->size; i++)
            g_assert_cmpuint(((uint8_t *)back)[i], ==, 0);
    }
    wire_delete(t, rec);
    wire_delete(t, back);
}

static void
test_truncation(void)
{
    each_type(check_truncation);
}

/* Where the count of sequence @f begins on the wire when what is before it is as in @rec. */
static size_t
position(const WireType *t, const WireField *f, const void *rec)
{
    size_t before = (size_t)(f - t->fields);
    g_autofree WireField *fields = g_new0(WireField, before + 1);
    WireType head = { t->name, t->size, 0, fields };
    g_autoptr(GByteArray) bytes = g_byte_array_new();

    if (before)
        memcpy(fields, t->fields, before * sizeof(*fields));
    g_assert_true(wire_encode(&head, rec, bytes, NULL));
    return bytes->len;
}

static void
check_over_limit(const WireType *t)
{
    for (const WireField *f = t->fields; f->kind; f++) {
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        g_autoptr(GError) error = NULL;
        const uint32_t claims[] = { f->max + 1, INT32_MAX, UINT32_MAX };
        void *rec, *back;
        size_t at;

        if (f->kind != WIRE_SEQ && f->kind != WIRE_STRING)
            continue;
        rec = wire_new(t);
        back = wire_new(t);
        fill(t, rec);
        g_assert_true(wire_encode(t, rec, bytes, NULL));
        at = position(t, f, rec);
        for (size_t i = 0; i < G_N_ELEMENTS(claims); i++) {
            uint32_t claim = GUINT32_TO_BE(claims[i]);

            memcpy(bytes->data + at, &claim, 4);
            g_assert_false(wire_decode(t, bytes->data, bytes->len, NULL, back, &error));
            g_assert_true(error_is(error, VIR_ERR_RPC));
            g_assert_nonnull(strstr(error->message, "at most"));
            g_clear_error(&error);
        }
        if (f->kind == WIRE_SEQ && f->max > 3) {
            /* Within the limit, but more than the message can hold: no memory is taken for it. */
            uint32_t claim = GUINT32_TO_BE(f->max);

            memcpy(bytes->data + at, &claim, 4);
            g_assert_false(wire_decode(t, bytes->data, at + 8 <= bytes->len ? at + 8 : bytes->len,
                                       NULL, back, &error));
            g_assert_true(error_is(error, VIR_ERR_RPC));
            g_clear_error(&error);
        }
        if (f->kind == WIRE_SEQ) {
            uint32_t *count = AT(rec, f->count), kept = *count;
            guint length = bytes->len;

            *count = f->max + 1;
            g_assert_false(wire_encode(t, rec, bytes, &error));
            g_assert_true(error_is(error, VIR_ERR_RPC));
            g_assert_cmpuint(bytes->len, ==, length);
            *count = kept;
        }
        wire_delete(t, rec);
        wire_delete(t, back);
    }
}

static void
test_over_limit(void)
{
    each_type(check_over_limit);
}

static void
check_garbage(const WireType *t)
{
    uint8_t bytes[256];
    void *rec = wire_new(t);

    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < sizeof(bytes); i++)
            bytes[i] = g_rand_int_range(rnd, 0, 4) ? 0 : (uint8_t)g_rand_int_range(rnd, 0, 8);
        wire_decode(t, bytes, sizeof(bytes), NULL, rec, NULL);
    }
    wire_delete(t, rec);
}

static void
test_garbage(void)
{
    each_type(check_garbage);
}

static void
assert_bytes(const WireType *t, const void *rec, const char *hex)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autoptr(GString) found = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *wanted = g_strdup(hex);
    char *end = wanted;

    for (const char *p = hex; *p; p++) {
        if (*p != ' ')
            *end++ = *p;
    }
    *end = '\0';
    g_assert_true(wire_encode(t, rec, bytes, &error));
    g_assert_no_error(error);
    for (guint i = 0; i < bytes->len; i++)
        g_string_append_printf(found, "%02x", bytes->data[i]);
    g_assert_cmpstr(found->str, ==, wanted);
}

static void
test_known_bytes(void)
{
    DomainSetMemoryArgs memory = {
        .dom = { .name = (char *)"abcde",
                 .uuid = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
                 .id = -1 },
        .memory = 0x0102030405060708,
    };
    WireTypedParam params[] = {
        { .field = (char *)"cpu", .value = { VIR_TYPED_PARAM_BOOLEAN, .b = 1 } },
        { .field = (char *)"x", .value = { VIR_TYPED_PARAM_DOUBLE, .d = 1.5 } },
        { .field = (char *)"name", .value = { VIR_TYPED_PARAM_STRING, .s = (char *)"v" } },
    };
    NodeSetMemoryParametersArgs node = { .n_params = 3, .params = params, .flags = 2 };
    char label[] = { 'a', (char)0x80, '\0' };
    DomainGetSecurityLabelRet security = { .n_label = 3, .label = label, .enforcing = 1 };
    ConnectOpenArgs absent = { .name = NULL, .flags = 1 };
    ConnectOpenArgs present = { .name = (char *)"", .flags = 0 };
    uint8_t map[] = { 0xff, 0x01, 0x02, 0x03, 0x04 };
    DomainPinVcpuArgs pin = {
        .dom = { .name = (char *)"" }, .vcpu = 1, .n_cpumap = 5, .cpumap = map
    };

    assert_bytes(
        &wire_domain_set_memory_args, &memory,
        "00000005 6162636465000000 000102030405060708090a0b0c0d0e0f ffffffff 0102030405060708");
    assert_bytes(&wire_node_set_memory_parameters_args, &node,
                 "00000003 00000003 63707500 00000006 00000001"
                 "00000001 78000000 00000005 3ff8000000000000"
                 "00000004 6e616d65 00000007 00000001 76000000 00000002");
    assert_bytes(&wire_domain_get_security_label_ret, &security,
                 "00000003 00000061 ffffff80 00000000 00000001");
    assert_bytes(&wire_connect_open_args, &absent, "00000000 00000001");
    assert_bytes(&wire_connect_open_args, &present, "00000001 00000000 00000000");
    assert_bytes(
        &wire_domain_pin_vcpu_args, &pin,
        "00000000 00000000000000000000000000000000 00000000 00000001 00000005 ff01020304000000");
}

static void
test_refused(void)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    DomainLookupByNameArgs name = { 0 };
    WireTypedParam param = { .field = (char *)"x", .value = { 99, .i = 1 } };
    NodeSetMemoryParametersArgs node = { .n_params = 1, .params = &param };
    const uint8_t unknown[] = { 0, 0, 0, 1,  0, 0, 0, 1, 'x', 0, 0, 0,
                                0, 0, 0, 99, 0, 0, 0, 1, 0,   0, 0, 0 };
    const uint8_t nul[] = { 0, 0, 0, 2, 'a', 0, 0, 0 };

    g_assert_false(wire_encode(&wire_domain_lookup_by_name_args, &name, bytes, &error));
    g_assert_cmpstr(error->message, ==, "'name' is missing from a message");
    g_clear_error(&error);
    g_assert_false(wire_encode(&wire_node_set_memory_parameters_args, &node, bytes, &error));
    g_assert_nonnull(strstr(error->message, "unknown type 99"));
    g_clear_error(&error);
    memset(&node, 0, sizeof(node));
    g_assert_false(wire_decode(&wire_node_set_memory_parameters_args, unknown, sizeof(unknown),
                               NULL, &node, &error));
    g_assert_nonnull(strstr(error->message, "unknown type 99"));
    g_clear_error(&error);
    g_assert_false(
        wire_decode(&wire_domain_lookup_by_name_args, nul, sizeof(nul), NULL, &name, &error));
    g_assert_nonnull(strstr(error->message, "NUL"));
}

static void
test_secrets(void)
{
    DomainSetUserPasswordArgs args = {
        .dom = { .name = (char *)"vm" },
        .user = (char *)"root",
        .password = (char *)"hunter2",
    };
    SecretSetValueArgs value = { .secret = { .usageID = (char *)"u" },
                                 .n_value = 7,
                                 .value = (uint8_t *)"hunter2" };
    DomainDefineXmlArgs xml = { .xml = (char *)"<domain passwd='hunter2'/>" };
    g_autoptr(GString) text = g_string_new(NULL);

    wire_print(&wire_domain_set_user_password_args, &args, text);
    g_assert_nonnull(strstr(text->str, "user='root' password=***"));
    wire_print(&wire_secret_set_value_args, &value, text);
    wire_print(&wire_domain_define_xml_args, &xml, text);
    g_assert_null(strstr(text->str, "hunter2"));
}

static void
test_nothing(void)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();

    g_assert_true(wire_encode(NULL, NULL, bytes, NULL));
    g_assert_cmpuint(bytes->len, ==, 0);
    g_assert_true(wire_decode(NULL, NULL, 0, NULL, NULL, NULL));
    g_assert_null(wire_new(NULL));
    wire_free(NULL, NULL);
    wire_delete(NULL, NULL);
}

int
main(int argc, char **argv)
{
    int result;

    g_test_init(&argc, &argv, NULL);
    rnd = g_rand_new_with_seed(20240601);
    g_test_add_func("/wire/round-trip", test_round_trip);
    g_test_add_func("/wire/truncation", test_truncation);
    g_test_add_func("/wire/over-limit", test_over_limit);
    g_test_add_func("/wire/garbage", test_garbage);
    g_test_add_func("/wire/known-bytes", test_known_bytes);
    g_test_add_func("/wire/refused", test_refused);
    g_test_add_func("/wire/secrets", test_secrets);
    g_test_add_func("/wire/nothing", test_nothing);
    result = g_test_run();
    g_rand_free(rnd);
    return result;
}
