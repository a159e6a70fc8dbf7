/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu.c - families of the QEMU driver: definitions made whole, and command lines
 *
 * The emulator is a recorded dialogue.  What a started guest would be given (descriptors, ports, networks) is what
 * the corpus' README says in "Environment".
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "corpus/qemu.h"
#include "corpus/transcript.h"
#include "drivers/conf/network_gen.h"
#include "drivers/qemu/block/nbdkit.h"
#include "drivers/qemu/block/volume.h"
#include "drivers/qemu/check/check.h"
#include "drivers/qemu/command/command.h"
#include "drivers/qemu/fill/fill.h"
#include "drivers/qemu/process/guest_memlock.h"
#include "drivers/qemu/fill/fill_cpu_start.h"
#include "drivers/qemu/process/guest_vcpu.h"
#include "util/crypto.h"
#include "util/error.h"
#include "util/json.h"
#include "util/pci.h"

#include <stdlib.h>
#include <string.h>

static char *
find_emulator(const char *arch)
{
    return g_strdup_printf("/usr/bin/qemu-system-%s", g_str_equal(arch, "i686") ? "i386"
                                                      : g_str_equal(arch, "armv7l") ? "arm" : arch);
}

/* The firmware of the host is that of the fixtures. */
static FirmwareList *
load_firmware(const Request *request, GError **error)
{
    static FirmwareList *cache;
    const char *fixtures = request_option(request, "fixtures");
    g_autofree char *root = g_build_filename(fixtures ? fixtures : "/nonexistent", "qemu-firmware", NULL);

    if (!cache)
        cache = firmware_list_load(root, NULL, error);
    return firmware_list_ref(cache);
}

static void
count_up(uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)i;
}

/* A PCI device of the fixtures, or NULL. */
static Json *
find_pci(const char *fixtures, const char *address)
{
    static Json *root;
    g_autofree char *path = g_build_filename(fixtures, "pci", "devices.json", NULL);
    g_autofree char *text = NULL;
    Json *devices;

    if (!root && g_file_get_contents(path, &text, NULL, NULL))
        root = json_parse(text, -1, path, NULL);
    devices = root ? json_opt_array(root, "devices") : NULL;
    for (size_t i = 0; devices && i < json_array_len(devices); i++)
        if (g_str_equal(json_opt_string(json_array_at(devices, i), "address", ""), address))
            return json_array_at(devices, i);
    return NULL;
}

static int
iommu_group(const void *data, const char *address)
{
    Json *device = find_pci(data, address);

    return device ? (int)json_opt_int64(device, "iommu_group", -1) : -1;
}

static bool
is_conventional(const void *data, const char *address)
{
    Json *device = find_pci(data, address);
    const char *config = device ? json_opt_string(device, "config", NULL) : NULL;
    g_autofree char *path = config ? g_build_filename(data, "pci", config, NULL) : NULL;

    return path && pci_config_is_conventional(path);
}

QemuConf *
qemu_case_conf(const Request *request, GError **error)
{
    g_autoptr(QemuConf) conf = qemu_conf_new_plain();
    g_autoptr(GString) text = g_string_new(NULL);
    const char *line;
    guint at = 0;

    while ((line = request_next_option(request, "conf", &at)))
        g_string_append_printf(text, "%s\n", line);
    return qemu_conf_set(conf, text->str, error) ? g_steal_pointer(&conf) : NULL;
}

/* What swtpm_setup offers: all, or what is named. */
static CheckOptions
check_options(const Request *request)
{
    CheckOptions options = { .fresh = request_has(request, "abi-update"), .tpm_known = request_has(request, "tpm") };
    const char *version;
    guint at = 0;

    while ((version = request_next_option(request, "tpm", &at))) {
        options.tpm_1_2 |= g_str_equal(version, "1.2");
        options.tpm_2_0 |= g_str_equal(version, "2.0");
    }
    return options;
}

/* NUMA nodes of the host that the fixtures describe. */
static Bitmap *
host_nodes(const Request *request, GError **error)
{
    g_autofree char *path = g_build_filename(request_option(request, "fixtures"), "host-sysfs/linux-basic/system/node/online",
                                             NULL);
    g_autofree char *text = NULL;

    return g_file_get_contents(path, &text, NULL, error) ? bitmap_parse(g_strstrip(text)) : NULL;
}

