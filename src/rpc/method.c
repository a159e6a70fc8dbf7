/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* method.c - looking things up in the generated tables of calls and permissions */
#include "rpc/method.h"

#include <string.h>

const Method *
method_table(uint32_t program, size_t *count)
{
    for (const MethodTable *t = method_tables; t->methods; t++) {
        if (t->program == program) {
            *count = t->count;
            return t->methods;
        }
    }
    *count = 0;
    return NULL;
}

const Method *
method_lookup(uint32_t program, int32_t proc)
{
    size_t count;
    const Method *methods = method_table(program, &count);

    if (proc <= 0 || (size_t)proc >= count || !methods[proc].name)
        return NULL;
    return &methods[proc];
}

const Method *
method_by_name(const char *name)
{
    for (const MethodTable *t = method_tables; t->methods; t++) {
        for (size_t i = 0; i < t->count; i++) {
            if (t->methods[i].name && strcmp(t->methods[i].name, name) == 0)
                return &t->methods[i];
        }
    }
    return NULL;
}

const char *
acl_perm_name(AclPerm perm)
{
    return perm < ACL_LAST ? acl_perm_table[perm].name : "unknown";
}

const char *
acl_perm_action(AclPerm perm)
{
    return perm < ACL_LAST ? acl_perm_table[perm].action : "";
}

ObjectClass
acl_perm_class(AclPerm perm)
{
    return perm < ACL_LAST ? acl_perm_table[perm].cls : CLASS_CONNECT;
}
