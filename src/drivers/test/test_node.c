/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_node.c - the content of a node: built in, or from a <node> document
 *
 * In a <node> each <domain>, <network>, <pool>, <interface> and <device> is given in place or by
 * file='PATH', relative to the document.  Guests run unless test:runstate says otherwise.
 */
#define ERROR_FROM VIR_FROM_TEST
#include <stdlib.h>
#include <string.h>

#include "drivers/conf/hostinterface_gen.h"
#include "drivers/conf/network_gen.h"
#include "drivers/conf/nodedev_gen.h"
#include "drivers/conf/storagepool_gen.h"
#include "drivers/conf/storagevol_gen.h"
#include "drivers/test/test_private.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"
#include "util/xml.h"

#define TEST_NAMESPACE "http://libvirt.org/schemas/domain/test/1.0"

enum { NODE_FILE_MAX = 16 << 20 };

#define VPORTS "<capability type='vport_ops'><max_vports>0</max_vports><vports>0</vports></capability>"
#define SCSI_HOST(number, parent, unique, wwnn, wwpn, fabric, more)                                                \
    "<device><name>scsi_host" number "</name><parent>" parent "</parent><capability type='scsi_host'><host>" number \
    "</host><unique_id>" unique "</unique_id><capability type='fc_host'><wwnn>" wwnn "</wwnn><wwpn>" wwpn          \
    "</wwpn><fabric_wwn>" fabric "</fabric_wwn></capability>" more "</capability></device>"

static const char default_content[] =
    "<node>"
    "<cpu><mhz>1400</mhz><model>i686</model><active>16</active><nodes>2</nodes><sockets>2</sockets>"
    "<cores>2</cores><threads>2</threads></cpu><memory>3145728</memory>"
    "<domain type='test'><name>test</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid>"
    "<memory>8388608</memory><currentMemory>2097152</currentMemory><vcpu>2</vcpu>"
    "<os><type arch='i686'>hvm</type></os><devices>"
    "<disk type='file'><source file='/guest/diskimage1'/><target dev='vda' bus='virtio'/>"
    "<address type='pci' domain='0' bus='1' slot='0' function='0'/></disk>"
    "<interface type='network'><mac address='aa:bb:cc:dd:ee:ff'/><source network='default'/>"
    "<target dev='testnet0'/><address type='pci' domain='0' bus='0' slot='1' "
    "function='0'/></interface>"
    "<memballoon model='virtio'><address type='pci' domain='0' bus='0' slot='2' function='0'/>"
    "</memballoon></devices></domain>"
    "<network><name>default</name><uuid>dd8fe884-6c02-601e-7551-cca97df1c5df</uuid><forward/>"
    "<bridge name='virbr0'/><ip address='192.168.122.1' netmask='255.255.255.0'><dhcp>"
    "<range start='192.168.122.2' end='192.168.122.254'/></dhcp></ip></network>"
    "<interface type='ethernet' name='eth1'><start mode='onboot'/><mac "
    "address='aa:bb:cc:dd:ee:ff'/>"
    "<mtu size='1492'/><protocol family='ipv4'><ip address='192.168.0.5' prefix='24'/>"
    "<route gateway='192.168.0.1'/></protocol></interface>"
    "<pool type='dir'><name>default-pool</name><uuid>dfe224cb-28fb-8dd0-c4b2-64eb3f0f4566</uuid>"
    "<target><path>/default-pool</path></target></pool>"
    "<device><name>computer</name><capability type='system'><hardware><vendor>Libvirt</vendor>"
    "<version>Test driver</version><serial>123456</serial>"
    "<uuid>11111111-2222-3333-4444-555555555555</uuid></hardware><firmware><vendor>Libvirt</vendor>"
    "<version>Test Driver</version><release_date>01/22/2007</release_date></firmware></capability>"
    "</device>"
    SCSI_HOST("1", "computer", "0", "2000000012341234", "1000000012341234", "2000000043214321", VPORTS)
    SCSI_HOST("2", "computer", "1", "2000000056785678", "1000000056785678", "2000000087658765", VPORTS)
    SCSI_HOST("11", "scsi_host1", "10", "2000000034563456", "1000000034563456", "2000000043214321", "")
    "</node>";

typedef struct Loader {
    TestNode *node;
    const char *dir; /* of the document; NULL for the built-in one */
} Loader;

/* What the test namespace says of a guest; its elements are taken out. */
typedef struct Extras {
    int state;
    bool transient, managed_save;
} Extras;

static xmlNode *
next_element(xmlNode *node)
{
    while (node && node->type != XML_ELEMENT_NODE)
        node = node->next;
    return node;
}

static char *
element_text(xmlNode *node)
{
    xmlChar *text = xmlNodeGetContent(node);
    char *copy = g_strstrip(g_strdup((const char *)text));

    xmlFree(text);
    return copy;
}