/* The environment of the daemon; NULL: nothing is set. */
static char **
daemon_env(const Request *request)
{
    const char *variable;
    char **env = NULL;
    guint at = 0;

    while ((variable = request_next_option(request, "env", &at))) {
        g_auto(GStrv) pair = g_strsplit(variable, "=", 2);

        env = g_environ_setenv(env, pair[0], pair[1] ? pair[1] : "", true);
    }
    return env;
}

Domain *
qemu_case_domain(const Request *request, QemuCaps *caps, QemuConf *conf, unsigned flags, GError **error)
{
    g_autoptr(Domain) def = xml_parse_text(&domain_xml, request->input, flags, error);
    g_autoptr(FirmwareList) firmware = def ? load_firmware(request, error) : NULL;
    g_auto(GStrv) env = daemon_env(request);
    const char *fixtures = request_option(request, "fixtures"), *variable;
    guint at = 0;
    CheckOptions check = check_options(request);
    FillOptions options = {
        .firmware = firmware,
        .keep_machine_alias = request_has(request, "no-aliases"),
        .live = !(flags & XML_PARSE_INACTIVE),
        .fresh = request_has(request, "abi-update"),
        .no_tpm_1_2 = request_has(request, "tpm"),
        .random = count_up,
        .iommu_group = fixtures ? iommu_group : NULL,
        .is_conventional = fixtures ? is_conventional : NULL,
        .data = fixtures,
    };

    options.env = env;
    while ((variable = request_next_option(request, "tpm", &at)))
        options.no_tpm_1_2 &= !g_str_equal(variable, "1.2");
    if (!firmware || !fill_emulator(def, caps->arch, find_emulator, error) ||
        !fill_definition(def, caps, conf, &options, error) ||
        (flags & XML_PARSE_INACTIVE && !check_definition(def, caps, &check, error)))
        return NULL;
    return g_steal_pointer(&def);
}

static char *
domain_xml2xml(const Request *request, GError **error)
{
    g_autoptr(QemuCaps) caps = transcript_caps(request, error);
    g_autoptr(QemuConf) conf = caps ? qemu_case_conf(request, error) : NULL;
    g_autoptr(Domain) def = conf ? qemu_case_domain(request, caps, conf, XML_PARSE_INACTIVE, error) : NULL;

    return def ? xml_format_text(&domain_xml, def, XML_FORMAT_INACTIVE | XML_FORMAT_SECURE) : NULL;
}

/* A running domain, shown as it runs or as it is started next. */
static char *
domain_active2xml(const Request *request, GError **error)
{
    g_autoptr(QemuCaps) caps = transcript_caps(request, error);
    g_autoptr(QemuConf) conf = caps ? qemu_case_conf(request, error) : NULL;
    g_autoptr(Domain) def = conf ? qemu_case_domain(request, caps, conf, 0, error) : NULL;
    bool inactive = !g_strcmp0(request_option(request, "format"), "inactive");
    const char *id = request_option(request, "id");

    if (!def)
        return NULL;
    if (def->id < 0 && id)
        def->id = atoi(id);
    return xml_format_text(&domain_xml, def, XML_FORMAT_SECURE | (inactive ? XML_FORMAT_INACTIVE : 0));
}

/* Requests in their order, each with its reply. */
typedef struct Dialogue {
    char **documents;
    size_t at;
} Dialogue;

static Json *
next_reply(void *data, const char *command, Json *arguments, GError **error)
{
    Dialogue *dialogue = data;
    g_autoptr(Json) given = arguments;
    const char *next = dialogue->documents[dialogue->at];
    g_autoptr(Json) request = next ? json_parse(next, -1, "request", error) : NULL;
    g_autoptr(Json) reply = NULL;
    Json *wanted, *value = NULL;

    if (!request || !dialogue->documents[dialogue->at + 1] || !g_str_equal(json_opt_string(request, "execute", ""), command)) {
        if (request)
            error_set(error, VIR_ERR_INTERNAL_ERROR, "the dialogue has no %s here", command);
        return NULL;
    }
    wanted = json_opt_object(request, "arguments");
    if (given && (!wanted || !json_object_equal(given, wanted))) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "%s was asked with %s", command, json_object_to_json_string(given));
        return NULL;
    }
    reply = json_parse(dialogue->documents[dialogue->at + 1], -1, "reply", error);
    dialogue->at += 2;
    return reply && json_object_object_get_ex(reply, "return", &value) ? json_ref(value) : NULL;
}

