/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cpu_x86_bits.c - x86 CPUs as sets of features, and the model that says a set best
 *
 * A model is chosen by score: a CPU of the same signature first; then the one that needs the shortest list of features
 * beside it.  Taking a feature away weighs more than adding one: programs may rely on what a model of its age always
 * had, whereas a newer feature on an older model does no harm.  For a CPU that does not exist as such (a baseline) it
 * weighs the more the longer that list gets.
 */
#include "drivers/conf/cpu/cpu_private.h"

#include <string.h>

/* How many features may be added rather than take one away. */
enum { PENALTY = 3 };

CpuBits
cpu_bits_or(const CpuBits *a, const CpuBits *b)
{
    CpuBits out;

    for (size_t i = 0; i < CPU_MAP_WORDS; i++)
        out.words[i] = a->words[i] | b->words[i];
    return out;
}

CpuBits
cpu_bits_and(const CpuBits *a, const CpuBits *b)
{
    CpuBits out;

    for (size_t i = 0; i < CPU_MAP_WORDS; i++)
        out.words[i] = a->words[i] & b->words[i];
    return out;
}

CpuBits
cpu_bits_minus(const CpuBits *a, const CpuBits *b)
{
    CpuBits out;

    for (size_t i = 0; i < CPU_MAP_WORDS; i++)
        out.words[i] = a->words[i] & ~b->words[i];
    return out;
}

unsigned
cpu_bits_count(const CpuBits *bits)
{
    unsigned n = 0;

    for (size_t i = 0; i < CPU_MAP_WORDS; i++)
        n += (unsigned)__builtin_popcountll(bits->words[i]);
    return n;
}

bool
cpu_bits_empty(const CpuBits *bits)
{
    return cpu_bits_count(bits) == 0;
}

int
cpu_x86_feature(const char *name)
{
    for (size_t i = 0; i < cpu_map_n_x86_features; i++)
        if (!strcmp(cpu_map_x86_features[i].name, name))
            return (int)i;
    return -1;
}

int
cpu_x86_feature_of_qemu(const char *name)
{
    for (size_t i = 0; i < cpu_map_n_x86_features; i++) {
        const CpuMapFeature *feature = &cpu_map_x86_features[i];

        if (!strcmp(feature->name, name))
            return (int)i;
        for (size_t k = 0; k < G_N_ELEMENTS(feature->aliases) && feature->aliases[k]; k++)
            if (!strcmp(feature->aliases[k], name))
                return (int)i;
    }
    return -1;
}

const CpuMapX86Model *
cpu_x86_model(const char *name)
{
    for (size_t i = 0; i < cpu_map_n_x86_models; i++)
        if (!strcmp(cpu_map_x86_models[i].name, name))
            return &cpu_map_x86_models[i];
    return NULL;
}

bool
cpu_x86_sets(const Cpu *cpu, const CpuBits *base, CpuSets *ret_sets, GError **error)
{
    static const CpuSetKind kind_of[] = {
        [CPU_POLICY_UNSET] = CPU_SET_REQUIRE,      [CPU_POLICY_FORCE] = CPU_SET_FORCE,
        [CPU_POLICY_REQUIRE] = CPU_SET_REQUIRE,    [CPU_POLICY_OPTIONAL] = CPU_SET_OPTIONAL,
        [CPU_POLICY_DISABLE] = CPU_SET_DISABLE,    [CPU_POLICY_FORBID] = CPU_SET_FORBID,
    };
    CpuSets sets = { 0 };

    if (cpu->model) {
        sets.model = cpu_x86_model(cpu->model);
        if (!sets.model) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "Unknown CPU model %s", cpu->model);
            return false;
        }
        sets.by[CPU_SET_MODEL] = sets.model->has;
    } else if (base) {
        sets.by[CPU_SET_MODEL] = *base;
    }
    for (size_t i = 0; i < cpu_n_features(cpu); i++) {
        const CpuFeature *feature = cpu_feature_at(cpu, i);
        int bit = cpu_x86_feature(feature->name);

        if (bit < 0) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "Unknown CPU feature %s", feature->name);
            return false;
        }
        cpu_bits_set(&sets.by[kind_of[feature->policy]], (size_t)bit, true);
    }
    *ret_sets = sets;
    return true;
}

CpuBits
cpu_x86_has(const CpuSets *sets)
{
    CpuBits has = cpu_bits_or(&sets->by[CPU_SET_MODEL], &sets->by[CPU_SET_REQUIRE]);

    has = cpu_bits_or(&has, &sets->by[CPU_SET_FORCE]);
    has = cpu_bits_minus(&has, &sets->by[CPU_SET_DISABLE]);
    return cpu_bits_minus(&has, &sets->by[CPU_SET_FORBID]);
}

static bool
signature_fits(const CpuMapX86Model *model, const CpuTraits *traits)
{
    for (size_t i = 0; traits->has_signature && i < model->n_signatures; i++) {
        const CpuMapSignature *s = &model->signatures[i];

        if (s->family == traits->signature.family && s->model == traits->signature.model &&
            traits->signature.stepping >= s->first_stepping && traits->signature.stepping <= s->last_stepping)
            return true;
    }
    return false;
}