static xmlNode *
find_element(xmlNode *parent, const char *name)
{
    for (xmlNode *node = parent ? next_element(parent->children) : NULL; node;
         node = next_element(node->next)) {
        if (strcmp((const char *)node->name, name) == 0)
            return node;
    }
    return NULL;
}

static bool
take_extras(xmlNode *root, Extras *extras, GError **error)
{
    xmlNode *next;

    for (xmlNode *node = next_element(root->children); node; node = next) {
        const char *name = (const char *)node->name;

        next = next_element(node->next);
        if (!node->ns || strcmp((const char *)node->ns->href, TEST_NAMESPACE) != 0)
            continue;
        if (strcmp(name, "runstate") == 0) {
            g_autofree char *text = element_text(node);

            if (!text_parse_int(text, 10, &extras->state) || extras->state < 0 ||
                extras->state >= VIR_DOMAIN_PMSUSPENDED + 1) {
                error_set(error, VIR_ERR_XML_ERROR, "invalid test:runstate '%s'", text);
                return false;
            }
        } else if (strcmp(name, "transient") == 0) {
            extras->transient = true;
        } else if (strcmp(name, "hasmanagedsave") == 0) {
            extras->managed_save = true;
        }
        xmlUnlinkNode(node);
        xmlFreeNode(node);
    }
    if (extras->transient && (extras->managed_save || extras->state == VIR_DOMAIN_SHUTOFF)) {
        error_set(error, VIR_ERR_XML_ERROR, "transient domain has to run, without a saved image");
        return false;
    }
    return true;
}

/* Claim an object of @cls for the element and publish its config. */
static Object *
load_object(Loader *loader, ObjectClass cls, xmlNode *node, bool config, GError **error)
{
    ObjectTable *table = loader->node->kit->tables[cls];
    const XmlStruct *xml = table->kind->xml;
    void *doc = xml_parse(xml, node, XML_PARSE_INACTIVE, error);
    Object *object;

    if (doc && table->kind->prepare && !table->kind->prepare(table, doc, error)) {
        xml_free(xml, doc);
        return NULL;
    }
    object = doc ? object_table_claim(table, doc, error) : NULL;
    if (!object || !config) {
        if (object)
            object_set_live(object, doc);
        else
            xml_free(xml, doc);
        return object;
    }
    if (!object_set_config(object, doc, error)) {
        object_disclaim(object);
        g_clear_pointer(&object, object_unref);
    }
    return object;
}

/* Make an object with a config active. */
static void
activate(Object *object)
{
    g_autoptr(Def) config = object_config(object, NULL);

    if (config)
        object_set_live(object, xml_copy(config->xml, config->doc));
}

static bool
load_domain(Loader *loader, xmlNode *node, GError **error)
{
    Extras extras = { .state = VIR_DOMAIN_RUNNING };
    g_autoptr(Object) object = NULL;
    TestVm *vm;

    if (!take_extras(node, &extras, error))
        return false;
    object = load_object(loader, CLASS_DOMAIN, node, !extras.transient, error);
    if (!object)
        return false;
    vm = (TestVm *)object;
    if (extras.state != VIR_DOMAIN_SHUTOFF) {
        g_autoptr(Def) def = object_current(object, error);

        if (!def)
            return false;
        test_domain_start(vm, xml_copy(def->xml, def->doc), 0, VIR_DOMAIN_EVENT_STARTED_BOOTED);
    }
    vm_set_state(&vm->vm, extras.state, 0);
    lock_acquire(&object->lock);
    vm->vm.managed_save = extras.managed_save;
    lock_release(&object->lock);
    return true;
}

static bool
load_plain(Loader *loader, ObjectClass cls, xmlNode *node, GError **error)
{
    g_autoptr(Object) object = load_object(loader, cls, node, true, error);

    if (object)
        activate(object);
    return object != NULL;
}

static xmlDoc *
read_file(const char *path, GError **error)
{
    g_autofree char *text = NULL;

    return file_read_limited(path, NODE_FILE_MAX, &text, NULL, error) ? xml_read(text, path, error)
                                                                      : NULL;
}

static bool load_element(Loader *loader, xmlNode *node, Pool *pool, GError **error);

static bool
load_pool(Loader *loader, xmlNode *node, GError **error)
{
    g_autoptr(GPtrArray) volumes = g_ptr_array_new();
    g_autoptr(Object) object = NULL;
    bool ok = true;

    /* Volumes belong to the node's document, not to that of the pool. */
    for (xmlNode *child = next_element(node->children), *next; child; child = next) {
        next = next_element(child->next);
        if (strcmp((const char *)child->name, "volume") == 0) {
            xmlUnlinkNode(child);
            g_ptr_array_add(volumes, child);
        }
    }
    object = load_object(loader, CLASS_STORAGE_POOL, node, true, error);
    if (object)
        activate(object);
    ok = object != NULL;
    for (guint i = 0; i < volumes->len; i++) {
        ok = ok && load_element(loader, volumes->pdata[i], (Pool *)object, error);
        xmlFreeNode(volumes->pdata[i]);
    }
    return ok;
}