static char *
qemu_hotplug_cpu(const Request *request, GError **error)
{
    g_autofree char *text = request_file(request, "monitor", error);
    g_auto(GStrv) documents = text ? g_strsplit(text, "\n\n", -1) : NULL;
    Dialogue dialogue = { documents, 0 };
    const VcpuMonitor monitor = { next_reply, &dialogue };
    g_autoptr(QemuCaps) caps = documents ? transcript_caps(request, error) : NULL;
    g_autoptr(QemuConf) conf = caps ? qemu_case_conf(request, error) : NULL;
    g_autoptr(Domain) live = conf ? qemu_case_domain(request, caps, conf, XML_PARSE_INACTIVE, error) : NULL;
    g_autoptr(Domain) config = live ? xml_copy(&domain_xml, live) : NULL;
    const char *count = request_option(request, "vcpus");
    g_autoptr(Bitmap) ids = count ? NULL : bitmap_parse(request_option(request, "vcpu-set"));
    unsigned n = count ? (unsigned)g_ascii_strtoull(count, NULL, 10) : 0;

    if (!live || !fill_aliases(live, error))
        return NULL;
    live->id = (int)g_ascii_strtoll(request_option(request, "id"), NULL, 10);
    if (!(count ? guest_vcpu_count(live, n, &monitor, error) : guest_vcpu_plug(live, ids, &monitor, error)) ||
        !(count ? guest_vcpu_count_config(config, n, error) : guest_vcpu_plug_config(config, ids, error)))
        return NULL;
    if (!g_strcmp0(request_option(request, "print"), "conf"))
        return xml_format_text(&domain_xml, config, XML_FORMAT_SECURE | XML_FORMAT_INACTIVE);
    return xml_format_text(&domain_xml, live, XML_FORMAT_SECURE);
}

static char *
qemu_memlock(const Request *request, GError **error)
{
    g_autoptr(QemuCaps) caps = transcript_caps(request, error);
    g_autoptr(QemuConf) conf = caps ? qemu_case_conf(request, error) : NULL;
    g_autoptr(Domain) def = conf ? qemu_case_domain(request, caps, conf, XML_PARSE_INACTIVE, error) : NULL;
    uint64_t limit = def ? guest_memlock_limit(def) : 0;

    if (!def)
        return NULL;
    return limit == GUEST_MEMLOCK_UNLIMITED ? g_strdup("unlimited\n") : g_strdup_printf("%" G_GUINT64_FORMAT "\n", limit);
}

/* Descriptors have the numbers of the corpus' README. */
static int
fake_listen(void *data, const char *path, GError **error)
{
    return 1729;
}

static int
fake_open_char(void *data, const char *path, bool append, bool log, GError **error)
{
    return log ? 1751 : 1750;
}

static bool
fake_open_net(void *data, Interface *n, size_t at, CommandNet *net, GError **error)
{
    bool virtio = n->model && g_str_has_prefix(n->model, "virtio");

    net->n_taps = n->queues ? n->queues : 1;
    if (n->type == INTERFACE_TYPE_BRIDGE || n->type == INTERFACE_TYPE_NETWORK)
        for (size_t i = 0; i < net->n_taps; i++)
            net->taps[i] = 102 + (int)i;
    else
        for (size_t i = 0; i < net->n_taps; i++)
            net->taps[i] = 3 + (int)i;
    if (virtio && n->driver_name != NET_VHOST_QEMU) {
        net->n_vhosts = net->n_taps;
        for (size_t i = 0; i < net->n_vhosts; i++)
            net->vhosts[i] = 44 + (int)i;
    }
    return true;
}

static int
fake_open_vsock(void *data, bool choose, unsigned *cid, GError **error)
{
    if (choose)
        *cid = 42;
    return 6789;
}

static bool
fake_is_cdrom(void *data, const char *path)
{
    return g_str_equal(path, "/dev/cdrom");
}