/* How well a model says what a CPU is. */
typedef struct Rating {
    const CpuMapX86Model *model;
    bool fits;                    /* of the same signature */
    unsigned disabled;            /* features that would have to be taken away */
    unsigned points;              /* less is better */
} Rating;

static Rating
rate(const CpuMapX86Model *model, const CpuTraits *traits)
{
    CpuBits missing = cpu_bits_or(&model->has, &model->removed);
    CpuBits extra = cpu_bits_minus(&traits->bits, &model->has);
    Rating rating = { model, signature_fits(model, traits), 0, cpu_bits_count(&extra) };

    missing = cpu_bits_minus(&missing, &traits->bits);
    rating.disabled = cpu_bits_count(&missing);
    if (traits->has_signature)
        rating.points += PENALTY * rating.disabled;
    else if (rating.disabled)
        rating.points += MAX(PENALTY, 1u << MIN(rating.disabled, 20));
    return rating;
}

static bool
may_be(const CpuMapX86Model *model, const CpuTraits *traits, const CpuChoices *choices, bool host)
{
    CpuBits missing = cpu_bits_minus(&model->has, &traits->bits);

    return (host ? model->host : model->guest) && cpu_choices_have(choices, model->name) &&
           (!model->vendor || !traits->vendor || !strcmp(model->vendor, traits->vendor)) &&
           (!host || cpu_bits_empty(&missing));
}

static bool
is_better(const Rating *a, const Rating *b)
{
    return !b->model || (a->fits && !b->fits) || (a->fits == b->fits && a->points < b->points);
}

const CpuMapX86Model *
cpu_x86_choose(const CpuTraits *traits, const CpuChoices *choices, bool host, GError **error)
{
    Rating best = { 0 };
    Rating input = { 0 };

    /* Later models of the map first: of two that are the same the newer name is taken. */
    for (size_t i = cpu_map_n_x86_models; i-- > 0;) {
        const CpuMapX86Model *model = &cpu_map_x86_models[i];
        Rating rating;

        if (!may_be(model, traits, choices, host))
            continue;
        rating = rate(model, traits);
        if (is_better(&rating, &best))
            best = rating;
        if (traits->inputs && g_strv_contains(traits->inputs, model->name) &&
            (!input.model || (!rating.disabled && input.disabled) ||
             (!rating.disabled == !input.disabled && rating.points < input.points)))
            input = rating;
    }
    if (!best.model)
        error_set(error, VIR_ERR_INTERNAL_ERROR, "no CPU model fits these features%s",
                  choices ? " among those the hypervisor has" : "");
    /* Rather than take features from a model that nobody asked for, add to one of those it came from. */
    return input.model && input.disabled < best.disabled ? input.model : best.model;
}

static void
add_features(Cpu *cpu, const CpuBits *bits, CpuPolicy policy)
{
    for (size_t i = 0; i < cpu_map_n_x86_features; i++)
        if (cpu_bits_get(bits, i))
            cpu_set_feature(cpu, cpu_map_x86_features[i].name, policy);
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *
cpu_x86_sorted_names(const CpuBits *bits)
{
    GPtrArray *names = g_ptr_array_new();

    for (size_t i = 0; i < cpu_map_n_x86_features; i++)
        if (cpu_bits_get(bits, i))
            g_ptr_array_add(names, (char *)cpu_map_x86_features[i].name);
    g_ptr_array_sort(names, compare_names);
    return names;
}

/* Other hypervisors, and older versions of QEMU, would still turn these on. */
void
cpu_x86_disable_removed(Cpu *cpu)
{
    const CpuMapX86Model *model = cpu->model ? cpu_x86_model(cpu->model) : NULL;
    g_autoptr(GPtrArray) names = model ? cpu_x86_sorted_names(&model->removed) : NULL;

    for (guint i = 0; names && i < names->len; i++)
        if (!cpu_feature(cpu, names->pdata[i]))
            cpu_set_feature(cpu, names->pdata[i], CPU_POLICY_DISABLE);
}

Cpu *
cpu_x86_guest_of(const CpuTraits *traits, const CpuChoices *choices, GError **error)
{
    const CpuMapX86Model *model = cpu_x86_choose(traits, choices, false, error);
    CpuBits extra, missing;
    Cpu *cpu;

    if (!model)
        return NULL;
    cpu = cpu_new_guest(model->name, traits->vendor, CPU_FALLBACK_FORBID);
    extra = cpu_bits_minus(&traits->bits, &model->has);
    missing = cpu_bits_minus(&model->has, &traits->bits);
    /* Neither does the hypervisor have what keeps it from running its own version of the model. */
    for (size_t i = 0; choices && i < choices->n; i++) {
        const char *const *blockers = strcmp(choices->items[i].name, model->name) ? NULL : choices->items[i].blockers;

        for (; blockers && *blockers; blockers++) {
            int bit = cpu_x86_feature_of_qemu(*blockers);

            if (bit >= 0 && !cpu_bits_get(&traits->bits, (size_t)bit))
                cpu_bits_set(&missing, (size_t)bit, true);
        }
    }
    add_features(cpu, &extra, CPU_POLICY_REQUIRE);
    add_features(cpu, &missing, CPU_POLICY_DISABLE);
    /* Removed features that the CPU has are required by now. */
    cpu_x86_disable_removed(cpu);
    return cpu;
}