/* One element of a node, in place or from the file it names. */
static bool
load_element(Loader *loader, xmlNode *node, Pool *pool, GError **error)
{
    const char *name = (const char *)node->name;
    xmlChar *file = xmlGetNoNsProp(node, BAD_CAST "file");
    g_autoptr(xmlDoc) doc = NULL;

    if (file && loader->dir) {
        g_autofree char *path = g_path_is_absolute((const char *)file)
                                    ? g_strdup((const char *)file)
                                    : g_build_filename(loader->dir, (const char *)file, NULL);
        xmlNode *root;

        xmlFree(file);
        doc = read_file(path, error);
        if (!doc)
            return false;
        root = xmlDocGetRootElement(doc);
        if (strcmp((const char *)root->name, name) != 0) {
            error_set(error, VIR_ERR_XML_ERROR, "root of '%s' is <%s>, not <%s>", path, root->name,
                      name);
            return false;
        }
        /* Volumes may stand in the referring element. */
        for (xmlNode *child = next_element(node->children); child;
             child = next_element(child->next))
            xmlAddChild(root, xmlDocCopyNode(child, doc, 1));
        node = root;
    } else if (file) {
        xmlFree(file);
    }
    if (strcmp(name, "domain") == 0)
        return load_domain(loader, node, error);
    if (strcmp(name, "network") == 0)
        return load_plain(loader, CLASS_NETWORK, node, error);
    if (strcmp(name, "interface") == 0)
        return load_plain(loader, CLASS_INTERFACE, node, error);
    if (strcmp(name, "device") == 0)
        return load_plain(loader, CLASS_NODE_DEVICE, node, error);
    if (strcmp(name, "pool") == 0)
        return load_pool(loader, node, error);
    if (strcmp(name, "volume") == 0 && pool) {
        void *volume = xml_parse(&storage_volume_xml, node, 0, error);

        return volume && pool_add_volume(pool, volume, error);
    }
    return true; /* <auth> and what later versions add */
}

static bool
read_number(xmlNode *parent, const char *name, int *value, GError **error)
{
    xmlNode *node = find_element(parent, name);
    g_autofree char *text = node ? element_text(node) : NULL;

    if (text && (!text_parse_int(text, 10, value) || *value < 1)) {
        error_set(error, VIR_ERR_XML_ERROR, "invalid node <%s> '%s'", name, text);
        return false;
    }
    return true;
}

static bool
load_cpu(TestNode *node, xmlNode *root, GError **error)
{
    xmlNode *cpu = find_element(root, "cpu"), *model = find_element(cpu, "model");
    int memory = (int)node->memory;

    if (!read_number(cpu, "nodes", &node->nodes, error) ||
        !read_number(cpu, "sockets", &node->sockets, error) ||
        !read_number(cpu, "cores", &node->cores, error) ||
        !read_number(cpu, "threads", &node->threads, error))
        return false;
    node->cpus = node->nodes * node->sockets * node->cores * node->threads;
    if (!read_number(cpu, "active", &node->cpus, error) ||
        !read_number(cpu, "mhz", &node->mhz, error) || !read_number(root, "memory", &memory, error))
        return false;
    node->memory = (uint64_t)memory;
    if (model) {
        g_autofree char *text = element_text(model);

        g_strlcpy(node->model, text, sizeof(node->model));
    }
    return true;
}

static bool
load_document(Loader *loader, xmlDoc *doc, GError **error)
{
    xmlNode *root = xmlDocGetRootElement(doc);
    TestNode *node = loader->node;

    if (strcmp((const char *)root->name, "node") != 0) {
        error_set(error, VIR_ERR_XML_ERROR, "root of a test document is <%s>, not <node>",
                  root->name);
        return false;
    }
    node->memory = 3145728;
    node->nodes = node->sockets = node->cores = node->threads = 2;
    node->mhz = 1400;
    g_strlcpy(node->model, "i686", sizeof(node->model));
    if (!load_cpu(node, root, error))
        return false;
    for (xmlNode *child = next_element(root->children), *next; child; child = next) {
        next = next_element(child->next);
        if (strcmp((const char *)child->name, "cpu") == 0 ||
            strcmp((const char *)child->name, "memory") == 0)
            continue;
        if (!load_element(loader, child, NULL, error))
            return false;
    }
    return true;
}

bool
test_node_load_default(TestNode *node, GError **error)
{
    Loader loader = { .node = node };
    g_autoptr(xmlDoc) doc = xml_read(default_content, "(default)", error);

    return doc && load_document(&loader, doc, error);
}

bool
test_node_load_file(TestNode *node, const char *path, GError **error)
{
    g_autofree char *dir = g_path_get_dirname(path);
    Loader loader = { .node = node, .dir = dir };
    g_autoptr(xmlDoc) doc = read_file(path, error);

    return doc && load_document(&loader, doc, error);
}