/* The CPU of this run, on the host of the case. */
static bool
settle_cpu(const Request *request, Domain *def, const QemuCaps *caps, GError **error)
{
    g_autofree char *text = request_has(request, "host-cpu") ? request_file(request, "host-cpu", error) : NULL;
    g_autofree char *arch = NULL;
    g_autoptr(Cpu) host = text ? cpu_parse(text, 0, &arch, error) : NULL;

    if (request_has(request, "host-cpu") && !host)
        return false;
    return fill_cpu_start(def, caps, host, request_has(request, "refresh-host-model"), error);
}

static bool
fake_secret(void *data, const SecretRef *ref, uint8_t **ret, size_t *ret_len, GError **error)
{
    static const char value[] = "AQCVn5hO6HzFAhAAq0NCv8jtJcIcE+HOBlMQ1A";

    *ret = (uint8_t *)g_strdup(value);
    *ret_len = strlen(value);
    return true;
}

static bool
fake_random(void *data, void *bytes, size_t len, GError **error)
{
    count_up(bytes, len);
    return true;
}

/* Programs of the host are not run; which of them there are, the options say. */
static bool
fake_helper(void *data, CommandHelper helper, const void *device, CommandService *service, GError **error)
{
    const FakeHost *fake = data;
    const char *plugin = helper == COMMAND_HELPER_NBDKIT ? nbdkit_plugin(device) : NULL;
    bool served = false;
    const char *cap;
    guint at = 0;

    switch (helper) {
    case COMMAND_HELPER_SWTPM:
        g_free(service->path);
        service->path = g_strdup("/dev/test");
        break;
    case COMMAND_HELPER_GPU:
        service->fd = 1729;
        break;
    case COMMAND_HELPER_NBDKIT:
        while (plugin && fake->conf->storage_use_nbdkit && (cap = request_next_option(fake->request, "nbdkit-cap", &at)))
            served |= g_str_has_prefix(cap, "plugin-") && g_str_equal(cap + strlen("plugin-"), plugin);
        if (!served)
            g_clear_pointer(&service->path, g_free);
        break;
    default:
        break;
    }
    return true;
}

/* "PATH:FD" */
static int
fake_open_vdpa(void *data, const char *path, bool net, GError **error)
{
    const FakeHost *fake = data;
    const char *pair;
    guint at = 0;

    while ((pair = request_next_option(fake->request, "vdpa-fd", &at)))
        if (g_str_has_prefix(pair, path) && pair[strlen(path)] == ':')
            return atoi(pair + strlen(path) + 1);
    if (!net)
        error_set(error, VIR_ERR_INTERNAL_ERROR, "'%s' cannot be opened", path);
    return net ? 1732 : -1;
}

static int
fake_open_vhost_scsi(void *data, GError **error)
{
    return 3;
}

static int
fake_open_tpm(void *data, const char *path, bool cancel, GError **error)
{
    return cancel ? 1731 : 1730;
}

static char *
fake_scsi_path(void *data, const Hostdev *hostdev, GError **error)
{
    return g_strdup("/dev/sg0");
}

/* "NAME:ro|rw:FD,FD..." */
static bool
fake_fd_group(void *data, const char *name, GArray *fds, GError **error)
{
    const FakeHost *fake = data;
    const char *group;
    guint at = 0;

    while ((group = request_next_option(fake->request, "fd-group", &at))) {
        g_auto(GStrv) parts = g_strsplit(group, ":", 3);

        if (g_strv_length(parts) == 3 && g_str_equal(parts[0], name)) {
            g_auto(GStrv) numbers = g_strsplit(parts[2], ",", -1);

            for (size_t i = 0; numbers[i]; i++) {
                int fd = atoi(numbers[i]);

                g_array_append_val(fds, fd);
            }
            return true;
        }
    }
    error_set(error, VIR_ERR_INVALID_ARG, "file descriptor group '%s' was not associated with the domain", name);
    return false;
}

/* "NET;PORT": the first address of fixtures/networks/NET.xml. */
static char *
fake_network_address(void *data, const char *name, GError **error)
{
    const FakeHost *fake = data;
    g_autofree char *file = g_strdup_printf("%.*s.xml", (int)strcspn(name, ";"), name);
    g_autofree char *path = g_build_filename(fake->fixtures, "networks", file, NULL);
    g_autofree char *text = NULL;
    g_autoptr(Network) network = g_file_get_contents(path, &text, NULL, error)
                                     ? xml_parse_text(&network_xml, text, 0, error) : NULL;

    if (!network)
        return NULL;
    if (list_len(network->ips))
        return g_strdup(((NetworkIp *)list_at(network->ips, 0))->address);
    error_set(error, VIR_ERR_XML_ERROR, "network '%s' has no address", name);
    return NULL;
}

/* "TYPE+NAME" is of that type, "NAME" a block device; a pool is fixtures/storage-pools/NAME.xml. */
static bool
fake_volume(void *data, const char *pool, const char *volume, VolumeFacts *facts, GError **error)
{
    static const char *const types[] = { "file", "block", "dir", "network", "netdir", "ploop" };
    const FakeHost *fake = data;
    g_autofree char *file = g_strdup_printf("%s.xml", pool);
    g_autofree char *path = g_build_filename(fake->fixtures, "storage-pools", file, NULL);
    g_autofree char *text = NULL;
    g_auto(GStrv) parts = g_strsplit(volume, "+", 2);
    const char *type = parts[1] ? parts[0] : "block";

    if (g_str_equal(pool, "inactive") || g_str_equal(volume, "nonexistent")) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "storage pool '%s' containing volume '%s' is not active", pool, volume);
        return false;
    }
    facts->pool = g_file_get_contents(path, &text, NULL, error) ? xml_parse_text(&storage_pool_xml, text, 0, error) : NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
        if (g_str_equal(type, types[i]))
            facts->type = (int)i;
    facts->path = g_strdup_printf("/some/%s/device/%s", type, parts[1] ? parts[1] : volume);
    return facts->pool != NULL;
}

/* The NUMA nodes of CPUs of the host that the fixtures describe. */
static Bitmap *
fake_nodes_of_cpus(void *data, const Bitmap *cpus)
{
    const FakeHost *fake = data;
    Bitmap *nodes = bitmap_new();

    for (int n = bitmap_next(fake->nodes, 0); n >= 0; n = bitmap_next(fake->nodes, n + 1)) {
        g_autofree char *path = g_strdup_printf("%s/host-sysfs/linux-basic/system/node/node%d/cpulist", fake->fixtures, n);
        g_autofree char *text = NULL;
        g_autoptr(Bitmap) own = g_file_get_contents(path, &text, NULL, NULL) ? bitmap_parse(g_strstrip(text)) : NULL;

        for (int c = own ? bitmap_next(own, 0) : -1; c >= 0; c = bitmap_next(own, c + 1))
            if (bitmap_get(cpus, (size_t)c))
                bitmap_set(nodes, (size_t)n, true);
    }
    return nodes;
}

CommandHost
qemu_case_host(FakeHost *fake)
{
    return (CommandHost){
        .listen = fake_listen, .open_char = fake_open_char, .open_net = fake_open_net, .open_vsock = fake_open_vsock,
        .is_cdrom = fake_is_cdrom, .secret = fake_secret, .random = fake_random, .helper = fake_helper,
        .open_vdpa = fake_open_vdpa, .open_vhost_scsi = fake_open_vhost_scsi, .open_tpm = fake_open_tpm,
        .scsi_path = fake_scsi_path, .fd_group = fake_fd_group, .nodes_of_cpus = fake_nodes_of_cpus, .data = fake,
    };
}

/* 2009-02-13 23:01:30, half an hour behind UTC. */
static GDateTime *
fixed_time(void)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_offset(-1800);
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(1234567890);

    return g_date_time_to_timezone(utc, zone);
}

/* What -incoming takes for where a guest comes from. */
static char *
incoming_from(const Request *request)
{
    const char *from = request_option(request, "migrate-from");

    return from && g_str_equal(from, "stdio") ? g_strdup_printf("fd:%s", request_option(request, "migrate-fd")) : g_strdup(from);
}

static char *
domain_xml2args(const Request *request, GError **error)
{
    static const char *const env[] = { "PATH=/bin", "USER=test", "LOGNAME=test", NULL };
    g_autoptr(QemuCaps) caps = transcript_caps(request, error);
    g_autoptr(QemuConf) conf = caps ? qemu_case_conf(request, error) : NULL;
    g_autoptr(Domain) def = conf ? qemu_case_domain(request, caps, conf, XML_PARSE_INACTIVE, error) : NULL;
    g_autoptr(Bitmap) nodes = def ? host_nodes(request, error) : NULL;
    g_autofree char *dir = NULL;
    g_autofree char *name = NULL;
    FakeHost fake = { request_option(request, "fixtures"), nodes, request, conf };
    const CommandHost host = qemu_case_host(&fake);
    static const CommandHugePages hugepages[] = { { "/dev/hugepages2M", 2048, true }, { "/dev/hugepages1G", 1048576, false } };
    g_autoptr(GDateTime) now = fixed_time();
    uint8_t key[CRYPTO_KEY_LEN];
    FillDisplay display = { .render_node = "/dev/dri/foo", .network_address = fake_network_address, .data = &fake };
    g_autofree char *incoming = incoming_from(request);
    g_auto(GStrv) daemon = daemon_env(request);
    Command command = {
        .def = def, .caps = caps, .conf = conf, .host = &host, .monitor_fd = 1729, .base_env = env, .incoming = incoming,
        .environ = daemon,
        .now = now, .master_key = key, .hugepages = hugepages, .n_hugepages = G_N_ELEMENTS(hugepages), .auto_nodes = nodes,
    };
    g_autoptr(GString) out = g_string_new(NULL);
    bool ok;

    if (!nodes || !volume_settle(def, fake_volume, &fake, error) || !check_start(def, caps, error) ||
        !check_start_nodes(def, nodes, error) ||
        !settle_cpu(request, def, caps, error) || !fill_aliases(def, error))
        return NULL;
    if (!incoming)
        fill_memory_start(def);
    conf->spice_password = g_strdup("123456");
    for (size_t i = 0; i < list_len(def->graphics); i++) {
        Graphics *g = list_at(def->graphics, i);

        if (g->type == GRAPHICS_TYPE_VNC && g->port <= 0)
            g->port = 5900;
        if (g->type == GRAPHICS_TYPE_SPICE && g->autoport == YESNO_YES)
            g->port = 5901;
        if (g->type == GRAPHICS_TYPE_VNC && g->websocket < 0)
            g->websocket = 5700;
    }
    name = g_strdup_printf("-1-%.20s", def->name);
    dir = g_strdup_printf("/var/lib/libvirt/qemu/domain-%s", name);
    command.dir = dir;
    command.short_name = name;
    display.dir = dir;
    count_up(key, sizeof(key));
    if (!conf->vnc_sasl_dir)
        conf->vnc_sasl_dir = g_strdup("/etc/sasl2");
    if (!conf->spice_sasl_dir)
        conf->spice_sasl_dir = g_strdup("/etc/sasl2");
    ok = fill_display_start(def, conf, &display, error) && command_build(&command, error);
    for (size_t i = 0; ok && i < command.env->len; i++) {
        const char *word = command.env->pdata[i];
        const char *equal = strchr(word, '=');
        g_autofree char *quoted = g_shell_quote(equal + 1);

        g_string_append_printf(out, "%.*s=%s ", (int)(equal - word), word, quoted);
    }
    for (size_t i = 0; ok && i < command.argv->len; i++) {
        g_autofree char *quoted = g_shell_quote(command.argv->pdata[i]);

        g_string_append_printf(out, "%s ", quoted);
    }
    command_clear(&command);
    if (!ok)
        return NULL;
    g_string_append_c(out, '\n');
    return g_string_free(g_steal_pointer(&out), FALSE);
}

const Family qemu_families[] = {
    { "domain-xml2xml", domain_xml2xml, QEMU_OPTIONS },
    { "domain-xml-stable", domain_xml2xml, QEMU_OPTIONS },
    { "domain-active2xml", domain_active2xml, QEMU_OPTIONS " format id" },
    { "qemu-memlock", qemu_memlock, QEMU_OPTIONS },
    { "domain-xml2args", domain_xml2args, QEMU_OPTIONS },
    { "qemu-hotplug-cpu", qemu_hotplug_cpu, QEMU_OPTIONS " monitor id vcpus vcpu-set state print" },
    { NULL, NULL, NULL },
};
